//! How a failure was solved, in words: what differed, what was done in between, what the person said.

use crate::learning::acts::{Act, Found, Moment, Sort, Told};
use crate::learning::resolution::{LOOKED_AT, Step, words};
use crate::store::StoredIncident;

/// Characters of a command line that are told.
const COMMAND: usize = 120;
/// Calls before a success at which is looked for what led to it.
const BACK: usize = 200;
/// Files between a failure and its success that are told.
const FILES: usize = 3;

/// What resolved an incident that is resolved. The words hold text from the log; whoever writes them quotes them.
pub fn solved(told: &Told, found: &Found<'_>, at: usize, incident: &StoredIncident) -> String {
    if let Some(handled) = incident.handled.as_ref().filter(|handled| handled.status.as_deref() == Some("resolved")) {
        let why = if handled.why.is_empty() { String::new() } else { format!(": {}", handled.why) };
        return format!("a person said that it is mended{why}");
    }
    let succeeded = incident.resolved_by.and_then(|id| found.of_event.get(&id));
    let (Some(failed), Some(succeeded)) = (found.of_incident.get(&at), succeeded) else {
        return if incident.kind == "api-error" { "the next request succeeded" } else { "a later call succeeded" }
            .to_owned();
    };
    let (one, two) = (found.acts[*failed].0, found.acts[*succeeded].0);
    let first = (failed + 1).max(succeeded.saturating_sub(BACK));
    let between = found.acts.get(first..*succeeded).unwrap_or_default().iter().map(|(act, _)| *act);
    let between: Vec<&Act> = between.filter(|act| act.actor == one.actor && !act.failed()).collect();
    if let (Some(before), Some(after)) = (&one.command, &two.command) {
        return of_command(told, before, after, &between);
    }
    let step = |act: &Act| Step { tool: act.tool.clone(), input: act.text.clone() };
    let near: Vec<Step> = between.iter().rev().take(LOOKED_AT).rev().map(|act| step(act)).collect();
    let mut said = Vec::new();
    for word in words(&step(one), &step(two), &near) {
        said.push(match word.split_once(':') {
            Some(("after", tool)) => format!("after `{tool}` of it"),
            Some(("added", field)) => format!("with `{field}` given"),
            Some(("dropped", field)) => format!("without `{field}`"),
            Some(("field", field)) => format!("with another `{field}`"),
            _ => continue,
        });
    }
    match (said.is_empty(), incident.resolution.as_str()) {
        (false, _) => said.join(", "),
        (true, "repeated") => "the same call succeeded later".to_owned(),
        (true, _) => "another try succeeded".to_owned(),
    }
}

/// A command line that succeeded after one that had failed.
fn of_command(told: &Told, before: &str, after: &str, between: &[&Act]) -> String {
    let mut files: Vec<&str> = Vec::new();
    for act in between.iter().filter(|act| act.sort == Sort::Edit) {
        let file = act.file.as_deref().map(|file| told.within(file)).unwrap_or_default();
        if !file.is_empty() && !files.contains(&file) {
            files.push(file);
        }
    }
    if !files.is_empty() {
        let named: Vec<String> = files.iter().take(FILES).map(|file| format!("`{}`", plain(file))).collect();
        let more = files.len().saturating_sub(FILES);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        return format!("after edits of {}{more}", named.join(", "));
    }
    if before.trim() == after.trim() {
        "the same command succeeded later".to_owned()
    } else {
        format!("with `{}`", plain(after))
    }
}

/// What can stand between two backticks.
fn plain(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    match flat.char_indices().nth(COMMAND) {
        Some((at, _)) => format!("{} ...", flat[..at].trim_end()),
        None => flat,
    }
}

/// What the person said to a failure: the words of a refusal, or the prompt that came before the agent tried anything else.
pub fn answer(told: &Told, found: &Found<'_>, at: usize, incident: &StoredIncident) -> Option<String> {
    let is_decision = incident.disposition == "decision";
    let (act, place) = found.acts.get(*found.of_incident.get(&at)?)?;
    if let Some(said) = refusal(&act.answer).filter(|_| is_decision) {
        return Some(said);
    }
    let is_open = incident.status.as_deref() != Some("resolved");
    match told.moments.get(place + 1)? {
        Moment::Prompt(text) if is_decision || is_open => Some(text.clone()),
        _ => None,
    }
}

/// The person's own words in the answer to a call that they refused.
fn refusal(answer: &str) -> Option<String> {
    const BEFORE: [&str; 3] = [
        "the user said:",
        "The user provided the following reason for the rejection:",
        "To tell you how to proceed, the user said:",
    ];
    let said = BEFORE.iter().filter_map(|before| answer.split_once(before)).map(|(_, said)| said.trim()).next()?;
    let said = said.split("\n\nNote:").next().unwrap_or(said).trim();
    (!said.is_empty()).then(|| said.to_owned())
}
