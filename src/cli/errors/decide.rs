//! `logwright errors resolve`, `reopen` and `clear`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use super::super::ids::find_error;
use super::super::ingest::Work;
use crate::ingest::{Decision, ErrorBook, IngestError, Lines, handle};
use crate::retention::Retention;
use crate::store::{DurableHand, Handled, Reader, StoreError, StoredIncident, Writer};
use crate::terminal::{Cell, Column, Format, Table};
use crate::view::short_id;
use std::sync::atomic::AtomicBool;

/// Longest reason, in bytes. A guess: it is a remark, not a report.
const LONGEST: usize = 4096;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The errors, or the first digits of their ids; see `logwright errors`
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,
    /// Why, in your words; it is kept with the error
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// What is known of an error that a person decides about.
#[derive(Clone, Debug, Default)]
struct State {
    incident: Option<StoredIncident>,
    handled: Option<Handled>,
}

/// What a decision comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Plan {
    /// It is written down.
    Write,
    /// It is so already.
    Stands,
    /// It cannot be: why not.
    Refuse(String),
}

/// What a decision about an error comes to; saying a thing twice changes nothing, unless for another reason.
fn plan(state: &State, decision: Decision, why: &str) -> Plan {
    let handled = state.handled.as_ref();
    let is_new_reason = !why.is_empty() && handled.is_none_or(|handled| handled.why != why);
    let wanted = match decision {
        Decision::Resolved => "resolved",
        Decision::Reopened => "open",
        Decision::Cleared => {
            return match &state.incident {
                _ if handled.is_some_and(|handled| handled.cleared) && !is_new_reason => Plan::Stands,
                _ if handled.is_some_and(|handled| handled.cleared) => Plan::Write,
                Some(incident) if !incident.critical => Plan::Refuse("it is not critical".to_owned()),
                _ => Plan::Write,
            };
        }
    };
    let status = match &state.incident {
        Some(incident) => match &incident.status {
            Some(status) => Some(status.as_str()),
            None => return Plan::Refuse(format!("it turned out to be none ({})", incident.disposition)),
        },
        None => handled.and_then(|handled| handled.status.as_deref()),
    };
    if status == Some(wanted) && !is_new_reason { Plan::Stands } else { Plan::Write }
}

/// Writes down what a person decided about errors: all of it, or nothing.
pub fn run(context: &mut Context, decision: Decision, arguments: &Arguments) -> Result<u8, Failure> {
    let why = arguments.why.trim();
    if why.len() > LONGEST {
        return Err(Failure::usage(format!("the reason has {} bytes, more than {LONGEST}", why.len())));
    }
    // Who names what is not there changes nothing, and makes no house.
    let reader = context.reader()?;
    let mut ids: Vec<u64> = Vec::new();
    for text in &arguments.ids {
        let id = find_error(&reader, text)?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    drop(reader);
    let _work = Work::prepare(context)?;
    let done = carry_out(context, decision, why, &ids)?;
    if context.terminal.format() != Format::Table {
        context.terminal.table(&done_table(&done, decision))?;
        return Ok(DONE);
    }
    for (id, plan) in &done {
        let said = match (decision, plan == &Plan::Stands) {
            (Decision::Resolved, false) => "is resolved",
            (Decision::Resolved, true) => "is resolved already",
            (Decision::Reopened, false) => "is open again",
            (Decision::Reopened, true) => "is open already",
            (Decision::Cleared, false) => "need not be kept for ever",
            (Decision::Cleared, true) => "need not be kept for ever, as was said before",
        };
        context.terminal.note(&format!("{} {said}", short_id(*id)));
    }
    Ok(DONE)
}

/// Appends the decisions to the files of errors, and then to the store. The caller holds the lock.
fn carry_out(context: &Context, decision: Decision, why: &str, ids: &[u64]) -> Result<Vec<(u64, Plan)>, Failure> {
    let (settings, _) = context.settings()?;
    let database = context.house.database();
    let sorted = |error: StoreError| Failure::from(error.at(&database));
    let hand = DurableHand::new(context.disk);
    let mut writer = Writer::open(&database).map_err(sorted)?;
    // A day whose move to the archive was broken off is not one to write to.
    let never = AtomicBool::new(false);
    let retention = Retention {
        house: &context.house,
        settings: &settings,
        disk: context.disk,
        now: context.now,
        workers: 1,
        stop: &never,
        progress: &|_| {},
    };
    retention.attend(&hand, &mut writer).map_err(|error| Failure::from(error.at(&database)))?;
    let reader = Reader::open(&database).map_err(sorted)?;
    let (mut book, amendment) = ErrorBook::open(&context.house, &settings.layout, &hand, &reader, context.now)
        .map_err(|error| in_house(error, context))?;
    if amendment.is_needed() {
        writer.write(|group| amendment.apply(group)).map_err(sorted)?;
    }
    let mut done = Vec::new();
    for id in ids {
        let state = State { incident: reader.incident(*id)?, handled: reader.handled(*id)? };
        let plan = plan(&state, decision, why);
        if let Plan::Refuse(reason) = plan {
            let name = short_id(*id);
            return Err(Failure::usage(format!("nothing can be decided about {name}: {reason}"))
                .hint(format!("`logwright errors show {name}` says more; nothing was changed")));
        }
        done.push((*id, plan));
    }
    let mut lines = Lines::default();
    let written: Vec<u64> = done.iter().filter(|(_, plan)| *plan == Plan::Write).map(|(id, _)| *id).collect();
    for id in &written {
        if !book.decide(*id, decision, why, &mut lines) {
            return Err(Failure::usage(format!("there is no record of {} to write to", short_id(*id)))
                .hint("`logwright rebuild` writes the records anew; nothing was changed"));
        }
    }
    if !lines.is_empty() {
        let changes = book.settle(lines).map_err(|error| in_house(error, context))?;
        let store = writer.write(|group| {
            written.iter().try_for_each(|id| handle(group, *id, decision, why, context.now))?;
            book.note(&changes, group)
        });
        store.map_err(sorted)?;
    }
    drop(reader);
    writer.finish().map_err(sorted)?;
    Ok(done)
}

fn in_house(error: IngestError, context: &Context) -> Failure {
    match error {
        IngestError::Store(error) => error.at(&context.house.database()).into(),
        other => other.into(),
    }
}

/// What was done, for machines.
fn done_table(done: &[(u64, Plan)], decision: Decision) -> Table {
    let mut table = Table::new(["id", "decision", "changed"].map(|name| Column::new(name, name)));
    for (id, plan) in done {
        table.push([Cell::from(format!("{id:016x}")), Cell::from(decision.word()), Cell::from(*plan == Plan::Write)]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{Plan, State, plan};
    use crate::ingest::Decision;
    use crate::store::{Handled, StoredIncident};

    fn state(status: Option<&str>, critical: bool, handled: Option<(&str, bool)>) -> State {
        let incident = StoredIncident { status: status.map(str::to_owned), critical, ..StoredIncident::default() };
        let handled = handled.map(|(why, cleared)| Handled {
            status: status.map(str::to_owned),
            why: why.to_owned(),
            cleared,
            at: 0,
        });
        State { incident: Some(incident), handled }
    }

    #[test]
    fn saying_a_thing_twice_changes_nothing() {
        let open = state(Some("open"), false, None);
        let resolved = state(Some("resolved"), false, Some(("mended", false)));
        assert_eq!(plan(&open, Decision::Resolved, ""), Plan::Write);
        assert_eq!(plan(&open, Decision::Reopened, ""), Plan::Stands);
        assert_eq!(plan(&resolved, Decision::Resolved, ""), Plan::Stands);
        assert_eq!(plan(&resolved, Decision::Resolved, "mended"), Plan::Stands);
        assert_eq!(plan(&resolved, Decision::Resolved, "mended at last"), Plan::Write);
        assert_eq!(plan(&resolved, Decision::Reopened, ""), Plan::Write);
    }

    #[test]
    fn only_what_went_wrong_is_decided_about() {
        assert!(matches!(plan(&state(None, false, None), Decision::Resolved, ""), Plan::Refuse(_)));
        assert!(matches!(plan(&state(Some("open"), false, None), Decision::Cleared, ""), Plan::Refuse(_)));
        assert_eq!(plan(&state(Some("open"), true, None), Decision::Cleared, ""), Plan::Write);
        assert_eq!(plan(&state(Some("open"), false, Some(("", true))), Decision::Cleared, ""), Plan::Stands);
        // Of an error whose logs are gone, the record alone is left.
        assert_eq!(plan(&State::default(), Decision::Resolved, ""), Plan::Write);
    }
}
