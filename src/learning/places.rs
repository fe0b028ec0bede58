//! Writes protocols where agents read: pages in the house, the guard's file, and, on request, places outside.
//!
//! Files of the house are replaced whole. A file of a person is changed in the delimited block alone, keeps its mode,
//! and is written through a link; a block that was changed by hand stays, and is told.

use super::block::{self, ByHand};
use super::fault::{LearningError, at};
use super::guard::GuardFile;
use super::journal::{Entry, Place, Register};
use super::measure::Backtest;
use super::publish::{MARK, RULES, is_own_rules, page, rules_file, shown, summary};
use crate::disk::{Disk, Stamp};
use crate::event::{Millis, ProtocolId};
use crate::layout::House;
use crate::store::DurableHand;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of the pages, below that of the modules.
pub const PAGES: &str = "config/errors";

/// The permission bits of a new file of a person.
const SHARED: u32 = 0o644;
/// Nanoseconds in a millisecond.
const NANOS: i64 = 1_000_000;

/// Why a file stays that needs no change.
pub const AS_IT_SHOULD: &str = "it is as it should be";
/// Why nothing is taken from a file.
pub const NOT_THERE: &str = "it is not there";

/// What is done with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// It gets this content.
    Write(String),
    /// It goes.
    Remove,
    /// It stays as it is: why.
    Leave(String),
}

/// What is to be done with the files that show protocols, in order.
pub type Deeds = BTreeMap<PathBuf, Deed>;

/// What publishing needs to know.
pub struct Publisher<'a> {
    /// The house.
    pub house: &'a House,
    /// The folder of the modules, from the root of the house.
    pub modules: &'a str,
    /// Masks what must not leave the house.
    pub said: &'a dyn Fn(&str) -> String,
    /// What is done with blocks that were changed by hand.
    pub by_hand: ByHand,
}

impl Publisher<'_> {
    /// What is to be done in the house: a page for each protocol that is shown, and none for others.
    pub fn pages(
        &self,
        register: &Register,
        backtests: &BTreeMap<ProtocolId, Backtest>,
    ) -> Result<Deeds, LearningError> {
        let folder = self.house.resolve(self.modules).join(PAGES);
        let mut deeds = Deeds::new();
        let mut wanted = BTreeSet::new();
        for entry in shown(register) {
            let path = folder.join(format!("{}.md", entry.protocol.id));
            let backtest = backtests.get(&entry.protocol.id).copied().unwrap_or_default();
            let text = page(entry, &backtest, self.said);
            if read(&path)?.as_deref() != Some(text.as_str()) {
                deeds.insert(path.clone(), Deed::Write(text));
            }
            wanted.insert(path);
        }
        for id in register.entries.keys() {
            let path = folder.join(format!("{id}.md"));
            let is_ours = || Ok::<_, LearningError>(read(&path)?.is_some_and(|text| text.starts_with(MARK)));
            if !wanted.contains(&path) && is_ours()? {
                deeds.insert(path, Deed::Remove);
            }
        }
        Ok(deeds)
    }

    /// The guard's file.
    pub fn guard(&self, register: &Register) -> GuardFile {
        GuardFile::new(register, self.said)
    }

    /// Whether a file of rules that was changed by hand may be lost.
    fn may_replace(&self, text: &str) -> bool {
        self.by_hand == ByHand::Discard && text.starts_with(RULES)
    }

    /// What is to be done in a place outside.
    pub fn outside(&self, register: &Register, place: &Place, is_wanted: bool) -> Deed {
        let path = Path::new(place.path());
        // What is held back in some sessions must not be told in all.
        let entries: Vec<&Entry> = shown(register).into_iter().filter(|entry| entry.hold_out == 0).collect();
        let is_wanted = is_wanted && !entries.is_empty();
        let before = match read(path) {
            Ok(before) => before,
            Err(error) => return Deed::Leave(told(&error)),
        };
        let text = before.clone().unwrap_or_default();
        let deed = match place {
            Place::File(_) if before.is_some() && !is_own_rules(&text) && !self.may_replace(&text) => {
                return Deed::Leave("somebody else wrote it, or changed it by hand".to_owned());
            }
            Place::File(_) if is_wanted => Deed::Write(rules_file(&entries, self.said)),
            Place::File(_) if before.is_some() => Deed::Remove,
            Place::File(_) => return Deed::Leave(NOT_THERE.to_owned()),
            Place::Block(_) => {
                let changed = match is_wanted {
                    true => block::put(&text, &summary(&entries, self.said), self.by_hand),
                    false => block::remove(&text, self.by_hand),
                };
                match changed {
                    Ok(changed) => Deed::Write(changed),
                    Err(fault) => return Deed::Leave(fault.to_string()),
                }
            }
        };
        match deed {
            Deed::Write(text) if before.as_deref().unwrap_or_default() == text => Deed::Leave(AS_IT_SHOULD.to_owned()),
            deed => deed,
        }
    }
}

/// Does what is to be done. A file that cannot be written stays, with the reason, and keeps no other from being written.
pub fn carry_out(disk: &dyn Disk, deeds: &mut Deeds, now: Millis) {
    let hand = DurableHand::new(disk);
    for (path, deed) in deeds.iter_mut() {
        let done = match deed {
            Deed::Write(text) => write(disk, path, text.as_bytes(), now),
            Deed::Remove => hand.remove_all(std::slice::from_ref(path)),
            Deed::Leave(_) => Ok(()),
        };
        if let Err(error) = done {
            *deed = Deed::Leave(error.to_string());
        }
    }
}

/// An error with its cause, in a line.
fn told(error: &LearningError) -> String {
    let cause = std::error::Error::source(error).map_or_else(String::new, |cause| format!(": {cause}"));
    format!("{error}{cause}")
}

/// Gives a file of a person new content; it keeps its mode, and a link to it stays one.
pub fn write(disk: &dyn Disk, path: &Path, content: &[u8], now: Millis) -> io::Result<()> {
    let target = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => path.to_owned(),
        // A link that leads nowhere is somebody's wish, too.
        Err(error) => return Err(error),
    };
    let mode = fs::metadata(&target).map_or(SHARED, |found| Stamp::of(&found).mode);
    disk.replace_stamped(&target, content, Some(Stamp { modified_ns: now.saturating_mul(NANOS), mode }))
}

/// The text of a file; nothing if it is not there.
pub fn read(path: &Path) -> Result<Option<String>, LearningError> {
    match fs::read(path) {
        Ok(bytes) => String::from_utf8(bytes).map(Some).map_err(|error| at(path)(io::Error::other(error.utf8_error()))),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::{Deed, Publisher, carry_out, write};
    use crate::disk::RealDisk;
    use crate::event::{GuardMode, Protocol, ProtocolId};
    use crate::layout::House;
    use crate::learning::block::ByHand;
    use crate::learning::{Change, Place, Register};
    use std::collections::BTreeMap;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn register(last: &[Change]) -> Register {
        let id = ProtocolId(1);
        let protocol = Protocol { id, advice: "read it first".to_owned(), ..Protocol::default() };
        let first =
            [Change::Proposed(Box::new(protocol)), Change::Accepted(id, GuardMode::Off, 0), Change::Activated(id)];
        Register::read(&first.iter().chain(last).map(|change| change.line("", 0)).collect::<String>())
    }

    #[test]
    fn what_is_published_can_be_taken_back() {
        let root = tempfile::tempdir().unwrap();
        let house = House::at(root.path().join("house"));
        fs::create_dir_all(house.resolve("modules/config/errors")).unwrap();
        let said = |text: &str| text.to_owned();
        let publisher = Publisher { house: &house, modules: "modules", said: &said, by_hand: ByHand::Keep };
        let (active, retired) = (register(&[]), register(&[Change::Retired(ProtocolId(1))]));
        let mut pages = publisher.pages(&active, &BTreeMap::new()).unwrap();
        assert_eq!(pages.len(), 1);
        carry_out(&RealDisk, &mut pages, 0);
        assert!(publisher.pages(&active, &BTreeMap::new()).unwrap().is_empty(), "nothing is written twice");
        let gone = publisher.pages(&retired, &BTreeMap::new()).unwrap();
        assert_eq!(gone.values().collect::<Vec<_>>(), [&Deed::Remove]);
        let path = root.path().join("CLAUDE.md");
        fs::write(&path, "mine\n").unwrap();
        let place = Place::Block(path.display().to_string());
        let put = publisher.outside(&active, &place, true);
        carry_out(&RealDisk, &mut BTreeMap::from([(path.clone(), put)]), 0);
        assert!(fs::read_to_string(&path).unwrap().contains("- read it first"));
        assert!(matches!(publisher.outside(&active, &place, true), Deed::Leave(_)));
        let back = publisher.outside(&retired, &place, true);
        assert_eq!(back, Deed::Write("mine\n".to_owned()));
        assert_eq!(publisher.outside(&active, &place, false), back);
    }

    #[test]
    fn a_file_of_somebody_else_stays() {
        let root = tempfile::tempdir().unwrap();
        let house = House::at(root.path());
        let said = |text: &str| text.to_owned();
        let publisher = Publisher { house: &house, modules: "modules", said: &said, by_hand: ByHand::Keep };
        let path = root.path().join("rules.md");
        fs::write(&path, "mine").unwrap();
        let place = Place::File(path.display().to_string());
        assert!(matches!(publisher.outside(&register(&[]), &place, true), Deed::Leave(_)));
    }

    #[test]
    fn a_written_file_keeps_its_mode_and_its_link() {
        let root = tempfile::tempdir().unwrap();
        let (file, link) = (root.path().join("file"), root.path().join("link"));
        fs::write(&file, "a").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        write(&RealDisk, &link, b"b", 0).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "b");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
