//! The rules that hold where the user wrote none, and how a user's own are read.

use crate::compact::{By, Capture, Class, Compact, Kind, Language, Mined, Pattern, Rule, Stack, Template};
use crate::lower::lower;
use crate::problem::Problem;
use crate::written::File;

/// The shipped rules as they are written.
pub const DEFAULT: &str = include_str!("../rules/prevention.toml");

/// The same, as the build understood them: an instance starts for each family of logs, and
/// finds them in place.
pub static SHIPPED: &Compact = &include!(concat!(env!("OUT_DIR"), "/shipped.rs"));

impl Compact {
    /// Reads a rule file. What it says is kept for as long as the program runs.
    pub fn parse(text: &str) -> Result<Compact, Problem> {
        lower(Box::leak(Box::new(File::parse(text)?)))
    }
}
