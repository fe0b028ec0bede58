//! The grounds of what was said, as tables for machines.

use super::super::errors::{some, word};
use super::{Grounds, GroupGrounds, Today};
use crate::store::Judge;
use crate::terminal::{Cell, Column, Table};

/// What stands behind the rest, where older readers do not look for it.
const WRITTEN: [&str; 3] = ["asked", "settings", "rule_files"];

const JUDGE: [&str; 11] = [
    "role",
    "slot",
    "plugin",
    "version",
    "content_hash",
    "settings_hash",
    "host_version",
    "limits",
    "first_used",
    "last_used",
    "suspended",
];

fn judge_cells(judge: &Judge) -> Vec<Cell> {
    vec![
        word(&judge.role),
        Cell::from(judge.slot),
        word(&judge.plugin),
        word(&judge.version),
        word(&judge.content_hash),
        word(&judge.settings_hash),
        word(&judge.host_version),
        word(&judge.limits),
        Cell::Time(judge.first_used),
        Cell::Time(judge.last_used),
        Cell::from(judge.suspended),
    ]
}

fn written_cells(judge: &Judge, today: &Today) -> [Cell; 3] {
    let asked = judge.asked.map_or(Cell::Null, Cell::from);
    let Some(written) = today.of(judge) else { return [asked, Cell::Null, Cell::Null] };
    let values: Vec<String> = written.values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    [asked, Cell::from(values.join("; ")), Cell::from(written.rule_files.join("; "))]
}

fn columns<'a>(names: impl IntoIterator<Item = &'a &'static str>) -> Vec<Column> {
    names.into_iter().map(|name| Column::new(*name, *name)).collect()
}

/// On what grounds something was said of an event or an error, for machines.
pub fn grounds_tables(grounds: &Grounds) -> Vec<Table> {
    vec![
        subject_table(grounds),
        judges_table(grounds),
        verdicts_table(grounds),
        diagnosis_table(grounds),
        failures_table(grounds),
    ]
}

fn subject_table(grounds: &Grounds) -> Table {
    let mut table = Table::new(columns(&[
        "event",
        "error",
        "session",
        "time",
        "agent",
        "project",
        "kind",
        "tool",
        "call",
        "status",
        "labels",
        "critical",
        "file",
        "source",
        "offset",
        "length",
        "text",
        "call_text",
        "before_text",
    ]))
    .named("subject", "Subject");
    let error = grounds.incident.as_ref().map_or(Cell::Null, |incident| Cell::from(format!("{:016x}", incident.id)));
    let Some(judged) = &grounds.judged else {
        table.push([Cell::Null, error]);
        return table;
    };
    let event = &judged.event;
    table.push([
        Cell::from(format!("{:016x}", event.id)),
        error,
        some(judged.session.as_ref()),
        event.time.map_or(Cell::Null, Cell::Time),
        some(judged.agent.as_ref()),
        some(judged.project.as_ref()),
        Cell::from(event.kind.name()),
        word(&event.tool),
        some(event.call.as_ref()),
        word(&event.status),
        word(&event.labels.join(" ")),
        Cell::from(judged.critical),
        some(judged.file.as_ref()),
        some(judged.source.as_ref()),
        Cell::from(event.offset),
        Cell::from(event.length),
        some(grounds.text.as_ref()),
        some(grounds.around[0].as_ref()),
        some(grounds.around[1].as_ref()),
    ]);
    table
}

fn judges_table(grounds: &Grounds) -> Table {
    let mut table = Table::new(columns(JUDGE.iter().chain(&["said"]).chain(&WRITTEN))).named("judges", "Judges");
    for judge in &grounds.judges {
        let said: Vec<String> = grounds.said_by(judge).into_iter().map(|(said, _)| said).collect();
        let mut row = judge_cells(judge);
        row.push(Cell::from(said.join("; ")));
        row.extend(written_cells(judge, &grounds.today));
        table.push(row);
    }
    table
}

fn verdicts_table(grounds: &Grounds) -> Table {
    let names = ["plugin", "slot", "fills", "category", "subcategory", "severity", "label"];
    let mut table = Table::new(columns(&names)).named("verdicts", "Verdicts");
    let number = |number: u8| Cell::from(Some(u64::from(number)).filter(|number| *number > 0));
    if let Some((judged, slot)) = grounds.judged.as_ref().and_then(|judged| Some((judged, judged.filled_by?))) {
        let event = &judged.event;
        table.push([
            word(grounds.name_of("classifier", slot)),
            Cell::from(slot),
            Cell::from(true),
            word(&event.category),
            word(&event.subcategory),
            number(event.severity),
        ]);
    }
    for opinion in &grounds.opinions {
        table.push([
            word(grounds.name_of("classifier", opinion.slot)),
            Cell::from(opinion.slot),
            Cell::from(false),
            word(&opinion.category),
            word(&opinion.subcategory),
            number(opinion.severity),
        ]);
    }
    for (slot, label) in &grounds.labels {
        let plugin = word(grounds.name_of("classifier", *slot));
        table.push([plugin, Cell::from(*slot), Cell::from(false), Cell::Null, Cell::Null, Cell::Null, word(label)]);
    }
    table
}

fn diagnosis_table(grounds: &Grounds) -> Table {
    let names = [
        "error",
        "group_id",
        "plugin",
        "plugin_version",
        "disposition",
        "reason",
        "cause",
        "owner",
        "severity",
        "critical",
        "title",
        "fingerprint",
    ];
    let mut table = Table::new(columns(&names)).named("diagnosis", "Diagnosis");
    if let Some(incident) = &grounds.incident {
        table.push([
            Cell::from(format!("{:016x}", incident.id)),
            incident.group.map_or(Cell::Null, |group| Cell::from(format!("{group:016x}"))),
            some(incident.plugin.as_ref()),
            some(incident.plugin_version.as_ref()),
            word(&incident.disposition),
            word(&incident.reason),
            word(&incident.cause),
            word(&incident.owner),
            Cell::from(Some(u64::from(incident.severity)).filter(|severity| *severity > 0)),
            Cell::from(incident.critical),
            word(&incident.title),
            word(&incident.fingerprint),
        ]);
    }
    table
}

fn failures_table(grounds: &Grounds) -> Table {
    let mut table = Table::new(columns(&["role", "plugin", "kind", "message", "replay"])).named("failures", "Failures");
    for failure in &grounds.failures {
        table.push([
            word(&failure.role),
            word(grounds.name_of(&failure.role, failure.slot)),
            word(&failure.kind),
            word(&failure.message),
            Cell::from(grounds.replay(failure)),
        ]);
    }
    table
}

/// The extractors that put errors into a group, for machines.
pub fn group_judges_table(grounds: &GroupGrounds) -> Table {
    let mut table = Table::new(columns(JUDGE.iter().chain(&["errors"]).chain(&WRITTEN))).named("judges", "Judges");
    for (judge, errors) in &grounds.judges {
        let mut row = judge_cells(judge);
        row.push(Cell::from(*errors));
        row.extend(written_cells(judge, &grounds.today));
        table.push(row);
    }
    table
}
