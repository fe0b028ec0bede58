//! Support for tests of retention: a house through time, by the library or by the program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use logwright::disk::{Disk, RealDisk};
use logwright::event::{Millis, format_rfc3339, parse_rfc3339};
use logwright::layout::{House, Tier};
use logwright::retention::{
    Found, Journal, Outcome, Restored, Retention, RetentionError, Sample, Verified, Verifier, Wanted, restore,
};
use logwright::settings::Settings;
use logwright::store::{DurableHand, FileRow, Reader, Writer};

use crate::hostile;
use crate::house::{Ran, Yard, files_below};

/// A day in milliseconds.
pub const DAY: Millis = 86_400_000;
/// When logs are brought in: 2026-02-01T12:00:00Z, a month after their events.
pub const COPIED: Millis = 1_769_947_200_000;
/// When they are archived by the usual policy.
pub const ARCHIVED: Millis = COPIED + 31 * DAY;
/// When their removal is announced: 2026-06-15.
pub const ANNOUNCED: Millis = COPIED + 134 * DAY;
/// When they are removed: in July, and more than a week later.
pub const REMOVED: Millis = COPIED + 151 * DAY;
/// When they have left the trash.
pub const PURGED: Millis = REMOVED + 8 * DAY;

/// A yard with two sessions that know nothing of each other.
pub fn two_sessions() -> Yard {
    let yard = Yard::new();
    yard.write("projects/-p/one.jsonl", lines("one", 3).as_bytes());
    yard.write("projects/-p/two.jsonl", lines("two", 2).as_bytes());
    yard
}

/// Some records of a session, a minute apart.
pub fn lines(session: &str, count: usize) -> String {
    (0..count).map(|number| prompt_at(session, &format!("text {number}"), number)).collect()
}

/// A record of a person's prompt, later than those.
pub fn prompt(session: &str, text: &str) -> String {
    prompt_at(session, text, 59)
}

fn prompt_at(session: &str, text: &str, minute: usize) -> String {
    hostile::prompt(session, text).replace("T00:00:00.000Z", &format!("T00:{minute:02}:00.000Z"))
}

/// Settings, as a house would write them.
pub fn settings(text: &str) -> Settings {
    Settings::parse(text, Path::new("logwright.toml")).unwrap().0
}

/// Runs retention in a house through the library.
pub fn retain_as(
    house: &House,
    settings: &Settings,
    disk: &dyn Disk,
    now: Millis,
    expected: Option<&str>,
) -> Result<Outcome, RetentionError> {
    let stop = AtomicBool::new(false);
    let retention = Retention { house, settings, disk, now, workers: 2, stop: &stop, progress: &|_| {} };
    let mut writer = Writer::open(&house.database())?;
    let outcome = retention.run(&mut writer, expected)?;
    writer.finish()?;
    Ok(outcome)
}

/// Runs retention by the usual policy, which must succeed.
pub fn retain(house: &House, now: Millis) -> Outcome {
    retain_as(house, &settings(""), &RealDisk, now, None).unwrap()
}

/// Runs retention on each of the days.
pub fn retain_until(house: &House, days: &[Millis]) {
    days.iter().for_each(|now| drop(retain(house, *now)));
}

/// What would be done.
pub fn previewed(
    house: &House,
    settings: &Settings,
    now: Millis,
) -> (logwright::retention::Inventory, logwright::retention::Plan) {
    let stop = AtomicBool::new(false);
    let retention = Retention { house, settings, disk: &RealDisk, now, workers: 2, stop: &stop, progress: &|_| {} };
    retention.preview(&Reader::open(&house.database()).unwrap()).unwrap()
}

/// Brings everything back that is archived or in the trash.
pub fn restore_all(house: &House, now: Millis) -> Restored {
    let (settings, stop) = (settings(""), AtomicBool::new(false));
    let retention =
        Retention { house, settings: &settings, disk: &RealDisk, now, workers: 2, stop: &stop, progress: &|_| {} };
    let hand = DurableHand::new(&RealDisk);
    let mut writer = Writer::open(&house.database()).unwrap();
    retention.attend(&hand, &mut writer).unwrap();
    let (mut journal, _) = Journal::open(house, &hand, &mut writer, now).unwrap();
    let reader = Reader::open(&house.database()).unwrap();
    let logs = reader.files().unwrap().into_iter().filter(|file| file.tier.is_packed());
    let mut wanted: Vec<Wanted> = logs.map(|file| Wanted::Log(Box::new(file))).collect();
    let days = reader.error_days().unwrap().into_iter().filter(|day| day.tier.is_packed());
    wanted.extend(days.map(Wanted::Day));
    let restored = restore(&retention.carrier(&hand), &wanted, &mut journal, &mut writer).unwrap();
    writer.finish().unwrap();
    restored
}

/// Everything that a verification finds.
pub fn verified(house: &House) -> Verified {
    let (settings, stop) = (settings(""), AtomicBool::new(false));
    let sample = Sample { part: 1, of: 1 };
    Verifier { house, settings: &settings, sample, workers: 2, stop: &stop, progress: &|_| {} }.run().unwrap()
}

/// The findings, as `kind path`.
pub fn findings(house: &House) -> Vec<String> {
    let word = |found: &Found| format!("{} {}", found.kind.name(), found.path);
    verified(house).found.iter().map(word).collect()
}

/// The logs of a house, by session and part.
pub fn logs(house: &House) -> Vec<FileRow> {
    let mut files = Reader::open(&house.database()).unwrap().files().unwrap();
    files.sort_by(|one, two| (&one.session, one.part, one.id).cmp(&(&two.session, two.part, two.id)));
    files
}

/// The logs of a session: tier and part.
pub fn tiers(house: &House, session: &str) -> Vec<(Tier, u64)> {
    logs(house).iter().filter(|file| file.session == session).map(|file| (file.tier, file.part)).collect()
}

/// The only log of a session.
pub fn log_of(house: &House, session: &str) -> FileRow {
    let mut found: Vec<FileRow> = logs(house).into_iter().filter(|file| file.session == session).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// Everything below a folder: mode, time, size and hash of each file; links are named and not followed.
pub fn snapshot(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut all = BTreeMap::new();
    for path in files_below(folder) {
        let found = fs::symlink_metadata(&path).unwrap();
        let content = match () {
            () if found.is_symlink() => format!("-> {}", fs::read_link(&path).unwrap().display()),
            () if found.is_file() => blake3::hash(&fs::read(&path).unwrap()).to_hex()[..16].to_owned(),
            () => "neither file nor link".to_owned(),
        };
        let (mode, time) = (found.permissions().mode() & 0o7777, (found.mtime(), found.mtime_nsec()));
        all.insert(path.strip_prefix(folder).unwrap().to_owned(), format!("{mode:o} {time:?} {content}"));
    }
    all
}

/// Runs the program as if it were that time.
pub fn run_at(yard: &Yard, house: &House, now: Millis, arguments: &[&str]) -> Ran {
    let mut command = yard.command(house, arguments);
    command.env("LOGWRIGHT_NOW", format_rfc3339(now));
    Ran::of(command.output().unwrap(), yard)
}

/// A time as it is written.
pub fn instant(text: &str) -> Millis {
    parse_rfc3339(text).unwrap()
}
