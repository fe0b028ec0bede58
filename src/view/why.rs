//! On what grounds something was said of an event, an error or a group: who said it, and what they were shown.

mod tables;
#[cfg(test)]
mod tests;

pub use tables::{grounds_tables, group_judges_table};

use super::errors::{error_title, excerpt_lines, field, heading, severity};

use crate::event::Kind;
use crate::store::{Judge, JudgeFailure, JudgedEvent, LinePlugin, Opinion, StoredGroup, StoredIncident};
use crate::terminal::{Line, Meaning, Span, Zone, wording};

/// Digits of a hash that are shown to people.
const HASH: usize = 16;

/// Settings of a plugin, and rule files, that are listed for people.
const WRITTEN: usize = 20;

/// What is written now for a plugin of the house.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The component it is written for.
    content_hash: String,
    /// By what it is known.
    settings_hash: String,
    /// Settings, each with its value.
    values: Vec<(String, String)>,
    /// The rule files.
    rule_files: Vec<String>,
}

/// What is written now for the plugins of the house.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Today(Vec<Written>);

impl Today {
    /// Adds what is written for a plugin: hashes of component and settings, settings with values, rule files.
    pub fn add(&mut self, hashes: [&str; 2], values: Vec<(String, String)>, rule_files: Vec<String>) {
        let [content_hash, settings_hash] = hashes.map(str::to_owned);
        self.0.push(Written { content_hash, settings_hash, values, rule_files });
    }

    /// What a plugin went by, if that is what is written today.
    fn of(&self, judge: &Judge) -> Option<&Written> {
        let is_same = |written: &&Written| {
            written.content_hash == judge.content_hash && written.settings_hash == judge.settings_hash
        };
        self.0.iter().find(is_same)
    }

    /// What a plugin went by, for people.
    fn lines_of(&self, judge: &Judge) -> Vec<Line> {
        let hash: String = judge.settings_hash.chars().take(HASH).collect();
        let Some(written) = self.of(judge) else {
            let is_asked = self.0.iter().any(|written| written.content_hash == judge.content_hash);
            let whose = if is_asked { "other settings than today's" } else { "of a component that is not asked today" };
            return vec![field("Settings", &format!("{whose} (hash {hash})"), Meaning::Warn)];
        };
        let mut lines = vec![field("Settings", &hash, Meaning::Plain)];
        let values = written.values.iter().map(|(name, value)| ("", format!("{name} = {value}"), Meaning::Plain));
        let files = written.rule_files.iter().map(|path| ("Rules", path.clone(), Meaning::Path));
        let all: Vec<_> = values.chain(files).collect();
        lines.extend(all.iter().take(WRITTEN).map(|(name, value, meaning)| field(name, value, *meaning)));
        match all.len() {
            0 => lines.push(field("", "(nothing is set, and its rules are its own)", Meaning::Dim)),
            count if count > WRITTEN => {
                lines.push(field("", &format!("... {} more", count - WRITTEN), Meaning::Dim));
            }
            _ => {}
        }
        lines
    }
}

/// An event, the error that it may be, and those who judged it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The event, unless its logs are gone.
    pub judged: Option<JudgedEvent>,
    /// The error.
    pub incident: Option<StoredIncident>,
    /// Who diagnosed the error, by its record alone.
    pub recorded: Option<LinePlugin>,
    /// The plugins that were there.
    pub judges: Vec<Judge>,
    /// Labels, each with the place of its classifier.
    pub labels: Vec<(u32, String)>,
    /// What other classifiers said.
    pub opinions: Vec<Opinion>,
    /// Plugins that failed on it.
    pub failures: Vec<JudgeFailure>,
    /// An excerpt of the event's text; missing if the raw log is gone.
    pub text: Option<String>,
    /// Of an error, excerpts of the call's input, and of what the agent said before.
    pub around: [Option<String>; 2],
    /// What is written for plugins now.
    pub today: Today,
}

/// A group and those who put errors into it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupGrounds {
    /// The group.
    pub group: StoredGroup,
    /// The extractors, each with how many errors it put there.
    pub judges: Vec<(Judge, u64)>,
    /// The last of its errors.
    pub last: Vec<StoredIncident>,
    /// What is written for plugins now.
    pub today: Today,
}

fn verdict(category: &str, subcategory: &str, number: u8) -> String {
    let place = match (category, subcategory) {
        ("", _) => "no category".to_owned(),
        (category, "") => category.to_owned(),
        (category, subcategory) => format!("{category}/{subcategory}"),
    };
    if number == 0 { place } else { format!("{place}, {}", severity(number)) }
}

impl Grounds {
    /// What a plugin said, in words.
    fn said_by(&self, judge: &Judge) -> Vec<(String, Meaning)> {
        let mut said = Vec::new();
        for failure in self.failures.iter().filter(|failure| (&failure.role, failure.slot) == (&judge.role, judge.slot))
        {
            said.push((format!("failed ({}): {}", failure.kind, failure.message), Meaning::Bad));
        }
        if judge.suspended {
            said.push(("was not asked: it is suspended".to_owned(), Meaning::Warn));
        }
        match judge.role.as_str() {
            "analyzer" => said.push((told_of(judge), Meaning::Dim)),
            "extractor" => {
                let own = self.incident.as_ref().filter(|incident| incident.filled_by == Some(judge.slot));
                said.extend(own.map(|incident| (diagnosis(incident), Meaning::Plain)));
            }
            _ => {
                let own = self.judged.as_ref().filter(|judged| judged.filled_by == Some(judge.slot));
                said.extend(own.map(|judged| {
                    let event = &judged.event;
                    (verdict(&event.category, &event.subcategory, event.severity), Meaning::Plain)
                }));
                for opinion in self.opinions.iter().filter(|opinion| opinion.slot == judge.slot) {
                    let text = verdict(&opinion.category, &opinion.subcategory, opinion.severity);
                    said.push((format!("{text} (another came first)"), Meaning::Dim));
                }
                let labels: Vec<&str> = self
                    .labels
                    .iter()
                    .filter(|(slot, _)| *slot == judge.slot)
                    .map(|(_, label)| label.as_str())
                    .collect();
                if !labels.is_empty() {
                    said.push((format!("labels {}", labels.join(", ")), Meaning::Warn));
                }
            }
        }
        if said.is_empty() {
            let is_filled = match judge.role.as_str() {
                "extractor" => self.incident.as_ref().is_some_and(|incident| incident.filled_by.is_some()),
                _ => self.judged.as_ref().is_some_and(|judged| judged.filled_by.is_some()),
            };
            let text = if is_filled { "nothing, or the same as another that came first" } else { "nothing" };
            said.push((text.to_owned(), Meaning::Dim));
        }
        said
    }

    fn name_of(&self, role: &str, slot: u32) -> &str {
        let judge = self.judges.iter().find(|judge| judge.role == role && judge.slot == slot);
        judge.map_or("", |judge| judge.plugin.as_str())
    }

    /// How a failure is run again.
    fn replay(&self, failure: &JudgeFailure) -> String {
        let event = self.judged.as_ref().map_or(0, |judged| judged.event.id);
        format!("logwright plugin replay {} {event:016x}", self.name_of(&failure.role, failure.slot))
    }
}

fn diagnosis(incident: &StoredIncident) -> String {
    let words = [
        ("", incident.disposition.as_str()),
        ("", &incident.reason),
        ("cause ", &incident.cause),
        ("owner ", &incident.owner),
    ];
    let words = words.iter().filter(|(_, word)| !word.is_empty()).map(|(name, word)| format!("{name}{word}"));
    words.collect::<Vec<_>>().join(", ")
}

/// What an analyzer was asked about.
fn told_of(judge: &Judge) -> String {
    let about = judge.asked.map(|asked| wording::count(asked, "record", "records"));
    let about = about.map_or_else(String::new, |about| format!("; it was asked about {about} of these logs"));
    format!("nothing of single events, only of the whole house{about}")
}

/// Who a plugin is, and how it can be told from others.
fn judge_lines(judge: &Judge, today: &Today, zone: Zone) -> Vec<Line> {
    let component: String = judge.content_hash.chars().take(HASH).collect();
    let mut lines = vec![field("Component", &component, Meaning::Plain)];
    lines.extend(today.lines_of(judge));
    lines.push(field("Host", &format!("logwright {}", judge.host_version), Meaning::Plain));
    let used = format!("{} to {}", zone.show(judge.first_used, None), zone.show(judge.last_used, None));
    lines.push(field("Used", &used, Meaning::Plain));
    lines
}

/// The limits of all, whole: once where they were the same for all, else with the names of those for whom they held.
fn limits_lines<'a>(judges: impl Iterator<Item = &'a Judge>) -> Vec<Line> {
    let mut limits: Vec<(&str, Vec<&str>)> = Vec::new();
    for judge in judges {
        match limits.iter_mut().find(|(text, _)| *text == judge.limits) {
            Some((_, names)) => names.push(&judge.plugin),
            None => limits.push((&judge.limits, vec![&judge.plugin])),
        }
    }
    let is_one = limits.len() == 1;
    let mut lines = Vec::new();
    for (text, names) in limits {
        let whose = if is_one { String::new() } else { format!("{}: ", names.join(", ")) };
        let mut line = field("Limits", "", Meaning::Dim);
        line[1] = Span::new(format!("{whose}{text}"), Meaning::Dim);
        lines.extend([Vec::new(), line]);
    }
    lines
}

fn judge_heading(judge: &Judge) -> Line {
    vec![
        Span::new(format!("{} ", judge.role), Meaning::Dim),
        Span::new(format!("{} {}", judge.plugin, judge.version), Meaning::Heading),
    ]
}

/// On what grounds something was said of an event or an error, for people.
pub fn grounds_lines(grounds: &Grounds, zone: Zone) -> Vec<Line> {
    let mut lines = vec![heading(match (&grounds.incident, &grounds.judged) {
        (Some(incident), _) => error_title(incident),
        (None, Some(judged)) => verdict(&judged.event.category, &judged.event.subcategory, judged.event.severity),
        (None, None) => String::new(),
    })];
    let mut say = |name: &str, value: &str, meaning: Meaning| {
        if !value.is_empty() {
            lines.push(field(name, value, meaning));
        }
    };
    if let Some(incident) = &grounds.incident {
        say("Error", &format!("{:016x}", incident.id), Meaning::Accent);
        say("Shares", &incident.fingerprint, Meaning::Plain);
    }
    match &grounds.judged {
        Some(judged) => {
            let event = &judged.event;
            say("Event", &format!("{:016x}", event.id), Meaning::Accent);
            if let Some(time) = event.time {
                say("When", &zone.show(time, None), Meaning::Plain);
            }
            say("Session", judged.session.as_deref().unwrap_or_default(), Meaning::Plain);
            let of = if event.tool.is_empty() { String::new() } else { format!(" of {}", event.tool) };
            let status = if event.status.is_empty() { String::new() } else { format!(", {}", event.status) };
            say("Kind", &format!("{}{of}{status}", event.kind.name()), Meaning::Plain);
            say("File", judged.file.as_deref().unwrap_or("(gone)"), Meaning::Path);
            let place = format!("byte {}, {}", wording::integer(event.offset as i64), wording::bytes(event.length));
            say("Record", &place, Meaning::Plain);
            say("From", judged.source.as_deref().unwrap_or_default(), Meaning::Path);
            say("Labels", &event.labels.join(", "), Meaning::Warn);
            if judged.critical {
                say("Critical", "a classifier asks that it be kept for ever", Meaning::Warn);
            }
        }
        None => say("Event", "its logs are gone; the record of the error is left", Meaning::Warn),
    }
    let tool = grounds.incident.as_ref().map_or("", |incident| incident.tool.as_str());
    let [call, before] = &grounds.around;
    let around =
        [("What the agent said before", Kind::Response, "", before), ("What was called", Kind::ToolCall, tool, call)];
    for (title, kind, tool, text) in around {
        if let Some(text) = text.as_deref().filter(|text| !text.trim().is_empty()) {
            lines.push(Vec::new());
            lines.push(heading(title.to_owned()));
            lines.extend(excerpt_lines(kind, tool, text, false, zone));
        }
    }
    if let Some(judged) = &grounds.judged {
        let text = grounds.text.as_deref().unwrap_or("(the raw log is gone)");
        if !text.trim().is_empty() {
            let event = &judged.event;
            lines.push(Vec::new());
            lines.push(heading("Text".to_owned()));
            lines.extend(excerpt_lines(event.kind, &event.tool, text, event.status == "error", zone));
        }
    }
    for judge in &grounds.judges {
        lines.push(Vec::new());
        lines.push(judge_heading(judge));
        for (said, meaning) in grounds.said_by(judge) {
            lines.push(field("Said", &said, meaning));
        }
        for failure in
            grounds.failures.iter().filter(|failure| (&failure.role, failure.slot) == (&judge.role, judge.slot))
        {
            lines.push(field("Again with", &grounds.replay(failure), Meaning::Hint));
        }
        lines.extend(judge_lines(judge, &grounds.today, zone));
    }
    lines.extend(limits_lines(grounds.judges.iter()));
    if let Some(plugin) = grounds.recorded.as_ref().filter(|_| grounds.judges.is_empty()) {
        lines.push(Vec::new());
        lines.push(vec![
            Span::new("extractor ", Meaning::Dim),
            Span::new(format!("{} {}", plugin.name, plugin.version), Meaning::Heading),
        ]);
        lines.push(field("Component", &plugin.content_hash, Meaning::Plain));
        lines.push(field("Settings", &plugin.settings_hash, Meaning::Plain));
    }
    for text in unsaid(grounds) {
        lines.push(Vec::new());
        lines.push(vec![Span::new(text, Meaning::Warn)]);
    }
    lines
}

/// What nobody said.
fn unsaid(grounds: &Grounds) -> Vec<&'static str> {
    let mut unsaid = Vec::new();
    if grounds.judged.as_ref().is_some_and(|judged| judged.filled_by.is_none()) {
        unsaid.push("No classifier judged this event.");
    }
    let is_undiagnosed = |incident: &StoredIncident| {
        incident.filled_by.is_none() && incident.plugin.is_none() && grounds.recorded.is_none()
    };
    if grounds.incident.as_ref().is_some_and(is_undiagnosed) {
        unsaid.push("No extractor diagnosed this error.");
    }
    unsaid
}

/// On what grounds errors were put into a group, for people.
pub fn group_grounds_lines(grounds: &GroupGrounds, zone: Zone) -> Vec<Line> {
    let mut lines = Vec::new();
    for (judge, errors) in &grounds.judges {
        lines.push(Vec::new());
        lines.push(judge_heading(judge));
        let errors = wording::count(*errors, "error", "errors");
        lines.push(field("Said", &format!("that {errors} share this fingerprint"), Meaning::Plain));
        lines.extend(judge_lines(judge, &grounds.today, zone));
    }
    lines.extend(limits_lines(grounds.judges.iter().map(|(judge, _)| judge)));
    lines
}
