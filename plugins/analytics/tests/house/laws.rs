//! The laws of the fold: neither the order of families nor the cut of batches can be told
//! from the report.

use crate::family::{Family, analytics};

/// The report, every bit of every number shown.
fn reported<'s>(states: impl IntoIterator<Item = &'s Vec<u8>>) -> String {
    let mut analytics = analytics();
    states.into_iter().for_each(|state| analytics.merge(state).unwrap());
    format!("{:?}", analytics.finish())
}

#[test]
fn the_order_of_merging_does_not_matter() {
    let states: Vec<_> = (0..60).map(|seed| Family::made_up(seed).saved(128)).collect();
    let expected = reported(&states);
    assert_eq!(reported(states.iter().rev()), expected);
    for step in [7, 11, 13, 17, 23] {
        assert_eq!(reported((0..60).map(|at| &states[at * step % 60])), expected);
    }
    assert!(expected.contains("learning.weeks") && expected.contains("recurrence.groups"));
}

#[test]
fn the_cut_of_the_batches_does_not_matter() {
    for seed in 0..40 {
        let family = Family::made_up(seed);
        let expected = family.saved(128);
        for batch in [1, 2, 3, 64, 100_000] {
            assert!(family.saved(batch) == expected, "family {seed} in batches of {batch}");
        }
    }
}

#[test]
fn saving_changes_nothing() {
    let family = Family::made_up(3);
    let mut analytics = analytics();
    family.observed_by(&mut analytics, 128);
    let saved = analytics.save().unwrap();
    assert_eq!(analytics.save().unwrap(), saved);
    assert_eq!(saved[0], 1);
}

#[test]
fn a_state_is_small() {
    let sizes: Vec<_> = (0..40).map(|seed| Family::made_up(seed).saved(128).len()).collect();
    assert!(sizes.iter().all(|size| *size < 8 << 10), "{sizes:?}");
}

#[test]
fn what_cannot_be_a_state_is_refused_and_changes_nothing() {
    let saved = Family::made_up(5).saved(128);
    let mut analytics = analytics();
    let message = |bytes: &[u8]| analytics.clone().merge(bytes).unwrap_err();
    assert_eq!(message(&[]), "the state is empty: these bytes were not saved by this plugin");
    assert_eq!(message(&[2, 0, 0]), "the state has version 2, but this plugin reads version 1");
    assert_eq!(message(&[&saved[..], &[0]].concat()), "the state has 1 bytes too many");
    assert!(message(&saved[..saved.len() - 1]).starts_with("the state cannot be read: "));
    assert_eq!(
        message(&[1, 120, 16]),
        "the state was saved with zone +01:00, but the zone is now +00:00: gather it anew"
    );
    assert_eq!(message(&[1, 0, 8]), "the state was saved with latency.steps = 8, but it is now 16: gather it anew");
    let nothing = analytics.finish();
    assert!(analytics.merge(&saved[..saved.len() / 2]).is_err());
    assert_eq!(analytics.finish(), nothing);
}

#[test]
fn broken_states_never_panic() {
    let saved = Family::made_up(8).saved(128);
    for at in 0..saved.len() {
        let mut broken = saved.clone();
        broken[at] ^= 1 << (at % 8);
        let mut analytics = analytics();
        if analytics.merge(&broken).is_ok() {
            _ = analytics.merge(&saved);
            _ = analytics.finish();
        }
    }
}
