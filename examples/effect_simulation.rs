//! Measures how often the verdicts on protocols are wrong, and prints the tables of `docs/effect.md`.
//!
//! `cargo run --release --example effect_simulation`
//!
//! Each table begins with its own seed, so that it is the same each time and on each machine.

#[path = "effect_simulation/coverage.rs"]
mod coverage;
#[path = "effect_simulation/looking.rs"]
mod looking;
#[path = "effect_simulation/selection.rs"]
mod selection;
#[path = "effect_simulation/world.rs"]
mod world;

fn main() {
    coverage::independent();
    coverage::clustered();
    coverage::controlled();
    looking::looks();
    looking::power();
    selection::selected();
}
