//! `logwright show`.

use super::context::Context;
use super::failure::{DONE, Failure};
use super::restore::tell_removed;
use crate::event::{Event, Kind, Status};
use crate::follow::{Follow, Heard};
use crate::store::{FileRow, Reader, SessionSummary, StoredEvent, texts};
use crate::terminal::{Format, Meaning, Span, wording};
use crate::view::{Entry, INDENT, StoryOptions, entries_table, entry_lines, session_name};
use chrono::NaiveDate;
use std::collections::{HashMap, HashSet, VecDeque};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

/// Longest text that is shown unless `--full` is said, in bytes.
const SHORT_TEXT: usize = 16 * 1024;
/// Longest text that is shown at all, in bytes.
const LONG_TEXT: usize = 64 * 1024 * 1024;
/// Sessions that are named where one was meant.
const NAMED: usize = 5;
/// Calls of a live log that are remembered, and the bytes of their texts.
const CALLS: usize = 1024;
const CALL_BYTES: usize = 64 * 1024 * 1024;
/// Bytes of a live log in which failures are looked for first: they are rare, and their calls stand before them.
const ERRORS_BEFORE: u64 = 1024 * 1024;
/// How often a live log is looked at.
const BEAT: Duration = Duration::from_millis(200);

/// Read a session
///
///   logwright show --last             the last session
///   logwright show --last --errors    what failed in it, and the calls that led there
///   logwright show --follow           what the agent is doing right now
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// The session, or the beginning of its id; see `logwright sessions`
    #[arg(value_name = "SESSION", conflicts_with = "last")]
    session: Option<String>,
    /// The session that was last heard of
    #[arg(long)]
    last: bool,
    /// Only what failed, with the calls that led to it
    #[arg(long)]
    errors: bool,
    /// Follow the agent's own log as it grows, without a house; Ctrl-C ends it
    #[arg(long)]
    follow: bool,
    /// Show whole texts, and bookkeeping events too
    #[arg(long)]
    full: bool,
}

/// Runs the command.
pub fn run(context: &mut Context, arguments: &Arguments) -> Result<u8, Failure> {
    let options = StoryOptions { full: arguments.full, errors: arguments.errors };
    if arguments.follow {
        return follow(context, arguments.session.as_deref(), options);
    }
    let reader = context.reader()?;
    let session = match &arguments.session {
        Some(name) => named(&reader, name)?,
        None if arguments.last => reader.sessions(1)?.into_iter().next().ok_or_else(nothing)?,
        None => {
            return Err(Failure::usage("which session?")
                .hint("`logwright show --last` reads the last one; `logwright sessions` lists all"));
        }
    };
    let entries = story(context, &reader, &session, options)?;
    if context.terminal.format() != Format::Table {
        context.terminal.table(&entries_table(&session.id, &entries))?;
        return Ok(DONE);
    }
    show_head(context, &session)?;
    for family in session.before.iter().chain([&session.family]) {
        tell_removed(context, &reader, *family)?;
    }
    let mut day = session.started.and_then(|start| context.terminal.look().zone.date(start));
    for entry in &entries {
        show_entry(context, entry, options, &mut day)?;
    }
    if entries.is_empty() {
        context.terminal.note(if arguments.errors { "nothing failed in this session" } else { "the session is empty" });
    }
    Ok(DONE)
}

/// Shows an event below those before it; when a new day begins, it is named.
fn show_entry(
    context: &mut Context,
    entry: &Entry,
    options: StoryOptions,
    day: &mut Option<NaiveDate>,
) -> Result<(), Failure> {
    let zone = context.terminal.look().zone;
    let date = entry.time.and_then(|time| zone.date(time));
    if date.is_some() && date != *day {
        *day = date;
        let text = date.map(|date| date.to_string()).unwrap_or_default();
        context.terminal.line(&[Span::new(text, Meaning::Dim)])?;
    }
    for line in entry_lines(entry, options, zone) {
        context.terminal.hanging(&line, INDENT)?;
    }
    Ok(())
}

fn nothing() -> Failure {
    Failure::usage("the house holds no session").hint("`logwright ingest` brings logs in")
}

fn named(reader: &Reader, name: &str) -> Result<SessionSummary, Failure> {
    let mut found = reader.sessions_like(name)?;
    match found.as_slice() {
        [] => Err(Failure::usage(format!("there is no session `{name}`")).hint("`logwright sessions` lists all")),
        [first, ..] if found.len() == 1 || first.id == name => Ok(found.swap_remove(0)),
        several => {
            let mut ids: Vec<&str> = several.iter().map(|session| session.id.as_str()).take(NAMED).collect();
            if several.len() > NAMED {
                ids.push("...");
            }
            Err(Failure::usage(format!("the ids of several sessions begin with `{name}`: {}", ids.join(", ")))
                .hint("write more of the id"))
        }
    }
}

fn story(
    context: &Context,
    reader: &Reader,
    session: &SessionSummary,
    options: StoryOptions,
) -> Result<Vec<Entry>, Failure> {
    let mut events = Vec::new();
    for family in session.before.iter().chain([&session.family]) {
        events.extend(reader.events(*family, &session.id)?);
    }
    if !session.before.is_empty() {
        events.sort_by_key(|event| event.time);
    }
    let failed_calls: HashSet<&str> =
        events.iter().filter(|event| event.status == "error").filter_map(|event| event.call.as_deref()).collect();
    let led_to_failure = |event: &StoredEvent| {
        event.kind == Kind::ToolCall && event.call.as_deref().is_some_and(|call| failed_calls.contains(call))
    };
    let mut calls: HashMap<&str, &StoredEvent> = HashMap::new();
    let mut story: Vec<StoredEvent> = Vec::new();
    for event in &events {
        if options.errors && led_to_failure(event) {
            // It is shown when its failure comes; between them may lie much that ran beside it.
            calls.insert(event.call.as_deref().unwrap_or_default(), event);
        } else if options.shows(event.kind, event.status == "error") {
            story.extend(event.call.as_deref().and_then(|call| calls.remove(call)).cloned());
            story.push(event.clone());
        }
    }
    let events = story;
    let files: Vec<FileRow> = reader.files()?;
    let limit = if options.full { LONG_TEXT } else { SHORT_TEXT };
    let texts = texts(&context.house, &files, &events, limit);
    let paths: HashMap<u64, &str> = files.iter().map(|file| (file.id, file.path.as_str())).collect();
    let entry = |(event, text): (StoredEvent, Option<String>)| Entry {
        id: Some(event.id),
        time: event.time,
        kind: event.kind,
        tool: event.tool,
        call: event.call,
        failed: event.status == "error",
        duration: event.duration,
        sub_agent: event.sub_agent,
        model: event.model,
        verdict: Some((event.category, event.subcategory, event.severity)),
        labels: event.labels,
        place: paths.get(&event.file).map(|path| ((*path).to_owned(), event.offset, event.length)),
        text,
    };
    // What says nothing is for those who want everything.
    let is_telling = |entry: &Entry| {
        options.full || entry.failed || entry.text.as_deref().is_none_or(|text| !text.trim().is_empty())
    };
    Ok(events.into_iter().zip(texts).map(entry).filter(is_telling).collect())
}

fn show_head(context: &mut Context, session: &SessionSummary) -> Result<(), Failure> {
    let terminal = &mut context.terminal;
    let zone = terminal.look().zone;
    let title = if session.title.is_empty() { session_name(&session.id) } else { &session.title };
    terminal.hanging(&[Span::new(title.to_owned(), Meaning::Heading)], 0)?;
    let version = session.version.as_ref().map_or_else(String::new, |version| format!(" {version}"));
    terminal.hanging(&[Span::new(format!("{} · {}{version}", session.id, session.agent), Meaning::Dim)], 0)?;
    if let Some(project) = &session.project {
        terminal.hanging(&[Span::new(project.clone(), Meaning::Path)], 0)?;
    }
    let span = match (session.started, session.ended) {
        (Some(start), Some(end)) => {
            format!(
                "{} · {} · ",
                zone.show(start, None),
                wording::duration(u64::try_from(end - start).unwrap_or_default())
            )
        }
        _ => String::new(),
    };
    let calls = wording::count(session.tool_calls, "call", "calls");
    let failed = wording::integer(session.failures as i64);
    let output = wording::count(session.tokens.output, "output token", "output tokens");
    terminal.hanging(&[Span::new(format!("{span}{calls}, {failed} failed · {output}"), Meaning::Dim)], 0)?;
    terminal.line(&[])?;
    Ok(())
}

/// Shows what an agent writes while it writes it.
fn follow(context: &mut Context, session: Option<&str>, options: StoryOptions) -> Result<u8, Failure> {
    if matches!(context.terminal.format(), Format::Json | Format::Csv) {
        return Err(Failure::usage("what is followed has no end, and this format needs one")
            .hint("`--format ndjson` writes one line for each event"));
    }
    let path = live_log(context, session)?;
    context.terminal.note(&format!("following {}; Ctrl-C ends it", path.display()));
    let stop = context.stop_on_interrupt();
    let mut day = None;
    let is_table = context.terminal.format() == Format::Table;
    let (settings, _) = context.settings()?;
    let mut follow = Follow::new(path, settings.intake.max_line);
    if options.errors {
        follow = follow.looking_back(ERRORS_BEFORE);
    }
    let mut live = Live::new(options);
    while !stop.load(Ordering::Relaxed) {
        let mut entries = Vec::new();
        let heard = follow.listen(|event| entries.extend(live.entries(&event)));
        match heard? {
            Heard::Nothing | Heard::More => {}
            Heard::Rewritten => context.terminal.note("the log was rewritten; reading it from its beginning"),
            Heard::Gone => context.terminal.detail("the log is gone; waiting for it to come back"),
        }
        for (session, entry) in &entries {
            if is_table {
                show_entry(context, entry, options, &mut day)?;
            } else {
                context.terminal.table(&entries_table(session, std::slice::from_ref(entry)))?;
            }
        }
        context.terminal.flush()?;
        thread::sleep(BEAT);
    }
    Ok(DONE)
}

/// A session as it is written: calls are remembered until their results come.
struct Live {
    options: StoryOptions,
    /// By their ids, the last one at the end.
    calls: VecDeque<(String, Entry)>,
    /// Bytes of their texts.
    held: usize,
}

impl Live {
    fn new(options: StoryOptions) -> Live {
        Live { options, calls: VecDeque::new(), held: 0 }
    }

    /// What is shown of an event, with its session: itself or nothing, or a failure behind the call that led to it.
    fn entries(&mut self, event: &Event<'_>) -> Vec<(String, Entry)> {
        let session = || event.session.as_deref().unwrap_or_default().to_owned();
        let failed = event.status == Status::Error;
        let shows = self.options.shows(event.kind, failed);
        let id = event.call.as_deref().unwrap_or_default();
        let is_call = event.kind == Kind::ToolCall && !id.is_empty();
        if !shows && !is_call {
            return Vec::new();
        }
        let mut entry = self.entry(event, failed);
        if is_call {
            self.remember(id, &entry);
            return if shows { vec![(session(), entry)] } else { Vec::new() };
        }
        let call = self.calls.iter_mut().rev().find(|(call, _)| !id.is_empty() && call == id);
        let Some((_, call)) = call else { return vec![(session(), entry)] };
        if entry.tool.is_empty() {
            entry.tool.clone_from(&call.tool);
        }
        let led_here = (self.options.errors && event.kind == Kind::ToolResult).then(|| (session(), call.clone()));
        led_here.into_iter().chain([(session(), entry)]).collect()
    }

    fn remember(&mut self, id: &str, entry: &Entry) {
        let size = |entry: &Entry| entry.text.as_ref().map_or(0, String::len);
        // Its text is shown again only before a failure.
        let text = entry.text.clone().filter(|_| self.options.errors);
        let entry = Entry { text, ..entry.clone() };
        self.held += size(&entry);
        self.calls.push_back((id.to_owned(), entry));
        while self.calls.len() > CALLS || self.held > CALL_BYTES {
            let Some((_, oldest)) = self.calls.pop_front() else { return };
            self.held -= size(&oldest);
        }
    }

    fn entry(&self, event: &Event<'_>, failed: bool) -> Entry {
        let mut text = String::new();
        event.text.decode_into(if self.options.full { LONG_TEXT } else { SHORT_TEXT }, &mut text);
        Entry {
            id: None,
            time: event.time,
            kind: event.kind,
            call: event.call.as_deref().map(str::to_owned),
            tool: event.tool.as_deref().unwrap_or_default().to_owned(),
            failed,
            duration: event.duration,
            sub_agent: event.sub_agent.as_deref().map(str::to_owned),
            model: event.model.as_deref().unwrap_or_default().to_owned(),
            verdict: None,
            labels: Vec::new(),
            place: None,
            text: Some(text),
        }
    }
}

/// The log to follow: a file that is named, the source of a session, or the transcript
/// of this machine's agents that changed last.
fn live_log(context: &Context, session: Option<&str>) -> Result<PathBuf, Failure> {
    if let Some(path) = session.map(PathBuf::from).filter(|path| path.is_file()) {
        return Ok(path);
    }
    if let Some(name) = session {
        let reader = context.reader()?;
        let session = named(&reader, name)?;
        let files = reader.files()?;
        let sources =
            files.iter().filter(|file| file.is_last && file.session == session.id && file.form == "transcript");
        let newest = sources
            .map(|file| PathBuf::from(&file.source))
            .filter(|path| path.is_file())
            .max_by_key(|path| path.metadata().and_then(|metadata| metadata.modified()).ok());
        return newest.ok_or_else(|| {
            Failure::usage(format!("the agent's own log of `{name}` is gone; there is nothing to follow"))
        });
    }
    let (home, config) = context.agent_folders()?;
    crate::follow::newest_transcript(&home, config.as_deref()).ok_or_else(|| {
        Failure::usage("no agent of this machine has left a transcript")
            .hint("name a file: `logwright show --follow FILE`")
    })
}

#[cfg(test)]
mod tests {
    use super::{CALLS, Live};
    use crate::follow::Follow;
    use crate::view::StoryOptions;
    use std::fmt::Write;

    #[test]
    fn a_failure_comes_behind_the_call_that_led_to_it() {
        let call = |id: &str| {
            format!(
                r#"{{"type":"assistant","message":{{"content":[{{"type":"tool_use","id":"{id}","name":"Bash","input":{{"command":"do {id}"}}}}]}}}}"#
            )
        };
        let result = |id: &str, failed: bool| {
            format!(
                r#"{{"type":"user","message":{{"content":[{{"type":"tool_result","tool_use_id":"{id}","content":"of {id}","is_error":{failed}}}]}}}}"#
            )
        };
        let log = [call("a"), call("b"), result("a", false), result("b", true)].join("\n") + "\n";
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s1.jsonl");
        std::fs::write(&path, log).unwrap();
        let heard = |errors| {
            let mut live = Live::new(StoryOptions { errors, full: false });
            let mut told = String::new();
            let each = |event: crate::event::Event<'_>| {
                for (session, entry) in live.entries(&event) {
                    let _ = write!(
                        told,
                        "{session} {} {} {}; ",
                        entry.kind.name(),
                        entry.tool,
                        entry.text.unwrap_or_default()
                    );
                }
            };
            Follow::new(path.clone(), 1 << 20).listen(each).unwrap();
            assert!(live.calls.len() <= CALLS);
            told
        };
        assert_eq!(heard(true), r#"s1 tool-call Bash {"command":"do b"}; s1 tool-result Bash of b; "#);
        assert_eq!(heard(false).matches(';').count(), 4);
    }
}
