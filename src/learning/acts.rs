//! What was done in a session, as digests and patterns look at it: calls with what they are about and how they ended, and
//! the prompts between them.
//!
//! Pure. Inputs are read as far as they were fetched; what was cut off is simply not known.

mod doing;

use self::doing::doing;
use super::resolution::{COMMANDS, is_whole, members};
use crate::event::Millis;
use crate::store::StoredIncident;
use std::collections::HashMap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

/// Tools that read a file and change nothing.
const READS: [&str; 6] = ["Read", "read_file", "ReadFile", "NotebookRead", "view_file", "readFile"];
/// Tools that change a file.
const EDITS: [&str; 12] = [
    "Edit",
    "MultiEdit",
    "Write",
    "NotebookEdit",
    "edit_file",
    "write_file",
    "replace",
    "apply_patch",
    "create_file",
    "str_replace",
    "editFile",
    "writeFile",
];
/// Tools that start a sub-agent.
const AGENTS: [&str; 4] = ["Task", "Agent", "task", "agent"];
/// Tools that wait for a person.
const ASKS: [&str; 3] = ["AskUserQuestion", "ExitPlanMode", "ask_user"];

/// Fields that name a file.
const FILES: [&str; 5] = ["file_path", "notebook_path", "filePath", "absolute_path", "path"];
/// Fields that say which part of a file is read.
const RANGES: [&str; 5] = ["offset", "limit", "pages", "view_range", "start_line"];

/// What sort of tool was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// It reads a file.
    Read,
    /// It changes a file.
    Edit,
    /// It runs a command line.
    Command,
    /// It starts a sub-agent.
    Agent,
    /// It waits for a person.
    Ask,
    /// Anything else.
    #[default]
    Other,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Outcome {
    /// No answer stands in the log.
    #[default]
    Unknown,
    /// It succeeded.
    Done,
    /// It failed.
    Failed,
}

/// A call of a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Act {
    /// The id of its event.
    pub event: u64,
    /// When it was made.
    pub time: Option<Millis>,
    /// Who made it: empty for the session itself, else its sub-agent.
    pub actor: String,
    /// The tool.
    pub tool: String,
    /// What sort of tool that is.
    pub sort: Sort,
    /// The file that it is about.
    pub file: Option<String>,
    /// Which part of the file is read.
    pub range: String,
    /// The command line that it runs.
    pub command: Option<String>,
    /// What the command line does: `go test`, `git push`.
    pub deeds: Vec<String>,
    /// Of an edit: hashes of what it takes away and of what it puts there; none if it does not say, or was cut.
    pub change: Option<(u64, u64)>,
    /// Equal for equal inputs; of command lines, for equal commands.
    pub input: u64,
    /// The input as JSON, as far as it was fetched.
    pub text: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Milliseconds from the call to its answer.
    pub duration: Option<u64>,
    /// The beginning of its answer, where it was fetched.
    pub answer: String,
    /// The incident that it is, as a number among those of the session.
    pub incident: Option<usize>,
}

impl Act {
    /// A call of a tool with its input as JSON.
    pub fn new(tool: &str, input: String) -> Act {
        let found = members(&input);
        let of = |names: &[&str]| found.iter().find(|(name, _)| names.contains(&name.as_str())).map(|(_, value)| value);
        let command = of(&COMMANDS).cloned();
        let sort = if READS.contains(&tool) {
            Sort::Read
        } else if EDITS.contains(&tool) {
            Sort::Edit
        } else if AGENTS.contains(&tool) {
            Sort::Agent
        } else if ASKS.contains(&tool) {
            Sort::Ask
        } else if command.is_some() {
            Sort::Command
        } else {
            Sort::Other
        };
        let ranges = found.iter().filter(|(name, _)| RANGES.contains(&name.as_str()));
        let range: Vec<String> = ranges.map(|(name, value)| format!("{name} {value}")).collect();
        let hash = |text: &String| xxh3_64(text.as_bytes());
        let change = match (of(&["old_string"]), of(&["new_string"]), of(&["content"])) {
            _ if !is_whole(&input) => None,
            (Some(old), Some(new), _) => Some((hash(old), hash(new))),
            (_, _, Some(content)) => Some((0, hash(content))),
            _ => None,
        };
        // What a person is told of a command does not make it another one.
        let same = command.as_deref().filter(|_| is_whole(&input)).unwrap_or(&input);
        let same = xxh3_64_with_seed(same.as_bytes(), xxh3_64(tool.as_bytes()));
        Act {
            tool: tool.to_owned(),
            sort,
            file: of(&FILES).filter(|file| !file.is_empty()).cloned(),
            range: range.join(", "),
            deeds: command.as_deref().map(doing).unwrap_or_default(),
            command,
            change,
            input: same,
            text: input,
            ..Act::default()
        }
    }

    /// The value of a field of its input.
    pub fn field(&self, name: &str) -> Option<String> {
        members(&self.text).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Whether it failed.
    pub fn failed(&self) -> bool {
        self.outcome == Outcome::Failed
    }
}

/// What happened in a session, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A person asked something.
    Prompt(String),
    /// The conversation was shortened: what was read before is forgotten.
    Forgot,
    /// The agent called a tool.
    Call(Box<Act>),
}

impl Moment {
    fn act(&self) -> Option<&Act> {
        match self {
            Moment::Call(act) => Some(act),
            Moment::Prompt(_) | Moment::Forgot => None,
        }
    }
}

/// The calls of a session, to be found by what became of them.
pub struct Found<'t> {
    /// The calls in order, each with its place among the moments.
    pub acts: Vec<(&'t Act, usize)>,
    /// The number of the call that an incident is.
    pub of_incident: HashMap<usize, usize>,
    /// The number of the call that an event is.
    pub of_event: HashMap<u64, usize>,
}

impl<'t> Found<'t> {
    /// The call that an incident is.
    pub fn failed(&self, incident: usize) -> Option<&'t Act> {
        self.acts.get(*self.of_incident.get(&incident)?).map(|(act, _)| *act)
    }
}

/// A session, as far as its logs are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub session: String,
    /// Who made it: `claude-code 2.1.0`.
    pub agent: String,
    /// The folder in which it began.
    pub project: String,
    /// What it is called.
    pub title: String,
    /// Its first event.
    pub started: Option<Millis>,
    /// Its last.
    pub ended: Option<Millis>,
    /// What happened.
    pub moments: Vec<Moment>,
    /// What went wrong, whatever it turned out to be, the earliest first.
    pub incidents: Vec<StoredIncident>,
    /// What the agent said last to the person.
    pub last_words: String,
    /// Calls of tools.
    pub calls: u64,
    /// Those that failed.
    pub failures: u64,
}

impl Told {
    /// The calls in order.
    pub fn acts(&self) -> impl DoubleEndedIterator<Item = &Act> {
        self.moments.iter().filter_map(Moment::act)
    }

    /// The calls, to be found by what became of them.
    pub fn found(&self) -> Found<'_> {
        let mut found = Found { acts: Vec::new(), of_incident: HashMap::new(), of_event: HashMap::new() };
        for (place, moment) in self.moments.iter().enumerate() {
            let Some(act) = moment.act() else { continue };
            if let Some(incident) = act.incident {
                found.of_incident.insert(incident, found.acts.len());
            }
            found.of_event.insert(act.event, found.acts.len());
            found.acts.push((act, place));
        }
        found
    }

    /// What the person asked, in order.
    pub fn prompts(&self) -> impl Iterator<Item = &str> {
        self.moments.iter().filter_map(|moment| match moment {
            Moment::Prompt(text) => Some(text.as_str()),
            Moment::Call(_) | Moment::Forgot => None,
        })
    }

    /// A file as it is called within the project.
    pub fn within<'f>(&self, file: &'f str) -> &'f str {
        let is_same = |(one, two): (char, char)| one == two || (matches!(one, '/' | '\\') && matches!(two, '/' | '\\'));
        let project = self.project.trim_end_matches(['/', '\\']);
        let is_below = !project.is_empty()
            && file.len() > project.len()
            && project.chars().zip(file.chars()).all(is_same)
            && file.is_char_boundary(project.len());
        let rest = if is_below { &file[project.len()..] } else { file };
        if is_below && rest.starts_with(['/', '\\']) { &rest[1..] } else { file }
    }
}

#[cfg(test)]
mod tests {
    use super::{Act, Sort, Told};

    #[test]
    fn a_call_says_what_it_is_about() {
        let edit = Act::new("Edit", r#"{"file_path":"/a","old_string":"x","new_string":"y"}"#.into());
        assert_eq!((edit.sort, edit.file.as_deref()), (Sort::Edit, Some("/a")));
        let back = Act::new("Edit", r#"{"file_path":"/a","old_string":"y","new_string":"x"}"#.into());
        assert_eq!(edit.change.map(|(old, new)| (new, old)), back.change);
        let torn = Act::new("Edit", r#"{"file_path":"/a","old_string":"x","new_string":"y"#.into());
        assert_eq!((torn.file.as_deref(), torn.change), (Some("/a"), None));
        let run = Act::new("Bash", r#"{"command":"cd x && go test ./...","timeout":5}"#.into());
        assert_eq!((run.sort, run.deeds), (Sort::Command, vec!["go test".to_owned()]));
        let read = Act::new("Read", r#"{"file_path":"/a","offset":10,"limit":20}"#.into());
        assert_eq!((read.sort, read.range.as_str()), (Sort::Read, "offset 10, limit 20"));
        assert_eq!(Act::new("mcp__x", "no JSON".into()).sort, Sort::Other);
    }

    #[test]
    fn files_are_called_as_in_their_project() {
        let told = |project: &str| Told { project: project.to_owned(), ..Told::default() };
        assert_eq!(told("/home/dev/p/").within("/home/dev/p/src/a.rs"), "src/a.rs");
        assert_eq!(told(r"D:\p").within("D:/p/a.go"), "a.go");
        assert_eq!(told("/home/dev/p").within("/home/dev/pq"), "/home/dev/pq");
        assert_eq!(told("/home/dev/p").within("/home/dev/p"), "/home/dev/p");
        assert_eq!(told("").within("/a"), "/a");
    }
}
