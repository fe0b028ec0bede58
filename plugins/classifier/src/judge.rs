//! Judging: the first rule whose conditions all hold, and that gives a category, decides.

use crate::kept::{Outcome, Rule, Rules};

/// What the rules can see of an event. Names and texts are indices into the batch.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Event {
    pub kind: u32,
    pub status: u32,
    pub tool: u32,
    pub text: u32,
    pub duration: u64,
    pub size: u64,
}

/// A named attribute of an event.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Attribute {
    pub event: u32,
    pub name: u32,
    pub value: u32,
}

/// A literal that stands in an event's text.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Hit {
    pub event: u32,
    pub literal: u32,
}

/// What is to be judged; attributes and hits are ordered by event.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Batch<'a> {
    pub names: &'a [String],
    pub texts: &'a [String],
    pub events: &'a [Event],
    pub attributes: &'a [Attribute],
    pub hits: &'a [Hit],
}

/// What an event is; names are indices into the judgement's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Verdict {
    pub category: u32,
    pub subcategory: u32,
    pub severity: u8,
    pub critical: bool,
}

/// A further word on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Label {
    pub event: u32,
    pub name: u32,
}

/// What was found; every event has a verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Judgement<'r> {
    pub names: Vec<&'r str>,
    pub verdicts: Vec<Verdict>,
    pub labels: Vec<Label>,
}

/// What was found out about a name of the batch, so that no name is compared twice.
#[derive(Clone, Copy, Default)]
struct Known<'r> {
    rules: Option<&'r [u32]>,
    tools: Option<u32>,
    failed: Option<Option<bool>>,
}

/// The names that a judgement uses, numbered as they come up.
struct Names<'r> {
    of: &'r [&'static str],
    /// One more than the number of each name of the rules; 0 if not used yet.
    numbers: Vec<u32>,
    used: Vec<&'r str>,
}

impl<'r> Names<'r> {
    fn number(&mut self, name: u32) -> u32 {
        let number = &mut self.numbers[name as usize];
        if *number == 0 {
            self.used.push(self.of[name as usize]);
            *number = self.used.len() as u32;
        }
        *number - 1
    }
}

/// The rows of one event at the head of `rows`, which are ordered by event.
fn take<'a, T>(rows: &mut &'a [T], event: u32, of: impl Fn(&T) -> u32) -> &'a [T] {
    let count = rows.iter().take_while(|row| of(row) == event).count();
    let (head, tail) = rows.split_at(count);
    *rows = tail;
    head
}

impl Rules {
    /// Judges a batch.
    ///
    /// Indices that the batch does not hold are the host's mistake, and panic.
    pub fn judge(&self, batch: &Batch<'_>) -> Judgement<'_> {
        let mut known = vec![Known::default(); batch.names.len()];
        let mut names = Names { of: self.names, numbers: vec![0; self.names.len()], used: Vec::new() };
        let mut verdicts = Vec::with_capacity(batch.events.len());
        let mut labels = Vec::new();
        let (mut attributes, mut hits) = (batch.attributes, batch.hits);
        for (event, index) in batch.events.iter().zip(0u32..) {
            let attributes = take(&mut attributes, index, |row| row.event);
            let hits = take(&mut hits, index, |row| row.event);
            let text = batch.texts[event.text as usize].as_str();
            let tools = *known[event.tool as usize].tools.get_or_insert_with(|| {
                let tool = batch.names[event.tool as usize].as_str();
                self.tools.iter().zip(0..).fold(0, |mask, (list, bit)| mask | u32::from(matches_any(list, tool)) << bit)
            });
            let failed = *known[event.status as usize].failed.get_or_insert_with(|| {
                match batch.names[event.status as usize].as_str() {
                    "error" => Some(true),
                    "ok" => Some(false),
                    _ => None,
                }
            });
            let rules = *known[event.kind as usize].rules.get_or_insert_with(|| {
                let kind = batch.names[event.kind as usize].as_str();
                let named = self.kinds.binary_search_by_key(&kind, |(name, _)| name);
                named.map_or(self.others, |at| self.kinds[at].1)
            });
            let holds = |rule: &Rule| {
                (rule.failed.is_none() || rule.failed == failed)
                    && (rule.tools == 0 || rule.tools & tools != 0)
                    && event.duration >= rule.duration
                    && event.size >= rule.size
                    && (rule.starts.is_empty() || rule.starts.iter().any(|start| text.starts_with(start)))
                    && (rule.holds.is_empty() || hits.iter().any(|row| rule.holds.contains(&row.literal)))
                    && rule.attributes.iter().all(|(name, values)| {
                        attributes.iter().any(|row| {
                            batch.names[row.name as usize] == *name
                                && values.contains(&batch.names[row.value as usize].as_str())
                        })
                    })
            };
            for rule in rules.iter().map(|rule| &self.rules[*rule as usize]) {
                if !holds(rule) {
                    continue;
                }
                labels.extend(rule.labels.iter().map(|name| Label { event: index, name: names.number(*name) }));
                if let Some(Outcome { category, subcategory, severity, critical }) = rule.outcome {
                    let (category, subcategory) = (names.number(category), names.number(subcategory));
                    verdicts.push(Verdict { category, subcategory, severity, critical });
                    break;
                }
            }
        }
        Judgement { names: names.used, verdicts, labels }
    }
}

fn matches_any(patterns: &[&str], tool: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(start) => tool.starts_with(start),
        None => tool == *pattern,
    })
}
