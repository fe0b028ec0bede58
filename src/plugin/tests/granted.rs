//! Grants: what a plugin asks for is told, and it gets no more than it was granted.

use super::guests::{description, module, overwritten, wat};
use super::{limits, load};
use crate::event::Kind;
use crate::plugin::{Compiler, FaultKind, Granted, PluginSettings, Role, Sandbox};
use std::collections::BTreeSet;

fn asks(role: Role, wat: &str) -> BTreeSet<String> {
    load(role, wat, limits()).unwrap().asks().clone()
}

fn words(words: &[&str]) -> BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[test]
fn what_is_asked_for_is_told_kind_by_kind() {
    let every: BTreeSet<_> =
        Kind::ALL.iter().flat_map(|kind| [format!("kind:{}", kind.name()), format!("text:{}", kind.name())]).collect();
    let all = asks(Role::Classifier, &wat(Role::Classifier));
    assert_eq!(all, &every | &words(&["field:tool", "critical"]));
    let all = asks(Role::Analyzer, &wat(Role::Analyzer));
    assert_eq!(all, &every | &words(&["field:tokens"]));
    // One kind: without its text, with its text searched, and with its text.
    let hook = wat(Role::Classifier).replace("(i32.const 128) \"*\"", "(i32.const 128) \"hook\"");
    for (text_bytes, search, text) in [(0, 0, None), (0, 1, Some("text:hook")), (1, 0, Some("text:hook"))] {
        let asks = asks(Role::Classifier, &overwritten(&hook, 324, &[4, 0, text_bytes, search]));
        assert_eq!(
            asks,
            &words(&["critical", "field:tool", "kind:hook"]) | &text.into_iter().map(str::to_owned).collect()
        );
    }
}

#[test]
fn who_has_a_failure_searched_asks_for_its_text() {
    let texts = description(Role::Extractor) + 36;
    // No texts, no literals; then one literal, its version.
    let none = overwritten(&wat(Role::Extractor), texts, &[0; 4]);
    assert_eq!(asks(Role::Extractor, &none), words(&["critical", "field:labels"]));
    let searched = overwritten(&overwritten(&none, texts + 8, &[640, 1]), 640, &[80, 5]);
    assert_eq!(asks(Role::Extractor, &searched), words(&["critical", "field:labels", "text:failure"]));
}

#[test]
fn whoever_asks_for_more_than_was_granted_is_refused_by_name() {
    let sandbox = Sandbox::new(limits(), None, Compiler::Here).unwrap();
    for role in Role::ALL {
        let file = module(role, &wat(role));
        let load = |granted: BTreeSet<String>| sandbox.load(&file, PluginSettings::default(), &Granted::Only(granted));
        let all = asks(role, &wat(role));
        assert!(load(all.clone()).is_ok());
        let field = all.iter().find(|ask| ask.starts_with("field:")).unwrap().clone();
        let text = all.iter().find(|ask| ask.starts_with("text:")).unwrap().clone();
        let fault = load(&all - &BTreeSet::from([field.clone(), text.clone()])).err().unwrap();
        let said = format!(
            "test-guest 1.2.3 asks for what it was not granted: {field}, {text}; \
             `logwright plugin install` shows what it asks for, and grants it"
        );
        assert_eq!((fault.kind, fault.message), (FaultKind::Refused, said));
    }
}
