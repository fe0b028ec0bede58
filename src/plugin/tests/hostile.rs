//! Faults of a running guest: each is named, bounded, and leaves the next batch unharmed.

use super::{GUEST, batch, limits, load};
use crate::event::Severity;
use crate::plugin::{Classifier, FaultKind, Limits};
use std::time::{Duration, Instant};

/// Misbehaves in one way between two good batches; returns the message.
fn between_good_batches(way: u64, kind: FaultKind, limits: Limits) -> String {
    let mut classifier = load(GUEST, limits).unwrap().classifier().unwrap();
    let good = classifier.judge(&batch(0)).unwrap();
    assert_eq!(good.verdicts.len(), 3);
    assert_eq!(good.names[good.verdicts[2].category as usize], "operational");
    let started = Instant::now();
    let fault = classifier.judge(&batch(way)).unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
    assert_eq!(fault.kind, kind, "{fault}");
    assert_eq!(classifier.judge(&batch(0)), Ok(good));
    fault.message
}

fn faults(way: u64, kind: FaultKind, message: &str) {
    assert_eq!(between_good_batches(way, kind, limits()), message);
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    faults(
        1,
        FaultKind::Fuel,
        "test-guest 1.2.3 ran out of fuel: 1003000 of at most 1003000 instructions; \
         to allow more, raise `fuel_per_event` or `fuel_per_batch` under [plugin.limits]",
    );
}

#[test]
fn a_memory_bomb_meets_the_limit() {
    faults(
        2,
        FaultKind::Memory,
        "test-guest 1.2.3 asked for more memory than it may have: 1179648 of at most 1048576 bytes; \
         to allow more, raise `memory` under [plugin.limits]",
    );
}

#[test]
fn memory_at_declaration_meets_the_limit() {
    let exactly = Limits { memory_bytes: 131_072, ..limits() };
    assert!(load(GUEST, exactly).is_ok());
    let fault = load(GUEST, Limits { memory_bytes: 131_071, ..limits() }).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Memory);
    assert!(fault.message.contains("131072 of at most 131071 bytes"), "{fault}");
}

#[test]
fn a_panic_is_a_crash() {
    faults(
        3,
        FaultKind::Trap,
        "test-guest 1.2.3 crashed while it was to judge a batch of 3 events: wasm `unreachable` instruction executed",
    );
}

#[test]
fn endless_recursion_is_a_crash() {
    let roomy = Limits { fuel_per_batch: 100_000_000, ..limits() };
    let message = between_good_batches(11, FaultKind::Trap, roomy);
    assert_eq!(message, "test-guest 1.2.3 crashed while it was to judge a batch of 3 events: call stack exhausted");
}

#[test]
fn strings_that_overlap_cannot_flood_the_host() {
    faults(
        4,
        FaultKind::Output,
        "test-guest 1.2.3 returned more than it may: at most 1048576 bytes; \
         to allow more, raise `output` under [plugin.limits]",
    );
}

#[test]
fn a_flood_of_notes_is_ended() {
    let roomy = Limits { fuel_per_batch: 100_000_000, ..limits() };
    let message = between_good_batches(9, FaultKind::Output, roomy);
    assert_eq!(
        message,
        "test-guest 1.2.3 left more notes or asked the host more often than one call may: \
         1048599 of at most 1048576 bytes; to allow more, raise `output` under [plugin.limits]"
    );
}

#[test]
fn too_many_notes_are_counted_and_no_fault() {
    let bounded = Limits { notes: 5, note_bytes: 4, ..limits() };
    let mut classifier = load(GUEST, bounded).unwrap().classifier().unwrap();
    classifier.judge(&batch(15)).unwrap();
    let notes = classifier.take_notes();
    assert_eq!((notes.kept.len(), notes.dropped), (5, 95));
    assert_eq!((notes.kept[0].severity, notes.kept[0].text.as_str()), (Severity::WARN, "stra"));
    assert_eq!(classifier.take_notes().dropped, 0);
}

#[test]
fn every_event_needs_its_verdict() {
    faults(5, FaultKind::Invalid, "test-guest 1.2.3 broke the contract: 2 verdicts for 3 events");
}

#[test]
fn names_must_be_there() {
    faults(
        6,
        FaultKind::Invalid,
        "test-guest 1.2.3 broke the contract: the category of event 0 is name 99, but there are 4 names",
    );
}

#[test]
fn categories_are_a_fixed_vocabulary() {
    faults(
        7,
        FaultKind::Invalid,
        "test-guest 1.2.3 broke the contract: the category of event 0 is `strange`, \
         where operational, diagnostic, analytical or an empty one are allowed",
    );
}

#[test]
fn severities_end_at_24() {
    faults(
        8,
        FaultKind::Invalid,
        "test-guest 1.2.3 broke the contract: the severity of event 0 is 25, where 0 to 24 are allowed",
    );
}

#[test]
fn labels_belong_to_events() {
    faults(
        14,
        FaultKind::Invalid,
        "test-guest 1.2.3 broke the contract: label 0 is for event 200, but there are 3 events",
    );
}

#[test]
fn an_error_of_its_own_is_quoted_without_its_control_characters() {
    faults(
        10,
        FaultKind::Declined,
        r"test-guest 1.2.3 declined to judge a batch of 3 events: I would rather not\n\u{1b}[2J",
    );
}

#[test]
fn what_is_no_text_or_lies_outside_is_refused() {
    for way in [12, 13] {
        let message = between_good_batches(way, FaultKind::Invalid, limits());
        let start =
            "test-guest 1.2.3 gave back something that cannot be read when it was to judge a batch of 3 events: ";
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn the_clock_is_only_the_outer_alarm() {
    let slow = Limits { wall_clock_ms: 40, fuel_per_batch: u64::MAX / 4, ..limits() };
    let message = between_good_batches(1, FaultKind::Clock, slow);
    assert_eq!(
        message,
        "test-guest 1.2.3 was ended by the clock, which is no finding: at most 40 milliseconds; \
         to allow more, raise `wall_clock` under [plugin.limits]"
    );
}

#[test]
fn fuel_is_the_same_on_every_run() {
    let enough = |fuel| {
        let limits = Limits { fuel_per_batch: fuel, fuel_per_event: 0, ..limits() };
        load(GUEST, limits).unwrap().classifier().unwrap().judge(&batch(0)).is_ok()
    };
    let least = |()| {
        let (mut low, mut high) = (0, 100_000);
        while high - low > 1 {
            let middle = (low + high) / 2;
            if enough(middle) { high = middle } else { low = middle }
        }
        high
    };
    assert_eq!(least(()), least(()));
}
