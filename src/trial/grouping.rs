//! Compares what rules put together with what belongs together.

use super::accuracy::{Grouped, Pairs, grouping, pairs};
use super::event::Failure;
use super::structured::Labelled;
use crate::event::Kind;
use crate::learning::template::Miner;
use crate::plugin::{Excerpt, Extractor, Fault, Hit, IncidentBatch, IncidentText, IncidentView};
use std::collections::BTreeSet;

/// How well lines of one system were grouped.
#[derive(Clone, Copy, Debug)]
pub struct Tried {
    /// By lines: right is a line whose group is exactly that of its template.
    pub grouped: Grouped,
    /// By pairs of lines.
    pub pairs: Pairs,
    /// True templates.
    pub known: usize,
    /// Templates that were found.
    pub found: usize,
}

/// Mines the templates of lines of one system, and compares them with the true ones.
pub fn mine(lines: &[Labelled]) -> Tried {
    let mut miner = Miner::default();
    let shapes: Vec<_> = lines.iter().map(|line| miner.add(&line.content)).collect();
    let templates = miner.finish();
    let predicted: Vec<_> = shapes.iter().map(|shape| templates.of(*shape)).collect();
    let truth: Vec<&str> = lines.iter().map(|line| line.event.as_str()).collect();
    Tried {
        grouped: grouping(&predicted, &truth),
        pairs: pairs(&predicted, &truth),
        known: truth.iter().collect::<BTreeSet<_>>().len(),
        found: templates.templates.len(),
    }
}

/// The group that the name of a file tells: `group_<group>_event_<event>`.
pub fn known_group(stem: &str) -> Option<&str> {
    stem.strip_prefix("group_")?.split_once("_event_").map(|(group, _)| group)
}

/// What an extractor says of a failure that stands alone: its fingerprint, and its title. Neither if it is none.
pub fn diagnose(extractor: &mut dyn Extractor, failure: &Failure) -> Result<(String, String), Fault> {
    let interest = extractor.interest().clone();
    let bytes = interest.text_bytes[IncidentText::Failure as usize] as usize;
    let text = &failure.text[..failure.text.floor_char_boundary(bytes)];
    let stands = interest.literals.iter().zip(0_u32..).filter(|(literal, _)| failure.text.contains(literal.as_str()));
    let kind = Kind::of_name(failure.kind).unwrap_or(Kind::ToolResult).name().to_owned();
    let batch = IncidentBatch {
        names: vec![String::new(), kind, failure.tool.to_owned(), IncidentText::Failure.name().to_owned()],
        texts: vec![String::new(), text.to_owned()],
        incidents: vec![IncidentView { kind: 1, tool: 2, ..IncidentView::default() }],
        excerpts: vec![Excerpt { incident: 0, name: 3, text: 1 }],
        attributes: Vec::new(),
        labels: Vec::new(),
        hits: stands.map(|(_, literal)| Hit { event: 0, literal }).collect(),
    };
    let found = extractor.diagnose(&batch)?;
    let name = |index: u32| found.names.get(index as usize).cloned().unwrap_or_default();
    Ok(found.diagnoses.first().map(|one| (name(one.fingerprint), name(one.title))).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{known_group, mine};
    use crate::trial::Labelled;

    #[test]
    fn names_of_files_tell_groups() {
        assert_eq!(known_group("group_332_event_1"), Some("332"));
        assert_eq!(known_group("other"), None);
    }

    #[test]
    fn lines_that_belong_together_are_counted() {
        let line = |content: &str, event: &str| Labelled { content: content.to_owned(), event: event.to_owned() };
        let lines = [line("took 7 ms", "a"), line("took 12 ms", "a"), line("gave up", "b"), line("gave up", "c")];
        let tried = mine(&lines);
        assert_eq!((tried.known, tried.found, tried.grouped.items), (3, 2, 4));
        assert_eq!(tried.grouped.accuracy(), 0.5);
    }
}
