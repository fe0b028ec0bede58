//! The rules that hold where the user wrote none.

use crate::kept::{Outcome, Rule, Rules};

/// The shipped rules as they are written.
pub const DEFAULT: &str = include_str!("../rules/classifier.toml");

/// The same, as the build understood them: an instance starts for each family of logs, and
/// finds them in place.
pub static SHIPPED: &Rules = &include!(concat!(env!("OUT_DIR"), "/shipped.rs"));
