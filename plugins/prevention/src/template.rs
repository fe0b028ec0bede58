//! Templates of protocols: texts with parts in braces that stand for what is found later.

use crate::compact::{Kind, Template};
use crate::written;
use std::collections::BTreeMap;

const OPERATORS: [&str; 4] = ["equals", "prefix", "glob", "regex"];

/// What can stand in a title or an advice; the empty one is the telling part.
const SPOKEN: [&str; 5] = ["", "by", "tool", "program", "word"];

/// What can stand in a condition besides patterns.
const COMPARED: [&str; 4] = ["", "by", "program", "word"];

/// How deep patterns may refer to patterns.
const DEEPEST: usize = 4;

/// Bytes of a pattern with all that it refers to.
const PATTERN_BYTES: usize = 16 * 1024;

/// What a template may refer to.
pub struct Surroundings<'a> {
    /// Parts of patterns by name.
    pub patterns: &'static BTreeMap<String, String>,
    /// The kinds of ways to resolve.
    pub kinds: &'a [Kind],
}

/// Puts something for each `{name}` of lower-case letters, in one pass: what is put is not looked at again.
/// Nothing if one of them has nothing to stand for.
pub fn render<'t, T: AsRef<str>>(text: &'t str, mut value: impl FnMut(&'t str) -> Option<T>) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        let name = behind.split_once('}').filter(|(name, _)| name.bytes().all(|byte| byte.is_ascii_lowercase()));
        rest = match name {
            Some((name, behind)) => {
                out.push_str(value(name)?.as_ref());
                behind
            }
            None => {
                out.push('{');
                behind
            }
        };
    }
    out.push_str(rest);
    Some(out)
}

/// Understands a template; `tools` and `programs` are its lists with what they refer to.
pub fn understand(
    protocol: &'static written::Protocol,
    tools: &'static [&'static str],
    programs: &'static [&'static str],
    around: &Surroundings<'_>,
) -> Result<Template, String> {
    if let Some(condition) = protocol.conditions.iter().find(|row| !OPERATORS.contains(&row.operator.as_str())) {
        return Err(format!("`{}` is no operator; use one of {}", condition.operator, OPERATORS.join(", ")));
    }
    if protocol.title.is_empty() || protocol.advice.is_empty() {
        return Err("a protocol needs a title and an advice".to_owned());
    }
    if protocol.confidence > 100 {
        return Err("a confidence is 100 at most".to_owned());
    }
    for text in [&protocol.title, &protocol.advice, &protocol.repeated, &protocol.changed] {
        check(text, &SPOKEN)?;
    }
    let mut mined = Vec::new();
    for (kind, text) in &protocol.mined {
        if around.kinds.iter().all(|known| known.name != kind) {
            return Err(format!("there is no kind `{kind}` in [mined]"));
        }
        check(text, &[&SPOKEN[..], &["what"]].concat())?;
        mined.push((&kind[..], &text[..]));
    }
    let mut conditions = Vec::new();
    for row in &protocol.conditions {
        let value: &str = String::leak(expand(&row.value, around.patterns)?);
        check(value, &COMPARED)?;
        conditions.push((&row.field[..], &row.operator[..], value));
    }
    let unless = protocol.unless.iter();
    Ok(Template {
        title: &protocol.title,
        tools,
        programs,
        conditions: conditions.leak(),
        unless: unless.map(|row| (&row.tool[..], &row.field[..], row.within)).collect::<Vec<_>>().leak(),
        advice: &protocol.advice,
        repeated: &protocol.repeated,
        changed: &protocol.changed,
        mined: mined.leak(),
        confidence: protocol.confidence,
    })
}

/// Whether nothing stands in braces but what is known.
pub fn check(text: &str, known: &[&str]) -> Result<(), String> {
    let mut unknown = None;
    render(text, |name| {
        unknown = unknown.or(Some(name).filter(|name| !known.contains(name)));
        Some("")
    });
    unknown.map_or(Ok(()), |name| Err(format!("nothing is known that `{{{name}}}` could stand for")))
}

/// Puts patterns in the place of their names.
pub fn expand(value: &str, patterns: &BTreeMap<String, String>) -> Result<String, String> {
    let mut text = value.to_owned();
    for _ in 0..DEEPEST {
        let put = |name: &str| Some(patterns.get(name).cloned().unwrap_or_else(|| format!("{{{name}}}")));
        let next = render(&text, put).unwrap_or_default();
        if next == text {
            return Ok(text);
        }
        if next.len() > PATTERN_BYTES {
            break;
        }
        text = next;
    }
    Err(format!("`{value}`: patterns refer to patterns too deep"))
}
