//! What a classifier may say, and what is said of one that says something else.

use super::guests::{Calls, Started, batch, module, wat};
use super::{limits, load};
use crate::plugin::{Classifier, Compiler, FaultKind, Granted, Plugin, PluginSettings, Role, Sandbox};
use std::collections::BTreeSet;

#[test]
fn what_it_says_comes_back() {
    let mut classifier = load(Role::Classifier, &wat(Role::Classifier), limits()).unwrap().classifier().unwrap();
    let judgement = classifier.judge(&batch(0)).unwrap();
    assert_eq!(judgement.verdicts.len(), 3);
    assert_eq!(judgement.names[judgement.verdicts[2].category as usize], "operational");
    assert!(!judgement.verdicts[0].critical);
}

#[test]
fn lies_are_named_by_their_place() {
    for (way, said) in [
        (5, "2 verdicts for 3 events"),
        (6, "the category of event 0 is name 99, but there are 4 names"),
        (
            7,
            "the category of event 0 is `strange`, where operational, diagnostic, analytical or an empty one are allowed",
        ),
        (8, "the severity of event 0 is 25, where 0 to 24 are allowed"),
        (14, "label 0 is for event 200, but there are 3 events"),
    ] {
        let mut guest = Started::new(Calls::Judge, limits());
        let fault = guest.call(way).unwrap_err();
        assert_eq!(
            (fault.kind, fault.message),
            (FaultKind::Invalid, format!("test-guest 1.2.3 broke the contract: {said}"))
        );
        assert_eq!(guest.call(0), Ok(()));
    }
}

#[test]
fn only_with_the_grant_is_anything_critical() {
    let sandbox = Sandbox::new(limits(), None, Compiler::Here).unwrap();
    let file = module(Role::Classifier, &wat(Role::Classifier));
    let all = sandbox.load(&file, PluginSettings::default(), &Granted::Everything).unwrap();
    let without: BTreeSet<_> = all.asks().iter().filter(|ask| *ask != "critical").cloned().collect();
    let plain = sandbox.load(&file, PluginSettings::default(), &Granted::Only(without)).unwrap();
    for (plugin, may) in [(all, true), (plain, false)] {
        let mut classifier = plugin.classifier().unwrap();
        assert_eq!(classifier.may_be_critical(), may);
        let verdicts = classifier.judge(&batch(16)).unwrap().verdicts;
        assert_eq!(verdicts.iter().map(|verdict| verdict.critical).collect::<Vec<_>>(), [may, false, false]);
    }
}
