//! What is refused before it runs, and by which name.

use super::guests::{module, wat};
use super::limits;
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

/// What makes a component serve a role.
const EXPORTS: [(Role, &str); 3] = [
    (Role::Classifier, "logwright:classifier/classify"),
    (Role::Extractor, "logwright:extractor/extract"),
    (Role::Analyzer, "logwright:analyzer/analyze"),
];

#[test]
fn an_import_that_nobody_gives_is_named() {
    for (role, export) in EXPORTS {
        // What another role is given is no more welcome than what nobody is.
        let other = if role == Role::Analyzer { Role::Classifier } else { Role::Analyzer };
        for import in [
            "wasi:filesystem/types@0.2.6",
            "wasi:sockets/tcp@0.2.6",
            "wasi:clocks/wall-clock@0.2.6",
            "wasi:cli/environment@0.2.6",
            &format!("logwright:{role}/host@9.0.0"),
            &format!("logwright:{other}/host@0.1.0-draft"),
        ] {
            let said = format!(
                "imports {import}, which no plugin is given; in the role of {role} it may import \
                 logwright:{role}/host@0.1.0-draft and nothing else (build it without WASI)"
            );
            assert_eq!(refusal(&outside(import, &format!("{export}@0.1.0-draft"))), said);
        }
    }
}

#[test]
fn an_import_of_a_core_module_is_named_too() {
    for role in Role::ALL {
        let wasi = wat(role).replacen("(module", r#"(module (import "wasi_snapshot_preview1" "fd_write" (func))"#, 1);
        let message = refusal(&module(role, &wasi));
        assert!(message.contains("wasi_snapshot_preview1"), "{message}");
    }
}

#[test]
fn roles_and_versions_are_read_from_the_exports() {
    assert_eq!(
        refusal(&outside("", "wasi:cli/run@0.2.6")),
        "serves no role: it exports none of logwright:classifier/classify@0.1.0-draft, \
         logwright:extractor/extract@0.1.0-draft, logwright:analyzer/analyze@0.1.0-draft"
    );
    for (role, export) in EXPORTS {
        let message = refusal(&outside("", &format!("{export}@7.0.0")));
        let said =
            format!("is built for version 7.0.0 of the {role} contract, but this program knows 0.1.0-draft; build it");
        assert!(message.starts_with(&said), "{message}");
        let message = refusal(&outside("", &format!("{export}@0.1.0-draft")));
        assert!(message.starts_with("does not fit the contract that it names: "), "{message}");
    }
    let both = "(component (instance $i) (export \"logwright:classifier/classify@0.1.0-draft\" (instance $i)) \
                (export \"logwright:analyzer/analyze@0.1.0-draft\" (instance $i)))";
    assert_eq!(refusal(&wat::parse_str(both).unwrap()), "serves more than one role; a plugin has one");
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
    for role in Role::ALL {
        let module = module(role, &wat(role));
        for length in [9, 100, module.len() / 2, module.len() - 1] {
            refusal(&module[..length]);
        }
    }
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
