//! Protocols and what is known of them.

use super::Detail;
use super::errors::{field, heading, some, word};
use crate::event::{GuardMode, ProtocolStatus as Status};
use crate::learning::effect::{Baseline, Effect};
use crate::learning::{Backtest, Entry, applies};
use crate::terminal::{Cell, Column, Line, Meaning, Table, Zone, wording};

/// A protocol with its figures.
#[derive(Clone, Debug)]
pub struct ShownProtocol {
    /// The protocol and its life.
    pub entry: Entry,
    /// What later logs say of it.
    pub backtest: Backtest,
    /// How often the guard did what for it.
    pub firings: Vec<(String, u64)>,
    /// What became of its group; nothing if it was never active.
    pub effect: Option<Effect>,
}

/// Characters of a pattern that people are shown; `--format json` has the whole.
const PATTERN: usize = 60;

/// Digits of an id that are enough to name it, as a rule.
const SHORT: usize = 8;

/// The beginning of a protocol's id.
pub fn protocol_name(entry: &Entry) -> String {
    let mut name = entry.protocol.id.to_string();
    name.truncate(SHORT);
    name
}

fn status(entry: &Entry) -> Cell {
    let guard = match entry.guard {
        GuardMode::Off => String::new(),
        mode => format!(", {}", mode.name()),
    };
    let meaning = match entry.status {
        Status::Active => Meaning::Good,
        Status::Accepted => Meaning::Accent,
        Status::Proposed => Meaning::Plain,
        Status::Rejected | Status::Retired | Status::Withdrawn => Meaning::Dim,
    };
    Cell::Label(format!("{}{guard}", entry.status.name()), meaning)
}

fn share(part: u64, whole: u64) -> Cell {
    if whole == 0 { Cell::Null } else { Cell::Percent(part as f64 / whole as f64) }
}

fn rate(value: Option<f64>) -> Cell {
    value.map_or(Cell::Null, |value| Cell::Real((value * 100.0).round() / 100.0))
}

/// Protocols for people, one a line; a narrow table leaves the backtest to `protocols show`.
pub fn protocols_table(shown: &[ShownProtocol], detail: Detail) -> Table {
    let is_narrow = detail == Detail::Narrow;
    let mut columns = vec![
        Column::new("id", "Protocol").meaning(Meaning::Accent),
        Column::new("status", "Status"),
        Column::new("families", "Families"),
        Column::new("incidents", "Times"),
        Column::new("confidence", "Sure"),
    ];
    if !is_narrow {
        columns.extend([
            Column::new("firings_per_1000_calls", "Fires/1000"),
            Column::new("met", "Meets"),
            Column::new("false_alarms_per_100_clean_families", "False/100"),
        ]);
    }
    columns.extend([Column::new("effect", "Effect"), Column::new("title", "What to do")]);
    let mut table = Table::new(columns);
    for ShownProtocol { entry, backtest, effect, .. } in shown {
        let protocol = &entry.protocol;
        let mut row = vec![
            Cell::from(protocol_name(entry)),
            status(entry),
            Cell::from(protocol.evidence.families),
            Cell::from(protocol.evidence.incidents),
            Cell::Percent(f64::from(protocol.confidence) / 100.0),
        ];
        if !is_narrow {
            row.extend([
                rate(backtest.firing_rate()),
                share(backtest.met, backtest.incidents),
                rate(backtest.false_alarm_rate()),
            ]);
        }
        row.push(effect.as_ref().map_or(Cell::Null, |effect| Cell::from(effect.verdict.to_string())));
        row.push(Cell::from(protocol.title.as_str()));
        table.push(row);
    }
    table
}

/// Protocols for machines, with all that is known.
pub fn whole_protocols_table(shown: &[ShownProtocol]) -> Table {
    let names = [
        "id",
        "status",
        "guard",
        "title",
        "advice",
        "applies_to",
        "cause",
        "owner",
        "fingerprint",
        "confidence",
        "incidents",
        "families",
        "sessions",
        "days",
        "resolved",
        "resolutions",
        "first",
        "last",
        "tested_after",
        "backtest_families",
        "backtest_calls",
        "backtest_fired",
        "backtest_incidents",
        "backtest_met",
        "backtest_clean_families",
        "backtest_false_alarms",
        "firings_per_1000_calls",
        "false_alarms_per_100_clean_families",
        "guard_firings",
        "hold_out",
        "effect",
        "effect_ratio",
        "effect_low",
        "effect_high",
        "effect_confidence",
        "effect_baseline",
        "effect_recurrences",
        "effect_calls",
        "baseline_recurrences",
        "baseline_calls",
        "proposed",
        "activated",
        "ended",
        "plugin",
        "plugin_version",
        "content_hash",
        "settings_hash",
    ];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("protocols", "Protocols");
    for ShownProtocol { entry, backtest, firings, effect } in shown {
        let protocol = &entry.protocol;
        let evidence = &protocol.evidence;
        let number = |of: &dyn Fn(&Effect) -> Cell| effect.as_ref().map_or(Cell::Null, of);
        let time = |time: Option<i64>| time.filter(|time| *time != 0).map_or(Cell::Null, Cell::Time);
        table.push([
            Cell::from(protocol.id.to_string()),
            Cell::from(entry.status.name()),
            Cell::from(entry.guard.name()),
            Cell::from(protocol.title.as_str()),
            Cell::from(protocol.advice.as_str()),
            Cell::from(applies(&protocol.triggers, usize::MAX)),
            Cell::from(protocol.cause.as_str()),
            word(&protocol.owner),
            Cell::from(protocol.fingerprint.as_str()),
            Cell::from(u64::from(protocol.confidence)),
            Cell::from(evidence.incidents),
            Cell::from(evidence.families),
            Cell::from(evidence.sessions),
            Cell::from(evidence.days),
            Cell::from(evidence.resolved),
            some(Some(&tallied(&evidence.resolutions))),
            time(Some(evidence.first)),
            time(Some(evidence.last)),
            time(Some(evidence.since)),
            Cell::from(backtest.families),
            Cell::from(backtest.calls),
            Cell::from(backtest.fired),
            Cell::from(backtest.incidents),
            Cell::from(backtest.met),
            Cell::from(backtest.clean),
            Cell::from(backtest.false_alarms),
            rate(backtest.firing_rate()),
            rate(backtest.false_alarm_rate()),
            some(Some(&tallied(firings))),
            Cell::from(u64::from(entry.hold_out)),
            number(&|effect| Cell::from(effect.verdict.to_string())),
            number(&|effect| effect.ratio.estimate.map_or(Cell::Null, Cell::Real)),
            number(&|effect| finite(effect.ratio.low)),
            number(&|effect| finite(effect.ratio.high)),
            number(&|effect| Cell::Real(effect.confidence)),
            number(&|effect| Cell::from(baseline(effect))),
            number(&|effect| Cell::from(effect.after.recurrences)),
            number(&|effect| Cell::from(effect.after.at_risk)),
            number(&|effect| Cell::from(effect.reference.recurrences)),
            number(&|effect| Cell::from(effect.reference.at_risk)),
            time(Some(entry.proposed)),
            time(entry.activated),
            time(entry.ended),
            Cell::from(protocol.proposer.name.as_str()),
            Cell::from(protocol.proposer.version.as_str()),
            Cell::from(protocol.proposer.content_hash.as_str()),
            Cell::from(protocol.proposer.settings_hash.as_str()),
        ]);
    }
    table
}

fn of(tally: &[(String, u64)], name: &str) -> u64 {
    tally.iter().find(|(known, _)| known == name).map_or(0, |(_, count)| *count)
}

/// A limit; none if there is no end to it.
fn finite(limit: f64) -> Cell {
    if limit.is_finite() { Cell::Real(limit) } else { Cell::Null }
}

fn baseline(effect: &Effect) -> &'static str {
    match effect.baseline {
        Baseline::HeldBack => "held-back",
        Baseline::Before => "before",
    }
}

fn tallied(tally: &[(String, u64)]) -> String {
    tally.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
}

/// The life of a protocol, for machines.
pub fn history_table(entry: &Entry) -> Table {
    let names = ["what", "time", "why", "guard"];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("history", "What became of it");
    for past in &entry.history {
        table.push([
            Cell::from(past.what.name()),
            Cell::Time(past.at),
            word(&past.why),
            past.guard.map_or(Cell::Null, |guard| Cell::from(guard.name())),
        ]);
    }
    table
}

/// A protocol with all that is known of it, for people.
pub fn protocol_lines(shown: &ShownProtocol, zone: Zone) -> Vec<Line> {
    let ShownProtocol { entry, backtest, firings, effect } = shown;
    let protocol = &entry.protocol;
    let evidence = &protocol.evidence;
    let mut lines = vec![heading(protocol.title.clone())];
    let mut say = |name: &str, value: &str, meaning: Meaning| {
        if !value.is_empty() {
            lines.push(field(name, value, meaning));
        }
    };
    say("Protocol", &protocol.id.to_string(), Meaning::Accent);
    if let Cell::Label(status, meaning) = status(entry) {
        say("Status", &status, meaning);
    }
    say("Advice", &protocol.advice, Meaning::Good);
    say("Applies to", &applies(&protocol.triggers, PATTERN), Meaning::Plain);
    say("Against", &format!("{}, owner {}", protocol.fingerprint, protocol.owner), Meaning::Plain);
    let times = wording::count(evidence.incidents, "time", "times");
    let families = wording::count(evidence.families, "family", "families");
    let days = wording::count(evidence.days, "day", "days");
    let span = format!("{} to {}", zone.show(evidence.first, None), zone.show(evidence.last, None));
    say("Evidence", &format!("{times} in {families} on {days}, {span}"), Meaning::Plain);
    let mut resolved = format!("{} of {}", evidence.resolved, evidence.incidents);
    if !evidence.resolutions.is_empty() {
        let looked_at: u64 = of(&evidence.resolutions, "repeated") + of(&evidence.resolutions, "changed");
        resolved.push_str(&format!("; of {looked_at} looked at: {}", tallied(&evidence.resolutions)));
    }
    say("Resolved", &resolved, Meaning::Plain);
    let by = format!("{} {}, {}% sure", protocol.proposer.name, protocol.proposer.version, protocol.confidence);
    say("Proposed by", &by, Meaning::Plain);
    say("Backtest", &backtest_words(backtest, &zone.show(evidence.since, None)), Meaning::Plain);
    say("Guard", &tallied(firings), Meaning::Plain);
    if let Some(effect) = effect {
        let mut tools: Vec<&str> = protocol.triggers.iter().map(|trigger| trigger.tool.as_str()).collect();
        tools.dedup();
        say("Effect", &effect.sentences(&tools.join(" or ")), Meaning::Plain);
    }
    for (at, past) in entry.history.iter().enumerate() {
        let why = if past.why.is_empty() { String::new() } else { format!(": {}", past.why) };
        let guard = past.guard.map_or_else(String::new, |guard| format!(" (guard {})", guard.name()));
        let name = if at == 0 { "History" } else { "" };
        say(name, &format!("{} {}{guard}{why}", zone.show(past.at, None), past.what.name()), Meaning::Dim);
    }
    lines
}

/// What would prevent a group of errors, for people.
pub fn protocol_advice_lines(entries: &[&Entry]) -> Vec<Line> {
    let mut lines = Vec::new();
    for entry in entries {
        let name = match entry.status {
            Status::Proposed => "Proposed",
            Status::Accepted => "Accepted",
            Status::Active => "Active",
            Status::Rejected => "Rejected",
            Status::Retired => "Retired",
            Status::Withdrawn => "Withdrawn",
        };
        lines.push(field(name, &entry.protocol.advice, Meaning::Good));
        let sure = format!("{} ({}% sure)", applies(&entry.protocol.triggers, PATTERN), entry.protocol.confidence);
        lines.push(field("For", &sure, Meaning::Plain));
    }
    lines
}

/// What would prevent a group of errors, for machines.
pub fn group_protocols_table(entries: &[&Entry]) -> Table {
    let names = ["id", "status", "title", "applies_to", "advice", "confidence"];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("protocols", "What would prevent it");
    for entry in entries {
        let protocol = &entry.protocol;
        table.push([
            Cell::from(protocol.id.to_string()),
            Cell::from(entry.status.name()),
            Cell::from(protocol.title.as_str()),
            Cell::from(applies(&protocol.triggers, usize::MAX)),
            Cell::from(protocol.advice.as_str()),
            Cell::from(u64::from(protocol.confidence)),
        ]);
    }
    table
}

/// What later logs say, in words.
pub fn backtest_words(backtest: &Backtest, since: &str) -> String {
    if backtest.families == 0 {
        return format!("there are no logs later than those that it was mined from ({since})");
    }
    let rate = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), wording::real);
    format!(
        "over {} in {} after {since}: fires {} times per 1,000 calls, meets {} of {}, {} false alarms per 100 clean \
         families",
        wording::count(backtest.calls, "call", "calls"),
        wording::count(backtest.families, "family", "families"),
        rate(backtest.firing_rate()),
        backtest.met,
        wording::count(backtest.incidents, "incident", "incidents"),
        rate(backtest.false_alarm_rate()),
    )
}
