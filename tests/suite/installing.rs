//! What an installed plugin may do: what it was granted, in the order of the settings, until somebody takes it out.

use logwright::layout::House;
use logwright::plugin::Role;
use std::fs;
use std::path::PathBuf;

use crate::guests::{Guest, guest, prompts, set};
use crate::house::{Yard, assert_same, dump, files_below, rows};

/// A yard with a few prompts, and the folder that they are in.
fn yard_of_prompts() -> (Yard, String) {
    let yard = Yard::new();
    prompts(&yard, "p1", &["an error", "anything", "nothing.", "anything"]);
    let logs = yard.logs().display().to_string();
    (yard, logs)
}

#[track_caller]
fn install(guest: &Guest, yard: &Yard, house: &House, further: &[&str]) -> String {
    let ran = guest.install(yard, house, further);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    ran.err
}

fn installed_file(house: &House) -> PathBuf {
    let files = files_below(&house.resolve("plugins"));
    let is_wasm = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "wasm");
    let [file] = &files.into_iter().filter(is_wasm).collect::<Vec<_>>()[..] else { panic!("not one file") };
    file.clone()
}

#[test]
fn a_file_that_was_swapped_is_left_out() {
    let (yard, logs) = yard_of_prompts();
    let (plain, house) = (yard.house(), yard.house());
    assert_eq!(yard.run(&plain, &["ingest", &logs]).code, Some(0));
    let careful = guest(Role::Classifier, "careful");
    install(&careful, &yard, &house, &[]);
    fs::write(installed_file(&house), careful.version("2.0.0").module()).unwrap();
    let ran = yard.run(&house, &["ingest", &logs]);
    let file = installed_file(&house);
    let file = yard.redact(file.to_str().unwrap().as_bytes());
    let why = format!("{file} is not the file that was installed; install it again to grant it anything");
    assert_eq!((ran.code, ran.said()), (Some(1), format!("warning: left out: careful: {why}\n")));
    assert_same("said without it", &dump(&plain), &dump(&house));
    let list = yard.run(&house, &["plugin", "list"]);
    assert!(list.out.contains(&why), "{}", list.out);
}

#[test]
fn who_asks_for_more_than_was_granted_is_left_out() {
    let (yard, logs) = yard_of_prompts();
    let (plain, house) = (yard.house(), yard.house());
    assert_eq!(yard.run(&plain, &["ingest", &logs]).code, Some(0));
    install(&guest(Role::Classifier, "careful"), &yard, &house, &[]);
    let lock = house.resolve("plugins/plugins.lock");
    let text = fs::read_to_string(&lock).unwrap();
    assert!(text.contains("\"field:size\""), "{text}");
    fs::write(&lock, text.replace("\"field:size\"", "\"field:tool\"")).unwrap();
    let ran = yard.run(&house, &["ingest", &logs]);
    let expected = "warning: left out: careful 1.0.0 asks for what it was not granted: field:size; \
                    `logwright plugin install` shows what it asks for, and grants it\n";
    assert_eq!((ran.code, ran.said().as_str()), (Some(1), expected));
    assert_same("said without it", &dump(&plain), &dump(&house));
    // What cannot be started today may be mended tomorrow.
    fs::write(&lock, text).unwrap();
    let ran = yard.run(&house, &["ingest", &logs]);
    assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""));
    let its = "SELECT plugin, families, asked FROM plugins WHERE role = 'classifier' AND families ORDER BY 1";
    assert_eq!(
        rows(&house, its, &[]),
        ["plugin=\"careful\" families=1 asked=4", "plugin=\"classifier\" families=1 asked=4"]
    );
}

#[test]
fn an_upgrade_says_what_it_newly_asks_for() {
    let (yard, logs) = yard_of_prompts();
    let house = yard.house();
    install(&guest(Role::Classifier, "careful"), &yard, &house, &[]);
    yard.run(&house, &["ingest", &logs]);
    let upgrade = guest(Role::Classifier, "careful").version("2.0.0").fields(3).at("an error", 22);
    let said = install(&upgrade, &yard, &house, &["--allow-critical"]);
    assert_eq!(
        said,
        "note: tried on a sample: 936 records judged, 281 instructions each\n\
         note: takes the place of version 1.0.0 (2.0.0 is offered)\n\
         warning: newly asks for: critical, field:project\n\
         note: installed careful 2.0.0 as classifier\n\
         hint: `logwright ingest` lets it judge what is kept; `logwright plugin remove` takes it out again\n"
    );
    // The file of the version before is gone.
    assert_eq!(fs::read(installed_file(&house)).unwrap(), upgrade.module());
    yard.run(&house, &["ingest", &logs]);
    let its = "SELECT version, families FROM plugins WHERE plugin = 'careful' ORDER BY 1";
    assert_eq!(rows(&house, its, &[]), ["version=\"1.0.0\" families=0", "version=\"2.0.0\" families=1"]);
    let back = install(&guest(Role::Classifier, "careful"), &yard, &house, &[]);
    let changes: Vec<&str> = back.lines().skip(1).take(3).collect();
    assert_eq!(
        changes,
        [
            "note: it may not have errors kept for ever; `--allow-critical` would let it",
            "note: takes the place of version 2.0.0 (1.0.0 is offered)",
            "note: no longer asks for: critical, field:project",
        ]
    );
}

/// The critical errors that are kept for ever, by the names of their files.
fn kept_for_ever(house: &House) -> Vec<String> {
    files_below(&house.resolve("logs/errors/critical"))
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

const CRITICAL: &str = "SELECT count(*) AS n FROM incidents WHERE critical";

#[test]
fn nothing_is_critical_without_the_grant() {
    let yard = Yard::new();
    let logs = yard.fixture("claude-code/projects/-home-dev-orrery").display().to_string();
    // A classifier sees every event, an extractor those that failed.
    for (role, critical) in [(Role::Classifier, 38), (Role::Extractor, 4)] {
        let house = yard.house();
        let always = guest(role, "careful").chooses("(return (i32.const 16))");
        let said = install(&always, &yard, &house, &[]);
        assert!(
            said.contains("note: it may not have errors kept for ever; `--allow-critical` would let it\n"),
            "{said}"
        );
        let ran = yard.run(&house, &["ingest", &logs]);
        assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""));
        assert_eq!(rows(&house, "SELECT count(*) AS n FROM incidents", &[]), ["n=4"]);
        assert_eq!(rows(&house, CRITICAL, &[]), ["n=0"], "{role}");
        assert_eq!(kept_for_ever(&house), Vec::<String>::new(), "{role}");

        install(&always, &yard, &house, &["--allow-critical"]);
        let ran = yard.run(&house, &["ingest", &logs]);
        assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""));
        assert_eq!(rows(&house, CRITICAL, &[]), [format!("n={critical}")], "{role}");
        // Even what turns out to be no error.
        assert_eq!(kept_for_ever(&house).len(), critical, "{role}");
    }
}

#[test]
fn what_is_critical_is_kept_for_ever_until_a_person_clears_it() {
    let yard = Yard::new();
    let logs = yard.fixture("claude-code/projects/-home-dev-orrery").display().to_string();
    let house = yard.house();
    set(&house, "[plugin.limits]\ncritical = 1\n");
    let always = guest(Role::Extractor, "careful").chooses("(return (i32.const 16))");
    install(&always, &yard, &house, &["--allow-critical"]);
    let wait = |waiting: &str| {
        format!(
            "warning: {waiting} for the next run, since one run keeps no more than `critical` under [plugin.limits]\n"
        )
    };
    let mut files = Vec::new();
    for (kept, said) in [
        (1, wait("3 critical errors wait")),
        (2, wait("2 critical errors wait")),
        (3, wait("1 critical error waits")),
        (4, String::new()),
        (4, String::new()),
    ] {
        let ran = yard.run(&house, &["ingest", &logs]);
        assert_eq!((ran.code, ran.said()), (Some(0), said), "{kept}");
        assert_eq!(rows(&house, CRITICAL, &[]), ["n=4"]);
        files = kept_for_ever(&house);
        assert_eq!(files.len(), kept);
    }
    let texts = |files: &[String]| -> Vec<Vec<u8>> {
        files.iter().map(|name| fs::read(house.resolve("logs/errors/critical").join(name)).unwrap()).collect()
    };
    let before = texts(&files);
    let id = files[0].trim_end_matches(".json");
    let cleared = yard.run(&house, &["errors", "clear", id, "--why", "known"]);
    assert_eq!((cleared.code, cleared.err.as_str()), (Some(0), "note: HHHHHHHH need not be kept for ever\n"));
    assert_eq!(rows(&house, CRITICAL, &[]), ["n=3"]);
    // Neither the next run nor a rebuild takes the decision back, or writes anything for ever again.
    for arguments in [&["ingest", &logs][..], &["rebuild"]] {
        let ran = yard.run(&house, arguments);
        assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""), "{arguments:?}");
        assert_eq!(rows(&house, CRITICAL, &[]), ["n=3"]);
        assert_eq!(kept_for_ever(&house), files);
        assert_eq!(texts(&files), before);
    }
}

/// Who fills the events, and what the others say of them, in the order of time.
fn verdicts(house: &House) -> [Vec<String>; 2] {
    let filled = "SELECT subcategory FROM events ORDER BY time";
    let others = "SELECT plugin, f.subcategory AS says, count(*) AS n FROM findings f JOIN events e ON e.id = f.event \
                  WHERE label IS NULL GROUP BY 1, 2 ORDER BY 1, 2";
    [filled, others].map(|sql| {
        let rows = rows(house, sql, &[]);
        rows.iter().map(|row| row.replace(['"'], "").replace("subcategory=", "")).collect()
    })
}

#[test]
fn the_first_that_does_not_abstain_fills_the_event() {
    let (yard, logs) = yard_of_prompts();
    let house = yard.house();
    // One knows errors and abstains from the rest; the other abstains once, and has one word for all.
    let picky = guest(Role::Classifier, "picky-1").at("anything", 20).at("nothing.", 20).at("an error", 22);
    let quiet = guest(Role::Classifier, "quiet-2").at("nothing.", 20);
    install(&picky, &yard, &house, &[]);
    install(&quiet, &yard, &house, &[]);
    for (settings, filled, others) in [
        (
            "",
            ["error", "tool-usage", "pattern", "tool-usage"],
            &["plugin=classifier says=pattern n=3", "plugin=quiet-2 says=tool-usage n=1"][..],
        ),
        (
            "order = [\"quiet-2\", \"picky-1\"]",
            ["tool-usage", "tool-usage", "pattern", "tool-usage"],
            &["plugin=classifier says=pattern n=3", "plugin=picky-1 says=error n=1"],
        ),
        (
            "order = [\"classifier\"]",
            ["pattern"; 4],
            &["plugin=picky-1 says=error n=1", "plugin=quiet-2 says=tool-usage n=3"],
        ),
        ("disabled = [\"classifier\", \"quiet-2\"]", ["error", "", "", ""], &[]),
    ] {
        set(&house, &format!("[plugin]\n{settings}\n"));
        let ran = yard.run(&house, &["ingest", &logs]);
        assert_eq!((ran.code, ran.said().as_str()), (Some(0), ""));
        let [actual_filled, actual_others] = verdicts(&house);
        assert_eq!(
            (&actual_filled[..], &actual_others[..]),
            (&filled.map(str::to_owned)[..], &others.iter().map(|row| (*row).to_owned()).collect::<Vec<_>>()[..]),
            "{settings}"
        );
    }
    let list = yard.run(&house, &["plugin", "list"]).out;
    let is_disabled =
        |name: &str| list.lines().any(|line| line.contains(name) && line.contains("disabled in the settings"));
    assert!(is_disabled("quiet-2") && is_disabled("classifier") && !is_disabled("picky-1"), "{list}");
}
