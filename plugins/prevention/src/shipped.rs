//! The rules that hold where the user wrote none, and how a user's own are read.

use crate::compact::Compact;
use crate::lower::lower;
use crate::problem::Problem;
use crate::written::File;

/// The shipped rules as they are written.
pub const DEFAULT: &str = include_str!("../rules/prevention.toml");

/// The same, as the build understood them: decoding is many times cheaper than parsing, and
/// an instance starts for each family of logs.
const SHIPPED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));

impl Compact<'static> {
    /// The shipped rules.
    pub fn shipped() -> Result<Compact<'static>, Problem> {
        postcard::from_bytes(SHIPPED).map_err(|error| Problem::Syntax(error.to_string()))
    }

    /// Reads a rule file. What it says is kept for as long as the instance lives.
    pub fn parse(text: &str) -> Result<Compact<'static>, Problem> {
        lower(Box::leak(Box::new(File::parse(text)?)))
    }
}
