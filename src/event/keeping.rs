//! What can be done with a log that is kept.

use serde::{Deserialize, Serialize};

/// What is done with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// From active to the archive.
    Archive,
    /// From the archive to the trash.
    Remove,
    /// From the trash to nowhere.
    Purge,
    /// From the archive or the trash back to active.
    Restore,
    /// To nowhere, at once, since a person wants it.
    Forget,
}

impl Action {
    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Action::Archive => "archive",
            Action::Remove => "remove",
            Action::Purge => "purge",
            Action::Restore => "restore",
            Action::Forget => "forget",
        }
    }
}

/// What a kept file is to the house.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sort {
    /// A raw log.
    #[default]
    Log,
    /// A day of error records.
    Errors,
}

/// What a person wants kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pin {
    /// A session, by its id.
    Session(String),
    /// A log, by its id in hex.
    Log(String),
    /// A project, by its whole name.
    Project(String),
}

impl Pin {
    /// The kind and the name, as words.
    pub fn parts(&self) -> (&'static str, &str) {
        match self {
            Pin::Session(name) => ("session", name),
            Pin::Log(name) => ("log", name),
            Pin::Project(name) => ("project", name),
        }
    }
}
