//! Failures in words, handed over as the host would: cut as asked, literals searched.

use prevention::{Attribute, Batch, Compact, Diagnosis, Excerpt, Findings, Hit, Incident};

/// A failure in words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Words<'a> {
    pub kind: &'a str,
    pub tool: &'a str,
    pub call: &'a str,
    pub before: &'a str,
    pub text: &'a str,
    pub attributes: &'a [(&'a str, &'a str)],
}

/// Diagnoses one failure.
pub fn diagnose(rules: &Compact, words: Words<'_>) -> (Findings, Diagnosis) {
    let interest = rules.interest();
    let cut = |name: &str, text: &str| {
        let bytes = interest.texts.iter().find(|(asked, _)| *asked == name).map_or(0, |(_, bytes)| *bytes as usize);
        text[..text.floor_char_boundary(bytes)].to_owned()
    };
    let mut names: Vec<String> = ["", words.kind, words.tool, "failure", "call", "before"].map(str::to_owned).into();
    let mut attributes = Vec::new();
    for (name, value) in words.attributes {
        let at = names.len() as u32;
        names.extend([(*name).to_owned(), (*value).to_owned()]);
        attributes.push(Attribute { incident: 0, name: at, value: at + 1 });
    }
    let texts = [String::new(), cut("failure", words.text), cut("call", words.call), cut("before", words.before)];
    let stands = interest.literals.iter().zip(0u32..).filter(|(literal, _)| words.text.contains(literal.as_str()));
    let hits: Vec<_> = stands.map(|(_, literal)| Hit { incident: 0, literal }).collect();
    let excerpts = [(3, 1), (4, 2), (5, 3)].map(|(name, text)| Excerpt { incident: 0, name, text });
    let findings = rules.diagnose(&Batch {
        names: &names,
        texts: &texts,
        incidents: &[Incident { kind: 1, tool: 2 }],
        excerpts: &excerpts,
        attributes: &attributes,
        hits: &hits,
    });
    let diagnosis = findings.diagnoses[0];
    (findings, diagnosis)
}

/// `disposition reason cause owner fingerprint`, what is empty left out.
pub fn say(rules: &Compact, words: Words<'_>) -> String {
    let (findings, found) = diagnose(rules, words);
    let indices = [found.disposition, found.reason, found.cause, found.owner, found.fingerprint];
    let said = indices.map(|index| findings.names[index as usize].as_str());
    said.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The fingerprint of a failed shell command.
pub fn shell(rules: &Compact, command: &str, text: &str) -> String {
    let call = format!("{{\"command\":{command:?}}}");
    let (findings, found) =
        diagnose(rules, Words { kind: "tool-result", tool: "Bash", call: &call, text, ..Words::default() });
    findings.names[found.fingerprint as usize].clone()
}
