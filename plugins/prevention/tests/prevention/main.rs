//! The shipped rules, without a sandbox.

mod every_class;
mod hostile;
mod proposals;
mod rule_file;
mod stable;
mod stacks;
mod support;
mod triggers;
