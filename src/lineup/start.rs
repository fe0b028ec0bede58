//! Starts the plugins of a house when the first worker asks for them.

use super::{Lineup, Member};
use crate::ingest::{Judges, Player, Ready};
use crate::pipeline::{Seat, Seats};
use crate::plugin::{Compiler, Fault, Limits, LoadedPlugin, Role, Sandbox};
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::thread;

/// The plugins of a house, compiled when they are needed.
pub struct Bench {
    lineup: Lineup,
    players: Vec<Player>,
    limits: Limits,
    limits_text: String,
    cache: PathBuf,
    compiler: Compiler,
    loaded: OnceLock<Result<Vec<Result<LoadedPlugin, Fault>>, Fault>>,
}

impl Bench {
    /// Plugins whose compiled forms are kept in a folder.
    pub fn new(lineup: Lineup, limits: Limits, cache: PathBuf, compiler: Compiler) -> Bench {
        Bench {
            players: lineup.players(),
            lineup,
            limits_text: limits.to_string(),
            limits,
            cache,
            compiler,
            loaded: OnceLock::new(),
        }
    }

    /// Plugins that cannot be told: whoever asks for them is told why.
    pub fn failing(fault: Fault, limits: Limits, cache: PathBuf, compiler: Compiler) -> Bench {
        let bench = Bench::new(Lineup::default(), limits, cache, compiler);
        // It was made just now, so nothing is in it.
        let _ = bench.loaded.set(Err(fault));
        bench
    }

    /// Who they are.
    pub fn lineup(&self) -> &Lineup {
        &self.lineup
    }

    /// The limits that hold, as text.
    pub fn limits(&self) -> &str {
        &self.limits_text
    }

    /// All of them, compiled, in order; each may be refused on its own.
    pub fn load(&self) -> Result<&[Result<LoadedPlugin, Fault>], Fault> {
        let loaded = self.loaded.get_or_init(|| {
            let sandbox = Sandbox::new(self.limits.clone(), Some(&self.cache), self.compiler.clone())?;
            let load = |member: &Member| {
                let loaded = sandbox.load(&member.component, member.settings.clone(), &member.granted);
                // A plugin that could not even describe itself is known here by its name.
                let unnamed = format!("component {} ", &member.content_hash[..12]);
                loaded.map_err(|fault| Fault {
                    message: fault.message.replacen(&unnamed, &format!("{} ", member.name), 1),
                    ..fault
                })
            };
            // Compiling is what the first run waits for.
            Ok(thread::scope(|scope| {
                let members: Vec<_> = self.lineup.members.iter().map(|member| scope.spawn(|| load(member))).collect();
                members.into_iter().map(|one| one.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
            }))
        });
        loaded.as_deref().map_err(Clone::clone)
    }

    /// Starts them for one worker. Without one of its own the program judges nothing; one that was installed is left
    /// out.
    fn start(&self) -> Result<Ready, Fault> {
        let mut ready = Ready {
            seats: Seats { classifiers: Vec::new(), extractors: Vec::new(), analyzers: Vec::new() },
            refused: Vec::new(),
        };
        for ((member, player), loaded) in self.lineup.members.iter().zip(&self.players).zip(self.load()?) {
            let started = loaded.as_ref().map_err(Clone::clone).and_then(|loaded| sit(loaded, &mut ready.seats));
            match started {
                Ok(()) => {}
                Err(fault) if member.is_builtin => return Err(fault),
                Err(fault) => ready.refused.push((player.clone(), fault)),
            }
        }
        Ok(ready)
    }

    /// Calls `run` with those who judge.
    pub fn with<T>(&self, run: impl FnOnce(&Judges<'_>) -> T) -> T {
        let load = || self.start();
        run(&Judges {
            players: &self.players,
            limits: &self.limits_text,
            failures: self.limits.failures,
            critical: self.limits.critical,
            may_take_back: self.lineup.members.iter().any(|member| !member.is_builtin && member.role != Role::Analyzer),
            load: &load,
        })
    }
}

fn sit(loaded: &LoadedPlugin, seats: &mut Seats) -> Result<(), Fault> {
    match loaded.role() {
        Role::Classifier => seats.classifiers.push(Seat::new(Box::new(loaded.classifier()?))),
        Role::Extractor => seats.extractors.push(Seat::new(Box::new(loaded.extractor()?))),
        Role::Analyzer => seats.analyzers.push(Seat::new(Box::new(loaded.analyzer()?))),
    }
    Ok(())
}
