//! Writes the rules as an expression in Rust.

use crate::kept::{Rule, Rules};

/// The rules as source.
pub fn source(rules: &Rules) -> String {
    let Rules { rules, kinds, others, tools, literals, names } = rules;
    format!(
        "Rules {{ rules: {}, kinds: {}, others: {}, tools: {}, literals: {}, names: {} }}",
        list(rules, rule),
        list(kinds, |(kind, rules)| format!("({kind:?}, {})", plain(rules))),
        plain(others),
        list(tools, |tools| plain(tools)),
        plain(literals),
        plain(names),
    )
}

fn rule(rule: &Rule) -> String {
    let Rule { failed, tools, starts, holds, attributes, duration, size, outcome, labels } = rule;
    format!(
        "Rule {{ failed: {failed:?}, tools: {tools}, starts: {}, holds: {}, attributes: {}, duration: {duration}, \
         size: {size}, outcome: {outcome:?}, labels: {} }}\n",
        plain(starts),
        plain(holds),
        list(attributes, |(name, values)| format!("({name:?}, {})", plain(values))),
        plain(labels),
    )
}

fn list<T>(rows: &[T], one: impl Fn(&T) -> String) -> String {
    format!("&[{}]", rows.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// What is written in Rust as it is shown.
fn plain<T: std::fmt::Debug>(rows: &[T]) -> String {
    format!("&{rows:?}")
}
