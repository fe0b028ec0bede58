//! What the sandbox holds against guests that mean harm, and what it does for those
//! that do not. The guests are core modules in text form, so no toolchain is needed.

mod builtin;
mod cached;
mod hostile;
mod refused;

use super::{Batch, Compiler, EventView, Fault, Granted, Limits, LoadedPlugin, PluginSettings, Sandbox};
use std::path::Path;
use wit_component::StringEncoding;
use wit_parser::Resolve;

/// A guest that behaves, or does not.
const GUEST: &str = include_str!("guest.wat");

/// Limits small enough to be met soon.
fn limits() -> Limits {
    Limits { memory_bytes: 1 << 20, fuel_per_batch: 1_000_000, fuel_per_event: 1000, ..Limits::default() }
}

/// A core module that describes its interface as that of a classifier.
fn classifier(wat: &str) -> Vec<u8> {
    let mut module = wat::parse_str(wat).unwrap();
    let mut resolve = Resolve::default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wit/classifier");
    let (package, _) = resolve.push_dir(folder).unwrap();
    let world = resolve.select_world(&[package], Some("classifier")).unwrap();
    wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    module
}

fn load(wat: &str, limits: Limits) -> Result<LoadedPlugin, Fault> {
    let sandbox = Sandbox::new(limits, None, Compiler::Here).unwrap();
    sandbox.load(&classifier(wat), PluginSettings::default(), &Granted::Everything)
}

/// A batch of three events; the guest misbehaves in the given way, 0 for none.
fn batch(way: u64) -> Batch {
    let event = EventView { kind: 1, duration: way, ..EventView::default() };
    Batch {
        names: vec![String::new(), "tool-call".to_owned()],
        texts: vec![String::new()],
        events: vec![event; 3],
        ..Batch::default()
    }
}

#[test]
fn plugins_are_shared_and_classifiers_move_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    fn moved<T: Send>(_: &T) {}
    let plugin = load(GUEST, limits()).unwrap();
    shared(&plugin);
    moved(&plugin.classifier().unwrap());
}
