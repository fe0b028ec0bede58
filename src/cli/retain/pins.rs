//! `logwright retain pin` and `unpin`.

use super::super::context::Context;
use super::super::failure::{DONE, Failure};
use super::super::ingest::Work;
use super::tell_rebuilt;
use crate::event::Pin;
use crate::retention::Journal;
use crate::store::{DurableHand, Reader, What, Writer};
use crate::terminal::{Cell, Column, Format, Meaning, Table};

/// Longest reason, in bytes. A guess: it is a remark, not a report.
const LONGEST: usize = 4096;

/// Keep sessions, logs or projects for ever; without names, list what is pinned
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    what: Named,
    /// Why, in your words; it is kept with the pin
    #[arg(long, value_name = "TEXT", default_value = "")]
    why: String,
}

/// Keep them no longer than the policy says
#[derive(Debug, clap::Args)]
pub struct UnpinArguments {
    #[command(flatten)]
    what: Named,
}

#[derive(Debug, clap::Args)]
struct Named {
    /// Sessions, by the first letters of their ids, or logs, by their whole ids
    #[arg(value_name = "SESSION|LOG")]
    ids: Vec<String>,
    /// Projects, by their whole names
    #[arg(long, value_name = "NAME")]
    project: Vec<String>,
}

/// Runs `pin`.
pub fn pin(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    if arguments.what.ids.is_empty() && arguments.what.project.is_empty() {
        return list(context, &reader);
    }
    if arguments.why.len() > LONGEST {
        return Err(Failure::usage(format!("the reason has {} bytes, more than {LONGEST}", arguments.why.len())));
    }
    let pins = pins(&reader, &arguments.what, &[])?;
    drop(reader);
    let why = arguments.why.trim().to_owned();
    let whats = pins.iter().map(|pin| What::Pinned { pin: pin.clone(), why: why.clone() }).collect();
    write(context, whats)?;
    for pin in pins {
        let (kind, name) = pin.parts();
        context.terminal.note(&format!("{kind} {name} is kept for ever"));
    }
    Ok(DONE)
}

/// Runs `unpin`.
pub fn unpin(context: &mut Context, arguments: &UnpinArguments) -> Result<u8, Failure> {
    let reader = context.reader()?;
    if arguments.what.ids.is_empty() && arguments.what.project.is_empty() {
        return Err(Failure::usage("which pin?").hint("`logwright retain pin` lists them"));
    }
    let pinned: Vec<Pin> = reader.pins()?.into_iter().map(|(pin, ..)| pin).collect();
    let pins = pins(&reader, &arguments.what, &pinned)?;
    drop(reader);
    if let Some(pin) = pins.iter().find(|pin| !pinned.contains(pin)) {
        let (kind, name) = pin.parts();
        return Err(Failure::usage(format!("{kind} {name} is not pinned")).hint("`logwright retain pin` lists pins"));
    }
    write(context, pins.iter().map(|pin| What::Unpinned { pin: pin.clone() }).collect())?;
    for pin in pins {
        let (kind, name) = pin.parts();
        context.terminal.note(&format!("{kind} {name} is kept as long as the policy says"));
    }
    Ok(DONE)
}

/// What is meant. A pin of `known` is meant by its very name, though what it names is gone.
fn pins(reader: &Reader, named: &Named, known: &[Pin]) -> Result<Vec<Pin>, Failure> {
    let mut pins = Vec::new();
    for text in &named.ids {
        let same = known.iter().find(|pin| pin.parts().1 == text && pin.parts().0 != "project");
        pins.push(match same {
            Some(pin) => pin.clone(),
            None => session_or_log(reader, text)?,
        });
    }
    for name in &named.project {
        let is_there = known.contains(&Pin::Project(name.clone())) || reader.has_project(name)?;
        if !is_there {
            return Err(Failure::usage(format!("there is no project `{name}`"))
                .hint("`logwright sessions --format json` has the whole names of projects"));
        }
        pins.push(Pin::Project(name.clone()));
    }
    pins.sort();
    pins.dedup();
    Ok(pins)
}

fn session_or_log(reader: &Reader, text: &str) -> Result<Pin, Failure> {
    let log = u64::from_str_radix(text, 16).ok().filter(|_| text.len() == 16);
    if let Some(file) = log.map(|id| reader.file(id)).transpose()?.flatten() {
        return Ok(Pin::Log(format!("{:016x}", file.id)));
    }
    let found = reader.sessions_like(text)?;
    match found.as_slice() {
        [] => Err(Failure::usage(format!("there is no session or log `{text}`"))
            .hint("`logwright sessions` lists sessions; the table `files` of `logwright query` has the ids of logs")),
        [first, ..] if found.len() == 1 || first.id == text => Ok(Pin::Session(first.id.clone())),
        _ => {
            Err(Failure::usage(format!("the ids of several sessions begin with `{text}`")).hint("write more of the id"))
        }
    }
}

fn write(context: &mut Context, whats: Vec<What>) -> Result<(), Failure> {
    let _work = Work::prepare(context)?;
    let hand = DurableHand::new(context.disk);
    let mut writer = Writer::open(&context.house.database())?;
    let (mut journal, rebuilt) = Journal::open(&context.house, &hand, &mut writer, context.now)?;
    if let Some(why) = rebuilt {
        tell_rebuilt(context, &why);
    }
    journal.append(&hand, &mut writer, context.now, whats)?;
    Ok(writer.finish()?)
}

fn list(context: &mut Context, reader: &Reader) -> Result<u8, Failure> {
    let mut table = Table::new([
        Column::new("kind", "Kind"),
        Column::new("name", "Pinned").meaning(Meaning::Accent),
        Column::new("since", "Since"),
        Column::new("why", "Why").shrink(2),
    ])
    .named("pins", "Pins");
    let pins = reader.pins()?;
    for (pin, why, at) in &pins {
        let (kind, name) = pin.parts();
        table.push([Cell::from(kind), Cell::from(name), Cell::Time(*at), Cell::from(why.as_str())]);
    }
    if pins.is_empty() && context.terminal.format() == Format::Table {
        context.terminal.note("nothing is pinned");
        context.terminal.hint("`logwright retain pin SESSION` keeps a session for ever");
        return Ok(DONE);
    }
    context.terminal.table(&table)?;
    Ok(DONE)
}
