//! Measures the whole of it on a corpus.

fn main() {}
