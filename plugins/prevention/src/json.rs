//! Just enough JSON to find a few values in a text that may be cut anywhere.

/// Nesting beyond which nothing is looked for.
const OUTERMOST: usize = 1;

/// The strings of the outermost fields of these names, in the order of the text; the strings of a
/// list one by one. What is cut off is taken as far as it goes.
pub fn texts(json: &str, fields: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut wanted = false;
    let mut rest = json;
    while let Some(character) = rest.chars().next() {
        let behind = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '"' => {
                let (text, after) = string(behind);
                let is_key = after.trim_start().starts_with(':');
                if is_key && depth == OUTERMOST {
                    wanted = fields.contains(&text.as_str());
                } else if wanted && !is_key {
                    found.push(text);
                }
                rest = after;
                continue;
            }
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        rest = behind;
    }
    found
}

/// The first number in a field of this name, however deep it stands.
pub fn number(json: &str, field: &str) -> Option<i32> {
    let (_, behind) = json.split_once(&format!("\"{field}\""))?;
    let value = behind.trim_start().strip_prefix(':')?.trim_start();
    let end = value.find(|character: char| !character.is_ascii_digit() && character != '-').unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}

/// Decodes a string whose opening quote has been read; gives what stands behind it as well.
fn string(json: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = json.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, json.get(at + 1..).unwrap_or_default()),
            '\\' => match characters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, 't')) => text.push('\t'),
                Some((at, 'u')) => {
                    let code = json.get(at + 1..at + 5).and_then(|digits| u32::from_str_radix(digits, 16).ok());
                    text.push(code.and_then(char::from_u32).unwrap_or('\u{fffd}'));
                    if code.is_some() {
                        characters.nth(3);
                    }
                }
                Some((_, other)) => text.push(other),
                None => {}
            },
            _ => text.push(character),
        }
    }
    (text, "")
}
