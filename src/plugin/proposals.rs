//! Checks what an extractor proposed, before anyone uses it.

use super::bounds;
use super::contract::Proposal;
use super::words;
use crate::event::{Condition, OPERATORS, Precaution};

/// Proposals for one group at most.
const PROPOSALS: usize = 16;

/// Conditions, and precautions, of one trigger at most.
const CONDITIONS: usize = 16;

/// Bytes at most.
const TITLE_BYTES: usize = 512;
const ADVICE_BYTES: usize = 4096;
const TOOL_BYTES: usize = 256;
const FIELD_BYTES: usize = 256;
const VALUE_BYTES: usize = 1024;

/// The proposals, if the contract allows them.
pub(super) fn check(proposals: Vec<Proposal>) -> Result<Vec<Proposal>, String> {
    bounds::count("protocols", proposals.len(), PROPOSALS)?;
    proposals.iter().enumerate().try_for_each(|(index, proposal)| check_one(index, proposal))?;
    Ok(proposals)
}

fn check_one(index: usize, proposal: &Proposal) -> Result<(), String> {
    let of = |what: &str| format!("the {what} of protocol {index}");
    bounds::given(|| of("title"), &proposal.title, TITLE_BYTES)?;
    bounds::given(|| of("advice"), &proposal.advice, ADVICE_BYTES)?;
    check_tool(|| of("tool"), &proposal.trigger.tool)?;
    if proposal.confidence > 100 {
        return Err(format!("{} is {}, where 0 to 100 are allowed", of("confidence"), proposal.confidence));
    }
    let (conditions, unless) = (&proposal.trigger.conditions, &proposal.trigger.unless);
    bounds::count(&format!("conditions of protocol {index}"), conditions.len(), CONDITIONS)?;
    bounds::count(&format!("precautions of protocol {index}"), unless.len(), CONDITIONS)?;
    for (number, condition) in conditions.iter().enumerate() {
        check_condition(|what| format!("the {what} of condition {number} of protocol {index}"), condition)?;
    }
    for (number, precaution) in unless.iter().enumerate() {
        check_precaution(|what| format!("the {what} of precaution {number} of protocol {index}"), precaution)?;
    }
    Ok(())
}

/// A `*` stands for the rest of a name, and so only at its end.
fn check_tool(place: impl Fn() -> String, tool: &str) -> Result<(), String> {
    bounds::given(&place, tool, TOOL_BYTES)?;
    if tool.strip_suffix('*').unwrap_or(tool).contains('*') {
        return Err(format!("{} is `{}`, where a `*` is allowed at the end alone", place(), words::quote(tool, 40)));
    }
    Ok(())
}

fn check_condition(place: impl Fn(&str) -> String, condition: &Condition) -> Result<(), String> {
    bounds::given(|| place("field"), &condition.field, FIELD_BYTES)?;
    bounds::text(|| place("value"), &condition.value, VALUE_BYTES)?;
    if OPERATORS.contains(&condition.operator.as_str()) {
        return Ok(());
    }
    let operator = words::quote(&condition.operator, 40);
    Err(format!("{} is `{operator}`, where {} are allowed", place("operator"), OPERATORS.join(", ")))
}

fn check_precaution(place: impl Fn(&str) -> String, precaution: &Precaution) -> Result<(), String> {
    check_tool(|| place("tool"), &precaution.tool)?;
    bounds::text(|| place("field"), &precaution.field, FIELD_BYTES)?;
    if precaution.within == 0 {
        return Err(format!("{} is 0, which no call lies in", place("span")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{ADVICE_BYTES, CONDITIONS, PROPOSALS, VALUE_BYTES, check};
    use crate::event::{Condition, Precaution, Trigger};
    use crate::plugin::contract::Proposal;

    fn condition() -> Condition {
        Condition { field: "file_path".into(), operator: "equals".into(), value: String::new() }
    }

    fn good() -> Proposal {
        let unless = vec![Precaution { tool: "Read".into(), field: "file_path".into(), within: 1 }];
        let trigger = Trigger { tool: "mcp__*".into(), conditions: vec![condition()], unless };
        Proposal { title: "t".into(), trigger, advice: "a".into(), confidence: 100 }
    }

    /// What is said of a good proposal after a change.
    fn said(change: impl FnOnce(&mut Proposal)) -> String {
        let mut proposal = good();
        change(&mut proposal);
        check(vec![good(), proposal]).err().unwrap_or_default()
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        assert_eq!(said(|_| {}), "");
        assert_eq!(said(|one| one.title.clear()), "the title of protocol 1 is empty");
        assert_eq!(said(|one| one.confidence = 101), "the confidence of protocol 1 is 101, where 0 to 100 are allowed");
        assert_eq!(
            said(|one| one.trigger.tool = "*x".into()),
            "the tool of protocol 1 is `*x`, where a `*` is allowed at the end alone"
        );
        assert_eq!(
            said(|one| one.trigger.conditions[0].operator = "is".into()),
            "the operator of condition 0 of protocol 1 is `is`, where equals, prefix, glob, regex are allowed"
        );
        assert_eq!(
            said(|one| one.trigger.conditions[0].field.clear()),
            "the field of condition 0 of protocol 1 is empty"
        );
        assert_eq!(
            said(|one| one.trigger.unless[0].within = 0),
            "the span of precaution 0 of protocol 1 is 0, which no call lies in"
        );
        assert_eq!(said(|one| one.trigger.unless[0].field.clear()), "");
    }

    #[test]
    fn bounds_are_met_exactly() {
        assert!(check(vec![good(); PROPOSALS]).is_ok());
        assert_eq!(check(vec![good(); PROPOSALS + 1]), Err("17 protocols, where 16 are allowed".to_owned()));
        let advice = |bytes| said(|one| one.advice = "x".repeat(bytes));
        assert_eq!(advice(ADVICE_BYTES), "");
        assert_eq!(advice(ADVICE_BYTES + 1), "the advice of protocol 1 has 4097 bytes, where 4096 are allowed");
        let value = |bytes| said(|one| one.trigger.conditions[0].value = "x".repeat(bytes));
        assert_eq!(value(VALUE_BYTES), "");
        assert!(value(VALUE_BYTES + 1).starts_with("the value of condition 0 of protocol 1 has 1025 bytes"));
        let conditions = |count| said(|one| one.trigger.conditions = vec![condition(); count]);
        assert_eq!(conditions(CONDITIONS), "");
        assert_eq!(conditions(CONDITIONS + 1), "17 conditions of protocol 1, where 16 are allowed");
    }
}
