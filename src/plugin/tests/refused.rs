//! What is refused before it runs, and by which name.

use super::{GUEST, classifier, limits, load};
use crate::plugin::{Compiler, FaultKind, Granted, Limits, Package, PluginSettings, Role, Sandbox, builtin, inspect};

fn refusal(file: &[u8]) -> String {
    let sandbox = Sandbox::new(limits(), None, Compiler::Here).unwrap();
    let fault = sandbox.load(file, PluginSettings::default(), &Granted::Everything).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
    let named = format!("component {} ", &blake3::hash(file).to_hex()[..12]);
    fault.message.strip_prefix(&named).unwrap_or_else(|| panic!("{fault}")).to_owned()
}

/// A component with one export and perhaps an import, neither of them real.
fn outside(import: &str, export: &str) -> Vec<u8> {
    let import = if import.is_empty() { String::new() } else { format!("(import \"{import}\" (instance))") };
    wat::parse_str(format!("(component {import} (instance $i) (export \"{export}\" (instance $i)))")).unwrap()
}

#[test]
fn an_import_that_nobody_gives_is_named() {
    for import in ["wasi:filesystem/types@0.2.6", "wasi:sockets/tcp@0.2.6", "logwright:classifier/host@9.0.0"] {
        let message = refusal(&outside(import, "logwright:classifier/classify@0.1.0-draft"));
        assert_eq!(
            message,
            format!(
                "imports {import}, which no plugin is given; in the role of classifier it may import \
                 logwright:classifier/host@0.1.0-draft and nothing else (build it without WASI)"
            )
        );
    }
}

#[test]
fn an_import_of_a_core_module_is_named_too() {
    let wasi = GUEST.replacen("(module", r#"(module (import "wasi_snapshot_preview1" "fd_write" (func))"#, 1);
    let message = refusal(&classifier(&wasi));
    assert!(message.contains("wasi_snapshot_preview1"), "{message}");
}

#[test]
fn roles_and_versions_are_read_from_the_exports() {
    assert_eq!(
        refusal(&outside("", "wasi:cli/run@0.2.6")),
        "serves no role: it exports none of logwright:classifier/classify@0.1.0-draft, \
         logwright:extractor/extract@0.1.0-draft, logwright:analyzer/analyze@0.1.0-draft"
    );
    let message = refusal(&outside("", "logwright:classifier/classify@7.0.0"));
    assert!(
        message
            .starts_with("is built for version 7.0.0 of the classifier contract, but this program knows 0.1.0-draft")
    );
    let message = refusal(&outside("", "logwright:classifier/classify@0.1.0-draft"));
    assert!(message.starts_with("does not fit the contract that it names: "), "{message}");
}

#[test]
fn what_is_no_plugin_at_all_is_refused() {
    assert_eq!(refusal(b""), "is no WebAssembly: neither a component nor a core module");
    assert_eq!(refusal(b"#!/bin/sh\n"), "is no WebAssembly: neither a component nor a core module");
    let bare = wat::parse_str("(module)").unwrap();
    assert!(refusal(&bare).starts_with("is a core module that does not describe its interface"));
}

#[test]
fn truncated_and_spoilt_components_are_refused() {
    let whole = builtin::CLASSIFIER;
    for length in [9, 100, whole.len() / 2, whole.len() - 1] {
        refusal(&whole[..length]);
    }
    // Bytes of no meaning behind a true beginning.
    let mut noise = whole[..8].to_vec();
    let mut state = 1_u32;
    noise.extend((0..10_000).map(|_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    }));
    refusal(&noise);
}

#[test]
fn size_is_bounded_before_anything_is_read() {
    let limits = Limits { component_bytes: 8, ..limits() };
    assert!(inspect(b"12345678", &limits).unwrap_err().message.ends_with("neither a component nor a core module"));
    let fault = inspect(b"123456789", &limits).unwrap_err();
    assert!(
        fault.message.ends_with(
            "is larger than a component may be: 9 of at most 8 bytes; to allow more, raise `component` under [plugin.limits]"
        ),
        "{fault}"
    );
}

#[test]
fn inspection_tells_what_a_component_is() {
    let limits = Limits::default();
    let Package { role, contract, imports, .. } = inspect(builtin::CLASSIFIER, &limits).unwrap();
    assert_eq!((role, contract), (Role::Classifier, "0.1.0-draft"));
    assert_eq!(imports, ["logwright:classifier/host@0.1.0-draft"]);
}

#[test]
fn a_description_is_checked() {
    let refusal = |from: &str, to: &str| {
        assert!(GUEST.contains(from));
        let fault = load(&GUEST.replace(from, to), limits()).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Refused, "{fault}");
        fault.message
    };
    assert!(refusal("\"test-guest\"", "\"../../guest\"").contains("calls itself `../../gues`"));
    assert!(refusal("\"1.2.3\"", "\"1 2 3\"").contains("gives `1 2 3` as its version"));
    let message = refusal("(i32.const 128) \"*\"", "(i32.const 128) \"?\"");
    assert!(message.starts_with("test-guest 1.2.3 asks for events of kind `?`; known are prompt, "), "{message}");
    let message = refusal("\"tool\")", "\"pool\")");
    assert!(message.starts_with("test-guest 1.2.3 asks for the field `pool`; known are session, "), "{message}");
}
