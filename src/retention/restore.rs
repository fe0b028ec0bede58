//! Brings logs back: into the house as active ones, or out of it as they came.

use super::apply::{Advance, Carrier};
use super::fault::{RetentionError, at};
use super::journal::Journal;
use super::pack::{Proof, Refused, prove, unpack};
use crate::disk::{Stamp, open_unlinked};
use crate::event::{Action, Sort};
use crate::intake::{Compression, explain};
use crate::layout::{House, active_name};
use crate::store::{DurableHand, ErrorDay, FileRow, Intent, What, Writer, is_there, open_as_it_came};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

/// What is to be brought back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A raw log.
    Log(Box<FileRow>),
    /// A day of error records.
    Day(ErrorDay),
}

/// What came of a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Logs that are active again, where they lie now, and their bytes.
    pub logs: Vec<(String, u64)>,
    /// Logs that were to come back and did not, with the reason.
    pub passed_over: Vec<(String, String)>,
}

/// Makes archived and removed logs active again: the same bytes, time and mode.
pub fn restore(
    carrier: &Carrier<'_>,
    wanted: &[Wanted],
    journal: &mut Journal,
    writer: &mut Writer,
) -> Result<Restored, RetentionError> {
    let mut restored = Restored::default();
    for wanted in wanted {
        if carrier.stop.load(Ordering::Relaxed) {
            break;
        }
        let intent = match intent_of(carrier, wanted) {
            Ok(intent) => intent,
            Err((path, why)) => {
                restored.passed_over.push((path, why));
                continue;
            }
        };
        let (from, to) = (carrier.house.resolve(&intent.from), carrier.house.resolve(&intent.to));
        let write = |journal: &mut Journal, writer: &mut Writer, what| {
            journal.append(carrier.hand, writer, carrier.now, vec![what])
        };
        write(journal, writer, What::Intent(Box::new(intent.clone())))?;
        let file = || intent.file.clone();
        let incoming = carrier.house.incoming();
        let unpacked = unpack(carrier.hand, &incoming, &from, &to, &intent, carrier.stop);
        let aside = match unpacked {
            Ok(aside) => aside,
            Err(Refused::House(error)) => return Err(at(&to)(error)),
            Err(refused) => {
                write(journal, writer, What::GivenUp { file: file() })?;
                if let Refused::Source(error) = refused {
                    restored.passed_over.push((intent.from, error.to_string()));
                }
                continue;
            }
        };
        carrier.hand.sync().map_err(at(&incoming))?;
        if prove(&aside, Compression::None, intent.length, &intent.hash).map_err(at(&aside))? != Proof::Sound {
            carrier.hand.give_up(&aside).map_err(at(&aside))?;
            write(journal, writer, What::GivenUp { file: file() })?;
            restored.passed_over.push((intent.from, "what was unpacked could not be read back".to_owned()));
            continue;
        }
        carrier.hand.settle().map_err(at(&to))?;
        write(journal, writer, What::Placed { file: file(), stored: intent.length })?;
        carrier.hand.remove_all(std::slice::from_ref(&from)).map_err(at(&from))?;
        write(journal, writer, What::Released { file: file() })?;
        (carrier.progress)(Advance::Done(intent.length));
        restored.logs.push((intent.to, intent.length));
    }
    Ok(restored)
}

fn intent_of(carrier: &Carrier<'_>, wanted: &Wanted) -> Result<Intent, (String, String)> {
    let (id, sort, path, tier, hash, length, stored, folder) = match wanted {
        Wanted::Log(file) => {
            let is_system = file.form == "debug-log";
            let folder = if is_system { &carrier.layout.system } else { &carrier.layout.sessions };
            (file.id, Sort::Log, &file.path, file.tier, &file.hash, file.length, file.stored, folder)
        }
        Wanted::Day(day) => {
            let id = crate::layout::file_id(active_name(&day.path, day.tier));
            (id, Sort::Errors, &day.path, day.tier, &day.hash, day.length, day.stored, &carrier.layout.errors)
        }
    };
    let stamp = open_unlinked(&carrier.house.resolve(path)).and_then(|file| Ok(Stamp::of(&file.metadata()?)));
    let stamp = stamp.map_err(|error| (path.clone(), explain(&error)))?;
    let to = format!("{folder}/{}", active_name(path, tier));
    if is_there(&carrier.house.resolve(&to)) {
        return Err((path.clone(), format!("{to} is there already")));
    }
    Ok(Intent {
        action: Action::Restore,
        sort,
        file: super::apply::hex(id),
        from: path.clone(),
        to,
        hash: hash.clone(),
        length,
        stored,
        modified_ns: stamp.modified_ns,
        mode: stamp.mode,
        rule: "restore".to_owned(),
        receipt: String::new(),
    })
}

/// Writes a log as it came into a folder outside the house: the same bytes, and the time and mode of its source.
/// Nothing is written over.
pub fn export(house: &House, hand: &DurableHand<'_>, file: &FileRow, folder: &Path) -> io::Result<PathBuf> {
    let target = folder.join(active_name(&file.path, file.tier));
    if is_there(&target) {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{} is there already", target.display())));
    }
    hand.create_folders(&[folder.to_owned()])?;
    let stamp = Stamp { modified_ns: file.stat.modified_ns, mode: file.mode };
    let mut hash = blake3::Hasher::new();
    let written = hand.write_stamped(folder, &target, Some(stamp), |out| {
        let mut source = open_as_it_came(house, file)?;
        let mut chunk = vec![0; 256 * 1024];
        loop {
            let read = source.read(&mut chunk)?;
            if read == 0 {
                break;
            }
            hash.update(&chunk[..read]);
            out.write_all(&chunk[..read])?;
        }
        if hash.finalize().to_hex().as_str() != file.hash {
            return Err(io::Error::other(crate::intake::Altered));
        }
        Ok(())
    });
    written?;
    hand.settle()?;
    Ok(target)
}
