//! The ledger: what retention is about to do and what it has done, line by line, each with its checksum.
//!
//! It is authoritative for evidence; the database is an index over it. A line is `<16 hex of XXH3> <JSON>`, and every
//! entry has a number, so that a changed line, a missing one and one too many are all seen. Only the last line can be
//! torn by a death, and then nothing was done yet of what it says. A ledger that is shorter than the database knows
//! was cut, and is as damaged as one with a changed line.

use super::DurableHand;
use crate::disk::open_unlinked;
use crate::event::{Action, Millis, Pin, Sort};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// The version of the ledger that this program writes.
const FORMAT: u32 = 1;
/// Hex digits of a checksum.
const DIGITS: usize = 16;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 0.
    pub number: u64,
    /// When it was written, in milliseconds since 1970.
    pub at: Millis,
    /// What it says.
    pub what: What,
}

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The first line.
    Ledger {
        /// The version of the lines.
        format: u32,
    },
    /// Something is about to be done with a log.
    Intent(Box<Intent>),
    /// Its new copy is in place, proven and safe.
    Placed {
        /// The log.
        file: String,
        /// Bytes of the new copy.
        stored: u64,
    },
    /// Its old copy is gone, or there was none: it is done.
    Released {
        /// The log.
        file: String,
    },
    /// It was not done after all; the old copy stands.
    GivenUp {
        /// The log.
        file: String,
    },
    /// A person wants the records of errors forgotten.
    Forgotten {
        /// The errors, in hex.
        errors: Vec<String>,
    },
    /// A person wants something kept.
    Pinned {
        /// What.
        pin: Pin,
        /// Why.
        why: String,
    },
    /// A person wants it kept no longer.
    Unpinned {
        /// What.
        pin: Pin,
    },
    /// The first removal was announced.
    Announced {
        /// Logs that it would remove.
        logs: u64,
        /// Their bytes.
        bytes: u64,
    },
    /// A run came to its end.
    Retained {
        /// Whether it was a monthly cleanup.
        cleanup: bool,
    },
    /// The ledger before this one was damaged.
    Rebuilt {
        /// How.
        why: String,
    },
}

/// What is about to be done with a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// What.
    pub action: Action,
    /// What the log is.
    pub sort: Sort,
    /// The log, in hex.
    pub file: String,
    /// Where it lies, from the root of the house.
    pub from: String,
    /// Where it is to lie; empty if nowhere.
    pub to: String,
    /// BLAKE3 of its bytes as they came, in hex.
    pub hash: String,
    /// Bytes as they came.
    pub length: u64,
    /// Bytes of the file where it lies.
    pub stored: u64,
    /// When its copy was last modified, in nanoseconds since 1970.
    pub modified_ns: i64,
    /// The permission bits of its copy.
    pub mode: u32,
    /// Under which rule.
    pub rule: String,
    /// The receipt, in hex; empty if none is due.
    pub receipt: String,
}

/// Why a ledger cannot be gone by.
#[derive(Debug)]
pub enum LedgerFault {
    /// A newer program wrote it.
    Newer(u32),
    /// A line is not as it was written.
    Damaged {
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        why: String,
    },
    /// The system said no.
    Io(io::Error),
}

impl fmt::Display for LedgerFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LedgerFault::Newer(found) => write!(out, "the ledger has format {found}, this program knows {FORMAT}"),
            LedgerFault::Damaged { line, why } => write!(out, "the ledger is damaged at line {line}: {why}"),
            LedgerFault::Io(error) => write!(out, "the ledger cannot be read: {error}"),
        }
    }
}

impl std::error::Error for LedgerFault {}

impl From<io::Error> for LedgerFault {
    fn from(error: io::Error) -> LedgerFault {
        LedgerFault::Io(error)
    }
}

/// Where the next line goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    path: PathBuf,
    /// Bytes of whole lines.
    length: u64,
    /// Bytes behind them that a death left.
    torn: u64,
    /// The number of the next entry.
    next: u64,
}

/// What is left of a damaged ledger.
#[derive(Debug, Default)]
pub struct Salvage {
    /// The entries whose lines are as they were written, in their order.
    pub entries: Vec<Entry>,
    /// The first fault.
    pub fault: Option<LedgerFault>,
}

impl Ledger {
    /// An empty one.
    pub fn new(path: &Path) -> Ledger {
        Ledger { path: path.to_owned(), length: 0, torn: 0, next: 0 }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a ledger of at least `known` bytes; each entry is handed over in turn, with the bytes of its line. One
    /// that does not exist is empty.
    pub fn read(path: &Path, known: u64, mut each: impl FnMut(Entry, u64)) -> Result<Ledger, LedgerFault> {
        let mut ledger = Ledger::new(path);
        let mut text = open(path)?;
        let mut line = Vec::new();
        loop {
            line.clear();
            if text.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            let Some(line) = line.strip_suffix(b"\n") else {
                ledger.torn = line.len() as u64;
                break;
            };
            let damaged = |why: &str| LedgerFault::Damaged { line: ledger.next + 1, why: why.to_owned() };
            let entry = parse(line).map_err(damaged)?;
            if entry.number != ledger.next {
                return Err(damaged(&format!("its number is {}, not {}", entry.number, ledger.next)));
            }
            match entry.what {
                What::Ledger { format } if format > FORMAT => return Err(LedgerFault::Newer(format)),
                What::Ledger { .. } if ledger.next == 0 => {}
                _ if ledger.next == 0 => return Err(damaged("it does not begin like a ledger")),
                _ => {}
            }
            ledger.length += line.len() as u64 + 1;
            ledger.next += 1;
            each(entry, line.len() as u64 + 1);
        }
        if ledger.length < known {
            let why = format!("it ends after {} bytes where {known} were written", ledger.length);
            return Err(LedgerFault::Damaged { line: ledger.next + 1, why });
        }
        Ok(ledger)
    }

    /// Reads what is left of a damaged ledger.
    pub fn salvage(path: &Path, known: u64) -> Result<Salvage, LedgerFault> {
        let mut salvage = Salvage::default();
        let read = Ledger::read(path, known, |entry, _| salvage.entries.push(entry));
        salvage.fault = match read {
            Ok(_) => None,
            Err(LedgerFault::Damaged { line, why }) => Some(LedgerFault::Damaged { line, why }),
            Err(fault) => return Err(fault),
        };
        if salvage.fault.is_some() {
            let lines = open(path)?.split(b'\n').collect::<io::Result<Vec<_>>>()?;
            salvage.entries = lines.iter().filter_map(|line| parse(line).ok()).collect();
            salvage.entries.sort_by_key(|entry| entry.number);
            salvage.entries.dedup_by_key(|entry| entry.number);
        }
        Ok(salvage)
    }

    /// Bytes of whole lines.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Cuts off what a death left torn.
    pub fn cut_torn_tail(&mut self, hand: &DurableHand<'_>) -> io::Result<()> {
        if self.torn > 0 {
            hand.cut_torn_tail(&self.path, self.length)?;
            self.torn = 0;
        }
        Ok(())
    }

    /// Appends lines and waits until they are safe; what a death left torn is cut off first.
    pub fn append(&mut self, hand: &DurableHand<'_>, at: Millis, whats: Vec<What>) -> io::Result<Vec<Entry>> {
        if whats.is_empty() {
            return Ok(Vec::new());
        }
        self.cut_torn_tail(hand)?;
        let first = (self.next == 0).then_some(What::Ledger { format: FORMAT });
        let whats = first.into_iter().chain(whats);
        let entries: Vec<Entry> = whats.zip(self.next..).map(|(what, number)| Entry { number, at, what }).collect();
        let text: Vec<u8> = entries.iter().flat_map(line_of).collect();
        let exists = self.path.exists();
        // Should this break off in the middle, the length is no longer what it was.
        self.torn = if exists { text.len() as u64 } else { 0 };
        if exists {
            hand.append(&self.path, self.length, |out| out.write_all(&text))?;
        } else {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            hand.write_new(&folder.join("incoming"), &self.path, |out| out.write_all(&text))?;
        }
        hand.settle()?;
        self.torn = 0;
        self.length += text.len() as u64;
        self.next += entries.len() as u64;
        Ok(entries)
    }

    /// The text of a new ledger with these entries, numbered anew.
    pub fn text_of(at: Millis, whats: Vec<(Millis, What)>) -> Vec<u8> {
        let whats = std::iter::once((at, What::Ledger { format: FORMAT })).chain(whats);
        let entries = whats.zip(0..).map(|((at, what), number)| Entry { number, at, what });
        entries.flat_map(|entry| line_of(&entry)).collect()
    }
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    match open_unlinked(path) {
        Ok(file) => Ok(Box::new(BufReader::new(file))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Box::new(io::empty())),
        Err(error) => Err(error),
    }
}

fn line_of(entry: &Entry) -> Vec<u8> {
    let json = serde_json::to_vec(entry).expect("strings and numbers can be written as JSON");
    let mut line = format!("{:0DIGITS$x} ", xxh3_64(&json)).into_bytes();
    line.extend(json);
    line.push(b'\n');
    line
}

fn parse(line: &[u8]) -> Result<Entry, &'static str> {
    let (sum, json) = line.split_at_checked(DIGITS).ok_or("it is too short")?;
    let json = json.strip_prefix(b" ").ok_or("there is no space behind the checksum")?;
    if sum != format!("{:0DIGITS$x}", xxh3_64(json)).as_bytes() {
        return Err("it is not what was written");
    }
    serde_json::from_slice(json).map_err(|_| "it says what this program does not know")
}

#[cfg(test)]
mod tests {
    use super::{Ledger, LedgerFault, What, line_of};
    use crate::disk::RealDisk;
    use crate::event::Pin;
    use crate::store::DurableHand;
    use std::fs;
    use std::path::PathBuf;

    fn pinned(name: &str) -> What {
        What::Pinned { pin: Pin::Session(name.to_owned()), why: String::new() }
    }

    /// A ledger with three entries of two runs.
    fn written() -> (tempfile::TempDir, PathBuf, Ledger) {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("incoming")).unwrap();
        let path = folder.path().join("ledger");
        let hand = DurableHand::new(&RealDisk);
        let mut ledger = Ledger::read(&path, 0, |_, _| panic!("it does not exist")).unwrap();
        ledger.append(&hand, 1, vec![pinned("a")]).unwrap();
        ledger.append(&hand, 2, vec![pinned("b")]).unwrap();
        (folder, path, ledger)
    }

    fn names(path: &std::path::Path, known: u64) -> Result<String, LedgerFault> {
        let mut said = String::new();
        Ledger::read(path, known, |entry, _| {
            if let What::Pinned { pin, .. } = entry.what {
                said.push_str(pin.parts().1);
            }
        })?;
        Ok(said)
    }

    #[test]
    fn what_is_written_is_read() {
        let (_folder, path, ledger) = written();
        let again = Ledger::read(&path, ledger.length(), |_, _| {}).unwrap();
        assert_eq!(again, ledger);
        assert_eq!(ledger.length(), fs::metadata(&path).unwrap().len());
        assert_eq!(names(&path, 0).unwrap(), "ab");
    }

    #[test]
    fn every_flipped_byte_is_seen() {
        let (_folder, path, ledger) = written();
        let text = fs::read(&path).unwrap();
        for at in 0..text.len() {
            for bit in 0..8 {
                let mut flipped = text.clone();
                flipped[at] ^= 1 << bit;
                fs::write(&path, &flipped).unwrap();
                assert!(names(&path, ledger.length()).is_err(), "byte {at}, bit {bit}");
                let salvage = Ledger::salvage(&path, ledger.length()).unwrap();
                assert!(salvage.fault.is_some() && !salvage.entries.is_empty(), "byte {at}, bit {bit}");
                let is_written = |entry| text.split_inclusive(|byte| *byte == b'\n').any(|line| line == line_of(entry));
                assert!(salvage.entries.iter().all(is_written), "byte {at}, bit {bit}");
            }
        }
    }

    #[test]
    fn every_cut_is_seen_or_a_torn_tail() {
        let (_folder, path, ledger) = written();
        let text = fs::read(&path).unwrap();
        for length in 0..text.len() {
            fs::write(&path, &text[..length]).unwrap();
            assert!(names(&path, ledger.length()).is_err(), "cut to {length}");
            // Without anything else to go by, the whole lines count.
            assert!("ab".starts_with(&names(&path, 0).unwrap()), "cut to {length}");
        }
    }

    #[test]
    fn a_torn_tail_is_cut_off_before_the_next_line() {
        let (_folder, path, ledger) = written();
        let text = fs::read(&path).unwrap();
        let hand = DurableHand::new(&RealDisk);
        for torn in 1..40 {
            fs::write(&path, [&text[..], &text[..torn]].concat()).unwrap();
            let mut again = Ledger::read(&path, ledger.length(), |_, _| {}).unwrap();
            again.append(&hand, 3, vec![pinned("c")]).unwrap();
            assert_eq!(names(&path, again.length()).unwrap(), "abc");
        }
    }

    #[test]
    fn a_line_twice_or_out_of_order_is_seen() {
        let (_folder, path, _) = written();
        let text = fs::read(&path).unwrap();
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        for order in [[0, 1, 1, 2].as_slice(), &[0, 2, 1], &[0, 2], &[1, 2], &[2]] {
            fs::write(&path, order.iter().map(|at| lines[*at]).collect::<Vec<_>>().concat()).unwrap();
            assert!(names(&path, 0).is_err(), "{order:?}");
        }
    }

    #[test]
    fn a_newer_ledger_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger");
        let entry = super::Entry { number: 0, at: 0, what: What::Ledger { format: 2 } };
        fs::write(&path, line_of(&entry)).unwrap();
        assert!(matches!(names(&path, 0), Err(LedgerFault::Newer(2))));
        assert!(matches!(Ledger::salvage(&path, 0), Err(LedgerFault::Newer(2))));
    }
}
