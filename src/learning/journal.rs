//! The life of protocols: an append-only journal, and what it comes to.
//!
//! Every change is a line with its time and its reason; the state of a protocol is the fold of its lines. What a person
//! rejected stays rejected, under whatever title it is proposed again, until a person accepts it.

use crate::event::{GuardMode, Millis, Protocol, ProtocolId, ProtocolStatus as Status, format_rfc3339, parse_rfc3339};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The format of a line.
const FORMAT: u32 = 1;

/// Of a hundred sessions, in how many at most the guard only observes.
pub const MOST_HELD_OUT: u8 = 90;

/// What happens to a protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// An extractor proposes it.
    Proposed,
    /// An extractor proposes it in other words.
    Revised,
    /// Nobody proposes it any more.
    Withdrawn,
    /// A person accepts it.
    Accepted,
    /// A person says what the guard does about it.
    Guarded,
    /// It is published for the first time, or again.
    Activated,
    /// A person does not want it.
    Rejected,
    /// A person does not want it any more.
    Retired,
    /// It was written to a place outside of the house, or taken from there.
    Placed,
    /// It was taken from there.
    Unplaced,
}

impl What {
    /// The word in the journal.
    pub const fn name(self) -> &'static str {
        match self {
            What::Proposed => "proposed",
            What::Revised => "revised",
            What::Withdrawn => "withdrawn",
            What::Accepted => "accepted",
            What::Guarded => "guarded",
            What::Activated => "activated",
            What::Rejected => "rejected",
            What::Retired => "retired",
            What::Placed => "placed",
            What::Unplaced => "unplaced",
        }
    }
}

/// A line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    format: u32,
    what: What,
    #[serde(default)]
    id: ProtocolId,
    recorded: String,
    #[serde(default)]
    why: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    guard: Option<GuardMode>,
    /// Of a hundred sessions, in how many the guard only observes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold_out: Option<u8>,
    /// A file outside of the house that has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    protocol: Option<Protocol>,
}

/// A file outside of the house that agents read, and what is written there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "form", content = "path", rename_all = "kebab-case")]
pub enum Place {
    /// A delimited block in a file of a person.
    Block(String),
    /// A file of its own.
    File(String),
}

impl Place {
    /// The path.
    pub fn path(&self) -> &str {
        match self {
            Place::Block(path) | Place::File(path) => path,
        }
    }
}

/// A change to be written down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "as in `What`")]
pub enum Change {
    Proposed(Box<Protocol>),
    Revised(Box<Protocol>),
    Withdrawn(ProtocolId),
    Accepted(ProtocolId, GuardMode, u8),
    Guarded(ProtocolId, GuardMode, u8),
    Activated(ProtocolId),
    Rejected(ProtocolId),
    Retired(ProtocolId),
    Placed(Place),
    Unplaced(Place),
}

impl Change {
    /// The line that says it, with a line feed.
    pub fn line(&self, why: &str, now: Millis) -> String {
        let mut line = Line {
            format: FORMAT,
            what: What::Placed,
            id: ProtocolId::default(),
            recorded: format_rfc3339(now),
            why: why.to_owned(),
            guard: None,
            hold_out: None,
            place: None,
            protocol: None,
        };
        (line.what, line.id) = match self {
            Change::Proposed(protocol) => (What::Proposed, protocol.id),
            Change::Revised(protocol) => (What::Revised, protocol.id),
            Change::Withdrawn(id) => (What::Withdrawn, *id),
            Change::Accepted(id, ..) => (What::Accepted, *id),
            Change::Guarded(id, ..) => (What::Guarded, *id),
            Change::Activated(id) => (What::Activated, *id),
            Change::Rejected(id) => (What::Rejected, *id),
            Change::Retired(id) => (What::Retired, *id),
            Change::Placed(_) => (What::Placed, ProtocolId::default()),
            Change::Unplaced(_) => (What::Unplaced, ProtocolId::default()),
        };
        match self {
            Change::Proposed(protocol) | Change::Revised(protocol) => line.protocol = Some((**protocol).clone()),
            Change::Accepted(_, guard, hold_out) | Change::Guarded(_, guard, hold_out) => {
                (line.guard, line.hold_out) = (Some(*guard), Some(*hold_out));
            }
            Change::Placed(place) | Change::Unplaced(place) => line.place = Some(place.clone()),
            _ => {}
        }
        // Strings, numbers and lists of them: nothing that JSON could not say.
        serde_json::to_string(&line).unwrap_or_default() + "\n"
    }
}

/// A line in the history of a protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// What happened.
    pub what: What,
    /// When.
    pub at: Millis,
    /// Why.
    pub why: String,
    /// What the guard was told.
    pub guard: Option<GuardMode>,
}

/// A protocol and where it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// What it says. Once accepted it stays as the person accepted it.
    pub protocol: Protocol,
    /// Where it stands.
    pub status: Status,
    /// What the guard does.
    pub guard: GuardMode,
    /// Of a hundred sessions, in how many the guard only observes, so that there is something to compare with.
    pub hold_out: u8,
    /// When it was proposed first.
    pub proposed: Millis,
    /// The last incident that it was proposed from when that was done first.
    pub mined: Millis,
    /// When it became active first; none before.
    pub first_activated: Option<Millis>,
    /// When it became active last, as it is shown now; none before.
    pub activated: Option<Millis>,
    /// When it was not shown any more; none if it is.
    pub shown_until: Option<Millis>,
    /// When it was retired or rejected last.
    pub ended: Option<Millis>,
    /// All that happened, in order.
    pub history: Vec<Past>,
}

/// What the journal comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Register {
    /// The protocols by their ids.
    pub entries: BTreeMap<ProtocolId, Entry>,
    /// The files outside of the house that have some of them.
    pub places: BTreeSet<Place>,
    /// Lines that could not be understood: torn, or of a later program.
    pub strange: u64,
}

impl Register {
    /// Reads a journal.
    pub fn read(journal: &str) -> Register {
        let mut register = Register::default();
        for line in journal.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<Line>(line) {
                Ok(line) if line.format <= FORMAT => register.take(line),
                _ => register.strange += 1,
            }
        }
        register
    }

    /// What it comes to with more changes.
    pub fn apply(&mut self, changes: &[(Change, &str)], now: Millis) {
        let lines: String = changes.iter().map(|(change, why)| change.line(why, now)).collect();
        lines.lines().filter_map(|line| serde_json::from_str(line).ok()).for_each(|line| self.take(line));
    }

    fn take(&mut self, line: Line) {
        match (line.what, line.place) {
            (What::Placed, Some(place)) => {
                self.places.insert(place);
                return;
            }
            (What::Unplaced, Some(place)) => {
                self.places.remove(&place);
                return;
            }
            _ => {}
        }
        let at = parse_rfc3339(&line.recorded).unwrap_or_default();
        if line.what == What::Proposed && !self.entries.contains_key(&line.id) && line.protocol.is_some() {
            let mined = line.protocol.as_ref().map_or(0, |protocol| protocol.evidence.last);
            self.entries.insert(line.id, Entry { proposed: at, mined, ..Entry::default() });
        }
        let Some(entry) = self.entries.get_mut(&line.id) else { return self.strange += 1 };
        if let Some(protocol) = line.protocol {
            entry.protocol = protocol;
        }
        if let Some(guard) = line.guard {
            entry.guard = guard;
            entry.hold_out = line.hold_out.unwrap_or_default().min(MOST_HELD_OUT);
        }
        match line.what {
            What::Proposed => entry.status = Status::Proposed,
            What::Withdrawn => entry.status = Status::Withdrawn,
            What::Accepted => (entry.status, entry.ended) = (Status::Accepted, None),
            What::Activated => {
                (entry.status, entry.activated, entry.shown_until) = (Status::Active, Some(at), None);
                entry.first_activated.get_or_insert(at);
            }
            // From now on it is shown to others, or otherwise.
            What::Guarded if entry.status == Status::Active && entry.guard == GuardMode::Observe => {
                entry.shown_until = Some(at);
            }
            What::Guarded if entry.status == Status::Active => {
                (entry.activated, entry.shown_until) = (Some(at), None);
            }
            What::Rejected => (entry.status, entry.ended) = (Status::Rejected, Some(at)),
            What::Retired => {
                (entry.status, entry.ended) = (Status::Retired, Some(at));
                entry.shown_until = entry.activated.and(Some(at));
            }
            What::Revised | What::Guarded | What::Placed | What::Unplaced => {}
        }
        entry.history.push(Past { what: line.what, at, why: line.why, guard: line.guard });
    }

    /// What is to be written down, given all that is proposed today against the groups in `scope`, by fingerprint.
    pub fn proposals(&self, today: Vec<Protocol>, scope: impl Fn(&str) -> bool) -> Vec<(Change, &'static str)> {
        let mut changes = Vec::new();
        let ids: BTreeSet<ProtocolId> = today.iter().map(|protocol| protocol.id).collect();
        for protocol in today {
            let known = self.entries.get(&protocol.id);
            match known.map(|entry| entry.status) {
                None if self.is_unwanted(&protocol) => {}
                None => changes.push((Change::Proposed(Box::new(protocol)), "it recurs")),
                Some(Status::Withdrawn) => changes.push((Change::Proposed(Box::new(protocol)), "it recurs again")),
                Some(Status::Proposed) if known.is_some_and(|entry| !entry.protocol.says_the_same(&protocol)) => {
                    changes.push((Change::Revised(Box::new(protocol)), "the evidence or the rules changed"));
                }
                // A person decided about what it said then.
                Some(_) => {}
            }
        }
        let is_gone = |(id, entry): &(&ProtocolId, &Entry)| {
            entry.status == Status::Proposed && !ids.contains(id) && scope(&entry.protocol.fingerprint)
        };
        let gone = self.entries.iter().filter(is_gone);
        changes.extend(gone.map(|(id, _)| (Change::Withdrawn(*id), "nobody proposes it any more")));
        changes
    }

    /// Whether some protocol against a group is, or was, shown.
    pub fn was_shown(&self, fingerprint: &str) -> bool {
        let is_shown = |entry: &Entry| entry.activated.is_some() && entry.protocol.fingerprint == fingerprint;
        self.entries.values().any(is_shown)
    }

    /// Whether a person rejected or retired the same against the same group, in other words.
    fn is_unwanted(&self, protocol: &Protocol) -> bool {
        self.entries.values().any(|entry| {
            matches!(entry.status, Status::Rejected | Status::Retired)
                && entry.protocol.fingerprint == protocol.fingerprint
                && protocol.triggers.iter().all(|trigger| entry.protocol.triggers.contains(trigger))
        })
    }

    /// The protocols whose ids begin with a prefix.
    pub fn of_prefix(&self, prefix: &str) -> Vec<&Entry> {
        let is_meant = |entry: &&Entry| entry.protocol.id.to_string().starts_with(&prefix.to_ascii_lowercase());
        self.entries.values().filter(is_meant).collect()
    }
}

/// What a person's wish comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// It is written down.
    Write(Change),
    /// It is so already.
    Stands,
    /// It cannot be: why not.
    Refuse(&'static str),
}

impl Entry {
    /// A person accepts it, and says what the guard does.
    pub fn accept(&self, guard: Option<GuardMode>, hold_out: Option<u8>) -> Plan {
        let id = self.protocol.id;
        let is_live = self.status.is_live();
        let chosen = guard.unwrap_or(if is_live { self.guard } else { GuardMode::Off });
        let held = hold_out.unwrap_or(if is_live { self.hold_out } else { 0 });
        if held > MOST_HELD_OUT {
            return Plan::Refuse("it cannot be held back in more than 90 of 100 sessions");
        }
        if held > 0 && chosen <= GuardMode::Observe {
            return Plan::Refuse("what the guard does not show cannot be held back");
        }
        if chosen > GuardMode::Observe && !self.protocol.is_matchable() {
            return Plan::Refuse("its trigger holds for every call of its tool, so the guard would always fire");
        }
        match () {
            () if !is_live => Plan::Write(Change::Accepted(id, chosen, held)),
            () if (chosen, held) == (self.guard, self.hold_out) => Plan::Stands,
            () => Plan::Write(Change::Guarded(id, chosen, held)),
        }
    }

    /// A person does not want it.
    pub fn reject(&self) -> Plan {
        match self.status {
            Status::Rejected => Plan::Stands,
            Status::Active => Plan::Refuse("it is active; `protocols retire` ends it"),
            _ => Plan::Write(Change::Rejected(self.protocol.id)),
        }
    }

    /// A person does not want it any more.
    pub fn retire(&self) -> Plan {
        match self.status {
            Status::Retired => Plan::Stands,
            Status::Accepted | Status::Active => Plan::Write(Change::Retired(self.protocol.id)),
            _ => Plan::Refuse("it was never accepted; `protocols reject` keeps it from being proposed"),
        }
    }

    /// It is written where agents read, or the guard acts by it.
    pub fn publish(&self) -> Plan {
        match self.status {
            Status::Active => Plan::Stands,
            // What is only observed is shown to nobody.
            Status::Accepted if self.guard == GuardMode::Observe => Plan::Stands,
            Status::Accepted => Plan::Write(Change::Activated(self.protocol.id)),
            _ => Plan::Refuse("it is not accepted; `protocols accept` does that"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Place, Plan, Register};
    use crate::event::{GuardMode, Precaution, Protocol, ProtocolId, ProtocolStatus as Status, Trigger};

    fn protocol(id: u64, title: &str) -> Protocol {
        let unless = vec![Precaution { tool: "Read".into(), field: "file_path".into(), within: 5 }];
        Protocol {
            id: ProtocolId(id),
            fingerprint: "edit.not_read".into(),
            title: title.into(),
            triggers: vec![Trigger { tool: "Edit".into(), unless, ..Trigger::default() }],
            ..Protocol::default()
        }
    }

    fn journal(changes: &[Change]) -> String {
        (1000..).zip(changes).map(|(at, change)| change.line("because", at)).collect()
    }

    fn status(changes: &[Change]) -> Status {
        Register::read(&journal(changes)).entries[&ProtocolId(1)].status
    }

    #[test]
    fn the_state_is_the_fold_of_the_lines() {
        let id = ProtocolId(1);
        let mut changes = vec![Change::Proposed(Box::new(protocol(1, "a")))];
        assert_eq!(status(&changes), Status::Proposed);
        changes.push(Change::Accepted(id, GuardMode::Advise, 0));
        changes.push(Change::Activated(id));
        assert_eq!(status(&changes), Status::Active);
        changes.push(Change::Retired(id));
        let register = Register::read(&journal(&changes));
        let entry = &register.entries[&id];
        assert_eq!((entry.status, entry.activated, entry.ended), (Status::Retired, Some(1002), Some(1003)));
        assert_eq!((entry.guard, entry.history.len()), (GuardMode::Advise, 4));
        assert_eq!(entry.history[1].why, "because");
    }

    #[test]
    fn what_was_rejected_stays_rejected_in_other_words_too() {
        let rejected = [Change::Proposed(Box::new(protocol(1, "a"))), Change::Rejected(ProtocolId(1))];
        let register = Register::read(&journal(&rejected));
        assert_eq!(register.proposals(vec![protocol(1, "a"), protocol(2, "reworded")], |_| true), []);
        let mut other = protocol(3, "b");
        other.fingerprint = "edit.stale".into();
        assert_eq!(
            register.proposals(vec![other.clone()], |_| true),
            [(Change::Proposed(Box::new(other)), "it recurs")]
        );
    }

    #[test]
    fn what_a_person_accepted_is_not_reworded() {
        let accepted =
            [Change::Proposed(Box::new(protocol(1, "a"))), Change::Accepted(ProtocolId(1), GuardMode::Off, 0)];
        let register = Register::read(&journal(&accepted));
        assert_eq!(register.proposals(vec![protocol(1, "b")], |_| true), []);
        let proposed = Register::read(&journal(&accepted[..1]));
        let changes = proposed.proposals(vec![protocol(1, "b")], |_| true);
        assert!(matches!(&changes[..], [(Change::Revised(revised), _)] if revised.title == "b"));
        assert!(matches!(proposed.proposals(Vec::new(), |_| true)[..], [(Change::Withdrawn(ProtocolId(1)), _)]));
        assert_eq!(proposed.proposals(vec![protocol(1, "a")], |_| true), []);
        assert_eq!(proposed.proposals(Vec::new(), |fingerprint| fingerprint == "edit.stale"), []);
    }

    #[test]
    fn wishes_come_to_changes_or_to_a_reason() {
        let entry = |changes: &[Change]| Register::read(&journal(changes)).entries[&ProtocolId(1)].clone();
        let id = ProtocolId(1);
        let proposed = Change::Proposed(Box::new(protocol(1, "a")));
        let fresh = entry(std::slice::from_ref(&proposed));
        assert_eq!(fresh.accept(None, None), Plan::Write(Change::Accepted(id, GuardMode::Off, 0)));
        assert!(matches!(fresh.retire(), Plan::Refuse(_)) && matches!(fresh.publish(), Plan::Refuse(_)));
        let accepted = entry(&[proposed.clone(), Change::Accepted(id, GuardMode::Observe, 0)]);
        assert_eq!(accepted.accept(None, None), Plan::Stands);
        assert_eq!(accepted.accept(Some(GuardMode::Deny), None), Plan::Write(Change::Guarded(id, GuardMode::Deny, 0)));
        assert_eq!(accepted.publish(), Plan::Stands, "what is observed is shown to nobody");
        assert!(matches!(fresh.accept(Some(GuardMode::Off), Some(20)), Plan::Refuse(_)));
        assert_eq!(
            fresh.accept(Some(GuardMode::Deny), Some(20)),
            Plan::Write(Change::Accepted(id, GuardMode::Deny, 20))
        );
        assert!(matches!(fresh.accept(Some(GuardMode::Deny), Some(91)), Plan::Refuse(_)));
        let active = entry(&[proposed, Change::Accepted(id, GuardMode::Off, 0), Change::Activated(id)]);
        assert!(matches!(active.reject(), Plan::Refuse(_)));
        assert_eq!(active.retire(), Plan::Write(Change::Retired(id)));
    }

    #[test]
    fn a_guard_that_would_always_fire_is_refused() {
        let mut always = protocol(1, "a");
        always.triggers[0].unless.clear();
        let entry = Register::read(&journal(&[Change::Proposed(Box::new(always))])).entries[&ProtocolId(1)].clone();
        assert!(matches!(entry.accept(Some(GuardMode::Advise), None), Plan::Refuse(_)));
        assert!(matches!(entry.accept(Some(GuardMode::Observe), None), Plan::Write(_)));
    }

    #[test]
    fn torn_and_later_lines_are_counted_and_change_nothing() {
        let text = journal(&[Change::Proposed(Box::new(protocol(1, "a")))]);
        let place = Place::Block("/p/CLAUDE.md".into());
        let placed = Change::Placed(place.clone()).line("", 0);
        let later = Change::Rejected(ProtocolId(1)).line("", 0).replace("\"format\":1", "\"format\":2");
        let unknown = Change::Rejected(ProtocolId(7)).line("", 0);
        let register = Register::read(&format!("{text}{placed}{later}{unknown}{{\"format\":1,\"wh"));
        assert_eq!((register.entries.len(), register.strange), (1, 3));
        assert_eq!(register.places.into_iter().collect::<Vec<_>>(), [place]);
    }
}
