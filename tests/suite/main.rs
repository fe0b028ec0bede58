//! The one test binary: every file of this folder is a module of it, and a test in `rooms` fails if one is not.

mod code;
mod commands;
mod counter;
mod counts;
#[path = "../../benches/corpus/multiply.rs"]
mod multiply;
mod multiplying;
mod redact;
mod rooms;
mod steps;
