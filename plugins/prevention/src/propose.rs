//! Proposing: what would keep a group of incidents from coming back.

use crate::command::matches;
use crate::compact::{Compact, Template};
use crate::diagnose::is_tool;
use crate::evidence::Evidence;
use crate::mined::Way;
use crate::normal;
use crate::template::render;

/// Families below which nothing is proposed, unless a setting says otherwise.
pub const MIN_FAMILIES: u64 = 3;

/// Tools for which a group gives a trigger.
const TOOLS: usize = 3;

/// Share of the exemplars, in hundredths, below which a tool gives none. A guess.
const SELDOM: usize = 10;

/// Share of the incidents, in hundredths, from which a way of resolving speaks for all.
const MOSTLY: u64 = 60;

/// Bytes of a title that holds something extracted.
const TITLE_BYTES: usize = 200;

/// Bytes of an advice.
const ADVICE_BYTES: usize = 800;

/// Whose failures a rule for the agent can prevent.
const OWNERS: [&str; 2] = ["agent", "environment"];

/// The incidents that share a fingerprint, as far as proposing looks at them.
#[derive(Clone, Debug, Default)]
pub struct Group<'a> {
    /// The fingerprint.
    pub fingerprint: &'a str,
    /// The class of the cause.
    pub cause: &'a str,
    /// How many incidents.
    pub incidents: u64,
    /// In how many families.
    pub families: u64,
    /// How many were resolved.
    pub resolved: u64,
    /// Some of the incidents.
    pub exemplars: Vec<Exemplar<'a>>,
    /// What resolved them, and how often.
    pub resolutions: Vec<(&'a str, u64)>,
}

/// One of the incidents.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exemplar<'a> {
    /// The tool.
    pub tool: &'a str,
    /// The input of the call.
    pub call: &'a str,
    /// What the failure said.
    pub failure: &'a str,
}

/// A protocol as it is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Protocol {
    pub title: String,
    pub tool: String,
    /// Field, operator, value.
    pub conditions: Vec<(String, String, String)>,
    /// Tool, field, calls.
    pub unless: Vec<(String, String, u32)>,
    pub advice: String,
    pub confidence: u8,
}

impl Compact {
    /// Says what would prevent a group of incidents. For each tool the first template counts that fits.
    pub fn propose(&self, group: &Group<'_>, min_families: u64) -> Vec<Protocol> {
        let class = self.classes.iter().find(|class| class.name == group.cause);
        let Some(class) = class.filter(|class| OWNERS.contains(&class.owner) && group.families >= min_families) else {
            return Vec::new();
        };
        let evidence = Evidence::read(self, group);
        let own = [evidence.program.as_deref().unwrap_or_default(), &evidence.by];
        let filling =
            Filling { rules: self, group, evidence: &evidence, way: Way::find(self, group, &own), min_families };
        let first = |tool: &str| {
            let meant = class.protocols.iter().filter(|template| template.is_for(tool, &evidence));
            meant.filter_map(|template| filling.fill(template, tool)).next()
        };
        let mut protocols: Vec<Protocol> = Vec::new();
        for mut protocol in tools(group).into_iter().filter_map(first).take(TOOLS) {
            // The same advice under two titles would be two protocols.
            if let Some(known) = protocols.iter().find(|known| known.advice == protocol.advice) {
                protocol.title.clone_from(&known.title);
            }
            protocols.push(protocol);
        }
        protocols
    }
}

/// The tools that failed, the most frequent first, but for those that seldom did.
fn tools<'a>(group: &Group<'a>) -> Vec<&'a str> {
    let mut counted: Vec<(usize, &str)> = Vec::new();
    for tool in group.exemplars.iter().map(|exemplar| exemplar.tool).filter(|tool| !tool.is_empty()) {
        match counted.iter_mut().find(|(_, known)| *known == tool) {
            Some((count, _)) => *count += 1,
            None => counted.push((1, tool)),
        }
    }
    counted.sort_by(|(more, one), (less, other)| less.cmp(more).then(one.cmp(other)));
    let all: usize = counted.iter().map(|(count, _)| count).sum();
    counted.into_iter().filter(|(count, _)| count * 100 >= SELDOM * all).map(|(_, tool)| tool).collect()
}

impl Template {
    fn is_for(&self, tool: &str, evidence: &Evidence) -> bool {
        let runs = |program: &String| self.programs.iter().any(|pattern| matches(pattern, program.split(' ')));
        (self.tools.is_empty() || self.tools.iter().any(|pattern| is_tool(pattern, tool)))
            && (self.programs.is_empty() || evidence.program.as_ref().is_some_and(runs))
    }
}

/// What templates are filled with.
struct Filling<'a> {
    rules: &'a Compact,
    group: &'a Group<'a>,
    evidence: &'a Evidence,
    way: Option<Way>,
    min_families: u64,
}

impl Filling<'_> {
    /// A template with what was found in its place; nothing if it needs what was not found, or what was made so
    /// general that no call could hold it.
    fn fill(&self, template: &Template, tool: &str) -> Option<Protocol> {
        let Evidence { told, by, word, .. } = self.evidence;
        let program = self.program(template);
        let say = |text: &str| {
            render(text, |name| match name {
                "" => particular(told),
                "by" => particular(by),
                "word" => word.clone(),
                "tool" => Some(tool.to_owned()),
                "what" => self.way.as_ref().map(|way| way.what.clone()),
                "program" => Some(program.map_or("the command".to_owned(), |program| format!("`{program}`"))),
                _ => None,
            })
        };
        let bare = template.title.strip_suffix(": {}").filter(|_| particular(told).is_none());
        let title = normal::cut(say(bare.unwrap_or(template.title))?, TITLE_BYTES);
        let mut advice = say(self.advice(template))?;
        if let Some(way) = &self.way {
            advice = format!("{advice} {}", way.sentence());
        }
        let needs = |name| template.conditions.iter().any(|(_, _, value)| mentions(value, name));
        let conditions = match needs("program") && program.is_none() {
            true => Some(Vec::new()),
            false => template.conditions.iter().map(|row| self.condition(row, program)).collect(),
        }?;
        let unless: Vec<_> =
            template.unless.iter().map(|(tool, field, n)| ((*tool).into(), (*field).into(), *n)).collect();
        // A tool that is not there is selective by itself.
        let is_selective = !conditions.is_empty() || !unless.is_empty() || tool == told;
        let confidence = self.confidence(template, is_selective);
        Some(Protocol {
            title,
            tool: tool.to_owned(),
            conditions,
            unless,
            advice: normal::cut(advice, ADVICE_BYTES),
            confidence,
        })
    }

    /// The program that a template speaks of: by its name alone only where a word of it makes that selective.
    fn program(&self, template: &Template) -> Option<&str> {
        let is_narrow = template.conditions.iter().any(|(_, _, value)| mentions(value, "word"));
        let Evidence { program, name, .. } = self.evidence;
        program.as_deref().or_else(|| name.as_deref().filter(|_| is_narrow))
    }

    fn condition(
        &self,
        (field, operator, value): &(&str, &str, &str),
        program: Option<&str>,
    ) -> Option<(String, String, String)> {
        let Evidence { told, by, word, .. } = self.evidence;
        let value = render(value, |name| match name {
            "" => particular(told).map(|told| literal(operator, &told)),
            "by" => particular(by).map(|by| self.words(operator, &by)),
            "program" => program.map(|program| self.words(operator, program)),
            "word" => word.as_deref().map(|word| bundled(operator, word)),
            _ => None,
        });
        Some(((*field).to_owned(), (*operator).to_owned(), value?))
    }

    /// A program in a pattern, whose words may have options between them.
    fn words(&self, operator: &str, program: &str) -> String {
        let gap = if operator == "regex" { self.rules.gap } else { " " };
        program.split(' ').map(|word| literal(operator, word)).collect::<Vec<_>>().join(gap)
    }

    /// The advice that fits how the incidents were resolved.
    fn advice(&self, template: &Template) -> &'static str {
        let mined = self
            .way
            .as_ref()
            .and_then(|way| template.mined.iter().find(|(kind, _)| *kind == way.kind.name).map(|(_, text)| *text));
        let mostly = |name: &str| {
            let count = self.group.resolutions.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count);
            self.group.incidents > 0 && count.saturating_mul(100) / self.group.incidents >= MOSTLY
        };
        match mined {
            Some(mined) => mined,
            None if !template.repeated.is_empty() && mostly("repeated") => template.repeated,
            None if !template.changed.is_empty() && mostly("changed") => template.changed,
            None => template.advice,
        }
    }

    /// More families make it surer, and so does that the incidents were resolved: what was never resolved is not
    /// understood. What fires on every call of a tool is no more than advice. All steps are guesses.
    fn confidence(&self, template: &Template, is_selective: bool) -> u8 {
        let Group { incidents, families, resolved, .. } = *self.group;
        let support = families.saturating_sub(self.min_families).min(10);
        let resolved = resolved.min(incidents).saturating_mul(100).checked_div(incidents).unwrap_or(0);
        let mut sure = u64::from(template.confidence) + 2 * support;
        sure += u64::from(resolved >= 80) * 5 + u64::from(self.way.is_some()) * 5;
        let doubts = u64::from(resolved < 20) * 10 + u64::from(!is_selective) * 15;
        sure.saturating_sub(doubts).min(95) as u8
    }
}

/// Whether `{name}` stands in a text.
fn mentions(text: &str, name: &str) -> bool {
    let mut found = false;
    render(text, |known| {
        found |= known == name;
        Some("")
    });
    found
}

/// What was found, unless nothing was or it was made general.
fn particular(found: &str) -> Option<String> {
    (!found.is_empty() && !found.contains(['<', '#'])).then(|| found.to_owned())
}

/// A text as it stands for itself in a pattern.
fn literal(operator: &str, text: &str) -> String {
    let special = match operator {
        "regex" => "\\.+*?()|[]{}^$",
        "glob" => "\\*?[]{}!",
        _ => "",
    };
    let escaped = |character: char| special.contains(character);
    text.chars().flat_map(|character| escaped(character).then_some('\\').into_iter().chain([character])).collect()
}

/// A word in a pattern; an option of one letter may stand among others.
fn bundled(operator: &str, word: &str) -> String {
    let mut characters = word.chars();
    match (operator, characters.next(), characters.next(), characters.next()) {
        ("regex", Some('-'), Some(letter), None) if letter.is_ascii_alphanumeric() => {
            format!("-[A-Za-z0-9]*{letter}[A-Za-z0-9]*")
        }
        _ => literal(operator, word),
    }
}
