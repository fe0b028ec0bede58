//! What the host keeps for one instance: its meters, its notes, its settings.

use super::contract::FaultKind;
use super::fault::Call;
use super::limits::{Exceeded, Limits};
use super::settings::PluginSettings;
use super::words;
use crate::event::Severity;
use std::mem;
use std::sync::Arc;
use wasmtime::{Engine as Wasmtime, ResourceLimiter, Store};

/// What a call to the host costs of the output that a call may bring back, text aside.
const HOST_CALL_BYTES: u64 = 64;

/// Bytes of settings and rule files that may be handed over in one call; a guest that
/// asks for the same file again and again costs the host time that fuel does not see.
const HANDED_BYTES: u64 = 16 << 20;

/// A diagnostic note of a plugin; its text is untrusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How grave the plugin says it is.
    pub severity: Severity,
    /// What it says, cut to the limit.
    pub text: String,
}

/// The notes that a plugin left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Those that were kept, in order.
    pub kept: Vec<Note>,
    /// How many more there were.
    pub dropped: u64,
}

impl Notes {
    /// Adds later notes, keeping at most `limit`.
    pub fn add(&mut self, later: Notes, limit: u32) {
        let room = (limit as usize).saturating_sub(self.kept.len());
        let beyond = later.kept.len().saturating_sub(room) as u64;
        self.kept.extend(later.kept.into_iter().take(room));
        self.dropped += later.dropped + beyond;
    }
}

/// The host's side of one instance.
pub struct Guest {
    limits: Arc<Limits>,
    settings: Arc<PluginSettings>,
    notes: Notes,
    memory: u64,
    table_elements: u64,
    /// Bytes that the call at hand may bring back, and the settings that they come from.
    output: (u64, &'static [&'static str]),
    /// Bytes brought out by calls to the host, since the last call to the guest.
    brought: u64,
    /// Bytes handed in by calls to the host, since the last call to the guest.
    handed: u64,
}

impl Guest {
    /// A store for a new instance.
    pub(super) fn store(engine: &Wasmtime, limits: Arc<Limits>, settings: Arc<PluginSettings>) -> Store<Guest> {
        let guest = Guest {
            limits,
            settings,
            notes: Notes::default(),
            memory: 0,
            table_elements: 0,
            output: (0, &[]),
            brought: 0,
            handed: 0,
        };
        let mut store = Store::new(engine, guest);
        store.limiter(|guest| guest);
        store
    }

    /// Readies a store for one call.
    pub(super) fn ready(store: &mut Store<Guest>, call: &Call) -> wasmtime::Result<()> {
        let ticks = super::engine::Engine::ticks(store.data().limits.wall_clock_ms);
        store.set_epoch_deadline(ticks);
        // Overlapping strings can make the host allocate far more than the guest has.
        store.set_hostcall_fuel(usize::try_from(call.output).unwrap_or(usize::MAX));
        let guest = store.data_mut();
        (guest.brought, guest.handed) = (0, 0);
        guest.output = (call.output, call.output_keys);
        store.set_fuel(call.fuel)
    }

    /// The notes since the last time.
    pub(super) fn take_notes(&mut self) -> Notes {
        mem::take(&mut self.notes)
    }

    /// Counts what a call to the host brings out.
    fn bring(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.brought = self.brought.saturating_add(bytes as u64).saturating_add(HOST_CALL_BYTES);
        let (limit, keys) = self.output;
        if self.brought <= limit {
            return Ok(());
        }
        Err(Exceeded {
            what: "left more notes or asked the host more often than one call may",
            unit: "bytes",
            used: Some(self.brought),
            limit,
            keys,
            kind: FaultKind::Output,
        })
    }

    /// Counts what a call to the host hands in.
    fn hand(&mut self, bytes: usize) -> Result<(), Exceeded> {
        self.handed = self.handed.saturating_add(bytes as u64);
        if self.handed <= HANDED_BYTES {
            return Ok(());
        }
        Err(Exceeded {
            what: "read its settings and rule files over and over in one call",
            unit: "bytes (a fixed limit)",
            used: Some(self.handed),
            limit: HANDED_BYTES,
            keys: &[],
            kind: FaultKind::Output,
        })
    }

    /// Takes a note; what is too long or too much is cut or counted.
    pub(super) fn note(&mut self, severity: u8, text: String) -> Result<(), Exceeded> {
        self.bring(text.len())?;
        if self.notes.kept.len() >= self.limits.notes as usize {
            self.notes.dropped += 1;
            return Ok(());
        }
        let text = words::cut(text, self.limits.note_bytes as usize);
        self.notes.kept.push(Note { severity: Severity::new(severity).unwrap_or_default(), text });
        Ok(())
    }

    /// Answers with a setting.
    pub(super) fn setting(&mut self, name: &str) -> Result<Option<String>, Exceeded> {
        self.bring(name.len())?;
        let value = self.settings.value(name).map(str::to_owned);
        self.hand(value.as_ref().map_or(0, String::len))?;
        Ok(value)
    }

    /// Answers with a rule file.
    pub(super) fn rule_file(&mut self, name: &str) -> Result<Option<String>, Exceeded> {
        self.bring(name.len())?;
        let file = self.settings.rule_file(name).map(str::to_owned);
        self.hand(file.as_ref().map_or(0, String::len))?;
        Ok(file)
    }
}

impl ResourceLimiter for Guest {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.memory.saturating_add((desired.saturating_sub(current)) as u64);
        if wanted > self.limits.memory_bytes {
            // Not a refusal that the guest could go on with: what it then did would
            // depend on the limit in ways that nobody sees.
            return Err(wasmtime::Error::new(Exceeded {
                what: "asked for more memory than it may have",
                unit: "bytes",
                used: Some(wanted),
                limit: self.limits.memory_bytes,
                keys: &["memory"],
                kind: FaultKind::Memory,
            }));
        }
        self.memory = wanted;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: wasmtime::Error) -> wasmtime::Result<()> {
        // A verdict must not depend on how much memory this machine has left.
        Err(error.context("the host could not give the memory that the plugin may have"))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let wanted = self.table_elements.saturating_add((desired.saturating_sub(current)) as u64);
        if wanted > self.limits.table_elements {
            return Err(wasmtime::Error::new(Exceeded {
                what: "asked for larger tables than it may have",
                unit: "elements",
                used: Some(wanted),
                limit: self.limits.table_elements,
                keys: &["table_elements"],
                kind: FaultKind::Memory,
            }));
        }
        self.table_elements = wanted;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.limits.instances as usize
    }

    fn tables(&self) -> usize {
        self.limits.tables as usize
    }

    fn memories(&self) -> usize {
        self.limits.tables as usize
    }
}
