//! Small charts of text: pure functions from numbers to lines of spans.

mod bars;
mod canvas;
mod days;
mod spark;
mod stack;

pub use bars::{Bar, bars};
pub use canvas::Canvas;
pub use days::days;
pub use spark::sparkline;
pub use stack::{Stack, stacks};
