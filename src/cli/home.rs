//! `logwright` alone: the state of the house and the next useful command.

use super::context::Context;
use super::failure::{DONE, Failure};
use super::status::{SHOWN_BY, show_oddities, show_totals, unseen};

/// Runs the command.
pub fn run(context: &mut Context) -> Result<u8, Failure> {
    // A house that cannot be looked into is one: whoever reads from it is told why not.
    let is_missing = |path: std::path::PathBuf| path.try_exists().is_ok_and(|exists| !exists);
    if is_missing(context.house.database()) && is_missing(context.house.resolve("logs")) {
        context.terminal.note(&format!("there is no house at {} yet", context.house.root().display()));
        context
            .terminal
            .hint("`logwright ingest` brings in the logs of this machine's agents; `logwright --help` says more");
        return Ok(DONE);
    }
    let reader = context.reader()?;
    let totals = reader.totals()?;
    show_totals(context, &totals)?;
    show_oddities(context, &totals, SHOWN_BY)?;
    let waiting = unseen(context, &reader)?;
    let proposed = reader.number("SELECT count(*) FROM protocol WHERE status = 'proposed'")?;
    let protocols = if proposed == 1 { "1 protocol is".to_owned() } else { format!("{proposed} protocols are") };
    let protocols =
        format!("`logwright protocols` lists what would keep errors from coming back: {protocols} proposed");
    let next = match () {
        () if waiting > 0 => "`logwright ingest` brings in what is new",
        () if totals.sessions == 0 => "`logwright ingest FOLDER` brings in logs",
        () if proposed > 0 => &protocols,
        () => "`logwright show --last` reads the last session, `logwright stats` counts",
    };
    context.terminal.hint(next);
    Ok(DONE)
}
