//! Logwright keeps, understands and learns from the logs of coding agents.
//!
//! `source -> intake (copy, then read) -> event -> classify -> store -> view`

pub mod cli;
pub mod clock;
pub mod disk;
pub mod event;
pub mod follow;
pub mod ingest;
pub mod intake;
pub mod layout;
pub mod learning;
pub mod lineup;
pub mod pipeline;
pub mod plugin;
pub mod retention;
pub mod search;
pub mod secret;
pub mod settings;
pub mod store;
pub mod terminal;
pub mod trial;
pub mod view;
