//! Diagnosing: the first rule whose conditions all hold decides.

use crate::batch::{Attribute, Batch, Diagnosis, Findings, Hit, Names, take};
use crate::command::{self, Command};
use crate::compact::{By, Class, Compact, DISPOSITIONS, Rule};
use crate::finder::Finder;
use crate::interest::TRACE_BYTES;
use crate::json;
use crate::normal;
use crate::said::Said;
use crate::stack::{self, Trace};
use std::cell::OnceCell;

/// Bytes of a fingerprint.
const FINGERPRINT_BYTES: usize = 200;

/// Bytes of a title.
const TITLE_BYTES: usize = 160;

/// Bytes of what is quoted in a title.
const QUOTED_BYTES: usize = 80;

/// What stands in a list of tools for any tool that no list names and that runs commands.
pub(crate) const ANY_SHELL: &str = "?";

/// One failure, with what was found out about it so far.
struct Case<'a> {
    kinds: u16,
    tools: u32,
    tool: &'a str,
    said: Said,
    /// Whether its text may have been longer.
    is_cut: bool,
    exit: Option<i32>,
    call: &'a str,
    before: &'a str,
    batch: &'a Batch<'a>,
    attributes: &'a [Attribute],
    /// Whether each literal stands in the text.
    hits: Vec<bool>,
    parts: &'a Finder,
    /// Whether each part stands in what is handed over; this and the rest is found out when a rule asks for it.
    said_parts: OnceCell<Vec<bool>>,
    command: OnceCell<Command>,
    lower: OnceCell<String>,
}

impl Case<'_> {
    fn command(&self) -> &Command {
        self.command.get_or_init(|| Command::read(self.call))
    }

    /// What the agent said before the call and what it called it, in lower case.
    fn purpose(&self) -> String {
        let mut said = vec![self.before.to_owned()];
        said.extend(json::texts(self.call, &["description", "justification"]));
        said.join("\n").to_lowercase()
    }

    fn says(&self, parts: &[u16]) -> bool {
        let said = self.said_parts.get_or_init(|| self.parts.find(self.said.near()));
        parts.iter().any(|part| said.get(usize::from(*part)).is_some_and(|stands| *stands))
    }

    fn holds(&self, literals: &[u16]) -> bool {
        literals.iter().any(|literal| self.hits.get(usize::from(*literal)).is_some_and(|stands| *stands))
    }

    fn has(&self, (name, values): &(&str, &[&str])) -> bool {
        let mut rows = self.attributes.iter().filter(|row| self.batch.name(row.name) == *name);
        rows.any(|row| values.contains(&self.batch.name(row.value)))
    }
}

impl Compact {
    /// Diagnoses a batch.
    pub fn diagnose(&self, batch: &Batch<'_>) -> Findings {
        let mut names = Names::default();
        names.number("");
        let (mut excerpts, mut attributes, mut hits) = (batch.excerpts, batch.attributes, batch.hits);
        let (parts, literals) = (Finder::new(self.parts), OnceCell::new());
        let mut diagnoses = Vec::with_capacity(batch.incidents.len());
        for (incident, index) in batch.incidents.iter().zip(0u32..) {
            let excerpts = take(&mut excerpts, index, |row| row.incident);
            let text = |name: &str| {
                excerpts.iter().find(|row| batch.name(row.name) == name).map_or("", |row| batch.text(row.text))
            };
            let attributes = take(&mut attributes, index, |row| row.incident);
            let exit_code = attributes.iter().find(|row| batch.name(row.name) == "exit_code");
            let said = Said::read(text("failure"));
            let (kind, tool) = (batch.name(incident.kind), batch.name(incident.tool));
            let kinds = self.kinds.iter().zip(0..).filter(|(known, _)| **known == kind);
            let mut tools = self.tools(|pattern| is_tool(pattern, tool));
            // Agents name their shells as they like, but all give a shell a command, or say how it ended.
            if tools == 0 && (said.exit.is_some() || !json::texts(text("call"), &command::FIELDS).is_empty()) {
                tools = self.tools(|pattern| pattern == ANY_SHELL);
            }
            let case = Case {
                kinds: kinds.fold(0, |mask, (_, bit)| mask | 1u16 << bit),
                tools,
                tool,
                exit: said.exit.or_else(|| batch.name(exit_code?.value).parse().ok()),
                hits: self.stands(take(&mut hits, index, |row| row.incident), &said, &literals),
                said,
                is_cut: text("failure").len() + "\u{10ffff}".len() > TRACE_BYTES as usize,
                call: text("call"),
                before: text("before"),
                batch,
                attributes,
                parts: &parts,
                said_parts: OnceCell::new(),
                command: OnceCell::new(),
                lower: OnceCell::new(),
            };
            let found = self.rules.iter().find_map(|rule| Some((rule, self.told(rule, &case)?)));
            let diagnosis = found.and_then(|(rule, told)| {
                let class = self.classes.get(usize::from(rule.class))?;
                let trace = self.trace(rule, &case);
                Some(say(&mut names, rule, class, &case, &told, &trace))
            });
            diagnoses.push(diagnosis.unwrap_or_default());
        }
        Findings { names: names.into_vec(), diagnoses }
    }

    /// The lists of tools that hold a pattern like this, each a bit.
    fn tools(&self, is_like: impl Fn(&str) -> bool) -> u32 {
        let lists = self.tools.iter().zip(0..).filter(|(list, _)| list.iter().any(|pattern| is_like(pattern)));
        lists.fold(0, |mask, (_, bit)| mask | 1u32 << bit)
    }

    /// What the stack trace says, if the rule asks for it.
    fn trace(&self, rule: &Rule, case: &Case<'_>) -> Trace {
        let stack = self.stacks.get(usize::from(rule.stack).wrapping_sub(1));
        // Half a line may pass for another one.
        let text = case.said.text.as_str();
        let whole = if case.is_cut { text.rsplit_once('\n').map_or("", |(whole, _)| whole) } else { text };
        stack.map(|stack| stack::read(stack, whole)).unwrap_or_default()
    }

    /// Whether each literal stands in a text. What stands only in its noise does not count, and of a text that was
    /// coloured or stood in JSON, what the search could not see for that does.
    fn stands(&self, hits: &[Hit], said: &Said, literals: &OnceCell<Finder>) -> Vec<bool> {
        let mut stands = vec![false; self.literals.len()];
        for hit in hits {
            let literal = self.literals.get(hit.literal as usize);
            let is_noise = literal.is_some_and(|literal| said.noise.contains(literal) && !said.text.contains(literal));
            if let Some(known) = stands.get_mut(hit.literal as usize) {
                *known = !is_noise;
            }
        }
        if said.is_decoded {
            let found = literals.get_or_init(|| Finder::new(self.literals)).find(&said.text);
            stands.iter_mut().zip(found).for_each(|(known, found)| *known |= found);
        }
        stands
    }

    /// The telling part, if the rule holds. What is cheap is looked at first.
    fn told(&self, rule: &Rule, case: &Case<'_>) -> Option<String> {
        let list = |number: u16| self.programs.get(usize::from(number).wrapping_sub(1)).map_or(&[][..], |list| *list);
        let text = case.said.near();
        let bare = case.said.message();
        let holds = (rule.kinds == 0 || rule.kinds & case.kinds != 0)
            && (rule.tools == 0 || rule.tools & case.tools != 0)
            && (rule.exit.is_empty() || case.exit.map_or(rule.silent, |code| rule.exit.contains(&code)))
            && (rule.holds.is_empty() || case.holds(rule.holds))
            && (rule.also.is_empty() || case.holds(rule.also))
            && (rule.lacks.is_empty() || !case.holds(rule.lacks))
            && (rule.starts.is_empty()
                || rule.starts.iter().any(|start| text.starts_with(start) || bare.starts_with(start)))
            && (rule.says.is_empty() || case.says(rule.says))
            && (rule.ends.is_empty()
                || case.said.last_line().is_some_and(|line| rule.ends.iter().any(|end| line.contains(end))))
            && rule.attributes.iter().all(|row| case.has(row))
            && (!rule.silent || case.said.is_silent())
            && (rule.programs == 0 || case.command().runs(list(rule.programs)))
            && (rule.last == 0 || case.command().ends_with(list(rule.last)))
            && (rule.hushed == 0 || case.command().ends_hushed(list(rule.hushed)))
            && (rule.call.is_empty() || rule.call.iter().any(|part| case.command().text.contains(part)))
            && (rule.before.is_empty() || {
                let said = case.lower.get_or_init(|| case.purpose());
                rule.before.iter().any(|part| said.contains(part))
            });
        if !holds {
            return None;
        }
        // What a trace ends with may stand far behind.
        let text = if rule.stack != 0 && !rule.told { case.said.text.as_str() } else { text };
        match rule.tell.iter().find_map(|pattern| pattern.find(text)) {
            Some(told) if rule.telling.is_empty() => Some(told),
            Some(told) => Some(format!("{}:{told}", rule.telling)),
            None if rule.told => None,
            None => Some(rule.telling.to_owned()),
        }
    }
}

fn say(names: &mut Names, rule: &Rule, class: &Class, case: &Case<'_>, told: &str, trace: &Trace) -> Diagnosis {
    let told = if told.is_empty() { &trace.exception } else { told };
    let disposition = DISPOSITIONS.get(usize::from(rule.disposition)).copied().unwrap_or_default();
    let by = match rule.by {
        By::Nothing => String::new(),
        By::Tool => normal::cut(normal::word(case.tool), QUOTED_BYTES),
        By::Program => case.command().subject(case.said.near(), told).unwrap_or_default(),
    };
    let is_incident = disposition == DISPOSITIONS[0];
    Diagnosis {
        disposition: names.number(disposition),
        reason: names.number(rule.reason),
        // Only incidents make groups.
        fingerprint: names.number(&if is_incident { fingerprint(class.name, &by, told, trace) } else { String::new() }),
        title: names.number(&title(class, &by, told, trace)),
        cause: names.number(class.name),
        owner: names.number(class.owner),
        severity: class.severity,
        critical: rule.critical,
    }
}

/// The class, and what else keeps causes apart.
fn fingerprint(class: &str, by: &str, told: &str, trace: &Trace) -> String {
    let parts = [class, by, told].into_iter().filter(|part| !part.is_empty());
    let whole: Vec<_> = parts.map(normal_part).collect();
    stack::behind(whole.join(":"), trace, FINGERPRINT_BYTES)
}

fn normal_part(part: &str) -> String {
    part.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The class's title with what was found in its place.
fn title(class: &Class, by: &str, told: &str, trace: &Trace) -> String {
    let or = |found: &str| {
        let found = normal::cut(found.replace('`', "'"), QUOTED_BYTES);
        match found.as_str() {
            "" if class.unnamed.is_empty() => "something".to_owned(),
            "" => class.unnamed.to_owned(),
            _ => format!("`{found}`"),
        }
    };
    let mut text = class.title.replace("{by}", &or(by)).replace("{}", &or(told));
    if !trace.place.is_empty() {
        text = format!("{text} in {}", or(&trace.place));
    }
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    normal::cut(first + letters.as_str(), TITLE_BYTES)
}

/// Whether a tool's name matches; a `*` at the end stands for the rest of it.
pub(crate) fn is_tool(pattern: &str, tool: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => tool.starts_with(start),
        None => tool == pattern,
    }
}
