//! Files of all sorts in the folders of a house that are none of its logs: nothing outside is touched, `verify` names each,
//! and no command hangs or says what the terminal would take for a command.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use logwright::disk::RealDisk;
use logwright::layout::{House, Tier};

use crate::hostile::make_pipe;
use crate::house::{How, Yard, ingest, ingest_as};
use crate::spoiled::full_house;
use crate::tiers::{
    ANNOUNCED, ARCHIVED, DAY, PURGED, REMOVED, findings, lines, log_of, retain, retain_as, retain_until, run_at,
    settings, snapshot, tiers, two_sessions, verified,
};

/// The folders in which logs lie.
const FOLDERS: [&str; 6] = [
    "logs/sessions",
    "logs/system",
    "logs/errors",
    "logs/errors/critical",
    "logs/archived-snapshots/2026/01",
    "store/trash",
];

/// Puts odd files into a folder of a house; `outside` holds what links lead to.
fn litter(folder: &Path, outside: &Path) -> Vec<PathBuf> {
    fs::create_dir_all(folder).unwrap();
    let at = |name: &[u8]| folder.join(OsStr::from_bytes(name));
    let session = "20260101T000000Z_claude-code_x_0a0b0c0d.jsonl";
    let mut names: Vec<PathBuf> = Vec::new();
    let long = "n".repeat(255);
    for name in [
        &b"new\nline.jsonl"[..],
        b"escape\x1b[2J\x1b]0;title\x07.jsonl",
        b"no utf-8 \xff\xfe.jsonl",
        b"..jsonl",
        b"...",
        b"CASE.jsonl",
        b"case.jsonl",
        b"bidi\xe2\x80\xae.jsonl",
        long.as_bytes(),
    ] {
        fs::write(at(name), "stray").unwrap();
        names.push(at(name));
    }
    symlink(outside.join("log.jsonl"), at(b"link.jsonl")).unwrap();
    symlink(outside.join("log.jsonl"), at(session.as_bytes())).unwrap();
    symlink(outside, at(b"folder-link")).unwrap();
    symlink("nowhere", at(b"dangling")).unwrap();
    symlink("..", at(b"upwards")).unwrap();
    fs::hard_link(outside.join("log.jsonl"), at(b"hard.jsonl")).unwrap();
    make_pipe(&at(b"pipe.jsonl"));
    make_pipe(&at(format!("pipe_{session}").as_bytes()));
    let _socket = UnixListener::bind(at(b"socket"));
    names.extend(
        ["link.jsonl", session, "folder-link", "dangling", "upwards", "hard.jsonl", "pipe.jsonl", "socket"]
            .map(|name| folder.join(name)),
    );
    names
}

/// Something outside the house.
fn outside(yard: &Yard) -> PathBuf {
    let outside = yard.root().join("outside");
    fs::create_dir_all(outside.join("2026/01")).unwrap();
    fs::write(outside.join("log.jsonl"), lines("outside", 2)).unwrap();
    outside
}

#[test]
fn odd_files_are_named_and_left_alone() {
    let yard = Yard::new();
    let house = full_house(&yard);
    let outside = outside(&yard);
    let mut names = Vec::new();
    for folder in FOLDERS {
        names.extend(litter(&house.resolve(folder), &outside));
    }
    let before = snapshot(&outside);
    let found = verified(&house).found;
    for name in &names {
        let name = name.strip_prefix(house.root()).unwrap().to_string_lossy().into_owned();
        assert!(found.iter().any(|found| found.path == name), "{name:?} is not named");
    }
    // Everything runs, and says what it says without a byte that would move the cursor.
    let commands: [&[&str]; 7] = [
        &["verify"],
        &["retain", "--dry-run"],
        &["retain"],
        &["ingest", "logs"],
        &["rebuild"],
        &["forget", "--match", "no such text", "--yes"],
        &["verify", "--format", "json"],
    ];
    for arguments in commands {
        let ran = run_at(&yard, &house, REMOVED + DAY, arguments);
        assert!(matches!(ran.code, Some(0 | 1)), "{arguments:?}: {ran:?}");
        let said = ran.out + &ran.err;
        let is_bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
        assert!(!said.contains(is_bad), "{arguments:?}: {said:?}");
    }
    let settings = settings("[retention]\nactive_days = 1\narchive_days = 1\ntrash_days = 1\n");
    for days in [40, 80, 120] {
        retain_as(&house, &settings, &RealDisk, REMOVED + days * DAY, None).unwrap();
    }
    assert_eq!(snapshot(&outside), before, "something outside was touched");
    for name in names {
        // `rebuild` may have taken the hard link in for a log; whatever it is, it is there.
        assert!(fs::symlink_metadata(&name).is_ok(), "{} is gone", name.display());
    }
}

#[test]
fn nothing_is_archived_through_a_link() {
    for place in ["logs/archived-snapshots/2026", "logs/archived-snapshots/2026/01"] {
        let yard = two_sessions();
        let house = yard.house();
        ingest(&house, &[yard.logs()]);
        let outside = outside(&yard);
        let link = house.resolve(place);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        symlink(&outside, &link).unwrap();
        let before = snapshot(&outside);
        let outcome = retain(&house, ARCHIVED);
        assert_eq!((outcome.applied.archived.0, outcome.applied.passed_over.len()), (0, 2), "{place}");
        assert!(outcome.applied.passed_over[0].1.ends_with("is a link"), "{:?}", outcome.applied.passed_over);
        assert_eq!(snapshot(&outside), before, "{place}");
        assert_eq!(findings(&house), [format!("unlisted {place}")]);
        fs::remove_file(link).unwrap();
        assert_eq!(retain(&house, ARCHIVED).applied.archived.0, 2);
    }
}

#[test]
fn nothing_is_written_through_a_link_in_place_of_a_copy() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let copy = house.resolve(&log_of(&house, "one").path);
    let outside = yard.root().join("outside.jsonl");
    fs::rename(&copy, &outside).unwrap();
    symlink(&outside, &copy).unwrap();
    let before = fs::read(&outside).unwrap();
    yard.write("projects/-p/one.jsonl", lines("one", 5).as_bytes());
    let report = ingest(&house, &[yard.logs()]);
    assert_eq!(report.passed_over.len(), 1, "{report:?}");
    assert!(report.passed_over[0].reason.ends_with("is no regular file"), "{report:?}");
    assert_eq!(fs::read(&outside).unwrap(), before);
    // Once the link is gone, the copy is made again.
    fs::remove_file(&copy).unwrap();
    ingest(&house, &[yard.logs()]);
    assert_eq!(fs::read(&copy).unwrap(), lines("one", 5).as_bytes());
    assert_eq!(findings(&house), Vec::<String>::new());
}

#[test]
fn a_name_that_is_taken_is_passed_over() {
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let path = log_of(&house, "one").path;
    let taken = house.resolve(&logwright::layout::archive_path("logs/archived-snapshots", &path, 1_767_225_600_000));
    fs::create_dir_all(taken.parent().unwrap()).unwrap();
    fs::write(&taken, "somebody else's").unwrap();
    let outcome = retain(&house, ARCHIVED);
    assert_eq!((outcome.applied.archived.0, outcome.applied.passed_over.len()), (1, 1), "{:?}", outcome.applied);
    assert_eq!(fs::read(&taken).unwrap(), b"somebody else's");
    // The same on the way back.
    fs::remove_file(&taken).unwrap();
    retain(&house, ARCHIVED + DAY);
    symlink("nowhere", house.resolve(&path)).unwrap();
    let restored = crate::tiers::restore_all(&house, ARCHIVED + DAY);
    assert_eq!((restored.logs.len(), restored.passed_over.len()), (1, 1), "{restored:?}");
    assert!(house.resolve(&path).is_symlink());
    assert_eq!(tiers(&house, "one"), [(Tier::Archive, 0)]);
}

#[test]
fn a_folder_that_cannot_be_written_to_stops_the_run_and_loses_nothing() {
    if rustix::process::geteuid().is_root() {
        // Nobody can keep root from writing: the same is tested with disks that refuse.
        return;
    }
    let yard = two_sessions();
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let folder = house.resolve("logs/archived-snapshots");
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, Permissions::from_mode(0o500)).unwrap();
    let refused = retain_as(&house, &settings(""), &RealDisk, ARCHIVED, None);
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(retain(&house, ARCHIVED).applied.archived.0, 2);
    assert_eq!(findings(&house), Vec::<String>::new());
}

/// Sources with names that are hard to write.
fn odd_sources(yard: &Yard) -> Vec<String> {
    let names: [&[u8]; 5] = [b"new\nline", b"escape\x1b[2J", b"no utf-8 \xff", &[b's'; 240], b"trailing."];
    let folder = yard.logs().join("projects/-p");
    fs::create_dir_all(&folder).unwrap();
    for (number, name) in names.iter().enumerate() {
        let path = folder.join(OsStr::from_bytes(&[name, &b".jsonl"[..]].concat()));
        fs::write(path, lines(&format!("odd{number}"), 2)).unwrap();
    }
    (0..names.len()).map(|number| format!("odd{number}")).collect()
}

#[test]
fn odd_names_of_sources_go_through_all_tiers() {
    let yard = Yard::new();
    let sessions = odd_sources(&yard);
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    retain_until(&house, &[ARCHIVED]);
    assert_eq!(findings(&house), Vec::<String>::new());
    crate::tiers::restore_all(&house, ARCHIVED);
    assert_eq!(findings(&house), Vec::<String>::new());
    retain_until(&house, &[ARCHIVED + 31 * DAY, ANNOUNCED + 31 * DAY, REMOVED + 31 * DAY]);
    for session in &sessions {
        assert_eq!(tiers(&house, session), [(Tier::Trash, 0)]);
    }
    let ran = run_at(&yard, &house, REMOVED + 31 * DAY, &["retain", "receipts"]);
    assert!(!ran.out.contains(|c: char| c.is_control() && c != '\n'), "{:?}", ran.out);
    let report = ingest(&house, &[yard.logs()]);
    assert_eq!((report.files_new, report.bytes_copied), (0, 0), "{report:?}");
    retain_until(&house, &[PURGED + 31 * DAY]);
    assert_eq!(findings(&house), Vec::<String>::new());
    let again = How { again: true, now: PURGED + 32 * DAY, ..How::default() };
    assert_eq!(ingest_as(&house, &[yard.logs()], &again).unwrap().files_new, sessions.len() as u64);
}

/// A house of which a folder that is not its own was made a part.
#[test]
fn a_trash_that_is_a_link_is_not_emptied_elsewhere() {
    let yard = Yard::new();
    let house: House = full_house(&yard);
    let outside = outside(&yard);
    let trash = house.trash();
    fs::rename(&trash, outside.join("trash")).unwrap();
    symlink(&outside, &trash).unwrap();
    fs::write(outside.join("other"), "x").unwrap();
    let before = snapshot(&outside);
    retain_as(&house, &settings(""), &RealDisk, REMOVED + 20 * DAY, None).unwrap();
    assert_eq!(snapshot(&outside), before);
}
