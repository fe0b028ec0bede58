//! Reads labelled logs: a comma-separated table (RFC 4180) with a column for the message and one for its true template.
//!
//! The reader knows no more than quoted and plain fields, and is forgiving: a quote that never closes ends with the
//! text, and a row that is too short for a wanted column is passed over and counted.

/// One labelled line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The message of the line.
    pub content: String,
    /// The name of its true template.
    pub event: String,
}

/// What a labelled log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structured {
    /// Its lines, in their order.
    pub lines: Vec<Labelled>,
    /// How many rows were too short to be used.
    pub short: usize,
}

/// Reads the columns `Content` and `EventId`; none if the header does not name both.
pub fn read(text: &str) -> Option<Structured> {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let header = record(&mut rest)?;
    let place = |name: &str| header.iter().position(|field| field == name);
    let (content, event) = (place("Content")?, place("EventId")?);
    let mut found = Structured::default();
    while let Some(mut fields) = record(&mut rest) {
        let take = |fields: &mut Vec<String>, at: usize| fields.get_mut(at).map(std::mem::take);
        match (take(&mut fields, content), take(&mut fields, event)) {
            (Some(content), Some(event)) => found.lines.push(Labelled { content, event }),
            _ if fields.len() == 1 && fields.iter().all(String::is_empty) => {}
            _ => found.short += 1,
        }
    }
    Some(found)
}

/// Takes the next record off the text; none at its end.
pub fn record(rest: &mut &str) -> Option<Vec<String>> {
    if rest.is_empty() {
        return None;
    }
    let mut fields = Vec::new();
    loop {
        fields.push(field(rest));
        if let Some(after) = rest.strip_prefix(',') {
            *rest = after;
            continue;
        }
        *rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r'])).unwrap_or(rest);
        return Some(fields);
    }
}

/// Takes one field, and leaves the text at the comma or line end behind it.
fn field(rest: &mut &str) -> String {
    let mut value = String::new();
    // Text between a closing quote and the comma is against the standard; it is kept as it stands.
    if let Some(quoted) = rest.strip_prefix('"') {
        *rest = quoted;
        loop {
            let (inside, after) = rest.split_once('"').unwrap_or((rest, ""));
            value.push_str(inside);
            *rest = after;
            let Some(more) = rest.strip_prefix('"') else { break };
            value.push('"');
            *rest = more;
        }
    }
    let end = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
    let (plain, after) = rest.split_at(end);
    value.push_str(plain);
    *rest = after;
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Vec<String>> {
        let mut rest = text;
        std::iter::from_fn(|| record(&mut rest)).collect()
    }

    #[test]
    fn quotes_hold_commas_line_feeds_and_doubled_quotes() {
        assert_eq!(rows("a,\"b, \"\"c\"\"\nd\",e\r\nf,,\n"), [vec!["a", "b, \"c\"\nd", "e"], vec!["f", "", ""]]);
    }

    #[test]
    fn the_last_line_needs_no_line_feed() {
        assert_eq!(rows("a,b\nc,d"), [["a", "b"], ["c", "d"]]);
    }

    #[test]
    fn a_quote_that_never_closes_ends_with_the_text() {
        assert_eq!(rows("a,\"b\nc"), [["a", "b\nc"]]);
    }

    #[test]
    fn text_behind_a_closing_quote_is_kept() {
        assert_eq!(rows("\"a\"b,c"), [["ab", "c"]]);
    }

    #[test]
    fn columns_are_found_by_name() {
        let read = read("\u{feff}LineId,Content,EventId,EventTemplate\n1,\"up, again\",E2,x\n2,down,E1,y\n").unwrap();
        let line = |content: &str, event: &str| Labelled { content: content.into(), event: event.into() };
        assert_eq!(read, Structured { lines: vec![line("up, again", "E2"), line("down", "E1")], short: 0 });
    }

    #[test]
    fn rows_that_are_too_short_are_counted_and_empty_lines_are_not() {
        let read = read("LineId,Content,EventId\n1,up\n\n2,down,E1\n").unwrap();
        assert_eq!((read.lines.len(), read.short), (1, 1));
    }

    #[test]
    fn a_header_without_the_columns_is_no_labelled_log() {
        assert_eq!(read("a,b\n1,2\n"), None);
        assert_eq!(read(""), None);
    }
}
