//! The one test binary: every file of this folder is a module of it, and a test in `rooms` fails if one is not.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails by panicking")]

mod afterwards;
mod agreement;
mod bounds;
mod clocks;
mod code;
mod commands;
mod compiling;
mod counter;
mod counts;
mod crash;
mod cuts;
mod damage;
mod due;
mod dying;
mod errors_of_disk;
mod fixtures;
mod frozen;
mod grown;
mod guarded;
mod guests;
mod held;
mod hooked;
mod hostile;
mod house;
mod installing;
mod kept_house;
mod killing;
mod leaked;
mod learned;
mod live;
mod misbehaving;
#[path = "../../benches/corpus/multiply.rs"]
mod multiply;
mod multiplying;
mod native;
mod odd_files;
mod oracle;
mod planned;
mod previewed;
mod properties;
mod readme;
mod recorded;
mod redact;
mod rooms;
mod round_trip;
mod ruled;
mod scale;
mod searching;
mod simulated;
mod sources;
mod spoiled;
mod steps;
mod tiers;
