//! The border post: the only room that knows WebAssembly.

pub mod builtin;
mod cache;
mod classifier_v0;
mod contract;
mod description_v0;
mod engine;
mod fault;
mod guest;
mod limits;
mod package;
mod sandbox;
mod settings;
mod verdicts;
mod words;

pub use classifier_v0::SandboxedClassifier;
pub use contract::*;
pub use guest::{Note, Notes};
pub use limits::Limits;
pub use package::{Package, Role, inspect};
pub use sandbox::{LoadedPlugin, Sandbox};
pub use settings::{PluginSettings, RULE_FILES_BYTES, SettingsTooLarge, VALUES_BYTES};

#[cfg(test)]
mod tests;
