//! The first-party components, as `plugins/build` made them from the sources in `plugins/`.

use super::package::Role;

/// A component that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Builtin {
    /// The name that it gives itself.
    pub name: &'static str,
    /// What it is for.
    pub role: Role,
    /// The component.
    pub component: &'static [u8],
    /// The names and texts of its own rule files, to be read and edited.
    pub rules: &'static [(&'static str, &'static str)],
}

/// The first-party classifier.
pub const CLASSIFIER: &[u8] = include_bytes!("builtin/classifier.wasm");

/// The first-party extractor.
pub const PREVENTION: &[u8] = include_bytes!("builtin/prevention.wasm");

/// The first-party analyzer.
pub const ANALYTICS: &[u8] = include_bytes!("builtin/analytics.wasm");

/// All of them, in the order in which they work.
pub const ALL: &[Builtin] = &[
    Builtin {
        name: "classifier",
        role: Role::Classifier,
        component: CLASSIFIER,
        rules: &[("classifier.toml", include_str!("builtin/rules/classifier/classifier.toml"))],
    },
    Builtin {
        name: "prevention",
        role: Role::Extractor,
        component: PREVENTION,
        rules: &[("prevention.toml", include_str!("builtin/rules/prevention/prevention.toml"))],
    },
    Builtin {
        name: "analytics",
        role: Role::Analyzer,
        component: ANALYTICS,
        rules: &[("analytics.toml", include_str!("builtin/rules/analytics/analytics.toml"))],
    },
];

/// Whether a file is one of them, byte for byte.
pub(super) fn holds(file: &[u8]) -> bool {
    ALL.iter().any(|builtin| builtin.component == file)
}
