//! What a plugin may use, and how to say that it wanted more.

use super::contract::{Fault, FaultKind, Provenance};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Bounds for every plugin; the keys are those of `[plugin.limits]` in the settings.
///
/// The defaults are guesses with room: the first-party classifier uses less than a
/// hundredth of each. What would change them: a plugin in an interpreted language
/// that needs more to start.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// `memory`: bytes of all memories of an instance together. 128 MiB.
    #[serde(rename = "memory")]
    pub memory_bytes: u64,
    /// `tables`: tables, and as many memories, of an instance. 64.
    pub tables: u32,
    /// `table_elements`: elements of all tables of an instance together. 200,000.
    pub table_elements: u64,
    /// `instances`: core instances that a component may consist of. 256.
    pub instances: u32,
    /// `fuel_start`: instructions to start and to describe itself. 2,000,000,000.
    pub fuel_start: u64,
    /// `fuel_per_batch`: instructions for a batch, whatever it holds. 10,000,000.
    pub fuel_per_batch: u64,
    /// `fuel_per_event`: further instructions for each event. 1,000,000.
    pub fuel_per_event: u64,
    /// `fuel_report`: instructions for an analyzer's report. 10,000,000,000.
    pub fuel_report: u64,
    /// `output`: bytes that one call may bring back, notes included. 1 MiB.
    #[serde(rename = "output")]
    pub output_bytes: u64,
    /// `report`: bytes that an analyzer's report may bring back, notes included. 8 MiB.
    #[serde(rename = "report")]
    pub report_bytes: u64,
    /// `notes`: notes kept of one call; further ones are counted. 32.
    pub notes: u32,
    /// `note_length`: bytes kept of one note. 1,024.
    #[serde(rename = "note_length")]
    pub note_bytes: u32,
    /// `literals`: literals that a plugin may declare. 1,024.
    pub literals: u32,
    /// `literal_length`: bytes of one of them. 256.
    #[serde(rename = "literal_length")]
    pub literal_bytes: u32,
    /// `wall_clock`: milliseconds after which the outer alarm ends a call. 20,000.
    #[serde(rename = "wall_clock")]
    pub wall_clock_ms: u64,
    /// `component`: bytes of a component. 64 MiB.
    #[serde(rename = "component")]
    pub component_bytes: u64,
    /// `compile_memory`: bytes of address space for compiling a component. 2 GiB.
    #[serde(rename = "compile_memory")]
    pub compile_memory_bytes: u64,
    /// `compile_time`: seconds of a processor for compiling a component. 120.
    #[serde(rename = "compile_time")]
    pub compile_time_s: u64,
    /// `failures`: records on which a plugin may fail in one run before it is suspended. 32.
    pub failures: u32,
    /// `critical`: errors that one run newly keeps for ever; the rest waits for the next. 100.
    pub critical: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            memory_bytes: 128 << 20,
            tables: 64,
            table_elements: 200_000,
            instances: 256,
            fuel_start: 2_000_000_000,
            fuel_per_batch: 10_000_000,
            fuel_per_event: 1_000_000,
            fuel_report: 10_000_000_000,
            output_bytes: 1 << 20,
            report_bytes: 8 << 20,
            notes: 32,
            note_bytes: 1024,
            literals: 1024,
            literal_bytes: 256,
            wall_clock_ms: 20_000,
            component_bytes: 64 << 20,
            compile_memory_bytes: 2 << 30,
            compile_time_s: 120,
            failures: 32,
            critical: 100,
        }
    }
}

impl Limits {
    /// The fuel for a batch of so many events.
    pub fn fuel(&self, events: usize) -> u64 {
        self.fuel_per_batch.saturating_add(self.fuel_per_event.saturating_mul(events as u64))
    }

    /// Why a plugin is suspended that failed on so many records of a run; nothing while
    /// they are not too many.
    pub fn failed_too_often(&self, plugin: &Provenance, failures: u64) -> Option<Fault> {
        let who = Who::Named { name: plugin.plugin.clone(), version: plugin.version.clone() };
        let limit = u64::from(self.failures);
        let exceeded = Exceeded {
            what: "failed too often in one run",
            unit: "records",
            used: Some(failures),
            limit,
            keys: &["failures"],
            kind: FaultKind::Refused,
        };
        (failures > limit).then(|| who.exceeded(&exceeded))
    }
}

/// All limits by their keys, on one line.
impl fmt::Display for Limits {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = toml::Table::try_from(self).map_err(|_| fmt::Error)?;
        let mut joint = "";
        for (key, value) in &table {
            write!(out, "{joint}{key} = {value}")?;
            joint = ", ";
        }
        Ok(())
    }
}

/// Who a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// A plugin that has not yet said its name, by the hash of its content.
    Unnamed(String),
    /// Name and version, as the plugin gives them, checked.
    Named { name: String, version: String },
}

impl fmt::Display for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Who::Unnamed(hash) => write!(out, "component {}", hash.get(..12).unwrap_or(hash)),
            Who::Named { name, version } => write!(out, "{name} {version}"),
        }
    }
}

impl Who {
    /// A fault of this plugin; `what` follows the name.
    pub fn fault(&self, kind: FaultKind, what: impl fmt::Display) -> Fault {
        Fault { kind, message: format!("{self} {what}") }
    }

    /// A fault because a limit was passed.
    pub fn exceeded(&self, exceeded: &Exceeded) -> Fault {
        self.fault(exceeded.kind, exceeded)
    }
}

/// A limit that was passed: what happened, by how much, and which setting changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exceeded {
    /// What the plugin did, to follow its name: `asked for more memory than it may have`.
    pub what: &'static str,
    /// The unit of both numbers.
    pub unit: &'static str,
    /// What was used or wanted, where it is known.
    pub used: Option<u64>,
    /// The limit.
    pub limit: u64,
    /// The keys under `[plugin.limits]` that make it up.
    pub keys: &'static [&'static str],
    /// The kind of the fault that it leads to.
    pub kind: FaultKind,
}

impl fmt::Display for Exceeded {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exceeded { what, unit, used, limit, keys, .. } = self;
        write!(out, "{what}: ")?;
        if let Some(used) = used {
            write!(out, "{used} of ")?;
        }
        write!(out, "at most {limit} {unit}")?;
        if keys.is_empty() {
            return Ok(());
        }
        let keys: Vec<_> = keys.iter().map(|key| format!("`{key}`")).collect();
        write!(out, "; to allow more, raise {} under [plugin.limits]", keys.join(" or "))
    }
}

impl std::error::Error for Exceeded {}

#[cfg(test)]
mod tests {
    use super::Limits;
    use crate::plugin::contract::Provenance;

    #[test]
    fn what_is_not_set_keeps_its_default() {
        let limits: Limits = toml::from_str("memory = 1\nfuel_per_event = 2").unwrap();
        assert_eq!(limits, Limits { memory_bytes: 1, fuel_per_event: 2, ..Limits::default() });
        assert_eq!(limits.fuel(3), limits.fuel_per_batch + 6);
    }

    #[test]
    fn what_is_counted_over_a_run_names_its_setting() {
        let limits = Limits { failures: 2, ..Limits::default() };
        let plugin = Provenance {
            plugin: "test-guest".to_owned(),
            version: "1.2.3".to_owned(),
            content_hash: String::new(),
            settings_hash: String::new(),
            host_version: String::new(),
        };
        assert_eq!(limits.failed_too_often(&plugin, 2), None);
        assert_eq!(
            limits.failed_too_often(&plugin, 3).unwrap().message,
            "test-guest 1.2.3 failed too often in one run: 3 of at most 2 records; \
             to allow more, raise `failures` under [plugin.limits]"
        );
    }

    #[test]
    fn a_misspelt_key_is_an_error() {
        assert!(toml::from_str::<Limits>("memroy = 1").is_err());
    }
}
