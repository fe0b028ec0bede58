//! The command line: parses, calls the library, hands values to the terminal, and turns
//! the outcome into an exit code.

mod arguments;
mod compile;
mod completions;
mod config;
mod context;
mod errors;
mod failure;
mod forget;
mod home;
mod hook;
mod house;
mod ids;
mod ingest;
mod learn;
mod modules;
mod plugin;
mod protocols;
mod query;
mod rebuild;
mod restore;
mod retain;
mod search;
mod sessions;
mod show;
mod stats;
mod status;
mod templates;
mod trial;
mod verify;
mod when;
mod why;

use arguments::is_command;
pub use arguments::{run, run_on};
