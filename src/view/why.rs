//! On what grounds something was said of an event, an error or a group: who said it, and what they were shown.

mod tables;

pub use tables::{grounds_tables, group_judges_table};

use super::errors::{error_title, excerpt_lines, field, heading, severity};

use crate::store::{Judge, JudgeFailure, JudgedEvent, LinePlugin, Opinion, StoredGroup, StoredIncident};
use crate::terminal::{Line, Meaning, Span, Zone, wording};

/// Digits of a hash that are shown to people.
const HASH: usize = 16;

/// An event, the error that it may be, and those who judged it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grounds {
    /// The event, unless its logs are gone.
    pub judged: Option<JudgedEvent>,
    /// The error.
    pub incident: Option<StoredIncident>,
    /// Who diagnosed the error, by its record alone.
    pub recorded: Option<LinePlugin>,
    /// The classifiers and extractors that were there.
    pub judges: Vec<Judge>,
    /// Labels, each with the place of its classifier.
    pub labels: Vec<(u32, String)>,
    /// What other classifiers said.
    pub opinions: Vec<Opinion>,
    /// Plugins that failed on it.
    pub failures: Vec<JudgeFailure>,
    /// An excerpt of the event's text; missing if the raw log is gone.
    pub text: Option<String>,
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

/// Who a plugin is, and how it can be told from others.
fn judge_lines(judge: &Judge, zone: Zone) -> Vec<Line> {
    let mut lines = Vec::new();
    let hash = |hash: &str| hash.chars().take(HASH).collect::<String>();
    let mut say = |name: &str, value: String| lines.push(field(name, &value, Meaning::Plain));
    say("Component", hash(&judge.content_hash));
    say("Settings", hash(&judge.settings_hash));
    say("Host", format!("logwright {}", judge.host_version));
    let used = format!("{} to {}", zone.show(judge.first_used, None), zone.show(judge.last_used, None));
    say("Used", used);
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
    if let Some(judged) = &grounds.judged {
        let text = grounds.text.as_deref().unwrap_or("(the raw log is gone)");
        if !text.trim().is_empty() {
            let event = &judged.event;
            lines.push(Vec::new());
            lines.push(heading("Text".to_owned()));
            lines.extend(excerpt_lines(event.kind, &event.tool, text, event.status == "error", zone));
        }
    }
    let mut limits: Option<&str> = None;
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
        lines.extend(judge_lines(judge, zone));
        if limits != Some(&judge.limits) {
            limits = Some(&judge.limits);
            lines.push(field("Limits", &judge.limits, Meaning::Dim));
        } else {
            lines.push(field("Limits", "the same", Meaning::Dim));
        }
    }
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
        lines.extend(judge_lines(judge, zone));
        lines.push(field("Limits", &judge.limits, Meaning::Dim));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Kind;
    use crate::store::StoredEvent;

    fn judge(role: &str, slot: u32, plugin: &str) -> Judge {
        Judge {
            role: role.to_owned(),
            slot,
            plugin: plugin.to_owned(),
            version: "1.0.0".to_owned(),
            content_hash: "c".repeat(64),
            settings_hash: "s".repeat(64),
            host_version: "0.1.0".to_owned(),
            limits: "few".to_owned(),
            first_used: 0,
            last_used: 1000,
            suspended: false,
        }
    }

    fn event(filled_by: Option<u32>) -> JudgedEvent {
        JudgedEvent {
            family: 1,
            n: 2,
            event: StoredEvent {
                id: 0xe,
                time: Some(0),
                kind: Kind::ToolResult,
                tool: "Bash".to_owned(),
                call: None,
                status: "error".to_owned(),
                duration: None,
                model: String::new(),
                category: "diagnostic".to_owned(),
                subcategory: "error".to_owned(),
                severity: 17,
                sub_agent: None,
                file: 1,
                offset: 10,
                length: 20,
                index: 0,
                labels: Vec::new(),
            },
            session: None,
            project: None,
            agent: None,
            file: None,
            source: None,
            filled_by,
            critical: false,
        }
    }

    fn said(lines: &[Line]) -> String {
        let line = |line: &Line| line.iter().map(|span| span.text.as_ref()).collect::<String>();
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_plugin_is_told_with_what_it_said() {
        let grounds = Grounds {
            judged: Some(event(Some(0))),
            judges: vec![
                judge("classifier", 0, "first"),
                judge("classifier", 1, "second"),
                judge("classifier", 2, "third"),
            ],
            labels: vec![(1, "odd".to_owned())],
            opinions: vec![Opinion {
                slot: 1,
                category: "operational".to_owned(),
                subcategory: String::new(),
                severity: 0,
            }],
            failures: vec![JudgeFailure {
                role: "classifier".to_owned(),
                slot: 2,
                kind: "trap".to_owned(),
                message: "it fell".to_owned(),
            }],
            ..Grounds::default()
        };
        let text = said(&grounds_lines(&grounds, Zone::utc()));
        for expected in [
            "classifier first 1.0.0\nSaid        diagnostic/error, ERROR (17)\nComponent   cccccccccccccccc\n",
            "Said        operational (another came first)\nSaid        labels odd\n",
            "Said        failed (trap): it fell\nAgain with  logwright plugin replay third 000000000000000e\n",
        ] {
            assert!(text.contains(expected), "{expected}:\n{text}");
        }
        assert!(!text.contains("No classifier"));
        let tables = grounds_tables(&grounds);
        assert_eq!(tables.iter().map(|table| table.rows.len()).collect::<Vec<_>>(), [1, 3, 3, 0, 1]);
        assert!(tables.iter().all(|table| table.rows.iter().all(|row| row.len() <= table.columns.len())));
    }

    #[test]
    fn what_nobody_judged_is_told_so() {
        let incident = Some(StoredIncident { id: 5, ..StoredIncident::default() });
        let grounds = Grounds { judged: Some(event(None)), incident, ..Grounds::default() };
        let text = said(&grounds_lines(&grounds, Zone::utc()));
        assert!(text.ends_with("No classifier judged this event.\n\nNo extractor diagnosed this error."), "{text}");
        let gone = Grounds { judged: None, ..grounds };
        assert!(said(&grounds_lines(&gone, Zone::utc())).contains("its logs are gone"));
        grounds_tables(&gone);
    }
}
