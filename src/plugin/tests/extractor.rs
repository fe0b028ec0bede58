//! What an extractor may say, and what is said of one that says something else.

use super::guests::{Calls, Started, group, incidents, module, wat};
use super::{limits, load};
use crate::event::{Condition, Precaution, Severity, Trigger};
use crate::plugin::{Compiler, Extractor, FaultKind, Granted, Plugin, PluginSettings, Proposal, Role, Sandbox};
use std::collections::BTreeSet;

#[test]
fn what_it_says_comes_back() {
    let mut extractor = load(Role::Extractor, &wat(Role::Extractor), limits()).unwrap().extractor().unwrap();
    let findings = extractor.diagnose(&incidents(0)).unwrap();
    let name = |index: u32| findings.names[index as usize].as_str();
    let last = findings.diagnoses[2];
    assert_eq!(
        [last.disposition, last.fingerprint, last.title, last.cause, last.owner].map(name),
        ["incident", "edit.not_read", "The file was not read", "edit.not_read", ""]
    );
    assert_eq!((findings.diagnoses.len(), last.severity), (3, Severity::ERROR));
    let proposals = extractor.propose(&group(0)).unwrap();
    let expected = Proposal {
        title: "The file was not read".into(),
        trigger: Trigger {
            tool: "Edit".into(),
            conditions: vec![Condition { field: "file_path".into(), operator: "equals".into(), value: String::new() }],
            unless: vec![Precaution { tool: "Read".into(), field: "file_path".into(), within: 5 }],
        },
        advice: "Read it first".into(),
        confidence: 90,
    };
    assert_eq!(proposals, vec![expected; 16]);
}

#[test]
fn lies_are_named_by_their_place() {
    for (calls, way, said) in [
        (Calls::Diagnose, 5, "2 diagnoses for 3 incidents"),
        (Calls::Diagnose, 6, "1000 diagnoses for 3 incidents"),
        (
            Calls::Diagnose,
            7,
            "the disposition of incident 0 is `strange`, where incident, benign, echo, decision or an empty one are allowed",
        ),
        (Calls::Diagnose, 8, "the severity of incident 0 is 25, where 0 to 24 are allowed"),
        (Calls::Diagnose, 14, "incident 0 has no fingerprint, which an `incident` needs"),
        (Calls::Diagnose, 16, "the title of incident 0 is name 99, but there are 5 names"),
        (
            Calls::Diagnose,
            20,
            "the owner of incident 0 is `strange`, where agent, environment, user, provider, harness or an empty one are allowed",
        ),
        (Calls::Propose, 6, "17 protocols, where 16 are allowed"),
        (
            Calls::Propose,
            7,
            "the operator of condition 0 of protocol 0 is `strange`, where equals, prefix, glob, regex are allowed",
        ),
        (Calls::Propose, 8, "the confidence of protocol 0 is 101, where 0 to 100 are allowed"),
    ] {
        let mut guest = Started::new(calls, limits());
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
    let file = module(Role::Extractor, &wat(Role::Extractor));
    let all = sandbox.load(&file, PluginSettings::default(), &Granted::Everything).unwrap();
    assert_eq!(all.asks().iter().collect::<Vec<_>>(), ["critical", "field:labels", "text:failure"]);
    let without = BTreeSet::from(["field:labels".to_owned(), "text:failure".to_owned()]);
    let plain = sandbox.load(&file, PluginSettings::default(), &Granted::Only(without)).unwrap();
    for (plugin, may) in [(all, true), (plain, false)] {
        let mut extractor = plugin.extractor().unwrap();
        assert_eq!(extractor.may_be_critical(), may);
        assert!(extractor.diagnose(&incidents(0)).unwrap().diagnoses.iter().all(|said| said.critical == may));
    }
}
