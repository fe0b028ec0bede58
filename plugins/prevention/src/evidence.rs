//! What the exemplars of a group have in common: whom the fingerprint names, the program that
//! they run, and the word that it was given.

use crate::command::Command;
use crate::compact::{By, Compact};
use crate::normal;
use crate::propose::Group;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Share of the exemplars that run commands, in hundredths, from which what they have in common
/// speaks for all. A guess.
const MOSTLY: usize = 80;

/// What is known of a group beyond its numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The tool or program that the fingerprint names.
    pub by: String,
    /// The telling part of the fingerprint.
    pub told: String,
    /// The program that nearly all exemplars run, with the words that say what it does.
    pub program: Option<String>,
    /// The same, by its name alone.
    pub name: Option<String>,
    /// The word or option that it was given and of which the telling part tells.
    pub word: Option<String>,
}

impl Evidence {
    /// Reads the fingerprint and the exemplars.
    pub fn read(rules: &Compact, group: &Group<'_>) -> Evidence {
        let rest = group.fingerprint.strip_prefix(group.cause).and_then(|rest| rest.strip_prefix(':')).unwrap_or("");
        let commands: Vec<(Command, &str)> =
            group.exemplars.iter().map(|one| (Command::read(one.call), one.failure)).collect();
        let (by, told) = parts(rules, group, rest, &commands);
        let wanted = [by, told];
        let mut ran: BTreeMap<String, Runs> = BTreeMap::new();
        let mut named: BTreeMap<String, Runs> = BTreeMap::new();
        let mut commanding = 0;
        for (command, failure) in &commands {
            let known = command.known(&wanted);
            commanding += usize::from(!command.text.is_empty());
            let subject = command.subject(failure, told).unwrap_or_default();
            let mut names: Vec<&String> = Vec::new();
            for (full, name) in &known {
                ran.entry(full.clone()).or_default().count(*full == subject);
                if !names.contains(&name) {
                    names.push(name);
                    named.entry(name.clone()).or_default().count(subject.split(' ').next() == Some(name));
                }
            }
        }
        let program = common(ran, commanding, &wanted);
        let name = common(named, commanding, &wanted);
        let word = word(&commands, commanding, program.as_deref().or(name.as_deref()), told);
        // What only starts another program is known as that one; a fingerprint may name it all the same.
        let is_there = |wanted: &str| {
            let holds = |command: &Command| command.text.split_whitespace().any(|word| word == wanted);
            !wanted.is_empty() && is_mostly(commands.iter().filter(|(command, _)| holds(command)).count(), commanding)
        };
        if name.as_deref() != Some(by) && is_there(by) {
            let word = is_there(told).then(|| told.to_owned());
            let own = Some(by.to_owned());
            return Evidence { by: by.to_owned(), told: told.to_owned(), program: own.clone(), name: own, word };
        }
        Evidence { by: by.to_owned(), told: told.to_owned(), program, name, word }
    }
}

/// In how many commands a program runs, and of how many it is the subject.
#[derive(Clone, Copy, Default)]
struct Runs {
    all: usize,
    as_subject: usize,
}

impl Runs {
    fn count(&mut self, is_subject: bool) {
        self.all += 1;
        self.as_subject += usize::from(is_subject);
    }
}

fn is_mostly(count: usize, of: usize) -> bool {
    count > 0 && count * 100 >= MOSTLY * of
}

/// The likely subject among the programs that nearly all commands run.
fn common(counted: BTreeMap<String, Runs>, of: usize, wanted: &[&str]) -> Option<String> {
    let likely = counted.into_iter().filter(|(_, runs)| is_mostly(runs.all, of));
    let rank = |name: &str| wanted.iter().position(|wanted| *wanted == name).unwrap_or(wanted.len());
    let best =
        likely.max_by_key(|(name, runs)| (Reverse(rank(name)), runs.as_subject, runs.all, Reverse(name.clone())));
    best.map(|(name, _)| name)
}

/// The word that nearly all commands give to the program.
fn word(commands: &[(Command, &str)], of: usize, program: Option<&str>, told: &str) -> Option<String> {
    if told.is_empty() || told.contains(char::is_whitespace) {
        return None;
    }
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for word in commands.iter().filter_map(|(command, _)| command.given(program?, told)) {
        *counted.entry(word).or_default() += 1;
    }
    counted.into_iter().find(|(_, count)| is_mostly(*count, of)).map(|(word, _)| word)
}

/// Whom a fingerprint names and what it tells. Both may hold colons, so that the exemplars have to say where one ends.
fn parts<'f>(rules: &Compact, group: &Group<'_>, rest: &'f str, commands: &[(Command, &str)]) -> (&'f str, &'f str) {
    let is_class = |number: u16| rules.classes.get(usize::from(number)).is_some_and(|class| class.name == group.cause);
    let of_class = || rules.rules.iter().filter(|rule| is_class(rule.class) && rule.disposition == 0);
    let mut names: Vec<String> = Vec::new();
    if of_class().any(|rule| rule.by == By::Tool) {
        names.extend(group.exemplars.iter().map(|one| normal::word(one.tool)));
    }
    if of_class().any(|rule| rule.by == By::Program) {
        for (full, name) in commands.iter().flat_map(|(command, _)| command.known(&[rest])) {
            names.extend([full, name]);
        }
    }
    if of_class().all(|rule| rule.by == By::Nothing) {
        return ("", rest);
    }
    let behind = |name: &String| {
        let end = rest.strip_prefix(name.as_str())?;
        end.is_empty().then_some("").or_else(|| end.strip_prefix(':')).map(|told| (name.len(), told))
    };
    if let Some((length, told)) = names.iter().filter(|name| !name.is_empty()).filter_map(behind).max() {
        return (rest.get(..length).unwrap_or_default(), told);
    }
    if of_class().any(|rule| rule.by == By::Nothing) {
        return ("", rest);
    }
    rest.split_once(':').unwrap_or((rest, ""))
}
