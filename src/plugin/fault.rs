//! Blame: from what ended a call to a fault that names plugin, limit and way out.

use super::contract::{Fault, FaultKind};
use super::limits::{Exceeded, Limits, Who};
use super::words;
use wasmtime::Trap;

/// What a guest was given for the call that failed, for the message.
pub(super) struct Call {
    /// What it was to do: `this batch of 128 events`.
    pub task: String,
    /// Fuel given.
    pub fuel: u64,
    /// The settings that fuel comes from.
    pub fuel_keys: &'static [&'static str],
    /// Bytes that it may bring back.
    pub output: u64,
    /// The settings that they come from.
    pub output_keys: &'static [&'static str],
}

impl Call {
    /// A call with fuel for a batch of so many events.
    pub fn of_batch(limits: &Limits, task: String, events: usize) -> Call {
        Call {
            task,
            fuel: limits.fuel(events),
            fuel_keys: &["fuel_per_event", "fuel_per_batch"],
            output: limits.output_bytes,
            output_keys: &["output"],
        }
    }

    /// The call that starts an instance and lets it describe itself.
    pub fn to_start(limits: &Limits) -> Call {
        Call {
            task: "describe itself".to_owned(),
            fuel: limits.fuel_start,
            fuel_keys: &["fuel_start"],
            output: limits.output_bytes,
            output_keys: &["output"],
        }
    }

    /// The call that brings back an analyzer's report.
    pub fn to_report(limits: &Limits) -> Call {
        Call {
            task: "report".to_owned(),
            fuel: limits.fuel_report,
            fuel_keys: &["fuel_report"],
            output: limits.report_bytes,
            output_keys: &["report"],
        }
    }
}

/// Turns what ended a call into a fault of the plugin.
pub(super) fn fault(who: &Who, limits: &Limits, call: &Call, error: &wasmtime::Error) -> Fault {
    if let Some(exceeded) = error.downcast_ref::<Exceeded>() {
        return who.exceeded(exceeded);
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => {
            return who.exceeded(&Exceeded {
                what: "ran out of fuel",
                unit: "instructions",
                used: Some(call.fuel),
                limit: call.fuel,
                keys: call.fuel_keys,
                kind: FaultKind::Fuel,
            });
        }
        Some(Trap::Interrupt) => {
            return who.exceeded(&Exceeded {
                what: "was ended by the clock, which is no finding",
                unit: "milliseconds",
                used: None,
                limit: limits.wall_clock_ms,
                keys: &["wall_clock"],
                kind: FaultKind::Clock,
            });
        }
        Some(trap) => {
            let why = trap.to_string();
            let why = why.strip_prefix("wasm trap: ").unwrap_or(&why);
            return who.fault(FaultKind::Trap, format!("crashed while it was to {}: {why}", call.task));
        }
        None => {}
    }
    let text = format!("{error:#}");
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        return who.exceeded(&Exceeded {
            what: "returned more than it may",
            unit: "bytes",
            used: None,
            limit: call.output,
            keys: call.output_keys,
            kind: FaultKind::Output,
        });
    }
    for (word, limit, keys) in [
        ("instance count", limits.instances, &["instances"]),
        ("table count", limits.tables, &["tables"]),
        ("memory count", limits.tables, &["tables"]),
    ] {
        if text.contains(&format!("resource limit exceeded: {word}")) {
            return who.exceeded(&Exceeded {
                what: "consists of more instances, tables or memories than it may",
                unit: "of them",
                used: None,
                limit: u64::from(limit),
                keys,
                kind: FaultKind::Memory,
            });
        }
    }
    let text = words::quote(&text, 300);
    who.fault(
        FaultKind::Invalid,
        format!("gave back something that cannot be read when it was to {}: {text}", call.task),
    )
}
