//! The one test binary: every file of this folder is a module of it, and a test in `rooms` fails if one is not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails by panicking")]

mod agreement;
mod bounds;
mod code;
mod commands;
mod compiling;
mod counter;
mod counts;
mod crash;
mod cuts;
mod damage;
mod dying;
mod errors_of_disk;
mod fixtures;
mod guests;
mod hooked;
mod hostile;
mod house;
mod installing;
mod kept_house;
mod killing;
mod misbehaving;
#[path = "../../benches/corpus/multiply.rs"]
mod multiply;
mod multiplying;
mod native;
mod oracle;
mod properties;
mod readme;
mod recorded;
mod redact;
mod rooms;
mod ruled;
mod scale;
mod simulated;
mod sources;
mod steps;
