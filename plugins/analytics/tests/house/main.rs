//! Families of logs, observed, merged and reported on without a sandbox.

mod family;
mod hostile;
mod laws;
mod report;
mod rules;
