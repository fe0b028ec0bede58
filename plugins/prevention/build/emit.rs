//! Writes the rules as an expression in Rust.

use crate::compact::{Class, Compact, Kind, Mined, Pattern, Rule, Stack, Template};

/// The rules as source.
pub fn source(rules: &Compact) -> String {
    let Compact { classes, rules, kinds, tools, programs, literals, parts, mined, gap, stacks } = rules;
    let Mined { least, share, kinds: ways } = mined;
    format!(
        "Compact {{ classes: {}, rules: {}, kinds: {}, tools: {}, programs: {}, literals: {}, \
         parts: {}, mined: Mined {{ least: {least}, share: {share}, kinds: {} }}, gap: {gap:?}, stacks: {} }}",
        list(classes, class),
        list(rules, rule),
        plain(kinds),
        list(tools, |tools| plain(tools)),
        list(programs, |programs| plain(programs)),
        plain(literals),
        plain(parts),
        list(ways, kind),
        list(stacks, stack),
    )
}

fn stack(stack: &Stack) -> String {
    let Stack { language, frames, raising, ending, signals, names, places, core, unnamed } = stack;
    format!(
        "Stack {{ language: Language::{language:?}, frames: {frames}, raising: {}, ending: {}, signals: {}, names: {}, places: {}, core: {}, \
         unnamed: {} }}\n",
        plain(raising),
        plain(ending),
        plain(signals),
        plain(names),
        plain(places),
        plain(core),
        plain(unnamed),
    )
}

fn class(class: &Class) -> String {
    let Class { name, owner, severity, title, unnamed, protocols } = class;
    format!(
        "Class {{ name: {name:?}, owner: {owner:?}, severity: {severity}, title: {title:?}, unnamed: {unnamed:?}, \
         protocols: {} }}\n",
        list(protocols, template)
    )
}

fn template(template: &Template) -> String {
    let Template { title, tools, programs, conditions, unless, advice, repeated, changed, mined, confidence } =
        template;
    format!(
        "Template {{ title: {title:?}, tools: {}, programs: {}, conditions: {}, unless: {}, advice: {advice:?}, \
         repeated: {repeated:?}, changed: {changed:?}, mined: {}, confidence: {confidence} }}",
        plain(tools),
        plain(programs),
        plain(conditions),
        plain(unless),
        plain(mined),
    )
}

fn kind(kind: &Kind) -> String {
    let Kind { name, tallies, says, ignore } = kind;
    format!("Kind {{ name: {name:?}, tallies: {}, says: {says:?}, ignore: {} }}\n", plain(tallies), plain(ignore))
}

fn rule(rule: &Rule) -> String {
    let Rule { kinds, tools, programs, last, hushed, exit, silent, starts, holds, also, says, lacks, ends, .. } = rule;
    let Rule { call, before, attributes, disposition, reason, class, tell, told, telling, by, stack, critical, .. } =
        rule;
    let conditions = format!(
        "kinds: {kinds}, tools: {tools}, programs: {programs}, last: {last}, hushed: {hushed}, exit: {}, \
         silent: {silent}, starts: {}, holds: {}, also: {}, says: {}, lacks: {}, ends: {}, call: {}, before: {}, \
         attributes: {}",
        plain(exit),
        plain(starts),
        plain(holds),
        plain(also),
        plain(says),
        plain(lacks),
        plain(ends),
        plain(call),
        plain(before),
        list(attributes, |(name, values)| format!("({name:?}, {})", plain(values))),
    );
    format!(
        "Rule {{ {conditions}, disposition: {disposition}, reason: {reason:?}, class: {class}, tell: {}, told: {told}, \
         telling: {telling:?}, by: By::{by:?}, stack: {stack}, critical: {critical} }}\n",
        list(tell, pattern),
    )
}

fn pattern(pattern: &Pattern) -> String {
    let Pattern { anchored, before, capture, after } = pattern;
    format!("Pattern {{ anchored: {anchored}, before: {before:?}, capture: Capture::{capture:?}, after: {after:?} }}")
}

fn list<T>(rows: &[T], one: impl Fn(&T) -> String) -> String {
    format!("&[{}]", rows.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// What is written in Rust as it is shown.
fn plain<T: std::fmt::Debug>(rows: &[T]) -> String {
    format!("&{rows:?}")
}
