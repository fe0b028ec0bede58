//! `logwright trial`.

use super::context::Context;
use super::failure::{DONE, Failure, PASSED_OVER};
use super::learn::extractors;
use crate::terminal::{Cell, Column, Format, Table, line};
use crate::trial::accuracy::pairs;
use crate::trial::{diagnose, known_group, mine, read, read_structured};
use std::fs;
use std::path::{Path, PathBuf};

/// Measure rules on data whose truth is known
///
/// Below the folders it looks for error events in Sentry's form whose files are called
/// `group_<group>_event_<event>.json`, lets the extractors of the house give each a
/// fingerprint, and says how well the fingerprints find the groups, by pairs of events.
/// For tables `*_structured.csv` with the columns Content and EventId, as LogHub has them,
/// it says how well the templates of lines are found: the share of lines whose group is
/// exactly the true one, and by pairs of lines.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folders with labelled data
    #[arg(value_name = "FOLDER", required = true)]
    folders: Vec<PathBuf>,
    /// List what every event was taken for
    #[arg(long)]
    each: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let (mut events, mut tables) = (Vec::new(), Vec::new());
    for folder in &arguments.folders {
        let entries = walkdir::WalkDir::new(folder).sort_by_file_name();
        for entry in entries {
            let entry =
                entry.map_err(|error| Failure::io(error.into(), format!("cannot read {}", folder.display())))?;
            let name = entry.file_name().to_string_lossy();
            match name.strip_suffix(".json").and_then(known_group) {
                Some(group) => events.push((entry.path().to_owned(), group.to_owned())),
                None if name.ends_with("_structured.csv") => tables.push(entry.path().to_owned()),
                None => {}
            }
        }
    }
    if events.is_empty() && tables.is_empty() {
        return Err(Failure::usage("there is no labelled data there").hint("`logwright trial --help` says what it is"));
    }
    let mut shown = Vec::new();
    let mut code = DONE;
    if !events.is_empty() {
        shown.extend(errors(context, &events, arguments.each, &mut code)?);
    }
    if !tables.is_empty() {
        shown.push(templates(context, &tables, &mut code));
    }
    if context.terminal.format() != Format::Table {
        context.terminal.tables(&shown)?;
        return Ok(code);
    }
    for table in &shown {
        context.terminal.table(table)?;
        context.terminal.line(&[])?;
    }
    Ok(code)
}

/// How well fingerprints find known groups.
fn errors(
    context: &mut Context,
    events: &[(PathBuf, String)],
    is_each: bool,
    code: &mut u8,
) -> Result<Vec<Table>, Failure> {
    let (settings, _) = context.settings()?;
    let bench = context.bench(&settings)?;
    let mut ready = extractors(&bench)?;
    let Some((who, extractor)) = ready.first_mut() else {
        return Err(Failure::usage("there is no extractor").hint("`logwright plugin list` lists them"));
    };
    let mut each = Table::new(["event", "group", "fingerprint", "title"].map(|name| Column::new(name, name)))
        .named("events", "What events were taken for");
    let (mut truth, mut found) = (Vec::new(), Vec::new());
    for (path, group) in events {
        let bytes = fs::read(path).map_err(|error| Failure::io(error, format!("cannot read {}", path.display())))?;
        let failure = match read(&bytes) {
            Ok(failure) => failure,
            Err(why) => {
                context.terminal.warn(&line(&format!("passed over {}: {why}", path.display())));
                *code = PASSED_OVER;
                continue;
            }
        };
        let (fingerprint, title) = diagnose(extractor.as_mut(), &failure)?;
        each.push([
            Cell::from(name(path)),
            Cell::from(group.as_str()),
            Cell::from(fingerprint.as_str()),
            Cell::from(title),
        ]);
        truth.push(group);
        // What has none belongs to nothing else.
        found.push(if fingerprint.is_empty() { path.display().to_string() } else { fingerprint });
    }
    let score = pairs(&found, &truth);
    let distinct = |of: &[String]| of.iter().collect::<std::collections::BTreeSet<_>>().len();
    let names = ["plugin", "events", "groups", "found", "precision", "recall", "f1"];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("errors", "Groups of errors");
    table.push([
        Cell::from(format!("{} {}", who.name, who.version)),
        Cell::from(truth.len()),
        Cell::from(truth.iter().collect::<std::collections::BTreeSet<_>>().len()),
        Cell::from(distinct(&found)),
        Cell::Percent(score.precision()),
        Cell::Percent(score.recall()),
        Cell::Percent(score.f1()),
    ]);
    Ok(if is_each { vec![each, table] } else { vec![table] })
}

/// How well the templates of lines are found.
fn templates(context: &mut Context, tables: &[PathBuf], code: &mut u8) -> Table {
    let names = ["system", "lines", "templates", "found", "grouping_accuracy", "precision", "recall", "f1"];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("templates", "Templates of lines");
    let mut accuracies = Vec::new();
    for path in tables {
        let read = fs::read_to_string(path).ok().and_then(|text| read_structured(&text));
        let Some(read) = read else {
            let why = "it is no table with the columns Content and EventId";
            context.terminal.warn(&line(&format!("passed over {}: {why}", path.display())));
            *code = PASSED_OVER;
            continue;
        };
        let tried = mine(&read.lines);
        accuracies.push(tried.grouped.accuracy());
        table.push([
            Cell::from(name(path).split('_').next().unwrap_or_default()),
            Cell::from(tried.grouped.items),
            Cell::from(tried.known),
            Cell::from(tried.found),
            Cell::Percent(tried.grouped.accuracy()),
            Cell::Percent(tried.pairs.precision()),
            Cell::Percent(tried.pairs.recall()),
            Cell::Percent(tried.pairs.f1()),
        ]);
    }
    if accuracies.len() > 1 {
        let mean = accuracies.iter().sum::<f64>() / accuracies.len() as f64;
        let mut row = vec![Cell::Null; names.len()];
        (row[0], row[4]) = (Cell::from("mean"), Cell::Percent(mean));
        table.push(row);
    }
    table
}

fn name(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
