//! The rules that hold where the user wrote none, as the build left them.

use crate::rules::Rules;

/// The shipped rule file, as it is written.
pub const DEFAULT: &str = include_str!("../rules/analytics.toml");

/// The shipped rules, which were parsed when the plugin was built.
pub fn shipped() -> Result<Rules, String> {
    let bytes = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
    postcard::from_bytes(bytes).map_err(|error| format!("the shipped rules cannot be read: {error}"))
}
