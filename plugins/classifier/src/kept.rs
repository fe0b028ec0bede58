//! The rules as they are kept for judging: in slices, so that the shipped ones can be data of
//! the program and cost nothing at start.

/// What a rule gives to an event that meets its conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Index into [`Rules::names`].
    pub category: u32,
    /// Index into [`Rules::names`].
    pub subcategory: u32,
    /// An OpenTelemetry severity number.
    pub severity: u8,
    /// Asks that the event be kept for ever.
    pub critical: bool,
}

/// A rule, kept for judging.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Whether the event must have failed, or must not.
    pub failed: Option<bool>,
    /// A bit of the list of tools, or 0 for any tool.
    pub tools: u32,
    /// What the text must start with.
    pub starts: &'static [&'static str],
    /// Indices into [`Rules::literals`].
    pub holds: &'static [u32],
    /// Attributes and the values that count.
    pub attributes: &'static [(&'static str, &'static [&'static str])],
    /// Milliseconds at least.
    pub duration: u64,
    /// Bytes at least.
    pub size: u64,
    /// What it gives, unless it gives labels only.
    pub outcome: Option<Outcome>,
    /// Indices into [`Rules::names`].
    pub labels: &'static [u32],
}

/// A rule file that was understood.
#[derive(Debug, PartialEq, Eq)]
pub struct Rules {
    /// In the order in which they are tried.
    pub rules: &'static [Rule],
    /// For each kind that is named, in the order of names, the rules that may hold, in order.
    pub kinds: &'static [(&'static str, &'static [u32])],
    /// The rules for kinds that are not named.
    pub others: &'static [u32],
    /// The distinct lists of tools.
    pub tools: &'static [&'static [&'static str]],
    /// What the host searches for.
    pub literals: &'static [&'static str],
    /// Categories, subcategories and labels.
    pub names: &'static [&'static str],
}
