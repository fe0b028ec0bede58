//! The shipped rules, without a sandbox.

mod agreement;
mod every_class;
mod hostile;
mod labelled;
mod proposals;
mod rule_file;
mod shapes;
mod stable;
mod stacks;
mod support;
mod triggers;
