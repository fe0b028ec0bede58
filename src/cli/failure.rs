//! How a run can end badly, and the exit codes that say so.

use crate::ingest::IngestError;
use crate::layout::House;
use crate::learning::LearningError;
use crate::lineup::{LineupError, LockError};
use crate::retention::RetentionError;
use crate::settings::SettingsError;
use crate::store::StoreError;
use std::fmt;
use std::io;

/// Done.
pub const DONE: u8 = 0;
/// Done, with data newly passed over.
pub const PASSED_OVER: u8 = 1;
/// Stopped by Ctrl-C; what was brought in until then is kept.
pub const INTERRUPTED: u8 = 130;

/// Whose fault it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// What was typed.
    Usage,
    /// What lies in the house.
    House,
    /// A plugin.
    Plugin,
    /// The system: disk full, no permission.
    System,
    /// Ours.
    Bug,
}

impl Blame {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Blame::Usage => 2,
            Blame::House => 3,
            Blame::Plugin => 4,
            Blame::System => 5,
            Blame::Bug => 70,
        }
    }

    /// What is said before the message.
    pub const fn word(self) -> &'static str {
        match self {
            Blame::Usage | Blame::System => "",
            Blame::House => "house",
            Blame::Plugin => "plugin",
            Blame::Bug => "our bug",
        }
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub struct Failure {
    blame: Blame,
    error: anyhow::Error,
    hint: Option<String>,
}

impl Failure {
    /// What was typed cannot be meant.
    pub fn usage(message: impl fmt::Display) -> Failure {
        Failure { blame: Blame::Usage, error: anyhow::anyhow!("{message}"), hint: None }
    }

    /// The system refused what was being done.
    pub fn io(error: io::Error, doing: String) -> Failure {
        Failure { blame: Blame::System, error: anyhow::Error::new(error).context(doing), hint: None }
    }

    /// The house has nothing to read yet, and somebody is about to change that.
    pub fn at_work(house: &House) -> Failure {
        let error = anyhow::anyhow!("an ingest is at work in the house at {}", house.root().display());
        let hint = "there is nothing to read yet; run the command again when it is done".to_owned();
        Failure { blame: Blame::System, error, hint: Some(hint) }
    }

    /// The house has nothing to read, because nobody finished what was begun.
    pub fn broken_off(house: &House) -> Failure {
        let error = anyhow::anyhow!("the ingest into the house at {} was broken off", house.root().display());
        let hint = "there is nothing to read yet; `logwright ingest` goes on from there".to_owned();
        Failure { blame: Blame::System, error, hint: Some(hint) }
    }

    /// The house stands, but what was understood is gone.
    pub fn lost_database(house: &House) -> Failure {
        let error = anyhow::anyhow!("the house at {} has no database", house.root().display());
        let hint = "`logwright rebuild` makes it anew from the raw logs".to_owned();
        Failure { blame: Blame::House, error, hint: Some(hint) }
    }

    /// Adds a command to run, or what else helps.
    pub fn hint(mut self, hint: impl Into<String>) -> Failure {
        self.hint = Some(hint.into());
        self
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.blame.code()
    }

    /// Whether nobody reads the output any more, which is no failure.
    pub fn is_closed_pipe(&self) -> bool {
        self.error.downcast_ref::<io::Error>().is_some_and(crate::terminal::is_closed_pipe)
    }

    /// Word, messages cause by cause, and hint, for the terminal.
    pub fn parts(&self) -> (&'static str, Vec<String>, Option<&str>) {
        let mut chain: Vec<String> = self.error.chain().map(ToString::to_string).collect();
        // SQLite says everything twice, the second time behind a number.
        chain.dedup_by(|cause, effect| cause.ends_with(effect.as_str()));
        (self.blame.word(), chain, self.hint.as_deref())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        Failure { blame: Blame::System, error: error.into(), hint: None }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let (blame, hint) = match &error {
            StoreError::Missing(_) => (Blame::Usage, Some("`logwright ingest` makes one and brings your logs in")),
            StoreError::Newer { .. } => (Blame::House, Some("use the newer logwright, or another house with --root")),
            StoreError::Older { .. } => {
                (Blame::House, Some("`logwright ingest` brings it up to date; the logs themselves stay as they are"))
            }
            StoreError::Damaged { .. } => {
                (Blame::House, Some("`logwright rebuild` makes it anew from the raw logs, which are untouched"))
            }
            StoreError::Full(_) => (Blame::System, Some("make room and run the command again; nothing is lost")),
            StoreError::Io { .. } => (Blame::System, None),
            StoreError::Sqlite(_) => (Blame::Bug, None),
        };
        Failure { blame, error: error.into(), hint: hint.map(str::to_owned) }
    }
}

impl From<IngestError> for Failure {
    fn from(error: IngestError) -> Failure {
        match error {
            IngestError::Store(error) => error.into(),
            IngestError::Retention(error) => error.into(),
            IngestError::Plugin(_) => Failure {
                blame: Blame::Plugin,
                error: error.into(),
                hint: Some(
                    "what was copied is kept; mend it and run the command again, and what is kept is understood"
                        .to_owned(),
                ),
            },
            IngestError::House { .. } => Failure {
                blame: Blame::System,
                error: error.into(),
                hint: Some(
                    "make room, or name another house with --root, and run the command again; nothing is lost"
                        .to_owned(),
                ),
            },
            IngestError::Pattern { .. } => Failure { blame: Blame::Usage, error: error.into(), hint: None },
        }
    }
}

impl From<RetentionError> for Failure {
    fn from(error: RetentionError) -> Failure {
        let (blame, hint) = match error {
            RetentionError::Store(error) => return error.into(),
            RetentionError::Ledger(_) => {
                (Blame::House, "use the newer logwright; `logwright verify` says what is damaged")
            }
            RetentionError::House { .. } => (Blame::System, "make room and run the command again; nothing is lost"),
            RetentionError::Stale { .. } => (Blame::Usage, "`logwright retain --dry-run` shows what would be done now"),
            RetentionError::Policy { .. } => (Blame::Usage, "mend the line in logwright.toml"),
        };
        Failure { blame, error: error.into(), hint: Some(hint.to_owned()) }
    }
}

impl From<LearningError> for Failure {
    fn from(error: LearningError) -> Failure {
        match error {
            LearningError::Store(error) => error.into(),
            LearningError::Plugin(fault) => fault.into(),
            LearningError::File { .. } => Failure {
                blame: Blame::System,
                error: error.into(),
                hint: Some("make room, or mend its rights, and run the command again; nothing is lost".to_owned()),
            },
        }
    }
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Failure {
        Failure {
            blame: Blame::Usage,
            error: error.into(),
            hint: Some("mend the line, or remove it for the default".to_owned()),
        }
    }
}

impl From<crate::plugin::Fault> for Failure {
    fn from(fault: crate::plugin::Fault) -> Failure {
        Failure { blame: Blame::Plugin, error: fault.into(), hint: None }
    }
}

impl From<LineupError> for Failure {
    fn from(error: LineupError) -> Failure {
        let hint = match &error {
            LineupError::Lock(LockError::Newer(..)) => "use the newer logwright, or another house with --root",
            LineupError::Lock(_) => "mend the file, or remove it and install the plugins again",
            LineupError::RuleFile(..) => "mend the file, or remove it; the plugin then goes by its own rules",
            LineupError::Settings(..) => "write less under [plugin.settings], or shorter rule files",
        };
        let blame = match &error {
            LineupError::Lock(_) => Blame::House,
            LineupError::RuleFile(..) | LineupError::Settings(..) => Blame::Plugin,
        };
        Failure { blame, error: error.into(), hint: Some(hint.to_owned()) }
    }
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Failure {
        LineupError::Lock(error).into()
    }
}
