//! The one test binary: every file of this folder is a module of it, and a test in `rooms` fails if one is not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails by panicking")]

mod agreement;
mod bounds;
mod clocks;
mod code;
mod commands;
mod compiling;
mod counter;
mod counts;
mod crash;
mod damage;
mod due;
mod fixtures;
mod frozen;
mod grown;
mod guests;
mod held;
mod hooked;
mod hostile;
mod house;
mod installing;
mod leaked;
mod live;
mod misbehaving;
#[path = "../../benches/corpus/multiply.rs"]
mod multiply;
mod multiplying;
mod native;
mod odd_files;
mod planned;
mod previewed;
mod properties;
mod readme;
mod recorded;
mod redact;
mod rooms;
mod round_trip;
mod ruled;
mod sources;
mod spoiled;
mod steps;
mod tiers;
