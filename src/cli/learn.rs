//! Learning at the end of whatever understood logs.

use super::context::Context;
use super::failure::Failure;
use crate::event::Proposer;
use crate::learning::{Learn, Learned, Ready};
use crate::lineup::Bench;
use crate::plugin::{Fault, Plugin, Role};
use crate::settings::Settings;
use std::sync::atomic::AtomicBool;

/// Learns from what changed. The caller holds the house's lock.
pub fn learn(context: &Context, settings: &Settings, bench: &Bench, stop: &AtomicBool) -> Result<Learned, Failure> {
    let learn = Learn { house: &context.house, settings, disk: context.disk, now: context.now, stop };
    let learned = learn.run(&mut || extractors(bench));
    Ok(learned.map_err(|error| error.at(&context.house.database()))?)
}

/// The extractors that can be started; who cannot was named before.
pub fn extractors(bench: &Bench) -> Result<Vec<Ready>, Fault> {
    let mut ready: Vec<Ready> = Vec::new();
    for (member, loaded) in bench.lineup().members.iter().zip(bench.load()?) {
        let (Role::Extractor, Ok(loaded)) = (member.role, loaded) else { continue };
        let Ok(extractor) = loaded.extractor() else { continue };
        let who = extractor.provenance().clone();
        let proposer = Proposer {
            name: member.name.clone(),
            version: who.version,
            content_hash: who.content_hash,
            settings_hash: who.settings_hash,
        };
        ready.push((proposer, Box::new(extractor)));
    }
    Ok(ready)
}
