//! How well rules do on data whose truth is known.

pub mod accuracy;
pub mod structured;
