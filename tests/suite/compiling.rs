//! A stranger's component is compiled in a process of its own, within bounds of memory and time.

use std::path::PathBuf;

use logwright::plugin::builtin::CLASSIFIER;
use logwright::plugin::{
    Batch, Classifier, Compiler, FaultKind, Granted, Limits, LoadedPlugin, PluginSettings, Sandbox,
};

fn load(component: &[u8], limits: Limits, program: &str) -> Result<LoadedPlugin, String> {
    let sandbox = Sandbox::new(limits, None, Compiler::Child(PathBuf::from(program))).unwrap();
    sandbox.load(component, PluginSettings::default(), &Granted::Everything).map_err(|fault| {
        assert_eq!(fault.kind, FaultKind::Refused);
        let (name, message) = fault.message.split_at("component 0123456789ab ".len());
        assert!(name.starts_with("component "), "{fault}");
        message.to_owned()
    })
}

fn with(component: &[u8], limits: Limits) -> Result<LoadedPlugin, String> {
    load(component, limits, env!("CARGO_BIN_EXE_logwright"))
}

/// The built-in classifier, with a section more that says nothing: no longer the program's own.
fn foreign() -> Vec<u8> {
    [CLASSIFIER, b"\0\x02\x01x"].concat()
}

/// A component that claims to be a classifier, and holds so many functions of so many steps each.
fn laborious(functions: usize, steps: usize) -> Vec<u8> {
    let step = "(local.set 0 (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.load (local.get 0))))";
    let function = format!("(func (param i32) {})", step.repeat(steps));
    let module = format!("(core module (memory 1) {})", function.repeat(functions));
    let text = format!(
        "(component {module} (instance $i) (export \"logwright:classifier/classify@0.1.0-draft\" (instance $i)))"
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn what_a_child_compiled_works() {
    let plugin = with(&foreign(), Limits::default()).unwrap_or_else(|message| panic!("{message}"));
    assert!(plugin.was_compiled());
    plugin.classifier().unwrap().judge(&Batch::default()).unwrap();
}

#[test]
fn a_compilation_that_takes_too_much_memory_is_ended() {
    let limits = Limits { compile_memory_bytes: 96 << 20, ..Limits::default() };
    for (functions, steps) in [(2000, 300), (1, 100_000)] {
        let message = with(&laborious(functions, steps), limits.clone()).err().unwrap();
        assert_eq!(
            message,
            "needed more memory to compile than it may have: at most 100663296 bytes; \
             to allow more, raise `compile_memory` under [plugin.limits]"
        );
    }
}

#[test]
fn a_compilation_that_takes_too_long_is_ended() {
    let limits = Limits { compile_time_s: 1, ..Limits::default() };
    let message = with(&laborious(4000, 300), limits).err().unwrap();
    assert_eq!(
        message,
        "took longer to compile than it may: at most 1 seconds; \
         to allow more, raise `compile_time` under [plugin.limits]"
    );
}

#[test]
fn what_the_child_says_is_quoted() {
    let module = "(core module (func (result i32) i64.const 1))";
    let text = format!(
        "(component {module} (instance $i) (export \"logwright:classifier/classify@0.1.0-draft\" (instance $i)))"
    );
    let message = with(&wat::parse_str(text).unwrap(), Limits::default()).err().unwrap();
    assert!(message.starts_with("cannot be compiled: "), "{message}");
    assert!(message.contains("type mismatch"), "{message}");
}

#[test]
fn a_child_that_cannot_run_or_does_something_else_is_no_compiler() {
    let message = load(&foreign(), Limits::default(), "/nowhere/logwright").err().unwrap();
    assert!(message.starts_with("cannot be compiled: /nowhere/logwright cannot be run: "), "{message}");
    let message = load(&foreign(), Limits::default(), "/bin/false").err().unwrap();
    assert_eq!(message, "cannot be compiled: exit status: 1");
    let message = load(&foreign(), Limits::default(), "/bin/echo").err().unwrap();
    assert!(message.starts_with("cannot be made ready to run: "), "{message}");
}

#[test]
fn what_comes_with_the_program_needs_no_child() {
    assert!(load(CLASSIFIER, Limits::default(), "/nowhere/logwright").is_ok());
}
