//! Proposing: what would keep a group of incidents from coming back.

use crate::compact::{Class, Compact, Template};
use crate::normal;

/// Families below which nothing is proposed, unless a setting says otherwise.
pub const MIN_FAMILIES: u64 = 3;

/// Tools for which one template gives a protocol of its own.
const TOOLS: usize = 3;

/// Share of the incidents, in hundredths, from which a way of resolving speaks for all.
const MOSTLY: u64 = 60;

/// Bytes of a title or a value that holds something extracted.
const TEXT_BYTES: usize = 200;

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
    /// The tools of the exemplars.
    pub tools: Vec<&'a str>,
    /// What resolved them, and how often.
    pub resolutions: Vec<(&'a str, u64)>,
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
    /// Says what would prevent a group of incidents.
    pub fn propose(&self, group: &Group<'_>, min_families: u64) -> Vec<Protocol> {
        let class = self.classes.iter().find(|class| class.name == group.cause);
        let Some(class) = class.filter(|class| OWNERS.contains(&class.owner) && group.families >= min_families) else {
            return Vec::new();
        };
        let told = group.fingerprint.strip_prefix(class.name).and_then(|rest| rest.strip_prefix(':')).unwrap_or("");
        let mut protocols = Vec::new();
        for template in class.protocols {
            for tool in tools(template, class, group) {
                protocols.extend(fill(template, group, tool, told, min_families));
            }
        }
        protocols
    }
}

/// The tools that a template is for: its own, if it failed, or those that failed and have no
/// template of their own, the most frequent first.
fn tools<'a>(template: &Template, class: &Class, group: &Group<'a>) -> Vec<&'a str> {
    let is_general = template.tool == "{tool}";
    let is_meant = |tool: &str| match is_general {
        true => !tool.is_empty() && class.protocols.iter().all(|other| other.tool != tool),
        false => template.tool == tool,
    };
    let mut counted: Vec<(usize, &str)> = Vec::new();
    for tool in group.tools.iter().filter(|tool| is_meant(tool)) {
        match counted.iter_mut().find(|(_, known)| known == tool) {
            Some((count, _)) => *count += 1,
            None => counted.push((1, tool)),
        }
    }
    counted.sort_by(|(more, one), (less, other)| less.cmp(more).then(one.cmp(other)));
    counted.into_iter().take(TOOLS).map(|(_, tool)| tool).collect()
}

/// A template with the telling part in its place; nothing if there is no such part, or if it
/// was made so general that no call could hold it.
fn fill(template: &Template, group: &Group<'_>, tool: &str, told: &str, min_families: u64) -> Option<Protocol> {
    let values = template.conditions.iter().map(|(_, _, value)| *value);
    let needs_told = values.chain([template.title, template.advice]).any(|text| text.contains("{}"));
    if needs_told && (told.is_empty() || told.contains(['<', '#'])) {
        return None;
    }
    let say = |text: &str| normal::cut(text.replace("{}", told).replace("{tool}", tool), 4 * TEXT_BYTES);
    let conditions = template.conditions.iter().map(|(field, operator, value)| {
        let value = value.replace("{}", &literal(operator, told));
        ((*field).to_owned(), (*operator).to_owned(), value)
    });
    Some(Protocol {
        title: normal::cut(say(template.title), TEXT_BYTES),
        tool: tool.to_owned(),
        conditions: conditions.collect(),
        unless: template.unless.iter().map(|(tool, field, n)| ((*tool).into(), (*field).into(), *n)).collect(),
        advice: say(advice(template, group)),
        confidence: confidence(template, group, min_families),
    })
}

/// The telling part as it stands for itself in a pattern.
fn literal(operator: &str, told: &str) -> String {
    let special = match operator {
        "regex" => "\\.+*?()|[]{}^$",
        "glob" => "\\*?[]{}!",
        _ => "",
    };
    let escaped = |character: char| special.contains(character);
    told.chars().flat_map(|character| escaped(character).then_some('\\').into_iter().chain([character])).collect()
}

/// The advice that fits how the incidents were resolved.
fn advice(template: &Template, group: &Group<'_>) -> &'static str {
    let mostly = |name: &str| {
        let count = group.resolutions.iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| *count);
        group.incidents > 0 && count.saturating_mul(100) / group.incidents >= MOSTLY
    };
    match () {
        () if !template.repeated.is_empty() && mostly("repeated") => template.repeated,
        () if !template.changed.is_empty() && mostly("changed") => template.changed,
        () => template.advice,
    }
}

/// More families make it surer, and so does that the incidents were resolved at all: what was
/// never resolved is not understood.
fn confidence(template: &Template, group: &Group<'_>, min_families: u64) -> u8 {
    let support = group.families.saturating_sub(min_families).min(10);
    let resolved = group.resolved.min(group.incidents).saturating_mul(100).checked_div(group.incidents).unwrap_or(0);
    let base = u64::from(template.confidence) + 2 * support;
    let sure = match resolved {
        80.. => base + 5,
        20.. => base,
        _ => base.saturating_sub(10),
    };
    sure.min(95) as u8
}
