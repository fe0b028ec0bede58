//! What a family shows of protocols: how often their triggers fire, and what of the group's incidents they meet.
//!
//! The same matcher as the guard's goes over the calls of each actor, a session or a sub-agent of it, in order.

use super::fault::LearningError;
use super::group::files_of;
use super::trigger::{Call, Matcher, Seen, Trace, watched};
use crate::event::{Protocol, ProtocolId, names_tool};
use crate::layout::House;
use crate::store::{Exposure, Measured, Reader, StoredCall, each_text, group_id};
use std::collections::{HashMap, HashSet};

/// Bytes of a call's input that are looked at.
const INPUT_BYTES: usize = 256 * 1024;

/// A protocol, ready to be compared with calls.
pub struct Measure {
    /// The protocol.
    pub id: ProtocolId,
    group: u64,
    matchers: Vec<Matcher>,
    precautions: Vec<String>,
}

/// Protocols, ready to be compared with the calls of families.
pub struct Measures {
    /// One for each protocol.
    pub each: Vec<Measure>,
    fields: Vec<String>,
}

impl Measures {
    /// Compiles the triggers of protocols; one whose patterns are none never fires.
    pub fn new<'p>(protocols: impl IntoIterator<Item = &'p Protocol>) -> Measures {
        let protocols: Vec<&Protocol> = protocols.into_iter().collect();
        let measure = |protocol: &&Protocol| Measure {
            id: protocol.id,
            group: group_id(&protocol.fingerprint),
            matchers: protocol.triggers.iter().filter_map(|trigger| Matcher::new(trigger).ok()).collect(),
            precautions: protocol.triggers.iter().flat_map(|one| &one.unless).map(|one| one.tool.clone()).collect(),
        };
        Measures {
            each: protocols.iter().map(measure).collect(),
            fields: watched(protocols.iter().flat_map(|protocol| &protocol.triggers)),
        }
    }

    fn wants(&self, tool: &str) -> bool {
        self.each.iter().any(|measure| {
            measure.matchers.iter().any(|matcher| matcher.is_about(tool))
                || measure.precautions.iter().any(|pattern| names_tool(pattern, tool))
        })
    }

    /// Reads the calls of a family and compares them; one row for each protocol that the family shows anything of.
    pub fn of_family(
        &self,
        reader: &Reader,
        house: &House,
        family: u64,
    ) -> Result<(Measured, Vec<(ProtocolId, Exposure)>), LearningError> {
        let calls = reader.calls(family, 0, u32::MAX)?;
        let (first, last) = reader.span(family)?;
        let measured = Measured { family, calls: calls.len() as u64, first, last };
        let wanted: Vec<usize> = (0..calls.len()).filter(|at| self.wants(&calls[*at].event.tool)).collect();
        let events = || wanted.iter().map(|at| &calls[*at].event);
        let files = files_of(reader, events())?;
        let mut told: HashMap<usize, Told> = HashMap::with_capacity(wanted.len());
        each_text(house, &files, events(), INPUT_BYTES, |at, input| {
            let call = &calls[wanted[at]];
            told.insert(wanted[at], self.tell(&Call { tool: &call.event.tool, input: input.as_bytes() }));
        });
        let failed = reader.failed_calls(family)?;
        Ok((measured, self.count(&calls, told, &failed)))
    }

    fn tell(&self, call: &Call<'_>) -> Told {
        let selects = |measure: &Measure| measure.matchers.iter().map(|matcher| matcher.selects(call)).collect();
        Told { seen: Seen::new(call, &self.fields), selected: self.each.iter().map(selects).collect() }
    }

    /// Counts what fires, in the order of the calls.
    fn count(
        &self,
        calls: &[StoredCall],
        mut told: HashMap<usize, Told>,
        failed: &[(u64, Option<u32>)],
    ) -> Vec<(ProtocolId, Exposure)> {
        let mut traces: HashMap<(&str, &str), Trace> = HashMap::new();
        let mut shown = vec![Exposure::default(); self.each.len()];
        let mut fired: Vec<HashSet<u32>> = vec![HashSet::new(); self.each.len()];
        // Of each protocol's calls, the number of each among them.
        let mut ordinals: Vec<HashMap<u32, u64>> = vec![HashMap::new(); self.each.len()];
        for (at, call) in calls.iter().enumerate() {
            let tool = &call.event.tool;
            let trace = traces.entry((&call.actor.0, &call.actor.1)).or_default();
            let told = told.remove(&at).unwrap_or_else(|| Told::unread(tool));
            for (which, measure) in self.each.iter().enumerate() {
                if measure.matchers.iter().any(|matcher| matcher.is_about(tool)) {
                    shown[which].calls += 1;
                    ordinals[which].insert(call.n, shown[which].calls);
                }
                let fires = |(at, matcher): (usize, &Matcher)| {
                    told.selects(which, at) && !matcher.is_prevented(&told.seen, trace)
                };
                if measure.matchers.iter().enumerate().any(fires) {
                    shown[which].fired += 1;
                    fired[which].insert(call.n);
                }
            }
            trace.push(told.seen);
        }
        for (group, call) in failed {
            for (which, _) in self.each.iter().enumerate().filter(|(_, measure)| measure.group == *group) {
                shown[which].incidents += 1;
                shown[which].met += u64::from(call.is_some_and(|call| fired[which].contains(&call)));
                let ordinal = call.and_then(|call| ordinals[which].get(&call)).copied().unwrap_or_default();
                if ordinal > 0 && (shown[which].first == 0 || ordinal < shown[which].first) {
                    shown[which].first = ordinal;
                }
            }
        }
        self.each.iter().map(|measure| measure.id).zip(shown).collect()
    }
}

/// What is kept of a call until the calls are gone through in their order.
struct Told {
    seen: Seen,
    /// For each protocol, which of its triggers select the call.
    selected: Vec<Vec<bool>>,
}

impl Told {
    /// A call that no protocol asks about, or whose log cannot be read.
    fn unread(tool: &str) -> Told {
        Told { seen: Seen::new(&Call { tool, input: b"" }, &[]), selected: Vec::new() }
    }

    fn selects(&self, which: usize, trigger: usize) -> bool {
        self.selected.get(which).and_then(|selected| selected.get(trigger)).copied().unwrap_or_default()
    }
}

/// What the families say of a protocol that are later than those that it was mined from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Backtest {
    /// Later families.
    pub families: u64,
    /// All their tool calls.
    pub calls: u64,
    /// Calls for which a trigger fires.
    pub fired: u64,
    /// Incidents of the group.
    pub incidents: u64,
    /// Those whose call a trigger fires for.
    pub met: u64,
    /// Families without such an incident.
    pub clean: u64,
    /// Calls in these for which a trigger fires.
    pub false_alarms: u64,
}

impl Backtest {
    /// Counts the families that begin after a time, in milliseconds since 1970.
    pub fn new(rows: &[(Measured, Exposure)], since: i64) -> Backtest {
        let mut sum = Backtest::default();
        for (family, shown) in rows.iter().filter(|(family, _)| family.first.is_some_and(|first| first > since)) {
            sum.families += 1;
            sum.calls += family.calls;
            sum.fired += shown.fired;
            sum.incidents += shown.incidents;
            sum.met += shown.met;
            if shown.incidents == 0 {
                sum.clean += 1;
                sum.false_alarms += shown.fired;
            }
        }
        sum
    }

    /// Firings per 1,000 calls; none without calls.
    pub fn firing_rate(&self) -> Option<f64> {
        ratio(self.fired, self.calls).map(|ratio| 1000.0 * ratio)
    }

    /// False alarms per 100 clean families; none without clean ones.
    pub fn false_alarm_rate(&self) -> Option<f64> {
        ratio(self.false_alarms, self.clean).map(|ratio| 100.0 * ratio)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::{Backtest, Measures, Told};
    use crate::event::{Kind, Precaution, Protocol, ProtocolId, Trigger};
    use crate::learning::trigger::Call;
    use crate::store::{Exposure, Measured, StoredCall, StoredEvent, group_id};
    use std::collections::HashMap;

    fn protocol() -> Protocol {
        let unless = vec![Precaution { tool: "Read".into(), field: "file_path".into(), within: 5 }];
        Protocol {
            id: ProtocolId(1),
            fingerprint: "edit.not_read".into(),
            triggers: vec![Trigger { tool: "Edit".into(), unless, ..Trigger::default() }],
            ..Protocol::default()
        }
    }

    fn call(n: u32, actor: &str, tool: &str) -> StoredCall {
        let event = StoredEvent {
            id: 0,
            time: None,
            kind: Kind::ToolCall,
            tool: tool.into(),
            call: None,
            status: String::new(),
            duration: None,
            model: String::new(),
            category: String::new(),
            subcategory: String::new(),
            severity: 0,
            sub_agent: None,
            file: 0,
            offset: 0,
            length: 0,
            index: 0,
            labels: Vec::new(),
        };
        StoredCall { n, actor: (actor.into(), String::new()), event }
    }

    #[test]
    fn each_actor_has_calls_of_its_own() {
        let protocol = protocol();
        let measures = Measures::new([&protocol]);
        let calls = [call(1, "a", "Read"), call(2, "b", "Edit"), call(4, "a", "Edit"), call(6, "a", "Bash")];
        let input = br#"{"file_path":"/x"}"#;
        let told: HashMap<usize, Told> = calls
            .iter()
            .enumerate()
            .filter(|(_, call)| measures.wants(&call.event.tool))
            .map(|(at, call)| (at, measures.tell(&Call { tool: &call.event.tool, input })))
            .collect();
        assert_eq!(told.len(), 3);
        let group = group_id("edit.not_read");
        let shown = measures.count(&calls, told, &[(group, Some(2)), (group, Some(4)), (7, Some(2))]);
        assert_eq!(shown, [(ProtocolId(1), Exposure { calls: 2, fired: 1, met: 1, incidents: 2, first: 1 })]);
    }

    #[test]
    fn only_later_families_count_and_only_clean_ones_have_false_alarms() {
        let row = |first, fired, met, incidents| {
            (
                Measured { first: Some(first), calls: 100, ..Measured::default() },
                Exposure { calls: 9, fired, met, incidents, first: 0 },
            )
        };
        let rows = [row(10, 9, 9, 9), row(20, 3, 1, 2), row(30, 1, 0, 0), row(40, 0, 0, 0)];
        let found = Backtest::new(&rows, 10);
        assert_eq!((found.families, found.calls, found.fired, found.incidents, found.met), (3, 300, 4, 2, 1));
        assert_eq!((found.clean, found.false_alarms), (2, 1));
        assert_eq!(found.false_alarm_rate(), Some(50.0));
        assert_eq!(Backtest::new(&rows, 99).firing_rate(), None);
    }
}
