//! What is left of logs that were removed: lines of JSON in files that outlive the ledger and the database.

use super::{ErrorDay, FileRow};
use crate::event::{Millis, Sort};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// What is left of a log that was removed. A line of a receipt file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the columns of `receipts`, described in docs/schema.md")]
pub struct Receipt {
    pub format: u32,
    /// The run that removed it, in hex.
    pub id: String,
    /// The log, in hex.
    pub file: String,
    pub sort: Sort,
    pub at: Millis,
    /// `removed` or `forgotten`.
    pub what: String,
    pub path: String,
    pub source: String,
    pub part: u64,
    pub agent: String,
    pub form: String,
    pub shape: String,
    pub session: String,
    pub project: String,
    pub compression: String,
    pub length: u64,
    pub hash: String,
    pub copied: Millis,
    pub last_time: Option<Millis>,
    pub rule: String,
    /// XXH3 of the line without it, in hex, so that a changed line is no receipt.
    pub sum: String,
}

/// A receipt and what became of its log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptRow {
    /// The receipt.
    pub receipt: Receipt,
    /// `removing`, `trash`, `gone`, `restored`.
    pub state: String,
    /// Since when.
    pub done: Millis,
}

impl Receipt {
    /// The receipt of a log, all but the run and the rule.
    pub fn of_file(file: &FileRow, project: &str, last: Option<Millis>) -> Receipt {
        Receipt {
            format: 1,
            file: hex(file.id),
            path: file.path.clone(),
            source: file.source.clone(),
            part: file.part,
            agent: file.agent.clone(),
            form: file.form.clone(),
            shape: file.shape.clone(),
            session: file.session.clone(),
            project: project.to_owned(),
            compression: file.compression.clone(),
            length: file.length,
            hash: file.hash.clone(),
            copied: file.copied,
            last_time: last,
            ..Receipt::default()
        }
    }

    /// The receipt of a day of error records, all but the run and the rule.
    pub fn of_day(day: &ErrorDay, id: u64, last: Millis) -> Receipt {
        Receipt {
            format: 1,
            file: hex(id),
            sort: Sort::Errors,
            path: day.path.clone(),
            length: day.length,
            hash: day.hash.clone(),
            last_time: Some(last),
            ..Receipt::default()
        }
    }

    /// Its line in a file of receipts.
    pub fn line(&self) -> Vec<u8> {
        let mut line = Receipt { sum: self.expected_sum(), ..self.clone() }.json();
        line.push(b'\n');
        line
    }

    /// The receipt that a line holds, if it is one and as it was written.
    pub fn of_line(line: &[u8]) -> Option<Receipt> {
        let receipt: Receipt = serde_json::from_slice(line).ok()?;
        (receipt.sum == receipt.expected_sum()).then_some(receipt)
    }

    fn expected_sum(&self) -> String {
        hex(xxh3_64(&Receipt { sum: String::new(), ..self.clone() }.json()))
    }

    fn json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("strings and numbers can be written as JSON")
    }
}

fn hex(id: u64) -> String {
    format!("{id:016x}")
}
