//! Which plugins judge, in which order, with which settings: the built-in ones and those that were installed.

mod lock;
mod start;

pub use lock::{Installed, LOCK, Lock, LockError};
pub use start::Bench;

use crate::ingest::Player;
use crate::layout::House;
use crate::plugin::builtin;
use crate::plugin::{Granted, PluginSettings, Role, SettingsTooLarge};
use crate::settings::{Plugin, Settings};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A plugin that is to judge.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Whether it came with the program.
    pub is_builtin: bool,
    /// The component.
    pub component: Cow<'static, [u8]>,
    /// BLAKE3 of the component, in hex.
    pub content_hash: String,
    /// What the user wrote for it.
    pub settings: PluginSettings,
    /// The rule files among that.
    pub rule_files: Vec<PathBuf>,
    /// What it was granted.
    pub granted: Granted,
}

impl Member {
    /// By what its findings are known.
    pub fn player(&self) -> Player {
        Player {
            role: self.role,
            content_hash: self.content_hash.clone(),
            settings_hash: self.settings.hash(),
            host_version: env!("CARGO_PKG_VERSION").to_owned(),
            may_be_critical: self.granted.holds_critical(),
        }
    }
}

/// The plugins of a house.
#[derive(Clone, Debug, Default)]
pub struct Lineup {
    /// Those that are asked, in order.
    pub members: Vec<Member>,
    /// Those that are not.
    pub left_out: Vec<LeftOut>,
    /// A sentence for each place where the user names a plugin that there is not.
    pub unknown: Vec<String>,
}

/// A plugin that is not asked.
#[derive(Clone, Debug)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: Role,
    /// Whether it came with the program.
    pub is_builtin: bool,
    /// Why it is not asked.
    pub why: String,
}

/// Why the plugins of a house could not be told.
#[derive(Debug)]
pub enum LineupError {
    /// The list of installed plugins cannot be used.
    Lock(LockError),
    /// A rule file cannot be read.
    RuleFile(PathBuf, io::Error),
    /// A plugin was given too much.
    Settings(String, SettingsTooLarge),
}

impl fmt::Display for LineupError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LineupError::Lock(error) => error.fmt(out),
            LineupError::RuleFile(path, _) => write!(out, "cannot read the rule file {}", path.display()),
            LineupError::Settings(plugin, error) => write!(out, "{plugin}: {error}"),
        }
    }
}

impl std::error::Error for LineupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            LineupError::Lock(error) => error.source(),
            LineupError::RuleFile(_, error) => Some(error),
            LineupError::Settings(..) => None,
        }
    }
}

impl Lineup {
    /// Reads which plugins a house has.
    pub fn read(house: &House, settings: &Settings) -> Result<Lineup, LineupError> {
        let lock = Lock::read(house).map_err(LineupError::Lock)?;
        let mut lineup = Lineup::default();
        for installed in &lock.plugins {
            match installed.component(house) {
                Ok(component) => lineup.members.push(Member {
                    name: installed.name.clone(),
                    role: installed.role,
                    is_builtin: false,
                    component: Cow::Owned(component),
                    content_hash: installed.content_hash.clone(),
                    settings: PluginSettings::default(),
                    rule_files: Vec::new(),
                    granted: Granted::Only(installed.grants.iter().cloned().collect()),
                }),
                Err(why) => lineup.left_out.push(LeftOut {
                    name: installed.name.clone(),
                    role: installed.role,
                    is_builtin: false,
                    why,
                }),
            }
        }
        for own in builtin::ALL {
            // Whoever installs a plugin of the same name has put it in its place.
            if lineup.members.iter().all(|member| member.name != own.name) {
                lineup.members.push(Member {
                    name: own.name.to_owned(),
                    role: own.role,
                    is_builtin: true,
                    component: Cow::Borrowed(own.component),
                    content_hash: blake3::hash(own.component).to_hex().to_string(),
                    settings: PluginSettings::default(),
                    rule_files: Vec::new(),
                    granted: Granted::Everything,
                });
            }
        }
        lineup.members.retain(|member| {
            let is_out = settings.plugin.disabled.contains(&member.name);
            if is_out {
                lineup.left_out.push(LeftOut {
                    name: member.name.clone(),
                    role: member.role,
                    is_builtin: member.is_builtin,
                    why: "disabled in the settings".to_owned(),
                });
            }
            !is_out
        });
        let rank = |member: &Member| {
            let place = settings.plugin.order.iter().position(|name| *name == member.name);
            (place.unwrap_or(usize::MAX), member.is_builtin)
        };
        lineup.members.sort_by_key(rank);
        for member in &mut lineup.members {
            (member.settings, member.rule_files) = written_for(house, &settings.plugin, &member.name, member.role)?;
        }
        let members = lineup.members.iter().map(|member| member.name.as_str());
        let known = members.chain(lineup.left_out.iter().map(|out| out.name.as_str())).collect();
        lineup.unknown = unknown(&settings.plugin, &rules_folders(house)?, &known);
        Ok(lineup)
    }

    /// By what the findings of each are known, in order.
    pub fn players(&self) -> Vec<Player> {
        self.members.iter().map(Member::player).collect()
    }
}

/// A sentence for each name of a plugin that there is not.
fn unknown(settings: &Plugin, folders: &[String], known: &BTreeSet<&str>) -> Vec<String> {
    let order = settings.order.iter().map(|name| (name, "`order` under [plugin] names".to_owned()));
    let disabled = settings.disabled.iter().map(|name| (name, "`disabled` under [plugin] names".to_owned()));
    let own = settings.settings.keys().map(|name| (name, format!("[plugin.settings.{name}] is for")));
    let rules = folders.iter().map(|name| (name, format!("the folder plugins/rules/{name} is for")));
    let mut sentences: Vec<String> = Vec::new();
    for (name, place) in order.chain(disabled).chain(own).chain(rules) {
        let sentence = format!("{place} a plugin `{name}` that there is not");
        if !known.contains(name.as_str()) && !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    sentences
}

/// The names of the folders of rule files, in order.
fn rules_folders(house: &House) -> Result<Vec<String>, LineupError> {
    let folder = house.resolve("plugins/rules");
    let fault = |error| LineupError::RuleFile(folder.clone(), error);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(fault)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        // Hidden ones belong to other programs.
        if !name.starts_with('.') && entry.path().is_dir() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// The folder of a plugin's rule files; each takes the place of the plugin's own file of that name.
pub fn rules_folder(house: &House, plugin: &str) -> PathBuf {
    house.resolve("plugins/rules").join(plugin)
}

/// What the user wrote for a plugin: settings and rule files, and where those lie.
pub fn written_for(
    house: &House,
    settings: &Plugin,
    name: &str,
    role: Role,
) -> Result<(PluginSettings, Vec<PathBuf>), LineupError> {
    let text = |value: &toml::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let own = settings.settings.get(name);
    let mut values: BTreeMap<String, String> =
        own.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect();
    if role == Role::Analyzer {
        values.entry("zone".to_owned()).or_insert_with(|| settings.zone.clone());
    }
    let folder = rules_folder(house, name);
    let (mut files, mut paths) = (BTreeMap::new(), Vec::new());
    for path in listed(&folder)? {
        let fault = |error| LineupError::RuleFile(path.clone(), error);
        let Some(file) = path.file_name().and_then(|file| file.to_str()) else { continue };
        files.insert(file.to_owned(), fs::read_to_string(&path).map_err(fault)?);
        paths.push(path.clone());
    }
    let settings = PluginSettings::new(values, files);
    Ok((settings.map_err(|error| LineupError::Settings(name.to_owned(), error))?, paths))
}

/// The rule files in a folder, in order.
fn listed(folder: &Path) -> Result<Vec<PathBuf>, LineupError> {
    let fault = |error| LineupError::RuleFile(folder.to_owned(), error);
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fault(error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(fault)?.path();
        // What an editor leaves beside is no rule file.
        if path.is_file() && path.extension().is_some_and(|extension| extension == "toml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::{Lineup, rules_folder};
    use crate::layout::House;
    use crate::plugin::builtin;
    use crate::settings::Settings;
    use std::fs;
    use std::path::Path;

    #[test]
    fn names_of_no_plugin_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let house = House::at(folder.path().to_owned());
        let own = builtin::ALL[0].name;
        for name in [own, "gone", ".hidden"] {
            fs::create_dir_all(rules_folder(&house, name)).unwrap();
        }
        fs::write(folder.path().join("plugins/rules/notes"), "").unwrap();
        let text = format!(
            "[plugin]\norder = [\"{own}\", \"first\", \"first\"]\ndisabled = [\"{own}\", \"off\"]\n\
             [plugin.settings.{own}]\na = 1\n[plugin.settings.other]\na = 1\n"
        );
        let (settings, _) = Settings::parse(&text, Path::new("settings")).unwrap();
        let unknown = Lineup::read(&house, &settings).unwrap().unknown;
        assert_eq!(
            unknown,
            [
                "`order` under [plugin] names a plugin `first` that there is not",
                "`disabled` under [plugin] names a plugin `off` that there is not",
                "[plugin.settings.other] is for a plugin `other` that there is not",
                "the folder plugins/rules/gone is for a plugin `gone` that there is not",
            ]
        );
    }
}
