//! The first-party components, as `plugins/build` made them from the sources in `plugins/`.

/// The first-party classifier.
pub const CLASSIFIER: &[u8] = include_bytes!("builtin/classifier.wasm");
