//! What the sandbox holds against guests that mean harm, and what it does for those
//! that do not. The guests are core modules in text form, so no toolchain is needed.

mod analyzer;
mod builtin;
mod cached;
mod classifier;
mod described;
mod extractor;
mod granted;
mod guests;
mod hostile;
mod refused;

use super::{Compiler, Fault, Granted, Limits, LoadedPlugin, PluginSettings, Role, Sandbox};
use guests::{Calls, Started, module};

/// Limits small enough to be met soon.
fn limits() -> Limits {
    Limits {
        memory_bytes: 1 << 20,
        fuel_start: 100_000,
        fuel_per_batch: 1_000_000,
        fuel_per_event: 1000,
        fuel_report: 1_000_000,
        report_bytes: 1 << 20,
        ..Limits::default()
    }
}

/// Limits with fuel enough to meet the others.
fn roomy() -> Limits {
    Limits { fuel_per_batch: 100_000_000, fuel_report: 100_000_000, ..limits() }
}

fn load(role: Role, wat: &str, limits: Limits) -> Result<LoadedPlugin, Fault> {
    let sandbox = Sandbox::new(limits, None, Compiler::Here).unwrap();
    sandbox.load(&module(role, wat), PluginSettings::default(), &Granted::Everything)
}

#[test]
fn plugins_are_shared_and_instances_move_between_threads() {
    fn shared<T: Send + Sync>(_: &T) {}
    fn moved<T: Send>(_: &T) {}
    for role in Role::ALL {
        let plugin = load(role, &guests::wat(role), limits()).unwrap();
        assert_eq!((plugin.role(), plugin.contract()), (role, "0.1.0-draft"));
        assert_eq!(plugin.imports(), [format!("logwright:{role}/host@0.1.0-draft")]);
        shared(&plugin);
        match role {
            Role::Classifier => moved(&plugin.classifier().unwrap()),
            Role::Extractor => moved(&plugin.extractor().unwrap()),
            Role::Analyzer => moved(&plugin.analyzer().unwrap()),
        }
    }
}

#[test]
fn a_plugin_serves_in_its_own_role_alone() {
    let plugin = load(Role::Analyzer, &guests::wat(Role::Analyzer), limits()).unwrap();
    let message = plugin.classifier().err().unwrap().message;
    assert_eq!(message, "test-guest 1.2.3 serves in the role of analyzer, not in that of classifier");
    assert!(plugin.extractor().is_err() && plugin.analyzer().is_ok());
}

#[test]
fn an_instance_is_renewed_by_its_next_call_and_fuel_is_counted() {
    for calls in Calls::ALL {
        let mut guest = Started::new(calls, limits());
        let mut fuel = || {
            guest.call(0).unwrap();
            let fuel = guest.plugin().take_fuel();
            assert_ne!(fuel, 0);
            assert_eq!(guest.plugin().take_fuel(), 0);
            guest.plugin().renew();
            fuel
        };
        assert_eq!([fuel(), fuel()], [fuel(), fuel()], "{calls:?}");
    }
}
