//! `logwright.toml`: every key has a default, and every value knows where it came from.

use crate::plugin::Limits;
use crate::retention::{Age, Policy};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use toml::{Table, Value};

/// One key: its dotted name, default and meaning.
struct Key {
    name: &'static str,
    default: Default,
    meaning: &'static str,
}

enum Default {
    Text(&'static str),
    Number(i64),
    List(&'static [&'static str]),
}

const fn text(name: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { name, default: Default::Text(default), meaning }
}

const fn number(name: &'static str, default: i64, meaning: &'static str) -> Key {
    Key { name, default: Default::Number(default), meaning }
}

const fn list(name: &'static str, default: &'static [&'static str], meaning: &'static str) -> Key {
    Key { name, default: Default::List(default), meaning }
}

const KEYS: [Key; 38] = [
    text("layout.sessions", "logs/sessions", "Raw session logs, shell snapshots, histories"),
    text("layout.system", "logs/system", "Logs of the agents' own and of the system"),
    text("layout.errors", "logs/errors", "Error records"),
    text("layout.archive", "logs/archived-snapshots", "Archived logs"),
    text("layout.modules", "modules", "What agents read"),
    list("layout.module_names", &["memory", "config/errors", "meta", "operations"], "Folders below `modules`"),
    text("intake.max_line", "256 MiB", "Longest line that is read; longer ones are kept and passed over"),
    number("intake.workers", 0, "Threads that read; 0 for one on each processor"),
    list("exclude.paths", &[], "Globs of files and folders that are never read"),
    list("exclude.projects", &[], "Globs of project folders (`~/.claude/projects/<name>`) that are never read"),
    number("retention.active_days", 30, "Days after its last event until a log is archived, or \"never\""),
    number("retention.archive_days", 90, "Days in the archive until a monthly cleanup removes a log, or \"never\""),
    number("retention.trash_days", 7, "Days in the trash until a removed log is gone"),
    text("retention.max_active", "0", "Size above which the oldest logs are archived early; 0 for none"),
    text("retention.max_archive", "0", "Size above which the oldest archives are removed early; 0 for none"),
    list("plugin.order", &[], "Names of plugins, the first to be asked first; the others follow, installed ones first"),
    list("plugin.disabled", &[], "Names of plugins that are not asked"),
    text("plugin.zone", "+00:00", "Where days begin for analyzers: hours and minutes east of Greenwich"),
    number("plugin.limits.memory", 128 << 20, "Bytes of all memories of a plugin's instance"),
    number("plugin.limits.tables", 64, "Tables, and as many memories, of an instance"),
    number("plugin.limits.table_elements", 200_000, "Elements of all tables of an instance"),
    number("plugin.limits.instances", 256, "Core instances that a component may consist of"),
    number("plugin.limits.fuel_start", 2_000_000_000, "Instructions to start and to describe itself"),
    number("plugin.limits.fuel_per_batch", 10_000_000, "Instructions for a batch, whatever it holds"),
    number("plugin.limits.fuel_per_event", 1_000_000, "Further instructions for each event"),
    number("plugin.limits.fuel_report", 10_000_000_000, "Instructions for an analyzer's report"),
    number("plugin.limits.output", 1 << 20, "Bytes that one call may bring back, notes included"),
    number("plugin.limits.report", 8 << 20, "Bytes that an analyzer's report may bring back, notes included"),
    number("plugin.limits.notes", 32, "Notes kept of one call; further ones are counted"),
    number("plugin.limits.note_length", 1024, "Bytes kept of one note"),
    number("plugin.limits.literals", 1024, "Literals that a plugin may have searched"),
    number("plugin.limits.literal_length", 256, "Bytes of one literal"),
    number("plugin.limits.wall_clock", 20_000, "Milliseconds after which the outer alarm ends a call"),
    number("plugin.limits.component", 64 << 20, "Bytes of a component"),
    number("plugin.limits.compile_memory", 2 << 30, "Bytes of address space for compiling a component"),
    number("plugin.limits.compile_time", 120, "Seconds of a processor for compiling a component"),
    number("plugin.limits.failures", 32, "Records on which a plugin may fail in one run before it is suspended"),
    number("plugin.limits.critical", 100, "Errors that one run newly keeps for ever; the rest waits for the next"),
];

/// The settings in effect.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Folders below the house.
    pub layout: Layout,
    /// How logs are read.
    pub intake: Intake,
    /// What is never read.
    pub exclude: Exclude,
    /// For how long what is kept.
    pub retention: Policy,
    /// What plugins may use.
    pub plugin: Plugin,
}

/// What plugins may use.
#[derive(Clone, Debug, Deserialize)]
pub struct Plugin {
    /// Names of plugins, the first to be asked first.
    pub order: Vec<String>,
    /// Names of plugins that are not asked.
    pub disabled: Vec<String>,
    /// Hours and minutes east of Greenwich, `+01:00`.
    pub zone: String,
    /// Bounds for every plugin.
    pub limits: Limits,
    /// What the user wrote for plugins, by their names: `[plugin.settings.NAME]`.
    #[serde(default)]
    pub settings: BTreeMap<String, BTreeMap<String, Value>>,
}

/// Folders below the house.
#[derive(Clone, Debug, Deserialize)]
#[allow(missing_docs, reason = "each is described by its key")]
pub struct Layout {
    pub sessions: String,
    pub system: String,
    pub errors: String,
    pub archive: String,
    pub modules: String,
    pub module_names: Vec<String>,
}

impl Layout {
    /// Every folder of a house, from its root.
    pub fn folders(&self) -> Vec<String> {
        let own = [&self.sessions, &self.system, &self.errors, &self.archive, &self.modules].map(String::clone);
        let modules = self.module_names.iter().map(|name| format!("{}/{name}", self.modules));
        own.into_iter().chain(modules).collect()
    }
}

/// How logs are read.
#[derive(Clone, Debug, Deserialize)]
pub struct Intake {
    #[serde(deserialize_with = "bytes")]
    /// Longest line, in bytes.
    pub max_line: usize,
    /// Threads; 0 for one on each processor.
    pub workers: usize,
}

impl Intake {
    /// How many threads read.
    pub fn threads(&self) -> usize {
        match self.workers {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            workers => workers.min(64),
        }
    }
}

/// What is never read.
#[derive(Clone, Debug, Deserialize)]
pub struct Exclude {
    /// Globs of paths.
    pub paths: Vec<String>,
    /// Globs of project folders' names.
    pub projects: Vec<String>,
}

/// One effective value, for showing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effective {
    /// Dotted name.
    pub key: String,
    /// The value as TOML.
    pub value: String,
    /// `default` or the file.
    pub origin: String,
    /// What it is for.
    pub meaning: &'static str,
}

/// Why settings cannot be used.
#[derive(Debug)]
pub struct SettingsError {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1, where it is known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}, line {line}: {}", self.path.display(), self.message),
            None => write!(out, "{}: {}", self.path.display(), self.message),
        }
    }
}

impl std::error::Error for SettingsError {}

impl Settings {
    /// Understands the text of a settings file; an absent file is an empty text.
    pub fn parse(text: &str, path: &Path) -> Result<(Settings, Vec<Effective>), SettingsError> {
        let fault = |line, message: String| SettingsError { path: path.to_owned(), line, message };
        let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
        let written: Table = text.parse().map_err(|error: toml::de::Error| {
            fault(error.span().map(|span| line_of(span.start)), error.message().to_owned())
        })?;
        let mut values = Vec::new();
        collect_values("", &written, &mut values);
        if let Some((unknown, _)) = values.iter().find(|(name, _)| !is_known(name)) {
            return Err(fault(
                line_of_key(text, unknown),
                format!("there is no setting `{unknown}`; `logwright config` lists all"),
            ));
        }
        let mut effective = Table::new();
        let mut shown = Vec::new();
        for key in &KEYS {
            let own = find(&written, key.name);
            let value = own.cloned().unwrap_or_else(|| key.default.value());
            shown.push(Effective {
                key: key.name.to_owned(),
                value: value.to_string(),
                origin: own.map_or_else(|| "default".to_owned(), |_| path.display().to_string()),
                meaning: key.meaning,
            });
            insert(&mut effective, key.name, value);
        }
        for (section, meaning) in OWN_NAMES {
            let section = section.trim_end_matches('.');
            let is_below = |name: &str| name.strip_prefix(section).is_some_and(|rest| rest.starts_with('.'));
            shown.extend(values.iter().filter(|(name, _)| is_below(name)).map(|(name, value)| Effective {
                key: name.clone(),
                value: value.map(Value::to_string).unwrap_or_default(),
                origin: path.display().to_string(),
                meaning,
            }));
            if let Some(own) = find(&written, section) {
                insert(&mut effective, section, own.clone());
            }
        }
        let settings: Settings = effective.clone().try_into().map_err(|error: toml::de::Error| {
            let why = error.message().replace("expected usize", "expected a whole number, 0 or more");
            let is_no_age = |value: &Value| value.clone().try_into::<Age>().is_err();
            let own =
                values.iter().find(|(name, value)| name.starts_with("retention.") && value.is_some_and(is_no_age));
            match KEYS.iter().find(|key| is_refused(key, &effective)).map(|key| key.name) {
                Some(name) => fault(line_of_key(text, name), format!("`{name}`: {why}")),
                None => match own {
                    Some((name, _)) => fault(line_of_key(text, name), format!("`{name}`: {why}")),
                    None => fault(None, why),
                },
            }
        })?;
        settings.retention.rules().map_err(|(glob, why)| {
            let is_its_line = |line: &str| line.contains("projects.") && line.contains(&format!("{glob:?}"));
            let line = text.lines().position(is_its_line).map(|line| line + 1);
            fault(line, format!("`{glob}` under [retention.projects] is no glob: {why}"))
        })?;
        check_folders(&settings.layout).map_err(|(folder, message)| {
            let is_its_key = |key: &&Key| find(&written, key.name).and_then(Value::as_str) == Some(folder.as_str());
            let line = KEYS.iter().find(is_its_key).and_then(|key| line_of_key(text, key.name));
            fault(line, message)
        })?;
        Ok((settings, shown))
    }

    /// The text of a settings file in which every key stands as a comment.
    pub fn template() -> String {
        let mut text = String::from("# Settings of this house. Every key has the default that is shown.\n");
        let mut open = "";
        for key in &KEYS {
            let (section, name) = key.name.rsplit_once('.').unwrap_or(("", key.name));
            if section != open {
                text.push_str(&format!("\n[{section}]\n"));
                open = section;
            }
            text.push_str(&format!("# {}\n# {name} = {}\n", key.meaning, key.default.value()));
        }
        text
    }
}

impl Default {
    fn value(&self) -> Value {
        match self {
            Default::Text(text) => Value::String((*text).to_owned()),
            Default::Number(number) => Value::Integer(*number),
            Default::List(items) => items.iter().map(|item| Value::from(*item)).collect::<Vec<_>>().into(),
        }
    }
}

/// Folders lie inside the house, beside what is the program's own and beside each other;
/// else the folder that does not, and why.
fn check_folders(layout: &Layout) -> Result<(), (String, String)> {
    let is_inside = |folder: &str| {
        !folder.is_empty() && Path::new(folder).components().all(|part| matches!(part, Component::Normal(_)))
    };
    if let Some(folder) = layout.folders().iter().find(|folder| !is_inside(folder)) {
        return Err((folder.clone(), format!("`{folder}` under [layout] must be a folder inside the house")));
    }
    let kept = [&layout.sessions, &layout.system, &layout.errors, &layout.archive, &layout.modules];
    let own = ["store".to_owned(), "plugins".to_owned()];
    let all: Vec<&String> = kept.into_iter().chain(&own).collect();
    for (index, one) in all.iter().enumerate() {
        let overlaps = |two: &&&String| Path::new(one).starts_with(two) || Path::new(two).starts_with(one);
        if let Some(two) = all[index + 1..].iter().find(overlaps) {
            let why = "must be folders beside each other ([layout], `store` and `plugins`)";
            return Err(((*one).clone(), format!("`{one}` and `{two}` {why}")));
        }
    }
    Ok(())
}

/// Sections in which users write names of their own, and what these are for.
const OWN_NAMES: [(&str, &str); 4] = [
    ("plugin.settings.", "Yours, for this plugin alone"),
    ("retention.folders.", "Yours, for the logs of this folder"),
    ("retention.agents.", "Yours, for the logs of this agent"),
    ("retention.projects.", "Yours, for the logs of projects that match"),
];

/// Folders for which retention can differ.
pub const FOLDERS: [&str; 3] = ["sessions", "system", "errors"];

/// Whether there is a setting, or a section of settings, of that name.
fn is_known(name: &str) -> bool {
    let own = OWN_NAMES.iter().find_map(|(section, _)| Some((*section, name.strip_prefix(section)?)));
    match own {
        // Only a plugin knows what its own settings are called.
        Some(("plugin.settings.", _)) => true,
        Some((section, rest)) => {
            // A section without settings is named by its dot.
            let (name, key) = rest.rsplit_once('.').unwrap_or((rest, ""));
            let is_name = section != "retention.folders." || FOLDERS.contains(&name);
            is_name && matches!(key, "" | "active_days" | "archive_days")
        }
        None => {
            let is_section = |key: &str| name.ends_with('.') && key.starts_with(name);
            KEYS.iter().any(|key| key.name == name || is_section(key.name))
                || OWN_NAMES.iter().any(|(section, _)| is_section(section))
        }
    }
}

/// The value of a dotted name.
fn find<'a>(table: &'a Table, name: &str) -> Option<&'a Value> {
    match name.split_once('.') {
        None => table.get(name),
        Some((section, rest)) => find(table.get(section)?.as_table()?, rest),
    }
}

/// Puts a value under a dotted name.
fn insert(table: &mut Table, name: &str, value: Value) {
    match name.split_once('.') {
        None => drop(table.insert(name.to_owned(), value)),
        Some((section, rest)) => {
            let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
            if let Value::Table(section) = section {
                insert(section, rest, value);
            }
        }
    }
}

/// Whether the value of this key, without the others, cannot be used.
fn is_refused(key: &Key, effective: &Table) -> bool {
    let mut alone = effective.clone();
    for other in KEYS.iter().filter(|other| other.name != key.name) {
        insert(&mut alone, other.name, other.default.value());
    }
    alone.try_into::<Settings>().is_err()
}

/// The line, from 1, where a key is written.
fn line_of_key(text: &str, key: &str) -> Option<usize> {
    let (section, name) = key.rsplit_once('.').unwrap_or(("", key));
    let mut open = String::new();
    for (number, line) in text.lines().map(str::trim).enumerate() {
        if let Some(header) = line.strip_prefix('[') {
            open = header.trim_end_matches(']').trim().replace('"', "");
        }
        let written = line.split_once('=').map_or("", |(written, _)| written.trim());
        if written == key || (open == section && written == name) {
            return Some(number + 1);
        }
    }
    None
}

fn collect_values<'t>(prefix: &str, table: &'t Table, values: &mut Vec<(String, Option<&'t Value>)>) {
    for (name, value) in table {
        let full = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            Value::Table(inner) if !inner.is_empty() => collect_values(&full, inner, values),
            // A section without settings is named by its dot.
            Value::Table(_) => values.push((full + ".", None)),
            _ => values.push((full, Some(value))),
        }
    }
}

/// A size that may be none: 0, or a number of bytes.
pub fn size<'de, D: serde::Deserializer<'de>>(source: D) -> Result<u64, D::Error> {
    let value = Value::deserialize(source)?;
    let number = match &value {
        Value::Integer(number) => usize::try_from(*number).ok(),
        Value::String(text) => parse_bytes(text),
        _ => None,
    };
    number
        .map(|number| number as u64)
        .ok_or_else(|| serde::de::Error::custom(format!("{value} is no size such as \"20 GB\"")))
}

/// A number of bytes: `1048576`, `"1 MiB"`, `"100 MB"`.
fn bytes<'de, D: serde::Deserializer<'de>>(source: D) -> Result<usize, D::Error> {
    let value = Value::deserialize(source)?;
    let number = match &value {
        Value::Integer(number) => usize::try_from(*number).ok(),
        Value::String(text) => parse_bytes(text),
        _ => None,
    };
    number
        .filter(|number| *number >= 1024)
        .ok_or_else(|| serde::de::Error::custom(format!("{value} is no size such as \"256 MiB\" of at least 1 KiB")))
}

fn parse_bytes(text: &str) -> Option<usize> {
    let digits = text.trim_end_matches(|character: char| character.is_ascii_alphabetic() || character == ' ');
    let factor = match text[digits.len()..].trim() {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        _ => return None,
    };
    digits.trim().parse::<usize>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::Settings;
    use std::path::Path;

    fn parse(text: &str) -> Result<(Settings, Vec<super::Effective>), String> {
        Settings::parse(text, Path::new("logwright.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_not_written_has_its_default() {
        let (settings, shown) = parse("[intake]\nmax_line = \"1 MB\"\n").unwrap();
        assert_eq!(settings.intake.max_line, 1_000_000);
        assert_eq!(settings.layout.sessions, "logs/sessions");
        let origins: Vec<_> = shown.iter().map(|value| (value.key.as_str(), value.origin.as_str())).collect();
        assert!(origins.contains(&("intake.max_line", "logwright.toml")));
        assert!(origins.contains(&("intake.workers", "default")));
        assert!(parse(&Settings::template()).is_ok());
        assert_eq!(settings.plugin.limits, crate::plugin::Limits::default());
        let (settings, _) = parse("[plugin.limits]\nmemory = 1048576\n").unwrap();
        assert_eq!(settings.plugin.limits.memory_bytes, 1_048_576);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        assert_eq!(
            parse("\n[intake]\nmax_lin = 1\n").unwrap_err(),
            "logwright.toml, line 3: there is no setting `intake.max_lin`; `logwright config` lists all"
        );
        assert_eq!(
            parse("# worker = 1\n[intake]\nworkers = 2\nworker = 3\n").unwrap_err(),
            "logwright.toml, line 4: there is no setting `intake.worker`; `logwright config` lists all"
        );
        assert_eq!(
            parse("intake.workers = \"two\"\n").unwrap_err(),
            "logwright.toml, line 1: `intake.workers`: invalid type: string \"two\", expected a whole number, 0 or more"
        );
        assert!(parse("[intake\n").unwrap_err().starts_with("logwright.toml, line 1: "));
        assert!(parse("[intake]\nmax_line = \"big\"\n").unwrap_err().contains("no size such as"));
        assert!(parse("[layout]\nsessions = \"../x\"\n").unwrap_err().contains("line 2: `../x` under [layout]"));
    }
}
