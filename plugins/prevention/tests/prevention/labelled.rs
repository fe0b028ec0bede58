//! The rules against failures that a reader labelled without knowing what they say.

use crate::agreement::{By, CATCH_ALLS, judge, share};
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
    assert!(agreed >= 90.0, "{agreed}");
}

#[test]
fn hardly_any_is_left_to_a_catch_all() {
    let judged = judge(SHIPPED);
    let named = share(judged.iter(), |one| !CATCH_ALLS.contains(&one.answer.class.as_str())).percent();
    assert!(named >= 90.0, "{named}");
}
