//! `logwright protocols publish`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure, PASSED_OVER};
use super::super::ingest::Work;
use super::decide::settle;
use crate::learning::block::ByHand;
use crate::learning::{
    AS_IT_SHOULD, Backtest, Book, Change, Deed, Deeds, GuardFile, LearningError, NOT_THERE, Place, Plan, Publisher,
    Register, carry_out, said,
};
use crate::store::{DurableHand, Reader};
use crate::terminal::{Cell, Column, Format, Meaning, Span, Table, wording};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Write the accepted protocols where agents read
///
/// Each gets a page in the house, and the guard goes by those that it is to guard. With
/// `--to` they are kept as a delimited block in a file of yours, which stays as it is
/// otherwise, with `--rules` as a file of their own. Where they were written once they are
/// kept up to date, until `--remove`.
///
///   logwright protocols publish --to CLAUDE.md
///   logwright protocols publish --rules .claude/rules/logwright.md
///   logwright protocols publish --remove CLAUDE.md
#[derive(Debug, Default, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Keep a block in this file, such as CLAUDE.md or AGENTS.md
    #[arg(long, value_name = "FILE")]
    to: Vec<PathBuf>,
    /// Keep them in this file of their own
    #[arg(long, value_name = "FILE")]
    rules: Vec<PathBuf>,
    /// Take them from this file again
    #[arg(long, value_name = "FILE")]
    remove: Vec<PathBuf>,
    /// Write over a block that was changed by hand
    #[arg(long)]
    overwrite: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    drop(context.reader()?);
    let _work = Work::prepare(context)?;
    let house = context.house.clone();
    let hand = DurableHand::new(context.disk);
    let mut book = Book::open(&house, &hand, context.now)?;
    let changes = changes(&book.register, arguments)?;
    let mut after = book.register.clone();
    // What will be is known before it is written.
    after.apply(&changes, context.now);
    let gone: BTreeSet<Place> = book.register.places.difference(&after.places).cloned().collect();
    let by_hand = if arguments.overwrite { ByHand::Discard } else { ByHand::Keep };
    let mut plan = plan(context, &after, &gone, by_hand)?;
    if !arguments.dry_run {
        let (places, protocols): (Vec<_>, Vec<_>) =
            changes.into_iter().partition(|(change, _)| matches!(change, Change::Placed(_) | Change::Unplaced(_)));
        book.write(&protocols)?;
        settle(context, &book)?;
        plan.carry_out(context)?;
        // A place is one once it was written to, until it was taken back.
        let done: Vec<_> = places.into_iter().filter(|(change, _)| !plan.is_left(change)).collect();
        book.write(&done)?;
        settle(context, &book)?;
    }
    show(context, &plan, arguments.dry_run, &after)?;
    Ok(if plan.has_left() { PASSED_OVER } else { DONE })
}

/// What the wish comes to.
fn changes(register: &Register, arguments: &Arguments) -> Result<Vec<(Change, &'static str)>, Failure> {
    let mut changes: Vec<(Change, &'static str)> = Vec::new();
    for entry in register.entries.values() {
        if let Plan::Write(change) = entry.publish() {
            changes.push((change, "published"));
        }
    }
    let new = arguments.to.iter().map(|path| (path, Place::Block as fn(String) -> Place));
    let new = new.chain(arguments.rules.iter().map(|path| (path, Place::File as fn(String) -> Place)));
    for (path, place) in new {
        let place = place(name(path)?);
        if !register.places.contains(&place) {
            changes.push((Change::Placed(place), "asked for"));
        }
    }
    for path in &arguments.remove {
        let path = std::path::absolute(path)?;
        let name = path.display().to_string();
        let known: Vec<&Place> = register.places.iter().filter(|place| place.path() == name).collect();
        if known.is_empty() {
            return Err(Failure::usage(format!("nothing was published to {name}"))
                .hint("`logwright protocols publish --dry-run` lists the files"));
        }
        changes.extend(known.into_iter().map(|place| (Change::Unplaced(place.clone()), "asked for")));
    }
    Ok(changes)
}

/// A path from the root, as text.
fn name(path: &Path) -> Result<String, Failure> {
    let path = std::path::absolute(path)?;
    let name = path.to_str().ok_or_else(|| Failure::usage(format!("{} is no UTF-8", path.display())))?;
    if path.is_dir() {
        return Err(Failure::usage(format!("{name} is a folder")).hint("name a file, such as CLAUDE.md in it"));
    }
    if !path.parent().is_some_and(Path::is_dir) {
        return Err(Failure::usage(format!("the folder of {name} is not there")).hint("create it first"));
    }
    Ok(name.to_owned())
}

/// What is done with files.
pub struct Publication {
    deeds: Deeds,
    guard: GuardFile,
}

/// What is to be done so that files say what the journal says.
pub fn plan(
    context: &Context,
    register: &Register,
    gone: &BTreeSet<Place>,
    by_hand: ByHand,
) -> Result<Publication, Failure> {
    let (settings, _) = context.settings()?;
    let database = context.house.database();
    let found = || -> Result<Publication, LearningError> {
        let reader = Reader::open(&database)?;
        let publisher = Publisher { house: &context.house, modules: &settings.layout.modules, said: &said, by_hand };
        let mut backtests = BTreeMap::new();
        for entry in register.entries.values().filter(|entry| entry.status.is_live()) {
            let id = entry.protocol.id;
            backtests.insert(id, Backtest::new(&reader.exposures(id)?, entry.protocol.evidence.since));
        }
        let mut deeds = publisher.pages(register, &backtests)?;
        let places = register.places.iter().map(|place| (place, true));
        for (place, is_wanted) in places.chain(gone.iter().map(|place| (place, false))) {
            deeds.insert(PathBuf::from(place.path()), publisher.outside(register, place, is_wanted));
        }
        Ok(Publication { deeds, guard: publisher.guard(register) })
    };
    Ok(found().map_err(|error| error.at(&database))?)
}

impl Publication {
    /// Does it: first what the guard goes by, whatever becomes of the files.
    pub fn carry_out(&mut self, context: &Context) -> Result<(), Failure> {
        let folder = context.house.guard_spool();
        DurableHand::new(context.disk).create_folders(&[folder])?;
        context.disk.replace(&context.house.guard(), &self.guard.bytes())?;
        carry_out(context.disk, &mut self.deeds, context.now);
        Ok(())
    }

    /// Whether a change of places could not be made.
    fn is_left(&self, change: &Change) -> bool {
        let (Change::Placed(place) | Change::Unplaced(place)) = change else { return false };
        self.deeds.get(Path::new(place.path())).is_some_and(is_left)
    }

    /// Whether a file is not as it should be.
    pub fn has_left(&self) -> bool {
        self.deeds.values().any(is_left)
    }

    /// Files that are not as they should be, and why.
    pub fn left(&self) -> impl Iterator<Item = (&Path, &str)> {
        self.deeds.iter().filter_map(|(path, deed)| match deed {
            Deed::Leave(why) if is_left(deed) => Some((path.as_path(), why.as_str())),
            _ => None,
        })
    }
}

fn is_left(deed: &Deed) -> bool {
    matches!(deed, Deed::Leave(why) if why != AS_IT_SHOULD && why != NOT_THERE)
}

fn show(context: &mut Context, plan: &Publication, is_dry: bool, register: &Register) -> Result<(), Failure> {
    if context.terminal.format() != Format::Table {
        let mut table = Table::new(["file", "deed", "why"].map(|name| Column::new(name, name)));
        for (path, deed) in &plan.deeds {
            let (word, why) = match deed {
                Deed::Write(_) => ("write", Cell::Null),
                Deed::Remove => ("remove", Cell::Null),
                Deed::Leave(why) => ("leave", Cell::from(why.as_str())),
            };
            table.push([Cell::from(path.display().to_string()), Cell::from(word), why]);
        }
        return Ok(context.terminal.table(&table)?);
    }
    for (path, deed) in &plan.deeds {
        let (word, meaning) = match deed {
            Deed::Write(_) => ("write ", Meaning::Good),
            Deed::Remove => ("remove", Meaning::Bad),
            Deed::Leave(_) => ("leave ", Meaning::Dim),
        };
        let why = if let Deed::Leave(why) = deed { format!(": {why}") } else { String::new() };
        context.terminal.line(&[
            Span::new(format!("{word} "), meaning),
            Span::new(path.display().to_string(), Meaning::Path),
            Span::new(why, Meaning::Dim),
        ])?;
        if let (true, Deed::Write(text)) = (is_dry, deed) {
            context.terminal.block(text, Meaning::Plain)?;
        }
    }
    context.terminal.flush()?;
    let guarded = plan.guard.protocols.len();
    let active = crate::learning::shown(register).len();
    let would = if is_dry { " would be" } else { "" };
    let protocols = wording::count(active as u64, "protocol", "protocols");
    context.terminal.note(&format!("{protocols}{would} published, {guarded} guarded"));
    match () {
        () if active == 0 && guarded == 0 => {
            context.terminal.hint("`logwright protocols` lists what is proposed, `protocols accept ID` takes one");
        }
        () if guarded > 0 => context.terminal.hint("`logwright hook status` says whether your agent asks the guard"),
        () => {}
    }
    Ok(())
}
