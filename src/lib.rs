//! Logwright keeps, understands and learns from the logs of coding agents.
//!
//! `source -> intake (copy, then read) -> event -> classify -> store -> view`

pub mod event;
pub mod plugin;
