//! Errors and groups of them in lists.

use super::super::sessions::{Detail, last_part};
use super::{error_title, share, short_id, some, status, word};
use crate::store::{StoredGroup, StoredIncident};
use crate::terminal::{Cell, Column, Meaning, Table};

fn id(id: u64, is_short: bool) -> Cell {
    Cell::from(if is_short { short_id(id) } else { format!("{id:016x}") })
}

/// Errors as a table; machines get the columns of the public table `incidents`.
pub fn incidents_table(incidents: &[StoredIncident], detail: Detail) -> Table {
    if detail == Detail::Whole {
        return whole_incidents(incidents);
    }
    let mut columns = vec![
        Column::new("time", "When"),
        Column::new("id", "Id").meaning(Meaning::Accent).shrink(0),
        Column::new("tool", "Tool"),
        Column::new("cause", "Cause"),
        Column::new("title", "What").shrink(2),
        Column::new("status", "Status").shrink(0),
    ];
    if detail == Detail::Wide {
        columns.push(Column::new("project", "Project").meaning(Meaning::Path));
    }
    let mut table = Table::new(columns).named("incidents", "Errors");
    for incident in incidents {
        // What is no tool's is told by its kind.
        let tool = if incident.tool.is_empty() { &incident.kind } else { &incident.tool };
        let mut row = vec![
            incident.time.map_or(Cell::Null, Cell::Time),
            id(incident.id, true),
            word(tool),
            word(&incident.cause),
            Cell::from(error_title(incident)),
            status(incident),
        ];
        if detail == Detail::Wide {
            row.push(incident.project.as_deref().map_or(Cell::Null, |project| word(last_part(project))));
        }
        table.push(row);
    }
    table
}

/// Errors with all that the store says of them.
pub(super) fn whole_incidents(incidents: &[StoredIncident]) -> Table {
    let names = [
        "id",
        "group_id",
        "session",
        "time",
        "tool",
        "call",
        "disposition",
        "cause",
        "owner",
        "severity",
        "critical",
        "status",
        "resolved_by",
        "kind",
        "reason",
        "title",
        "fingerprint",
        "resolution",
        "resolved_after_ms",
        "earlier",
        "event",
        "agent",
        "project",
        "sub_agent",
        "plugin",
        "plugin_version",
        "why",
    ];
    let mut table = Table::new(names.map(|name| Column::new(name, name))).named("incidents", "Errors");
    for incident in incidents {
        let hex = |id: Option<u64>| id.map_or(Cell::Null, |id| Cell::from(format!("{id:016x}")));
        let by_person = incident.handled.as_ref().and_then(|handled| handled.status.as_deref());
        table.push([
            id(incident.id, false),
            hex(incident.group),
            some(incident.session.as_ref()),
            incident.time.map_or(Cell::Null, Cell::Time),
            word(&incident.tool),
            some(incident.call.as_ref()),
            word(&incident.disposition),
            word(&incident.cause),
            word(&incident.owner),
            Some(u64::from(incident.severity)).filter(|severity| *severity > 0).into(),
            Cell::from(incident.critical),
            some(incident.status.as_ref()),
            match by_person {
                Some("resolved") => Cell::from("person"),
                // A person says that what succeeded did not resolve it.
                Some(_) => Cell::Null,
                None => hex(incident.resolved_by),
            },
            word(&incident.kind),
            word(&incident.reason),
            word(&incident.title),
            word(&incident.fingerprint),
            word(&incident.resolution),
            incident.resolved_after.into(),
            Cell::from(incident.earlier),
            hex(incident.event),
            some(incident.agent.as_ref()),
            some(incident.project.as_ref()),
            some(incident.sub_agent.as_ref()),
            some(incident.plugin.as_ref()),
            some(incident.plugin_version.as_ref()),
            incident.handled.as_ref().map_or(Cell::Null, |handled| word(&handled.why)),
        ]);
    }
    table
}

/// Groups of errors as a table; machines get the columns of the public table `error_groups`.
pub fn groups_table(groups: &[StoredGroup], detail: Detail) -> Table {
    let is_short = detail != Detail::Whole;
    let mut columns = vec![
        Column::new("id", "Group").meaning(Meaning::Accent).shrink(0),
        Column::new("incidents", "Times"),
        Column::new("families", "Families"),
        Column::new("resolved_share", "Resolved"),
        Column::new("last", "Last"),
        Column::new("cause", "Cause"),
        Column::new("title", "What").shrink(2),
    ];
    if !is_short {
        let more = ["owner", "fingerprint", "sessions", "projects", "days", "first", "resolved", "critical"];
        columns.extend(more.map(|name| Column::new(name, name)));
    }
    let mut table = Table::new(columns).named("error_groups", "Groups of errors");
    for group in groups {
        let time = |time: Option<i64>| time.map_or(Cell::Null, Cell::Time);
        let mut row = vec![
            id(group.id, is_short),
            Cell::from(group.incidents),
            Cell::from(group.families),
            Cell::Percent(share(group)),
            time(group.last),
            word(&group.cause),
            word(&group.title),
        ];
        if !is_short {
            row.extend([
                word(&group.owner),
                word(&group.fingerprint),
                Cell::from(group.sessions),
                Cell::from(group.projects),
                Cell::from(group.days),
                time(group.first),
                Cell::from(group.resolved),
                Cell::from(group.critical),
            ]);
        }
        table.push(row);
    }
    table
}
