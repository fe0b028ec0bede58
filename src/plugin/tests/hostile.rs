//! Faults that every role can commit: each is named, bounded, and leaves the next call unharmed.

use super::guests::{Calls, Started, changed, incidents, module, observed, wat};
use super::{limits, load, roomy};
use crate::plugin::{
    Analyzer, Batch, Classifier, Compiler, Extractor, FaultKind, Granted, Limits, PluginSettings, Role, Sandbox,
};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const FOREVER: &str = "(loop $forever (br $forever))";

/// Misbehaves in one way between two good calls, in every call of every role.
fn faults(way: u64, kind: FaultKind, limits: Limits, message: impl Fn(Calls) -> String) {
    for calls in Calls::ALL {
        let mut guest = Started::new(calls, limits.clone());
        assert_eq!(guest.call(0), Ok(()), "{calls:?}");
        let started = Instant::now();
        let fault = guest.call(way).expect_err(calls.task());
        assert!(started.elapsed() < Duration::from_secs(5), "took {:?}", started.elapsed());
        assert_eq!((fault.kind, fault.message), (kind, message(calls)), "{calls:?}");
        assert_eq!(guest.call(0), Ok(()), "{calls:?}");
    }
}

fn out_of_fuel(calls: Calls, limits: &Limits) -> String {
    let (fuel, keys) = calls.fuel(limits);
    format!(
        "test-guest 1.2.3 ran out of fuel: {fuel} of at most {fuel} instructions; \
         to allow more, raise {keys} under [plugin.limits]"
    )
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    faults(1, FaultKind::Fuel, limits(), |calls| out_of_fuel(calls, &limits()));
}

#[test]
fn an_endless_loop_after_the_answer_runs_out_of_fuel() {
    faults(17, FaultKind::Fuel, limits(), |calls| out_of_fuel(calls, &limits()));
}

#[test]
fn an_endless_loop_over_its_arguments_runs_out_of_fuel() {
    // More names than the guest has room for, for every call that hands over a list.
    let names = vec![String::new(); 10_000];
    let with = |role| load(role, &wat(role), limits()).unwrap();
    let mut classifier = with(Role::Classifier).classifier().unwrap();
    let fault = classifier.judge(&Batch { names: names.clone(), ..Batch::default() }).unwrap_err();
    assert_eq!(fault.kind, FaultKind::Fuel, "{fault}");
    assert!(classifier.judge(&Batch::default()).is_ok());
    let mut extractor = with(Role::Extractor).extractor().unwrap();
    let mut batch = incidents(0);
    batch.names = names.clone();
    assert_eq!(extractor.diagnose(&batch).unwrap_err().kind, FaultKind::Fuel);
    assert!(extractor.diagnose(&incidents(0)).is_ok());
    let mut analyzer = with(Role::Analyzer).analyzer().unwrap();
    let mut batch = observed(0, 0);
    batch.names = names;
    assert_eq!(analyzer.observe(&batch).unwrap_err().kind, FaultKind::Fuel);
    assert_eq!(analyzer.merge(&vec![0; 60_000]).unwrap_err().kind, FaultKind::Fuel);
    assert!(analyzer.observe(&observed(0, 0)).is_ok());
}

#[test]
fn a_memory_bomb_meets_the_limit() {
    faults(2, FaultKind::Memory, limits(), |_| {
        "test-guest 1.2.3 asked for more memory than it may have: 1179648 of at most 1048576 bytes; \
         to allow more, raise `memory` under [plugin.limits]"
            .to_owned()
    });
}

#[test]
fn a_large_table_meets_the_limit() {
    // One element of its own, and those by which a component joins its modules.
    let joints = 2;
    faults(18, FaultKind::Memory, roomy(), |_| {
        format!(
            "test-guest 1.2.3 asked for larger tables than it may have: {} of at most 200000 elements; \
             to allow more, raise `table_elements` under [plugin.limits]",
            1_000_000 + 1 + joints
        )
    });
}

#[test]
fn a_panic_is_a_crash() {
    faults(3, FaultKind::Trap, limits(), |calls| {
        format!("test-guest 1.2.3 crashed while it was to {}: wasm `unreachable` instruction executed", calls.task())
    });
}

#[test]
fn endless_recursion_is_a_crash() {
    faults(11, FaultKind::Trap, roomy(), |calls| {
        format!("test-guest 1.2.3 crashed while it was to {}: call stack exhausted", calls.task())
    });
}

#[test]
fn a_flood_of_notes_is_ended() {
    faults(9, FaultKind::Output, roomy(), |calls| {
        format!(
            "test-guest 1.2.3 left more notes or asked the host more often than one call may: \
             1048593 of at most 1048576 bytes; to allow more, raise `{}` under [plugin.limits]",
            calls.output()
        )
    });
}

#[test]
fn too_many_notes_are_counted_and_no_fault() {
    for calls in Calls::ALL {
        let mut guest = Started::new(calls, Limits { notes: 5, note_bytes: 4, ..limits() });
        guest.call(15).unwrap();
        assert_eq!(guest.notes(), (5, 95));
        assert_eq!(guest.notes(), (0, 0));
    }
}

#[test]
fn a_rule_file_is_not_handed_over_without_end() {
    let rules = BTreeMap::from([("1.2.3".to_owned(), "x".repeat(40_000))]);
    let settings = PluginSettings::new(BTreeMap::new(), rules).unwrap();
    let sandbox = Sandbox::new(roomy(), None, Compiler::Here).unwrap();
    for role in Role::ALL {
        let plugin = sandbox.load(&module(role, &wat(role)), settings.clone(), &Granted::Everything).unwrap();
        let calls = Calls::ALL.into_iter().find(|calls| calls.role() == role).unwrap();
        let mut guest = Started::of(calls, &plugin);
        let fault = guest.call(19).unwrap_err();
        assert_eq!(
            (fault.kind, fault.message.as_str()),
            (
                FaultKind::Output,
                "test-guest 1.2.3 read its settings and rule files over and over in one call: \
                 16800000 of at most 16777216 bytes (a fixed limit)"
            )
        );
        assert_eq!(guest.call(0), Ok(()));
    }
}

#[test]
fn an_error_of_its_own_is_quoted_without_its_control_characters() {
    faults(10, FaultKind::Declined, limits(), |calls| {
        format!(r"test-guest 1.2.3 declined to {}: I would rather not\n\u{{1b}}[2J", calls.task())
    });
}

#[test]
fn what_is_no_text_or_lies_outside_is_refused() {
    for calls in Calls::ALL {
        for way in [12, 13] {
            if calls == Calls::Merge || (calls == Calls::Save && way == 12) {
                continue;
            }
            let mut guest = Started::new(calls, limits());
            let fault = guest.call(way).expect_err(calls.task());
            assert_eq!(fault.kind, FaultKind::Invalid, "{fault}");
            let start =
                format!("test-guest 1.2.3 gave back something that cannot be read when it was to {}: ", calls.task());
            assert!(fault.message.starts_with(&start), "{fault}");
            assert_eq!(guest.call(0), Ok(()));
        }
    }
}

#[test]
fn what_overlaps_cannot_flood_the_host() {
    for calls in [Calls::Judge, Calls::Diagnose, Calls::Propose, Calls::Finish] {
        let mut guest = Started::new(calls, limits());
        let fault = guest.call(4).expect_err(calls.task());
        let message = format!(
            "test-guest 1.2.3 returned more than it may: at most 1048576 bytes; \
             to allow more, raise `{}` under [plugin.limits]",
            calls.output()
        );
        assert_eq!((fault.kind, fault.message), (FaultKind::Output, message), "{calls:?}");
        assert_eq!(guest.call(0), Ok(()));
    }
}

#[test]
fn the_clock_is_only_the_outer_alarm() {
    let endless = u64::MAX / 4;
    let slow = Limits { wall_clock_ms: 40, fuel_per_batch: endless, fuel_report: endless, ..limits() };
    faults(1, FaultKind::Clock, slow, |_| {
        "test-guest 1.2.3 was ended by the clock, which is no finding: at most 40 milliseconds; \
         to allow more, raise `wall_clock` under [plugin.limits]"
            .to_owned()
    });
}

/// The fault of loading a guest with something in a marked place; the message without its name.
fn loading(role: Role, place: &str, text: &str, limits: Limits) -> (FaultKind, String) {
    let wat = changed(role, place, text);
    let named = format!("component {} ", &blake3::hash(&module(role, &wat)).to_hex()[..12]);
    let fault = load(role, &wat, limits).err().unwrap_or_else(|| panic!("{role} {place}"));
    (fault.kind, fault.message.strip_prefix(&named).unwrap_or_else(|| panic!("{fault}")).to_owned())
}

#[test]
fn a_start_that_never_ends_runs_out_of_fuel() {
    let begin = format!("(func $begin {FOREVER}) (start $begin)");
    for role in Role::ALL {
        for (place, text) in [("describes itself", FOREVER), ("declares", &begin)] {
            let said = "ran out of fuel: 100000 of at most 100000 instructions; \
                        to allow more, raise `fuel_start` under [plugin.limits]";
            assert_eq!(loading(role, place, text, limits()), (FaultKind::Fuel, said.to_owned()));
        }
        let said = "crashed while it was to describe itself: wasm `unreachable` instruction executed";
        assert_eq!(loading(role, "describes itself", "unreachable", limits()), (FaultKind::Trap, said.to_owned()));
    }
}

#[test]
fn memory_at_declaration_meets_the_limit() {
    for role in Role::ALL {
        assert!(load(role, &wat(role), Limits { memory_bytes: 131_072, ..limits() }).is_ok());
        let fault = load(role, &wat(role), Limits { memory_bytes: 131_071, ..limits() }).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Memory);
        assert!(
            fault.message.ends_with(
                "asked for more memory than it may have: 131072 of at most 131071 bytes; \
                 to allow more, raise `memory` under [plugin.limits]"
            ),
            "{fault}"
        );
    }
}

#[test]
fn tables_and_memories_at_declaration_meet_their_limits() {
    for role in Role::ALL {
        let (kind, said) = loading(role, "declares", "(table 200000 funcref)", limits());
        assert_eq!(kind, FaultKind::Memory);
        assert!(said.starts_with("asked for larger tables than it may have: 20000"), "{said}");
        assert!(
            said.ends_with("of at most 200000 elements; to allow more, raise `table_elements` under [plugin.limits]")
        );
        for many in ["(table 1 funcref)", "(memory 0)"] {
            let said = "consists of more instances, tables or memories than it may: at most 64 of them; \
                        to allow more, raise `tables` under [plugin.limits]";
            assert_eq!(loading(role, "declares", &many.repeat(65), limits()), (FaultKind::Memory, said.to_owned()));
        }
        let said = "consists of more instances, tables or memories than it may: at most 1 of them; \
                    to allow more, raise `instances` under [plugin.limits]";
        let lonely = Limits { instances: 1, ..limits() };
        assert_eq!(loading(role, "declares", "", lonely), (FaultKind::Memory, said.to_owned()));
    }
}
