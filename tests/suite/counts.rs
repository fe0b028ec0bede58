//! What the fixtures hold, counted, against numbers that another program in another language found.
//!
//! Whoever changes a fixture changes these numbers, on purpose and with a reason.

use crate::counter::{Counts, Tokens, count};
use crate::fixtures::fixtures;

#[test]
fn claude_code_fixtures_hold_what_they_are_meant_to() {
    let expected = Counts {
        files: 31,
        lines: 629,
        unreadable: 0,
        families: 20,
        calls: 141,
        results: 137,
        failed: 24,
        failed_alone: 21,
        messages: 131,
        tokens: Tokens { input: 15_422, output: 24_639, cache_creation: 381_662, cache_read: 4_459_510 },
    };
    assert_eq!(count(&fixtures("claude-code")), expected);
}

#[test]
fn a_sub_agent_in_a_folder_of_its_session_is_one_family_with_it() {
    let expected = Counts {
        files: 2,
        lines: 28,
        unreadable: 0,
        families: 1,
        calls: 8,
        results: 8,
        failed: 3,
        failed_alone: 3,
        messages: 8,
        tokens: Tokens { input: 36, output: 677, cache_creation: 12_820, cache_read: 34_855 },
    };
    assert_eq!(count(&fixtures("claude-code/projects/-home-dev-orrery")), expected);
}

#[test]
fn cumulative_copies_of_a_session_are_one_family_and_count_once() {
    let expected = Counts {
        files: 4,
        lines: 145,
        unreadable: 0,
        families: 3,
        calls: 18,
        results: 18,
        failed: 6,
        failed_alone: 6,
        messages: 14,
        tokens: Tokens { input: 22, output: 16_455, cache_creation: 95_266, cache_read: 2_346_263 },
    };
    assert_eq!(count(&fixtures("claude-code/projects/D--oh-my-posh")), expected);
}

#[test]
fn a_result_that_is_a_record_of_its_own_counts() {
    let expected = Counts { files: 1, lines: 3, families: 1, calls: 1, results: 1, ..Counts::default() };
    assert_eq!(count(&fixtures("qwen-code")), expected);
}

#[test]
fn odd_records_are_counted_where_they_can_be_read() {
    let expected = Counts {
        files: 1,
        lines: 19,
        unreadable: 0,
        families: 1,
        calls: 3,
        results: 1,
        failed: 1,
        failed_alone: 1,
        messages: 4,
        tokens: Tokens { input: 488, output: 435, cache_creation: 0, cache_read: 0 },
    };
    assert_eq!(count(&fixtures("odd")), expected);
}

#[test]
fn hostile_files_are_counted_as_far_as_they_can_be_read() {
    let counts = count(&fixtures("hostile"));
    assert_eq!((counts.files, counts.calls, counts.results, counts.failed), (20, 3, 0, 0), "{counts:?}");
    assert!(counts.unreadable > 0, "{counts:?}");
}

#[test]
fn an_empty_folder_holds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(count(folder.path()), Counts::default());
}
