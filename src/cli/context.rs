//! What every command needs: the house, its settings, the terminal, the time.

use super::failure::Failure;
use crate::clock;
use crate::disk::{Disk, RealDisk};
use crate::event::{Millis, parse_rfc3339};
use crate::layout::House;
use crate::lineup::{Bench, Lineup};
use crate::plugin::{Compiler, Fault, FaultKind};
use crate::settings::{Effective, Settings};
use crate::store::{Lock, Reader, StoreError};
use crate::terminal::Terminal;
use etcetera::{AppStrategy, AppStrategyArgs};
use std::env;
use std::error::Error;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

/// Set by Ctrl-C.
static STOP: AtomicBool = AtomicBool::new(false);

/// What every command needs.
pub struct Context {
    /// The house, which need not exist.
    pub house: House,
    /// The one mouth.
    pub terminal: Terminal,
    /// The time of the run.
    pub now: Millis,
    /// The disk.
    pub disk: &'static dyn Disk,
}

impl Context {
    /// The house at `root`, else where `LOGWRIGHT_ROOT` or the platform says.
    pub fn new(root: Option<PathBuf>, terminal: Terminal) -> Result<Context, Failure> {
        let root =
            match root.or_else(|| env::var_os("LOGWRIGHT_ROOT").filter(|root| !root.is_empty()).map(PathBuf::from)) {
                Some(root) => std::path::absolute(root)?,
                None => data_folder()?,
            };
        if root.exists() && !root.is_dir() {
            return Err(Failure::usage(format!("{} is no folder, so it cannot be a house", root.display()))
                .hint("name a folder with --root or LOGWRIGHT_ROOT"));
        }
        Ok(Context { house: House::at(root), terminal, now: now()?, disk: &RealDisk })
    }

    /// The settings of the house, and where each comes from.
    pub fn settings(&self) -> Result<(Settings, Vec<Effective>), Failure> {
        let path = self.house.settings();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::io(error, format!("cannot read {}", path.display()))),
        };
        Ok(Settings::parse(&text, &path)?)
    }

    /// The plugins of the house.
    pub fn bench(&self, settings: &Settings) -> Result<Bench, Failure> {
        let lineup = Lineup::read(&self.house, settings)?;
        let limits = settings.plugin.limits.clone();
        // Houses may share one: what lies there is known by its hash.
        let shared = env::var_os("LOGWRIGHT_PLUGIN_CACHE").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let cache = shared.unwrap_or_else(|| self.house.plugin_cache());
        Ok(Bench::new(lineup, limits, cache, self.compiler()?))
    }

    /// The plugins of the house for whoever keeps logs, which does not wait for a file of theirs to be mended.
    pub fn bench_for_keeping(&self, settings: &Settings) -> Result<Bench, Failure> {
        match Lineup::read(&self.house, settings) {
            Ok(_) => self.bench(settings),
            Err(error) => {
                let why = error.source().map_or_else(String::new, |source| format!(": {source}"));
                let fault = Fault { kind: FaultKind::Refused, message: format!("{error}{why}") };
                Ok(Bench::failing(fault, settings.plugin.limits.clone(), self.house.plugin_cache(), self.compiler()?))
            }
        }
    }

    /// What compiles the components of others: this program, in a process of its own.
    pub fn compiler(&self) -> Result<Compiler, Failure> {
        Ok(Compiler::Child(env::current_exe()?))
    }

    /// Reads from the house.
    pub fn reader(&self) -> Result<Reader, Failure> {
        Reader::open(&self.house.database()).map_err(|error| match error {
            StoreError::Missing(_) if Lock::is_held(&self.house.lock()) => Failure::at_work(&self.house),
            StoreError::Missing(_) if self.house.unfinished().exists() => Failure::broken_off(&self.house),
            StoreError::Missing(_) if self.house.resolve("logs").exists() => Failure::lost_database(&self.house),
            StoreError::Missing(_) => StoreError::Missing(self.house.root().to_owned()).into(),
            other => other.into(),
        })
    }

    /// What Ctrl-C sets; a second one ends the process at once.
    pub fn stop_on_interrupt(&self) -> &'static AtomicBool {
        use std::sync::atomic::Ordering;
        // A handler can be set once; later calls find it in place.
        let _ = ctrlc::set_handler(|| {
            if STOP.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(super::failure::INTERRUPTED));
            }
        });
        &STOP
    }

    /// The home folder and the value of `CLAUDE_CONFIG_DIR`.
    pub fn agent_folders(&self) -> Result<(PathBuf, Option<std::ffi::OsString>), Failure> {
        let home = etcetera::home_dir().map_err(|error| Failure::usage(error).hint("set HOME, or name the logs"))?;
        Ok((home, env::var_os("CLAUDE_CONFIG_DIR").filter(|folder| !folder.is_empty())))
    }
}

/// `LOGWRIGHT_NOW`, an RFC 3339 time, stands in for the clock, so that a run can be repeated.
pub fn now() -> Result<Millis, Failure> {
    match env::var("LOGWRIGHT_NOW") {
        Ok(text) if !text.is_empty() => {
            parse_rfc3339(&text).ok_or_else(|| Failure::usage(format!("LOGWRIGHT_NOW={text} is no RFC 3339 time")))
        }
        _ => Ok(clock::now()),
    }
}

pub fn data_folder() -> Result<PathBuf, Failure> {
    let names = AppStrategyArgs {
        top_level_domain: "org".to_owned(),
        author: "logwright".to_owned(),
        app_name: "logwright".to_owned(),
    };
    etcetera::choose_app_strategy(names)
        .map(|strategy| strategy.data_dir())
        .map_err(|error| Failure::usage(error).hint("set HOME, or name the house with --root"))
}

#[cfg(test)]
mod tests {
    use super::Context;
    use crate::store::Lock;
    use crate::terminal::{Environment, Settings, Terminal};
    use std::fs;

    #[test]
    fn who_reads_too_early_or_too_late_is_told_which() {
        let folder = tempfile::tempdir().unwrap();
        let (terminal, _) = Terminal::captured(Environment::detached(), Settings::default());
        let context = Context::new(Some(folder.path().to_owned()), terminal).unwrap();
        let refused = || {
            let failure = context.reader().err().unwrap();
            (failure.code(), failure.parts().1.concat().split(" at ").next().unwrap_or_default().to_owned())
        };
        assert_eq!(refused(), (2, "there is no house".to_owned()));
        fs::create_dir_all(folder.path().join("logs")).unwrap();
        fs::create_dir(folder.path().join("store")).unwrap();
        assert_eq!(refused(), (3, "the house".to_owned()));
        fs::write(context.house.unfinished(), "").unwrap();
        assert_eq!(refused(), (5, "the ingest into the house".to_owned()));
        let lock = Lock::take(&context.house.lock(), |_| {}).unwrap();
        assert_eq!(refused(), (5, "an ingest is".to_owned()));
        drop(lock);
        assert!(!Lock::is_held(&context.house.lock()));
    }

    #[test]
    fn a_database_is_named_by_its_whole_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("logwright.db");
        fs::write(&path, "no database, and longer than the head of one: ".repeat(20)).unwrap();
        let refused = crate::store::Reader::open(&path).err().unwrap();
        assert_eq!(refused.to_string(), format!("{} is damaged", path.display()));
        let refused = crate::store::Reader::open(&path.join("below")).err().unwrap();
        assert_eq!(refused.to_string(), format!("there is no house at {}", path.join("below").display()));
    }
}
