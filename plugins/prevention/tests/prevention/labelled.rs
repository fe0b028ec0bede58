//! The rules against failures that a reader labelled without knowing what they say.

use crate::agreement::{By, CATCH_ALLS, disagreements, judge, report, share};
use prevention::{DISPOSITIONS, SHIPPED};

#[test]
fn every_failure_has_one_label() {
    let judged = judge(SHIPPED);
    assert_eq!(judged.len(), 150);
    for one in &judged {
        let label = &one.label;
        let classes = label.alternatives.iter().chain([&label.class]);
        assert!(DISPOSITIONS.contains(&label.disposition.as_str()), "{}", label.id);
        assert!(!label.reason.is_empty() && classes.count() > 0, "{}", label.id);
    }
}

#[test]
fn nine_of_ten_are_what_the_reader_takes_them_for() {
    let judged = judge(SHIPPED);
    let agreed = share(judged.iter(), |one| one.agrees(By::Reader)).percent();
    assert!(agreed >= 90.0, "{agreed}\n{}", disagreements(&judged, By::Reader));
}

#[test]
fn owners_and_corrected_labels_agree_as_well() {
    let judged = judge(SHIPPED);
    let owners = share(judged.iter(), |one| one.agrees_on_owner(By::Reader)).percent();
    let strictly = share(judged.iter(), |one| one.agrees_strictly(By::Corrected)).percent();
    assert!(owners >= 90.0 && strictly >= 90.0, "{owners} {strictly}");
}

/// What is said of the rules.
const DOCUMENT: &str = include_str!("../../../../docs/prevention.md");

#[test]
fn the_document_says_what_is_measured() {
    let measured = report(&judge(SHIPPED), By::Reader);
    let command = "cargo run --manifest-path plugins/Cargo.toml -p prevention --example agreement";
    assert!(DOCUMENT.contains(command));
    assert!(DOCUMENT.contains(measured.trim()), "docs/prevention.md says otherwise than `{command}`:\n{measured}");
}

#[test]
fn hardly_any_is_left_to_a_catch_all() {
    let judged = judge(SHIPPED);
    let named = share(judged.iter(), |one| !CATCH_ALLS.contains(&one.answer.class.as_str())).percent();
    assert!(named >= 95.0, "{named}");
}
