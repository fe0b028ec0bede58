//! The border post: the only room that knows WebAssembly.

mod analyzer_v0;
mod bounds;
pub mod builtin;
mod cache;
mod classifier_v0;
mod compile;
mod contract;
mod description_v0;
mod engine;
mod extractor_v0;
mod fault;
mod findings;
mod grants;
mod guest;
mod incident_interest_v0;
mod instance;
mod interest_v0;
mod limits;
mod package;
mod proposals;
mod reports;
mod sandbox;
mod settings;
mod verdicts;
mod words;

pub use analyzer_v0::SandboxedAnalyzer;
pub use classifier_v0::SandboxedClassifier;
pub use compile::{Compiler, compile_child};
pub use contract::*;
pub use extractor_v0::SandboxedExtractor;
pub use grants::Granted;
pub use guest::{Note, Notes};
pub use limits::Limits;
pub use package::{Package, Role, inspect};
pub use sandbox::{LoadedPlugin, Sandbox};
pub use settings::{PluginSettings, RULE_FILES_BYTES, SettingsTooLarge, VALUES_BYTES};

#[cfg(test)]
mod tests;
