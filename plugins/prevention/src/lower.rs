//! From the rules as they are written to the rules as they are kept.

use crate::compact::{By, Capture, Class, Compact, DISPOSITIONS, Kind, Language, Mined, Pattern, Rule, Stack};
use crate::problem::Problem;
use crate::template::{self, Surroundings};
use crate::written;
use std::collections::BTreeMap;

const OWNERS: [&str; 5] = ["agent", "environment", "user", "provider", "harness"];

/// The name of the pattern of what may stand between the words of a program, and what stands there without.
const GAP: (&str, &str) = ("gap", r"\s+");

/// Distinct lists of tools that a rule file may name, for each is one bit.
const TOOL_LISTS: usize = 32;

/// Distinct kinds that a rule file may name, for each is one bit.
const KINDS: usize = 16;

/// Understands a rule file. What it says is kept for as long as the program runs.
pub fn lower(file: &'static written::File) -> Result<Compact, Problem> {
    let last = file.rule.last().filter(|rule| rule.is_unconditional());
    if last.is_none_or(|rule| rule.disposition.as_deref().is_some_and(|word| word != DISPOSITIONS[0])) {
        return Err(Problem::NoLastRule);
    }
    let mut lowering = Lowering {
        lists: &file.lists,
        stacks: file.stack.keys().zip(1u8..).map(|(name, number)| (name.as_str(), number)).collect(),
        numbers: file.class.keys().zip(0u16..).map(|(name, number)| (name.as_str(), number)).collect(),
        kinds: Vec::new(),
        tools: Vec::new(),
        programs: Vec::new(),
        literals: Vec::new(),
        parts: Vec::new(),
    };
    let kinds = file.mined.kind.iter().map(|kind| lowering.kind(kind)).collect::<Result<Vec<_>, _>>();
    let kinds = keep(kinds.map_err(Problem::Mined)?);
    let around = Surroundings { patterns: &file.patterns, kinds };
    let classes = file.class.iter();
    let classes = classes
        .map(|(name, class)| lowering.class(name, class, &around).map_err(|text| Problem::Class(name.clone(), text)));
    let stacks = file.stack.iter();
    let stacks = stacks.map(|(name, written)| stack(name, written).map_err(|text| Problem::Stack(name.clone(), text)));
    let stacks = stacks.collect::<Result<Vec<_>, _>>()?;
    let classes = classes.collect::<Result<Vec<_>, _>>()?;
    let gap = file.patterns.get(GAP.0).map_or(GAP.1, String::as_str);
    let rules = file.rule.iter().zip(1..);
    let rules = rules.map(|(written, number)| lowering.rule(written).map_err(|text| Problem::Rule(number, text)));
    let rules = rules.collect::<Result<Vec<_>, _>>()?;
    Ok(Compact {
        classes: keep(classes),
        rules: keep(rules),
        kinds: keep(lowering.kinds),
        tools: keep(lowering.tools),
        programs: keep(lowering.programs),
        literals: keep(lowering.literals),
        parts: keep(lowering.parts),
        mined: Mined { least: file.mined.least.max(1), share: file.mined.share, kinds },
        gap: String::leak(template::expand(gap, &file.patterns).map_err(Problem::Mined)?),
        stacks: keep(stacks),
    })
}

fn keep<T>(list: Vec<T>) -> &'static [T] {
    // Most lists are empty, and an empty one needs no room.
    if list.is_empty() { &[] } else { Vec::leak(list) }
}

fn stack(name: &str, stack: &'static written::Stack) -> Result<Stack, String> {
    let language = Language::of(name).ok_or("nobody knows how its stack traces look")?;
    if stack.frames == 0 {
        return Err("at least one frame must count".to_owned());
    }
    let places = stack.places.iter().chain(&stack.core);
    if let Some(place) =
        places.clone().find(|place| place.chars().any(|letter| letter.is_uppercase() || letter == '\\'))
    {
        return Err(format!("`{place}`: places are compared in lower case and with /"));
    }
    if let Some(place) = places.clone().find(|place| !place.starts_with('/') && !place.is_empty()) {
        return Err(format!("`{place}`: a part of a place begins with /"));
    }
    let all = places
        .chain(&stack.raising)
        .chain(&stack.ending)
        .chain(&stack.signals)
        .chain(&stack.names)
        .chain(&stack.unnamed);
    if all.clone().any(|word| word.is_empty() || word == "*") {
        return Err("an empty text stands in every text".to_owned());
    }
    let list = |words: &'static [String]| keep(self::words(words));
    Ok(Stack {
        language,
        frames: stack.frames,
        raising: list(&stack.raising),
        ending: list(&stack.ending),
        signals: list(&stack.signals),
        names: list(&stack.names),
        places: beginnings(&stack.places),
        core: beginnings(&stack.core),
        unnamed: list(&stack.unnamed),
    })
}

/// Texts in order; those that begin with another one go, for they add nothing.
fn beginnings(list: &'static [String]) -> &'static [&'static str] {
    let mut kept = words(list);
    kept.sort_unstable();
    kept.dedup_by(|next, last| next.starts_with(*last));
    keep(kept)
}

struct Lowering {
    lists: &'static BTreeMap<String, Vec<String>>,
    /// The numbers of how stack traces are read, from 1 on.
    stacks: BTreeMap<&'static str, u8>,
    /// The classes' numbers.
    numbers: BTreeMap<&'static str, u16>,
    kinds: Vec<&'static str>,
    tools: Vec<&'static [&'static str]>,
    programs: Vec<&'static [&'static str]>,
    literals: Vec<&'static str>,
    parts: Vec<&'static str>,
}

impl Lowering {
    fn class(
        &self,
        name: &'static str,
        class: &'static written::Class,
        around: &Surroundings<'_>,
    ) -> Result<Class, String> {
        if !OWNERS.contains(&class.owner.as_str()) {
            return Err(format!("`{}` is no owner; use one of {}", class.owner, OWNERS.join(", ")));
        }
        if class.title.is_empty() {
            return Err("it needs a title".to_owned());
        }
        let protocols = class.protocol.iter().map(|protocol| {
            let (tools, programs) = (self.expand(&protocol.tools)?, self.expand(&protocol.programs)?);
            template::understand(protocol, keep(tools), keep(programs), around)
        });
        Ok(Class {
            name,
            owner: &class.owner,
            severity: severity(&class.severity)?,
            title: &class.title,
            unnamed: &class.unnamed,
            protocols: keep(protocols.collect::<Result<_, _>>()?),
        })
    }

    fn kind(&self, kind: &'static written::Kind) -> Result<Kind, String> {
        let says = template::check(&kind.says, &["count", "of", "what"]);
        let tallies = kind.tallies.iter().try_for_each(|name| template::check(name, &["tool", "what"]));
        says.and(tallies).map_err(|text| format!("`{}`: {text}", kind.name))?;
        let ignore = keep(self.expand(&kind.ignore)?);
        Ok(Kind { name: &kind.name, tallies: keep(words(&kind.tallies)), says: &kind.says, ignore })
    }

    fn rule(&mut self, rule: &'static written::Rule) -> Result<Rule, String> {
        let disposition = rule.disposition.as_deref().unwrap_or(DISPOSITIONS[0]);
        let number = DISPOSITIONS.iter().position(|known| *known == disposition);
        let number = number
            .ok_or_else(|| format!("`{disposition}` is no disposition; use one of {}", DISPOSITIONS.join(", ")))?;
        if rule.reason.is_empty() && ["benign", "echo"].contains(&disposition) {
            return Err(format!("a disposition `{disposition}` needs a reason"));
        }
        if rule.critical && number != 0 {
            return Err("only an incident can be critical".to_owned());
        }
        if rule.told && rule.tell.is_empty() {
            return Err("`told` needs something in `tell`".to_owned());
        }
        let class = self.numbers.get(rule.class.as_str());
        let class = *class.ok_or_else(|| format!("there is no class `{}`", rule.class))?;
        let attributes = rule.attributes.iter();
        Ok(Rule {
            kinds: self.kinds(&rule.kinds)?,
            tools: self.tools(&rule.tools)?,
            programs: self.programs(&rule.programs)?,
            last: self.programs(&rule.last)?,
            hushed: self.programs(&rule.hushed)?,
            exit: &rule.exit,
            silent: rule.silent,
            starts: keep(self.expand(&rule.starts)?),
            holds: self.literals(&rule.holds)?,
            also: self.literals(&rule.also)?,
            says: self.parts(&rule.says)?,
            lacks: self.literals(&rule.lacks)?,
            ends: keep(self.expand(&rule.ends)?),
            call: keep(self.expand(&rule.call)?),
            before: keep(self.expand(&rule.before)?),
            attributes: keep(attributes.map(|(name, values)| (&name[..], keep(words(values)))).collect()),
            disposition: number as u8,
            reason: &rule.reason,
            class,
            tell: keep(rule.tell.iter().map(|text| pattern(text)).collect::<Result<_, _>>()?),
            told: rule.told,
            telling: &rule.telling,
            by: match rule.by.as_str() {
                "" => By::Nothing,
                "tool" => By::Tool,
                "program" => By::Program,
                other => return Err(format!("`{other}`: failures can be told apart by `tool` or `program`")),
            },
            stack: match rule.stack.as_str() {
                "" => 0,
                name => *self.stacks.get(name).ok_or_else(|| format!("there is no stack `{name}`"))?,
            },
            critical: rule.critical,
        })
    }

    /// The words of a list, with those of the lists that it refers to.
    fn expand(&self, list: &'static [String]) -> Result<Vec<&'static str>, String> {
        let mut expanded = Vec::new();
        for word in list {
            match word.strip_prefix('@').filter(|_| word.len() > 1) {
                None => expanded.push(word.as_str()),
                Some(name) => {
                    let list = self.lists.get(name).ok_or_else(|| format!("there is no list `{name}`"))?;
                    expanded.extend(words(list));
                }
            }
        }
        match expanded.iter().any(|word| word.is_empty()) {
            true => Err("an empty text stands in every text".to_owned()),
            false => Ok(expanded),
        }
    }

    fn kinds(&mut self, list: &'static [String]) -> Result<u16, String> {
        let mut mask = 0;
        for kind in self.expand(list)? {
            let at = intern(&mut self.kinds, kind);
            if at >= KINDS {
                return Err(format!("more than {KINDS} different kinds"));
            }
            mask |= 1 << at;
        }
        Ok(mask)
    }

    fn tools(&mut self, list: &'static [String]) -> Result<u32, String> {
        let list = self.expand(list)?;
        if list.is_empty() {
            return Ok(0);
        }
        if let Some(tool) = list.iter().find(|tool| tool.strip_suffix('*').unwrap_or(tool).contains('*')) {
            return Err(format!("`{tool}`: a * can only stand at the end of a tool's name"));
        }
        let at = intern(&mut self.tools, keep(list));
        if at < TOOL_LISTS { Ok(1 << at) } else { Err(format!("more than {TOOL_LISTS} different lists of tools")) }
    }

    fn programs(&mut self, list: &'static [String]) -> Result<u16, String> {
        let list = self.expand(list)?;
        if list.is_empty() {
            return Ok(0);
        }
        u16::try_from(intern(&mut self.programs, keep(list)) + 1).map_err(|_| "too many lists".to_owned())
    }

    fn literals(&mut self, list: &'static [String]) -> Result<&'static [u16], String> {
        let texts = self.expand(list)?;
        numbers(&mut self.literals, texts)
    }

    fn parts(&mut self, list: &'static [String]) -> Result<&'static [u16], String> {
        let texts = self.expand(list)?;
        numbers(&mut self.parts, texts)
    }
}

fn numbers(known: &mut Vec<&'static str>, texts: Vec<&'static str>) -> Result<&'static [u16], String> {
    let numbers = texts.into_iter().map(|text| u16::try_from(intern(known, text)));
    numbers.collect::<Result<_, _>>().map(keep).map_err(|_| "too many literals".to_owned())
}

fn words(list: &'static [String]) -> Vec<&'static str> {
    list.iter().map(String::as_str).collect()
}

fn intern<T: PartialEq>(known: &mut Vec<T>, one: T) -> usize {
    known.iter().position(|other| *other == one).unwrap_or_else(|| {
        known.push(one);
        known.len() - 1
    })
}

/// `^` at the beginning anchors to a line; `{name}` and the like say what is taken.
fn pattern(text: &'static str) -> Result<Pattern, String> {
    let (anchored, text) = text.strip_prefix('^').map_or((false, text), |rest| (true, rest));
    let captures = [
        ("{name}", Capture::Name),
        ("{code}", Capture::Code),
        ("{line}", Capture::Line),
        ("{whole}", Capture::Whole),
        ("{exception}", Capture::FirstException),
        ("{last-exception}", Capture::LastException),
    ];
    let mut found = captures.iter().filter_map(|(word, capture)| Some((text.split_once(word)?, *capture)));
    let ((before, after), capture) = found.next().unwrap_or(((text, ""), Capture::Nothing));
    let whole = matches!(capture, Capture::Line | Capture::Whole | Capture::FirstException | Capture::LastException);
    if found.next().is_some() || after.contains("{name}") || after.contains("{code}") {
        return Err(format!("`{text}`: only one thing can be taken"));
    }
    if whole && !after.is_empty() {
        return Err(format!("`{text}`: nothing can stand behind what takes the whole line"));
    }
    if before.is_empty()
        && after.is_empty()
        && matches!(capture, Capture::Nothing | Capture::Name | Capture::Code | Capture::Whole)
    {
        return Err(format!("`{text}` stands everywhere"));
    }
    Ok(Pattern { anchored, before, capture, after })
}

/// The number of an OpenTelemetry short name: `INFO`, `INFO2`, ...
fn severity(name: &str) -> Result<u8, String> {
    let ranges = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    for (range, first) in ranges.iter().zip((1u8..).step_by(4)) {
        match name.strip_prefix(range) {
            Some("") => return Ok(first),
            Some("2") => return Ok(first + 1),
            Some("3") => return Ok(first + 2),
            Some("4") => return Ok(first + 3),
            _ => {}
        }
    }
    Err(format!("`{name}` is no severity; use {} (INFO2 to INFO4 are finer steps)", ranges.join(", ")))
}
