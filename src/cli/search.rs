//! `logwright search`.

use super::context::Context;
use super::failure::{DONE, Failure, INTERRUPTED, PASSED_OVER};
use super::when::parse_when;
use crate::event::Kind;
use crate::search::{Case, Outcome, Pattern, PatternError, Reach, Search, Step, Syntax, Unread};
use crate::store::{EventFilter, StoreError};
use crate::terminal::{Format, Line, Look, Progress, Table, Terminal, wording};
use crate::view::{
    HIT_INDENT, hit_count_table, hit_line, hits_table, raw_hit_count_table, raw_hit_line, raw_hits_table,
};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::sync::Mutex;

/// Hits that are listed for people.
const SHOWN: usize = 50;
/// Logs that are named one by one before the rest is only counted.
const NAMED: usize = 5;
/// What an expression is made of, and a text hardly.
const SIGNS: [char; 10] = ['\\', '*', '+', '[', ']', '{', '}', '|', '^', '$'];

/// Search what the logs say
///
/// The pattern is looked for in what was said: prompts, answers, calls of tools and what
/// they gave back, in all logs that are kept, archives included. Escapes of JSON are
/// decoded, so that a quote is a quote and a line break is one. Copies of an event are
/// one hit, and the newest come first.
///
///   logwright search "connection refused"
///   logwright search -i todo --project myapp --since 7d
///   logwright search -e "error\[E\d+\]" --tool Bash
///   logwright search --raw "\"isSidechain\":true"
///
/// What begins with a hyphen is written behind two: `logwright search -- --release`.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// The text to look for
    pattern: String,
    /// Take the pattern as a regular expression, matched within a line
    #[arg(short = 'e', long)]
    regex: bool,
    /// Take capitals and small letters as the same
    #[arg(short, long)]
    ignore_case: bool,
    /// Search the bytes of the logs line by line, whatever they mean; other wishes choose whole logs
    #[arg(long, conflicts_with_all = ["kind", "tool", "errors"])]
    raw: bool,
    /// Only events of this kind
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    kind: Option<Kind>,
    /// Only calls of this tool, and their results
    #[arg(long, value_name = "TOOL")]
    tool: Option<String>,
    /// Only what failed
    #[arg(long)]
    errors: bool,
    /// Only in projects whose path contains this
    #[arg(long, value_name = "TEXT")]
    project: Option<String>,
    /// Only in sessions whose id begins with this
    #[arg(long, value_name = "ID")]
    session: Option<String>,
    /// Only logs of this agent
    #[arg(long, value_name = "AGENT")]
    agent: Option<String>,
    /// From this day, or so long ago: 2026-01-31, 12h, 7d, 4w
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// To the beginning of this day, or until so long ago
    #[arg(long, value_name = "WHEN")]
    until: Option<String>,
    /// List at most so many; 0 for all
    #[arg(short = 'n', long, value_name = "NUMBER")]
    limit: Option<usize>,
    /// Only count
    #[arg(short, long, conflicts_with = "limit")]
    count: bool,
}

fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::name)).map(|name| Kind::of_name(&name).unwrap_or(Kind::Unknown))
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let pattern = pattern(arguments)?;
    let filter = filter(context, arguments)?;
    // Who has no house is told so before anything is searched.
    drop(context.reader()?);
    if arguments.raw {
        let outcome = searched(context, arguments, &pattern, &filter, |search| search.lines())?;
        let shown = Shown { table: raw_hits_table, line: raw_hit_line, count: raw_hit_count_table, what: "lines" };
        return show(context, arguments, &outcome, &shown);
    }
    let outcome = searched(context, arguments, &pattern, &filter, |search| search.events())?;
    let shown = Shown { table: hits_table, line: hit_line, count: hit_count_table, what: "events" };
    show(context, arguments, &outcome, &shown)
}

fn pattern(arguments: &Arguments) -> Result<Pattern, Failure> {
    let syntax = if arguments.regex { Syntax::Regex } else { Syntax::Literal };
    let case = if arguments.ignore_case { Case::Ignored } else { Case::Exact };
    let reach = if arguments.raw { Reach::Bytes } else { Reach::Said };
    Pattern::new(&arguments.pattern, syntax, case, reach).map_err(|error| {
        let hint = match error {
            PatternError::Empty => "`logwright show` reads whole sessions",
            PatternError::SeveralLines => "without `--raw`, what was said is searched, line breaks included",
            PatternError::Syntax(_) => "without `-e`, the pattern is looked for as it stands",
            PatternError::TooLong(_) | PatternError::TooLarge => "write a shorter one, or smaller numbers in braces",
        };
        Failure::usage(error).hint(hint)
    })
}

fn filter(context: &Context, arguments: &Arguments) -> Result<EventFilter, Failure> {
    let when = |text: &Option<String>| text.as_deref().map(|text| parse_when(text, context)).transpose();
    Ok(EventFilter {
        kind: arguments.kind,
        tool: arguments.tool.clone(),
        errors: arguments.errors,
        project: arguments.project.clone(),
        session: arguments.session.clone(),
        agent: arguments.agent.clone(),
        since: when(&arguments.since)?,
        until: when(&arguments.until)?,
    })
}

/// Searches with a progress bar.
fn searched<H>(
    context: &mut Context,
    arguments: &Arguments,
    pattern: &Pattern,
    filter: &EventFilter,
    find: impl FnOnce(&Search<'_>) -> Result<Outcome<H>, StoreError>,
) -> Result<Outcome<H>, Failure> {
    let (settings, _) = context.settings()?;
    let stop = context.stop_on_interrupt();
    let limit = match arguments.limit {
        _ if arguments.count => 0,
        Some(0) => usize::MAX,
        Some(limit) => limit,
        None if context.terminal.format() == Format::Table => SHOWN,
        None => usize::MAX,
    };
    let bar: Mutex<Progress> = Mutex::new(Progress::hidden());
    let terminal = Mutex::new(&mut context.terminal);
    let progress = |step| match step {
        Step::ToRead(total) => {
            if let (Ok(mut bar), Ok(mut terminal)) = (bar.lock(), terminal.lock()) {
                *bar = terminal.progress(total, "searching");
            }
        }
        Step::Read(bytes) => {
            if let Ok(bar) = bar.lock() {
                bar.inc(bytes);
            }
        }
    };
    let search = Search {
        house: &context.house,
        pattern,
        filter,
        max_line: settings.intake.max_line,
        workers: settings.intake.threads(),
        limit,
        stop,
        progress: &progress,
    };
    let outcome = find(&search);
    if let Ok(bar) = bar.lock() {
        bar.finish_and_clear();
    }
    Ok(outcome.map_err(|error| error.at(&context.house.database()))?)
}

/// How hits are shown.
struct Shown<H> {
    table: fn(&[H]) -> Table,
    line: fn(&H, &Look) -> Line,
    count: fn(&Outcome<H>) -> Table,
    what: &'static str,
}

fn show<H>(
    context: &mut Context,
    arguments: &Arguments,
    outcome: &Outcome<H>,
    shown: &Shown<H>,
) -> Result<u8, Failure> {
    let terminal = &mut context.terminal;
    if arguments.count {
        terminal.table(&(shown.count)(outcome))?;
    } else if terminal.format() == Format::Table {
        for hit in &outcome.hits {
            let line = (shown.line)(hit, terminal.look());
            terminal.hanging(&line, HIT_INDENT)?;
        }
    } else {
        terminal.table(&(shown.table)(&outcome.hits))?;
    }
    terminal.flush()?;
    let listed = outcome.hits.len() as u64;
    if outcome.interrupted {
        terminal.note("stopped; what was found until then is shown");
    } else if outcome.total == 0 {
        show_nothing(terminal, arguments, outcome.searched);
    } else if listed < outcome.total && !arguments.count {
        let all = wording::integer(i64::try_from(outcome.total).unwrap_or(i64::MAX));
        terminal.note(&format!("{listed} of {all} {}, the newest; `-n 0` lists all", shown.what));
    }
    if outcome.waiting > 0 {
        let logs = wording::count(outcome.waiting, "log is", "logs are");
        terminal.note(&format!("{logs} not understood yet, and were left out; `logwright ingest` reads them"));
    }
    if outcome.too_long > 0 {
        let lines = wording::count(outcome.too_long, "line is", "lines are");
        terminal.warn(&format!("{lines} longer than `[intake] max_line`, and were not searched"));
    }
    let is_whole = show_unread(terminal, &outcome.unread) && outcome.too_long == 0;
    Ok(match () {
        () if outcome.interrupted => INTERRUPTED,
        () if is_whole => DONE,
        () => PASSED_OVER,
    })
}

fn show_nothing(terminal: &mut Terminal, arguments: &Arguments, searched: u64) {
    if searched == 0 {
        terminal.note("nothing found: no log holds events of this sort");
        return;
    }
    terminal.note(&format!("nothing found in {}", wording::count(searched, "log", "logs")));
    if !arguments.regex && arguments.pattern.contains(SIGNS) {
        terminal.hint("`-e` takes the pattern as a regular expression");
    } else if !arguments.raw {
        terminal.hint("`-i` takes capitals and small letters as the same, `--raw` searches the bytes of the logs");
    }
}

/// Says which logs could not be read; whether none is news.
fn show_unread(terminal: &mut Terminal, unread: &[Unread]) -> bool {
    let told = |unread: &Unread| format!("not searched to its end: {}: {}", unread.path, unread.why);
    for unread in unread.iter().filter(|unread| unread.is_known) {
        terminal.detail(&told(unread));
    }
    let news: Vec<&Unread> = unread.iter().filter(|unread| !unread.is_known).collect();
    for unread in news.iter().take(NAMED) {
        terminal.warn(&told(unread));
    }
    if news.len() > NAMED {
        let more = wording::count((news.len() - NAMED) as u64, "more log was", "more logs were");
        terminal.warn(&format!("{more} not searched to the end; `-v` names all"));
        for unread in news.iter().skip(NAMED) {
            terminal.detail(&told(unread));
        }
    }
    news.is_empty()
}
