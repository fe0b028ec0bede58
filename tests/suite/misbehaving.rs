//! Plugins that mean harm, fail or remember, from their installation by the program to what a house says in the end:
//! the run ends, its cost is stated, and nothing else changes.

use logwright::layout::House;
use logwright::plugin::Role;

use crate::guests::{EVERY_WAY, Guest, HIDES, guest, prompts, set};
use crate::house::{Yard, assert_same, dump, kept, rows};

/// What a house says but for what it says of one plugin.
fn said_by_others(house: &House, plugin: &str) -> String {
    let its = format!("plugin={plugin:?}");
    dump(house)
        .lines()
        .filter(|line| !line.is_empty() && !line.contains(&its))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// A guest that misbehaves in every way, once it is installed.
fn hostile(role: Role, name: &'static str) -> Guest {
    guest(role, name).chooses(HIDES).chooses(EVERY_WAY)
}

/// Limits that a hostile plugin meets soon in the fixtures.
const SOON: &str = "[plugin.limits]\nfailures = 8\n";

/// The built-in plugins, to be asked before all others.
const FIRST: &str = "[plugin]\norder = [\"classifier\", \"prevention\", \"analytics\"]\n";

/// Numbers that depend on how far each worker was when enough was enough.
fn without_numbers(text: &str) -> String {
    let mut out = String::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let is_counted = matches!(words.peek(), Some(&"records" | &"instructions."));
        out.push_str(if is_counted { "[NUMBER]" } else { word });
        out.push_str(if words.peek().is_some() { " " } else { "" });
    }
    out
}

/// Brings the fixtures into a house with a hostile plugin, and into one without it.
fn assert_changes_nothing_else(role: Role, settings: &str) {
    let yard = Yard::new();
    let logs = yard.fixture("claude-code").display().to_string();
    let (plain, house) = (yard.house(), yard.house());
    for house in [&plain, &house] {
        set(house, &format!("{settings}{SOON}"));
    }
    let without = yard.run(&plain, &["ingest", &logs]);
    assert_eq!((without.code, without.said().as_str()), (Some(0), ""));
    let installed = hostile(role, "hostile").install(&yard, &house, &[]);
    assert_eq!(installed.code, Some(0), "{}", installed.err);

    let with = yard.run(&house, &["ingest", &logs]);
    let said = without_numbers(&with.said());
    let (warning, hints) = said.split_once('\n').unwrap();
    let (start, first) = warning.split_once("The first failure: ").unwrap();
    assert_eq!(
        start,
        "warning: hostile 1.0.0 failed on [NUMBER] records and is suspended; nothing that it found counts, and it cost \
         [NUMBER] instructions. "
    );
    assert!(first.starts_with("hostile 1.0.0 "), "{first}");
    assert_eq!(
        hints,
        "hint: `logwright plugin resume hostile` asks it again\n\
         hint: `logwright plugin replay hostile HHHHHHHHHHHHHHHH` shows it again\n"
    );
    assert_eq!((with.code, with.out), (Some(1), without.out.replace("house1", "house2")));
    assert_same("said by the others", &said_by_others(&plain, ""), &said_by_others(&house, "hostile"));
    assert_same("kept", &kept(&plain), &kept(&house));
    let report = |house| yard.run(house, &["stats", "--report", "analytics", "--format", "json"]);
    assert_eq!(report(&plain).code, Some(0));
    assert_eq!(report(&plain), report(&house));
    let its =
        rows(&house, "SELECT asked - unjudged AS judged, fuel, suspended FROM plugins WHERE plugin = 'hostile'", &[]);
    assert_eq!(its, ["judged=0 fuel=0 suspended=1"]);
    assert!(yard.run(&house, &["plugin", "list"]).out.contains("suspended: hostile 1.0.0 "));

    let again = yard.run(&house, &["ingest", &logs]);
    assert_eq!((again.code, again.said().as_str()), (Some(0), ""));
    let removed = yard.run(&house, &["plugin", "remove", "hostile"]);
    assert_eq!(removed.code, Some(0), "{}", removed.err);
    let after = yard.run(&house, &["ingest", &logs]);
    assert_eq!((after.code, after.said().as_str()), (Some(0), ""));
    assert_same("said after its removal", &said_by_others(&plain, ""), &said_by_others(&house, "hostile"));
}

#[test]
fn a_hostile_classifier_changes_nothing_else() {
    assert_changes_nothing_else(Role::Classifier, "");
}

#[test]
fn a_hostile_classifier_that_is_asked_last_changes_nothing_else() {
    assert_changes_nothing_else(Role::Classifier, FIRST);
}

#[test]
fn a_hostile_extractor_changes_nothing_else() {
    assert_changes_nothing_else(Role::Extractor, "");
}

#[test]
fn a_hostile_extractor_that_is_asked_last_changes_nothing_else() {
    assert_changes_nothing_else(Role::Extractor, FIRST);
}

#[test]
fn a_hostile_analyzer_changes_nothing_else() {
    assert_changes_nothing_else(Role::Analyzer, "");
}

#[test]
fn who_is_suspended_does_not_depend_on_the_number_of_workers() {
    let yard = Yard::new();
    let logs = yard.fixture("claude-code").display().to_string();
    let said = [1, 2, 7].map(|workers| {
        let house = yard.house();
        set(&house, &format!("[intake]\nworkers = {workers}\n{SOON}"));
        for (role, name) in [(Role::Classifier, "hostile"), (Role::Extractor, "hostil2"), (Role::Analyzer, "hostil3")] {
            let installed = hostile(role, name).install(&yard, &house, &[]);
            assert_eq!(installed.code, Some(0), "{}", installed.err);
        }
        assert_eq!(yard.run(&house, &["ingest", &logs]).code, Some(1));
        let reasons = rows(&house, "SELECT plugin, reason FROM suspension ORDER BY plugin", &[]);
        assert_eq!(reasons.len(), 3, "{reasons:?}");
        format!("{}{}", dump(&house), reasons.join("\n"))
    });
    for other in &said[1..] {
        assert_same("said", &said[0], other);
    }
}

#[test]
fn whoever_misbehaves_on_the_sample_is_not_installed() {
    let fuel = "ran out of fuel: 11000000 of at most 11000000 instructions; \
                to allow more, raise `fuel_per_event` or `fuel_per_batch` under [plugin.limits]";
    let memory = "asked for more memory than it may have: 135266304 of at most 134217728 bytes; \
                  to allow more, raise `memory` under [plugin.limits]";
    let yard = Yard::new();
    let house = yard.house();
    for (role, way, expected) in [
        (Role::Classifier, 1, fuel),
        (Role::Classifier, 2, memory),
        (
            Role::Classifier,
            3,
            "crashed while it was to judge a batch of 1 events: wasm `unreachable` instruction executed",
        ),
        (
            Role::Classifier,
            4,
            "returned more than it may: at most 1048576 bytes; to allow more, raise `output` under [plugin.limits]",
        ),
        (
            Role::Classifier,
            9,
            "left more notes or asked the host more often than one call may: 1048593 of at most 1048576 bytes; \
             to allow more, raise `output` under [plugin.limits]",
        ),
        (
            Role::Classifier,
            21,
            "answered the same batch differently in a fresh instance: it remembers what it saw before, and may not",
        ),
        (Role::Extractor, 1, fuel),
        (
            Role::Extractor,
            21,
            "answered the same batch differently in a fresh instance: it remembers what it saw before, and may not",
        ),
        (Role::Analyzer, 2, memory),
    ] {
        let ran = guest(role, "hostile").chooses(&format!("(return (i32.const {way}))")).install(&yard, &house, &[]);
        let expected = format!("error (plugin): hostile 1.0.0 {expected}\n");
        assert_eq!((ran.code, ran.err), (Some(4), expected), "{role}, way {way}");
    }
    assert!(!house.resolve("plugins/plugins.lock").exists());
}

/// Forty prompts, two of them poison.
fn with_poison(yard: &Yard) -> String {
    let text = |n: usize| if n % 20 == 7 { "poison--".to_owned() } else { format!("prompt {n:02}") };
    let texts: Vec<String> = (0..40).map(text).collect();
    prompts(yard, "s1", &texts.iter().map(String::as_str).collect::<Vec<_>>());
    yard.logs().display().to_string()
}

const CRASHED: &str =
    "poisons 1.0.0 crashed while it was to judge a batch of 1 events: wasm `unreachable` instruction executed";

#[test]
fn a_few_poison_records_cost_their_own_verdicts() {
    let yard = Yard::new();
    let logs = with_poison(&yard);
    let (plain, house) = (yard.house(), yard.house());
    set(&house, FIRST);
    assert_eq!(yard.run(&plain, &["ingest", &logs]).code, Some(0));
    let installed = guest(Role::Classifier, "poisons").at("poison--", 3).install(&yard, &house, &[]);
    assert_eq!(installed.code, Some(0), "{}", installed.err);

    let ran = yard.run(&house, &["ingest", &logs]);
    assert_eq!(
        (ran.code, ran.said()),
        (
            Some(1),
            format!(
                "warning: poisons 1.0.0 failed on 2 records; the others it judged. The first failure: {CRASHED}\n\
                 hint: `logwright plugin replay poisons HHHHHHHHHHHHHHHH` shows it again\n"
            )
        )
    );
    let failed = rows(&house, "SELECT printf('%016x', event) AS event, kind, message FROM plugin_failure", &[]);
    let poison = rows(
        &house,
        "SELECT id AS event FROM events WHERE id NOT IN (SELECT event FROM findings WHERE plugin = 'poisons')",
        &[],
    );
    assert_eq!(poison.len(), 2);
    let mut expected: Vec<String> =
        poison.iter().map(|event| format!("{event} kind=\"trap\" message={CRASHED:?}")).collect();
    expected.sort();
    let mut actual = failed;
    actual.sort();
    assert_eq!(actual, expected);
    let its = "SELECT category, subcategory, severity, count(*) AS n FROM findings WHERE plugin = 'poisons'";
    assert_eq!(rows(&house, its, &[]), ["category=\"operational\" subcategory=\"tool-usage\" severity=9 n=38"]);
    assert_same("said by the others", &said_by_others(&plain, ""), &said_by_others(&house, "poisons"));

    for event in &poison {
        let event = event.trim_start_matches("event=").trim_matches('"');
        let again = yard.run(&house, &["plugin", "replay", "poisons", event, "--format", "json"]);
        assert_eq!(again.code, Some(1), "{}", again.err);
        assert_eq!(
            again.out,
            format!(
                "[\n  {{\"property\":\"fault\",\"value\":\"trap\"}},\n  {{\"property\":\"message\",\"value\":{CRASHED:?}}},\n  \
                 {{\"property\":\"instructions\",\"value\":241}}\n]\n"
            )
        );
    }
    assert_eq!(yard.run(&house, &["plugin", "remove", "poisons"]).code, Some(0));
    let after = yard.run(&house, &["ingest", &logs]);
    assert_eq!((after.code, after.said().as_str()), (Some(0), ""));
    let after = dump(&house);
    assert_same("said after its removal", &said_by_others(&plain, ""), &said_by_others(&house, "poisons"));
    assert_eq!(after.lines().filter(|line| line.contains("poisons")).count(), 1, "{after}");
}

#[test]
fn whoever_remembers_is_found_out_in_a_run() {
    let yard = Yard::new();
    let (plain, house) = (yard.house(), yard.house());
    let logs = yard.logs().display().to_string();
    // One batch in a thousand is judged twice, chosen by the id of its first event; no batch reaches beyond its file.
    let is_checked = |row: &String| {
        let id = row.trim_start_matches("id=").trim_matches('"');
        u64::from_str_radix(id, 16).unwrap().is_multiple_of(1000)
    };
    for round in 0.. {
        for log in 0..1000 {
            prompts(&yard, &format!("{round}-{log}"), &["remember"]);
        }
        assert_eq!(yard.run(&plain, &["ingest", &logs]).code, Some(0));
        if rows(&plain, "SELECT id FROM events", &[]).iter().filter(|row| is_checked(row)).count() > 1 {
            break;
        }
    }
    let installed = guest(Role::Classifier, "counter").at("remember", 21).install(&yard, &house, &[]);
    assert_eq!(installed.code, Some(0), "{}", installed.err);
    let ran = yard.run(&house, &["ingest", &logs]);
    assert_eq!(
        (ran.code, without_numbers(&ran.said()).as_str()),
        (
            Some(1),
            "warning: counter 1.0.0 failed on 1 record and is suspended; nothing that it found counts, and it cost \
             [NUMBER] instructions. The first failure: counter 1.0.0 answered the same batch differently in a fresh \
             instance: it remembers what it saw before, and may not\n\
             hint: `logwright plugin resume counter` asks it again\n\
             hint: `logwright plugin replay counter HHHHHHHHHHHHHHHH` shows it again\n"
        )
    );
    assert_same("said by the others", &said_by_others(&plain, ""), &said_by_others(&house, "counter"));
}

#[test]
fn a_suspension_is_lifted_by_a_person_and_by_a_higher_limit() {
    let yard = Yard::new();
    let logs = with_poison(&yard);
    let house = yard.house();
    let limits = |failures: u32| set(&house, &format!("{FIRST}[plugin.limits]\nfailures = {failures}\n"));
    let judged =
        || rows(&house, "SELECT asked, unjudged, suspended FROM plugins WHERE plugin = 'poisons' AND families", &[]);
    limits(1);
    let installed = guest(Role::Classifier, "poisons").at("poison--", 3).install(&yard, &house, &[]);
    assert_eq!(installed.code, Some(0), "{}", installed.err);
    assert_eq!(yard.run(&house, &["ingest", &logs]).code, Some(1));
    assert_eq!(judged(), ["asked=40 unjudged=40 suspended=1"]);
    assert_eq!(yard.run(&house, &["ingest", &logs]).code, Some(0));

    let resumed = yard.run(&house, &["plugin", "resume", "poisons"]);
    assert_eq!(
        (resumed.code, resumed.err.as_str()),
        (Some(0), "note: poisons is asked again; `logwright ingest` lets it judge\n")
    );
    // It fails again, and is suspended again.
    assert_eq!(yard.run(&house, &["ingest", &logs]).code, Some(1));
    assert_eq!(judged(), ["asked=40 unjudged=40 suspended=1"]);

    limits(3);
    assert_eq!(yard.run(&house, &["ingest", &logs]).code, Some(1));
    assert_eq!(judged(), ["asked=40 unjudged=2 suspended=0"]);
    let resumed = yard.run(&house, &["plugin", "resume", "classifier"]);
    assert_eq!(
        (resumed.code, resumed.err.as_str()),
        (Some(2), "error: `classifier` is not suspended\nhint: `logwright plugin list` shows the state of each\n")
    );
}
