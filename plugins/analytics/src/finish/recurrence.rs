//! Which failures come back.

use super::Reading;
use crate::bounded::OTHERS;
use crate::report::{Cell, Report};
use crate::state::Group;

impl Reading<'_> {
    /// The groups that have a name of their own.
    pub(super) fn groups(&self) -> impl Iterator<Item = (&str, &Group)> {
        self.state.groups.iter().filter(|(name, _)| *name != OTHERS)
    }

    pub(super) fn recurrence(&self, report: &mut Report) {
        let elsewhere = |group: &Group| group.earliest.0.map_or(0, |(_, first)| group.incidents.saturating_sub(first));
        let [incidents, again, returning] =
            self.groups().fold([0u64; 3], |[incidents, again, returning], (_, group)| {
                [
                    incidents.saturating_add(group.incidents),
                    again.saturating_add(elsewhere(group)),
                    returning + u64::from(group.families > 1),
                ]
            });
        report.count("recurrence.groups", "Groups of incidents", self.groups().count() as u64, "groups");
        report.count("recurrence.returning", "Groups that came back in another family", returning, "groups");
        report.share("recurrence.share", "Incidents of a group that an earlier family had met", again, incidents);
        let returning = self.groups().filter(|(_, group)| group.families > 1 || group.days.len() > 1);
        let rows = self.rows(returning, |group| group.families.saturating_mul(1 << 32).saturating_add(group.incidents));
        let rows = rows.into_iter().map(|(fingerprint, group)| {
            vec![
                Cell::name(fingerprint),
                Cell::name(&group.cause.0),
                Cell::name(&group.owner.0),
                Cell::count(group.incidents),
                Cell::count(group.families),
                Cell::count(group.days.len() as u64),
                Cell::share(group.resolved, group.incidents),
                Cell::time(group.stretch.0.map(|(first, _)| first)),
                Cell::time(group.stretch.0.map(|(_, last)| last)),
            ]
        });
        report.table(
            "recurrence.groups",
            "Groups of incidents that came back",
            &[
                ("fingerprint", "Fingerprint", ""),
                ("cause", "Cause", ""),
                ("owner", "Whose to mend", ""),
                ("incidents", "Incidents", "incidents"),
                ("families", "Families", ""),
                ("days", "Days", "days"),
                ("resolved_share", "Resolved", "ratio"),
                ("first", "First seen", "time"),
                ("last", "Last seen", "time"),
            ],
            rows.collect(),
        );
    }
}
