//! What is to be diagnosed and what is found, in the form of the contract.

/// What the rules can see of a failure. Names are indices into the batch.
#[derive(Clone, Copy, Debug, Default)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Incident {
    pub kind: u32,
    pub tool: u32,
}

/// A text around an incident.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Excerpt {
    pub incident: u32,
    pub name: u32,
    pub text: u32,
}

/// A named attribute of a failed event.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Attribute {
    pub incident: u32,
    pub name: u32,
    pub value: u32,
}

/// A literal that stands in a failure's text.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Hit {
    pub incident: u32,
    pub literal: u32,
}

/// What is to be diagnosed; excerpts, attributes and hits are ordered by incident.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Batch<'a> {
    pub names: &'a [String],
    pub texts: &'a [String],
    pub incidents: &'a [Incident],
    pub excerpts: &'a [Excerpt],
    pub attributes: &'a [Attribute],
    pub hits: &'a [Hit],
}

/// What a failure was; names are indices into the findings'.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Diagnosis {
    pub disposition: u32,
    pub reason: u32,
    pub fingerprint: u32,
    pub title: u32,
    pub cause: u32,
    pub owner: u32,
    pub severity: u8,
    pub critical: bool,
}

/// What was found; every incident has a diagnosis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the contract")]
pub struct Findings {
    pub names: Vec<String>,
    pub diagnoses: Vec<Diagnosis>,
}

impl<'a> Batch<'a> {
    /// A name, empty if there is none.
    pub(crate) fn name(&self, index: u32) -> &'a str {
        self.names.get(index as usize).map_or("", String::as_str)
    }

    /// A text, empty if there is none.
    pub(crate) fn text(&self, index: u32) -> &'a str {
        self.texts.get(index as usize).map_or("", String::as_str)
    }
}

/// The rows of one incident at the head of `rows`, which are ordered by incident.
pub(crate) fn take<'a, T>(rows: &mut &'a [T], incident: u32, of: impl Fn(&T) -> u32) -> &'a [T] {
    let count = rows.iter().take_while(|row| of(row) == incident).count();
    let (head, tail) = rows.split_at(count);
    *rows = tail;
    head
}

/// The names that findings use, numbered as they come up.
#[derive(Default)]
pub(crate) struct Names {
    numbers: std::collections::BTreeMap<String, u32>,
    used: Vec<String>,
}

impl Names {
    /// The number of a name.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.used.len()).unwrap_or(u32::MAX);
        self.numbers.insert(name.to_owned(), number);
        self.used.push(name.to_owned());
        number
    }

    /// The names in the order of their numbers.
    pub(crate) fn into_vec(self) -> Vec<String> {
        self.used
    }
}
