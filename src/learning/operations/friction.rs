//! Calls that a person or a rule refused, or that waited for a person.

use super::waits::LONGEST;
use super::{Kind, Sighting};
use crate::learning::acts::{Act, Outcome, Sort, Told};

/// Things that a command line does that are told apart.
const DEEDS: usize = 3;

/// Beginnings of commands that no rule should allow unseen: they destroy, publish, run anything, or reach out.
const NEVER: [&str; 46] = [
    "rtk",
    "sed",
    "awk",
    "tee",
    "env",
    "wsl",
    "rm",
    "rmdir",
    "del",
    "sudo",
    "su",
    "doas",
    "dd",
    "mkfs",
    "chmod",
    "chown",
    "kill",
    "pkill",
    "curl",
    "wget",
    "ssh",
    "scp",
    "rsync",
    "bash",
    "sh",
    "zsh",
    "pwsh",
    "powershell",
    "cmd",
    "eval",
    "python",
    "python3",
    "node",
    "ruby",
    "perl",
    "php",
    "docker",
    "kubectl",
    "terraform",
    "aws",
    "gcloud",
    "az",
    "npx",
    "bunx",
    "xargs",
    "find",
];
/// Words after which the next one says what is run.
const RUNS: [&str; 5] = ["run", "exec", "tool", "compose", "x"];
/// Deeds that no rule should allow unseen, though others of the same program are harmless.
const NEVER_DEEDS: [&str; 9] = [
    "git push",
    "git reset",
    "git clean",
    "git checkout",
    "git rebase",
    "npm publish",
    "cargo publish",
    "gh api",
    "gh pr",
];

/// What was refused, by a person or by a rule, and what waited longer than any tool may run. A wait is only a guess at a
/// question: logs do not say what was asked and allowed, and a machine may have slept.
pub fn met(told: &Told) -> Vec<Sighting> {
    let mut found = Vec::new();
    for act in told.acts() {
        let incident = act.incident.and_then(|at| told.incidents.get(at));
        let kind = match incident.map(|incident| (incident.cause.as_str(), incident.reason.as_str())) {
            // A plan that is sent back, or a stop, is no word on the tool.
            Some(("perm.user_reject", "plan" | "interrupted")) => continue,
            Some(("perm.user_reject", _)) => Kind::Refused,
            Some((cause, _)) if cause.starts_with("perm.") => Kind::RuledOut,
            _ if is_asked(act) => Kind::AskedFor,
            _ => continue,
        };
        let cost = if kind == Kind::AskedFor { act.duration.unwrap_or_default() } else { 0 };
        let subjects = subjects(act);
        // Only one of several things may be what a person was asked for; the wait is told once.
        for (at, subject) in subjects.into_iter().enumerate() {
            found.push(Sighting::of(kind, subject, 1, act).costing(if at == 0 { cost } else { 0 }));
        }
    }
    found
}

fn is_asked(act: &Act) -> bool {
    let is_own = !matches!(act.sort, Sort::Agent | Sort::Ask | Sort::Other);
    // Agents look without asking.
    let is_asked = act.sort != Sort::Command || !super::only_looks(act);
    is_own && is_asked && act.outcome == Outcome::Done && act.duration.is_some_and(|duration| duration > LONGEST)
}

/// What a rule would name: the tool, and of a command line how what it does begins.
fn subjects(act: &Act) -> Vec<String> {
    if act.sort != Sort::Command || act.deeds.is_empty() {
        return vec![act.tool.clone()];
    }
    let mut subjects: Vec<String> = Vec::new();
    for deed in act.deeds.iter().filter(|deed| !super::looks(deed)).take(DEEDS) {
        let subject = format!("{}({}:*)", act.tool, prefix(deed));
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    if subjects.is_empty() {
        subjects.extend(act.deeds.first().map(|deed| format!("{}({}:*)", act.tool, prefix(deed))));
    }
    subjects
}

/// The words of a deed that say what is done, without what it is done to.
fn prefix(deed: &str) -> &str {
    let mut words = deed.split(' ');
    let first = words.next().unwrap_or_default();
    let is_word =
        |word: &&str| word.bytes().all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b':' | b'_'));
    let Some(second) = words.next().filter(is_word) else { return first };
    let third = words.next().filter(is_word).filter(|_| RUNS.contains(&second));
    &deed[..first.len() + 1 + second.len() + third.map_or(0, |third| 1 + third.len())]
}

/// The rule that would allow it without a question; none for what nobody should allow unseen.
pub fn allow_rule(subject: &str) -> Option<&str> {
    let Some((_, rest)) = subject.split_once('(') else {
        return Some(subject).filter(|subject| !matches!(*subject, "Bash" | "PowerShell"));
    };
    let prefix = rest.strip_suffix(":*)")?;
    let first = prefix.split(' ').next().unwrap_or_default();
    // `npm run` alone would allow whatever a package calls a script.
    let is_open =
        prefix.split(' ').nth(1).is_some_and(|second| RUNS.contains(&second)) && prefix.split(' ').count() < 3;
    let is_safe = !is_open && !NEVER.contains(&first) && !NEVER_DEEDS.contains(&prefix) && !first.is_empty();
    // A name with a path or an extension is a script: whatever it holds today it may not hold tomorrow.
    let is_plain = first.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    (is_safe && is_plain).then_some(subject)
}

#[cfg(test)]
mod tests {
    use super::{allow_rule, prefix};

    #[test]
    fn rules_name_what_is_done_and_nothing_that_nobody_should_allow() {
        assert_eq!(prefix("go test"), "go test");
        assert_eq!(prefix("python3 x.py"), "python3");
        assert_eq!(prefix("npm run lint:fix"), "npm run lint:fix");
        for (subject, is_allowed) in [
            ("Bash(go test:*)", true),
            ("Bash(git commit:*)", true),
            ("Bash(bun run:*)", false),
            ("Bash(bun run lint:*)", true),
            ("Bash(git push:*)", false),
            ("Bash(rm:*)", false),
            ("Bash(x.sh:*)", false),
            ("Bash(:*)", false),
            ("Bash", false),
            ("WebFetch", true),
        ] {
            assert_eq!(allow_rule(subject).is_some(), is_allowed, "{subject}");
        }
    }
}
