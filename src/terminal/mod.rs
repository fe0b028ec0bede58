//! The one mouth: only this room writes to standard output or standard error.
//!
//! Results go to standard output and speak the chosen format only; everything said about them goes to standard error.
//! Callers attach meaning, never colours, and hand over text from logs and plugins as it is: it is escaped here.
//! The room knows nothing of the command line's arguments, the store or plugins.

mod capture;
pub mod chart;
mod csv;
mod environment;
mod escape;
mod fit;
mod format;
mod glyphs;
mod json;
mod output;
mod progress;
mod prompt;
mod remarks;
mod rows;
mod style;
mod table;
mod value;
pub mod wording;
mod zone;

pub use capture::Captured;
pub use environment::{Environment, Variables};
pub use escape::{block, line};
pub use format::{Format, Look};
pub use glyphs::Glyphs;
pub use output::{Settings, Streams, Terminal, Verbosity, is_closed_pipe};
pub use progress::Progress;
pub use rows::RowWriter;
pub use style::{ColorChoice, Line, Meaning, Paint, Span};
pub use value::{Align, Cell, Column, Table};
pub use zone::Zone;
