//! Support for tests of what retention survives: a small house in each of the states that retention knows, what is done
//! to it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use logwright::disk::{Disk, DiskFile, RealDisk, Stamp};
use logwright::ingest::{Ingest, IngestError, Mode, Report, open_house};
use logwright::intake::Place;
use logwright::layout::House;
use logwright::retention::{FaultKind, find, forget, recover, restore};
use logwright::retention::{Found, Journal, Outcome, Retention, RetentionError, Sample, Subject, Verifier, Wanted};
use logwright::settings::Settings;
use logwright::store::{DurableHand, Reader, Writer};
use serde_json::{Value, json};

use crate::house::{Yard, bench, files_below};
use crate::oracle::Oracle;
use crate::steps::copy;

/// The day on which the logs are brought in: 2026-02-01T12:00:00Z.
const BEGIN: i64 = 1_769_947_200_000;

/// So many days later.
pub const fn day(number: i64) -> i64 {
    BEGIN + number * 86_400_000
}

/// When each thing is due: the first archive, the announcement of the first removal, the removal, and the end of the
/// trash.
pub const ARCHIVE: i64 = day(31);
const ANNOUNCE: i64 = day(123);
const REMOVE: i64 = day(131);
const PURGE: i64 = day(139);

/// Whether everything is tried that could be, instead of what fits into a run of the suite.
pub fn is_exhaustive() -> bool {
    std::env::var_os("LOGWRIGHT_EXHAUSTIVE").is_some()
}

/// The real disk, which waits for nothing: whether it was told to wait is seen elsewhere.
pub struct Hasty;

struct HastyFile(Box<dyn DiskFile>);

impl io::Write for HastyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl DiskFile for HastyFile {
    fn stamp(&mut self, stamp: Stamp) -> io::Result<()> {
        self.0.stamp(stamp)
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Disk for Hasty {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        RealDisk.create_folder(path)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(HastyFile(RealDisk.create(path)?)))
    }

    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(HastyFile(RealDisk.extend(path, length)?)))
    }

    fn cut(&self, path: &Path, length: u64) -> io::Result<()> {
        RealDisk.cut(path, length)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn sync_disk(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }
}

/// What is done to a house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Logs are archived.
    Archive,
    /// Days of error records are archived.
    ArchiveDays,
    /// The first removal is announced, and is the first that the ledger says.
    Announce,
    /// Archives are removed into the trash.
    Remove,
    /// What lies in the trash goes.
    Purge,
    /// Archives become active again.
    Restore,
    /// What lies in the trash becomes active again.
    Rescue,
    /// A person forgets an active session.
    Forget,
    /// A person forgets a session whose log and error records lie in the archive.
    ForgetArchived,
    /// A damaged ledger is made anew.
    Rebuild,
}

impl Deed {
    /// All of them.
    pub const ALL: [Deed; 10] = [
        Deed::Archive,
        Deed::ArchiveDays,
        Deed::Announce,
        Deed::Remove,
        Deed::Purge,
        Deed::Restore,
        Deed::Rescue,
        Deed::Forget,
        Deed::ForgetArchived,
        Deed::Rebuild,
    ];

    /// When it is done.
    pub fn time(self) -> i64 {
        match self {
            Deed::Archive | Deed::ArchiveDays | Deed::Forget => ARCHIVE,
            Deed::Announce => ANNOUNCE,
            Deed::Remove | Deed::Restore | Deed::ForgetArchived | Deed::Rebuild => REMOVE,
            Deed::Purge | Deed::Rescue => PURGE,
        }
    }

    /// Under which policy.
    pub fn settings(self) -> Settings {
        settings(match self {
            Deed::ArchiveDays => "[retention.folders.sessions]\nactive_days = \"never\"\n",
            _ => "",
        })
    }

    /// Whether logs may be gone afterwards, if there is a receipt.
    pub fn may_let_go(self) -> bool {
        matches!(self, Deed::Purge | Deed::Forget | Deed::ForgetArchived)
    }

    /// The arguments with which the program does it.
    pub fn arguments(self) -> &'static [&'static str] {
        match self {
            Deed::Archive | Deed::ArchiveDays | Deed::Announce | Deed::Remove | Deed::Purge => &["retain"],
            Deed::Restore | Deed::Rescue => &["restore", "--all"],
            Deed::Forget | Deed::ForgetArchived => &["forget", "--yes", "--session", FAILING],
            Deed::Rebuild => &["verify", "--repair"],
        }
    }

    /// Does it, as its command does.
    pub fn carry_out(self, house: &House, disk: &dyn Disk) -> Result<(), IngestError> {
        let (settings, now) = (self.settings(), self.time());
        match self {
            Deed::Archive | Deed::ArchiveDays | Deed::Announce | Deed::Remove | Deed::Purge => {
                retain_as(house, &settings, disk, now)?;
            }
            Deed::Restore | Deed::Rescue => {
                with_carrier(house, &settings, disk, now, |retention, hand, writer| {
                    let reader = Reader::open(&house.database())?;
                    let files = reader.files()?.into_iter().filter(|file| file.tier.is_packed());
                    let mut wanted: Vec<Wanted> = files.map(|file| Wanted::Log(Box::new(file))).collect();
                    let days = reader.error_days()?.into_iter().filter(|day| day.tier.is_packed());
                    wanted.extend(days.map(Wanted::Day));
                    let (mut journal, _) = Journal::open(house, hand, writer, now)?;
                    restore(&retention.carrier(hand), &wanted, &mut journal, writer).map(drop)
                })?;
            }
            Deed::Forget | Deed::ForgetArchived => {
                with_carrier(house, &settings, disk, now, |retention, hand, writer| {
                    let subject = Subject::Session(FAILING.to_owned());
                    let carrier = retention.carrier(hand);
                    let found = find(&carrier, &Reader::open(&house.database())?, &subject, false)?;
                    let (mut journal, _) = Journal::open(house, hand, writer, now)?;
                    forget(&carrier, &found, &subject, &mut journal, writer)?;
                    Ok(writer.compact()?)
                })?;
                ingest_at(house, &[], disk, now)?;
            }
            Deed::Rebuild => repair(house, disk, now)?,
        }
        Ok(())
    }

    /// Takes up what an interruption left, as the next run of the program does.
    pub fn recover(self, house: &House) -> Result<Report, IngestError> {
        if self == Deed::Rebuild {
            repair(house, &Hasty, self.time())?;
        }
        ingest_at(house, &[], &Hasty, self.time())
    }
}

fn settings(text: &str) -> Settings {
    let (mut settings, _) = Settings::parse(text, Path::new("logwright.toml")).unwrap();
    // In one thread, so that operations come in the same order every time.
    settings.intake.workers = 1;
    settings
}

/// What `verify --repair` does.
fn repair(house: &House, disk: &dyn Disk, now: i64) -> Result<(), RetentionError> {
    let hand = DurableHand::new(disk);
    let mut writer = Writer::open(&house.database())?;
    let (mut journal, _) = Journal::open(house, &hand, &mut writer, now)?;
    recover(house, &hand, &mut journal, &mut writer, now)?;
    Ok(writer.finish()?)
}

fn with_carrier(
    house: &House,
    settings: &Settings,
    disk: &dyn Disk,
    now: i64,
    work: impl FnOnce(&Retention<'_>, &DurableHand<'_>, &mut Writer) -> Result<(), RetentionError>,
) -> Result<(), RetentionError> {
    let never = AtomicBool::new(false);
    let retention = Retention { house, settings, disk, now, workers: 1, stop: &never, progress: &|_| {} };
    let hand = DurableHand::new(disk);
    let mut writer = Writer::open(&house.database())?;
    retention.attend(&hand, &mut writer)?;
    work(&retention, &hand, &mut writer)?;
    Ok(writer.finish()?)
}

/// Does what is due.
pub fn retain_as(house: &House, settings: &Settings, disk: &dyn Disk, now: i64) -> Result<Outcome, RetentionError> {
    let never = AtomicBool::new(false);
    let workers = settings.intake.workers.max(1);
    let retention = Retention { house, settings, disk, now, workers, stop: &never, progress: &|_| {} };
    let mut writer = Writer::open(&house.database())?;
    let outcome = retention.run(&mut writer, None)?;
    writer.finish()?;
    Ok(outcome)
}

/// Brings in what lies at some places.
pub fn ingest_at(house: &House, paths: &[PathBuf], disk: &dyn Disk, now: i64) -> Result<Report, IngestError> {
    let settings = settings("");
    let places: Vec<Place> = paths.iter().cloned().map(Place::Path).collect();
    open_house(house, &settings, disk)?;
    bench().with(|judges| {
        let ingest = Ingest {
            house,
            settings: &settings,
            disk,
            judges,
            again: false,
            now,
            stop: &AtomicBool::new(false),
            progress: &|_| {},
        };
        ingest.run(&places, None, Mode::Changes)
    })
}

/// The session that fails, and is forgotten.
pub const FAILING: &str = "0f000000-0000-4000-8000-000000000002";

/// A house with three logs of three families, two days of error records and the record of a critical error.
pub struct Kept {
    /// Where everything lies.
    pub yard: Yard,
    fresh: House,
    archived: House,
    announced: House,
    trashed: House,
    oracle: Oracle,
}

impl Kept {
    /// Makes the house in all of its states, each from the one before.
    pub fn new() -> Kept {
        let yard = Yard::in_memory();
        for (name, text) in [
            ("0f000000-0000-4000-8000-000000000001", session("0f000000-0000-4000-8000-000000000001", "08", 1, false)),
            (FAILING, session(FAILING, "09", 3, true)),
            ("0f000000-0000-4000-8000-000000000003", session("0f000000-0000-4000-8000-000000000003", "10", 40, true)),
        ] {
            yard.write(&format!("claude-code/projects/-p/{name}.jsonl"), text.as_bytes());
        }
        let fresh = yard.house();
        ingest_at(&fresh, &[yard.logs()], &Hasty, BEGIN).unwrap();
        keep_for_ever(&fresh);
        let oracle = Oracle::of(&fresh);
        assert_eq!((oracle.logs.len(), oracle.days.len(), oracle.critical.len()), (3, 2, 1), "{oracle:?}");
        let after = |before: &House, times: &[i64]| {
            let house = yard.house();
            copy(before.root(), house.root()).unwrap();
            for now in times {
                retain_as(&house, &settings(""), &Hasty, *now).unwrap();
            }
            house
        };
        let archived = after(&fresh, &[ARCHIVE]);
        let announced = after(&archived, &[ANNOUNCE]);
        let trashed = after(&announced, &[REMOVE]);
        let kept = Kept { yard, fresh, archived, announced, trashed, oracle };
        for (state, house) in [&kept.fresh, &kept.archived, &kept.announced, &kept.trashed].into_iter().enumerate() {
            assert_eq!(kept.oracle.complaints(house, false), Vec::<String>::new(), "state {state}");
            assert_eq!(verify(house), Vec::new(), "state {state}");
        }
        let trash = files_below(&kept.trashed.trash()).len();
        assert_eq!(trash, 5, "logs and days of errors in the trash");
        kept
    }

    /// A house as it is before something is done to it.
    pub fn before(&self, deed: Deed) -> House {
        let from = match deed {
            Deed::Archive | Deed::ArchiveDays | Deed::Forget => &self.fresh,
            Deed::Announce => &self.archived,
            Deed::Remove | Deed::Restore | Deed::ForgetArchived | Deed::Rebuild => &self.announced,
            Deed::Purge | Deed::Rescue => &self.trashed,
        };
        let house = self.yard.house();
        copy(from.root(), house.root()).unwrap();
        if deed == Deed::Rebuild {
            let mut text = fs::read(house.ledger()).unwrap();
            let middle = text.len() / 2;
            text[middle] ^= 1;
            fs::write(house.ledger(), text).unwrap();
        }
        fs::write(house.settings(), policy_text(deed)).unwrap();
        house
    }

    /// What is wrong with a house to which something was done, whole or in part, once it has recovered.
    pub fn complaints(&self, house: &House, deed: Deed) -> Vec<String> {
        let mut complaints = self.oracle.complaints(house, deed.may_let_go());
        complaints.extend(verify(house).iter().map(|found| format!("verify: {found:?}")));
        complaints
    }
}

/// The settings as the program reads them.
fn policy_text(deed: Deed) -> String {
    let never = "[retention.folders.sessions]\nactive_days = \"never\"\n";
    format!("[intake]\nworkers = 1\n{}", if deed == Deed::ArchiveDays { never } else { "" })
}

/// A session of one day in January 2026: prompts, and a tool that fails if it is said so.
pub fn session(id: &str, day: &str, turns: usize, fails: bool) -> String {
    let mut text = String::new();
    let mut parent = Value::Null;
    let mut add = |n: usize, kind: &str, message: Value| {
        let uuid = format!("{}-{n:04}-4000-8000-{}{n:08}", &id[..8], &id[id.len() - 4..]);
        let line = json!({
            "parentUuid": parent, "isSidechain": false, "userType": "external", "cwd": format!("/work/{}", &id[30..]),
            "sessionId": id, "version": "2.1.144", "type": kind, "message": message, "uuid": uuid,
            "timestamp": format!("2026-01-{day}T08:{:02}:{:02}.000Z", n / 60 % 60, n % 60),
        });
        parent = json!(uuid);
        text.push_str(&format!("{line}\n"));
    };
    for turn in 0..turns {
        add(turn * 4, "user", json!({"role": "user", "content": format!("Turn {turn} of {id}: mend the orbit.")}));
        if fails {
            let call = format!("toolu_{}{turn:08}", &id[id.len() - 4..]);
            let input = json!({"command": format!("make orbit-{turn}")});
            let content = json!([{"type": "tool_use", "id": call, "name": "Bash", "input": input}]);
            let message = json!({"model": "claude-opus-4-8", "id": format!("msg_{call}"), "type": "message",
                "role": "assistant", "content": content, "usage": {"input_tokens": 5, "output_tokens": 7}});
            add(turn * 4 + 1, "assistant", message);
            let said = format!("Exit code 2\nmake: *** No rule to make target 'orbit-{turn}'.  Stop.");
            let result = json!([{"tool_use_id": call, "type": "tool_result", "content": said, "is_error": true}]);
            add(turn * 4 + 2, "user", json!({"role": "user", "content": result}));
        }
    }
    text
}

/// Lets the last error of a house be one that is kept for ever, as a plugin with the grant would.
fn keep_for_ever(house: &House) {
    let days = files_below(&house.resolve("logs/errors"));
    let text = fs::read_to_string(days.last().unwrap()).unwrap();
    let line = text.lines().last().unwrap();
    let id = serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    let folder = house.resolve("logs/errors/critical");
    RealDisk.create_folder(&folder).unwrap();
    fs::write(folder.join(format!("{id}.json")), format!("{line}\n")).unwrap();
    let number = u64::from_str_radix(&id, 16).unwrap();
    let hash = blake3::hash(format!("{line}\n").as_bytes()).to_hex().to_string();
    Writer::open(&house.database())
        .and_then(|mut writer| {
            writer.write(|group| group.critical_file(number, &hash, 0))?;
            writer.finish()
        })
        .unwrap();
}

/// What verification finds.
pub fn verify(house: &House) -> Vec<Found> {
    let settings = settings("");
    let verifier = Verifier {
        house,
        settings: &settings,
        sample: Sample { part: 1, of: 1 },
        workers: 1,
        stop: &AtomicBool::new(false),
        progress: &|_| {},
    };
    let mut found = verifier.run().unwrap().found;
    // A copy in the memory of the machine is none that others could read.
    found.retain(|found| found.kind != FaultKind::Exposed);
    found
}
