//! Families: the files that must be read together.
//!
//! Files belong together if they share a session id or the id of their first record
//! (resumed, forked and checkpoint copies). The ids are found by a byte search over the
//! whole file, since a copy can change its session id half way.

use super::Form;
use memchr::memmem::Finder;
use std::collections::{HashMap, HashSet};
use xxhash_rust::xxh3::Xxh3Default;

/// How many bytes are carried over from one chunk to the next: more than any member
/// with an id has.
const CARRY: usize = 512;
/// Longest id that links.
const MAX_ID: usize = 256;

/// Most links of one file.
const MAX_LINKS: usize = 65_536;

/// What ties one file to others: hashes of session ids and of its first record's id. A
/// file has at most 65,536; further ids do not link.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileLinks(pub Vec<u64>);

/// Finds the links of a file while its bytes pass by.
pub struct LinkScan {
    session_key: Finder<'static>,
    record_key: Finder<'static>,
    reads_content: bool,
    has_record: bool,
    last: Vec<u8>,
    carry: Vec<u8>,
    links: HashSet<u64>,
}

impl LinkScan {
    /// Starts with the session that the file's path tells; only transcripts tell more.
    pub fn new(form: Form, session: &str) -> Self {
        let mut scan = LinkScan {
            session_key: Finder::new(b"\"sessionId\""),
            record_key: Finder::new(b"\"uuid\""),
            reads_content: form == Form::Transcript,
            has_record: false,
            last: Vec::new(),
            carry: Vec::new(),
            links: HashSet::new(),
        };
        if !session.is_empty() {
            scan.add(b"session", session.as_bytes());
        }
        scan
    }

    /// Takes the next bytes of the file.
    pub fn update(&mut self, chunk: &[u8]) {
        if !self.reads_content {
            return;
        }
        // What a member needs to be complete may stand in the next chunk: the seam is
        // searched with the end of one and the beginning of the other.
        let mut seam = std::mem::take(&mut self.carry);
        let old = seam.len();
        seam.extend_from_slice(&chunk[..chunk.len().min(CARRY)]);
        self.search(&seam, old);
        self.search(chunk, usize::MAX);
        if chunk.len() >= CARRY {
            seam.clear();
            seam.extend_from_slice(&chunk[chunk.len() - CARRY..]);
        } else {
            let excess = seam.len().saturating_sub(CARRY);
            seam.drain(..excess);
        }
        self.carry = seam;
    }

    /// The links found, in canonical order.
    pub fn finish(self) -> FileLinks {
        let mut links: Vec<u64> = self.links.into_iter().collect();
        links.sort_unstable();
        FileLinks(links)
    }

    /// Searches members that start before `limit`.
    fn search(&mut self, bytes: &[u8], limit: usize) {
        let mut at = 0;
        while let Some(found) = self.session_key.find(&bytes[at..]) {
            let key = at + found;
            at = key + b"\"sessionId\"".len();
            if key >= limit {
                break;
            }
            if let Some(id) = string_value(&bytes[at..])
                && id != self.last
            {
                self.last.clear();
                self.last.extend_from_slice(id);
                self.add(b"session", id);
            }
        }
        let mut at = 0;
        while !self.has_record
            && let Some(found) = self.record_key.find(&bytes[at..])
            && at + found < limit
        {
            at += found + b"\"uuid\"".len();
            if let Some(id) = string_value(&bytes[at..]) {
                self.has_record = true;
                self.add(b"record", id);
            }
        }
    }

    fn add(&mut self, class: &[u8], id: &[u8]) {
        let mut hash = Xxh3Default::new();
        hash.update(class);
        hash.update(b"\0");
        hash.update(id);
        if self.links.len() < MAX_LINKS {
            self.links.insert(hash.digest());
        }
    }
}

/// The string after a key, if it is complete.
fn string_value(rest: &[u8]) -> Option<&[u8]> {
    let inside = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    let end = memchr::memchr(b'"', &inside[..inside.len().min(MAX_ID)])?;
    (end > 0).then(|| &inside[..end])
}

/// Groups files into families. Each file has an id and its links; the family of a file
/// is named by the smallest id in it, so that it does not depend on the order.
pub fn families<'a>(files: impl IntoIterator<Item = (u64, &'a FileLinks)>) -> HashMap<u64, u64> {
    let mut parent: HashMap<u64, u64> = HashMap::new();
    let mut owner: HashMap<u64, u64> = HashMap::new();
    for (file, links) in files {
        parent.entry(file).or_insert(file);
        for link in &links.0 {
            let other = *owner.entry(*link).or_insert(file);
            let (one, two) = (root(&mut parent, file), root(&mut parent, other));
            parent.insert(one.max(two), one.min(two));
        }
    }
    let files: Vec<u64> = parent.keys().copied().collect();
    files.into_iter().map(|file| (file, root(&mut parent, file))).collect()
}

fn root(parent: &mut HashMap<u64, u64>, file: u64) -> u64 {
    let mut top = file;
    while parent[&top] != top {
        top = parent[&top];
    }
    let mut at = file;
    while at != top {
        at = parent.insert(at, top).unwrap_or(top);
    }
    top
}

#[cfg(test)]
mod tests {
    use super::{FileLinks, LinkScan, MAX_LINKS, families};
    use crate::intake::Form;
    use proptest::prelude::*;

    #[test]
    fn a_file_with_ids_without_end_links_by_the_first_of_them() {
        let mut scan = LinkScan::new(Form::Transcript, "first");
        for id in 0..3 * MAX_LINKS {
            scan.update(format!("{{\"sessionId\":\"{id}\"}}\n").as_bytes());
        }
        let links = scan.finish().0;
        let first = LinkScan::new(Form::Transcript, "first").finish().0[0];
        assert_eq!((links.len(), links.contains(&first)), (MAX_LINKS, true));
    }

    #[test]
    fn links_do_not_depend_on_how_the_bytes_arrive() {
        let filler = "x".repeat(700);
        let text = format!(
            r#"{{"sessionId":"a","uuid":"1"}}{filler}{{"uuid":"2","sessionId" : "b"}}{filler}{{"sessionId":"a"}}{{"sessionId":null}}"#
        );
        let whole = links(&text, text.len());
        assert_eq!(whole.0.len(), 3);
        for size in 1..text.len() {
            assert_eq!(links(&text, size), whole, "chunks of {size}");
        }
    }

    fn links(text: &str, size: usize) -> FileLinks {
        let mut scan = LinkScan::new(Form::Transcript, "a");
        text.as_bytes().chunks(size).for_each(|chunk| scan.update(chunk));
        scan.finish()
    }

    proptest! {
        #[test]
        fn families_do_not_depend_on_the_order(mut files in prop::collection::vec(prop::collection::vec(0u64..12, 0..3), 1..12), seed in any::<u64>()) {
            let numbered: Vec<(u64, FileLinks)> =
                files.drain(..).enumerate().map(|(id, links)| (id as u64, FileLinks(links))).collect();
            let mut shuffled = numbered.clone();
            shuffled.sort_by_key(|(id, _)| id.wrapping_mul(seed | 1) >> 7);
            let one = families(numbered.iter().map(|(id, links)| (*id, links)));
            let two = families(shuffled.iter().map(|(id, links)| (*id, links)));
            prop_assert_eq!(&one, &two);
            for (a, links_a) in &numbered {
                for (b, links_b) in &numbered {
                    if links_a.0.iter().any(|link| links_b.0.contains(link)) {
                        prop_assert_eq!(one[a], one[b]);
                    }
                }
            }
        }
    }
}
