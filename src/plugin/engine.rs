//! The engine that compiles and runs components: deterministic, metered, and with nothing
//! of the world around it linked in.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;
use wasmtime::Config;

/// How often the outer alarm looks; a guess, coarse enough to cost nothing.
const TICK: Duration = Duration::from_millis(20);

/// Bytes of stack for a guest. Wasmtime's own default, named so that it is ours to keep:
/// how deep a guest may recurse is part of what a verdict depends on.
const STACK_BYTES: usize = 512 * 1024;

/// One engine, shared by all plugins and workers, and the thread that rings its alarm.
pub(super) struct Engine {
    engine: wasmtime::Engine,
    /// Dropping it ends the thread.
    _alarm: Sender<()>,
}

impl Engine {
    /// Makes an engine. Fails where the host cannot run compiled code, or start a thread.
    pub fn new() -> Result<Engine, String> {
        let engine = without_alarm().map_err(|error| format!("{error:#}"))?;
        let (alarm, bell) = mpsc::channel::<()>();
        let weak = engine.weak();
        let ring = move || {
            while bell.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let Some(engine) = weak.upgrade() else { return };
                engine.increment_epoch();
            }
        };
        thread::Builder::new().name("plugin-alarm".to_owned()).spawn(ring).map_err(|error| error.to_string())?;
        Ok(Engine { engine, _alarm: alarm })
    }

    /// The engine itself.
    pub fn get(&self) -> &wasmtime::Engine {
        &self.engine
    }

    /// The ticks after which an alarm set to `wall_clock_ms` rings.
    pub fn ticks(wall_clock_ms: u64) -> u64 {
        // The current tick may be nearly over.
        wall_clock_ms.div_ceil(TICK.as_millis() as u64).saturating_add(1)
    }
}

/// An engine of the same settings, to compile with.
pub(super) fn without_alarm() -> wasmtime::Result<wasmtime::Engine> {
    wasmtime::Engine::new(&config())
}

fn config() -> Config {
    let mut config = Config::new();
    config
        // The verdict: counted in instructions, the same on every run.
        .consume_fuel(true)
        // The outer alarm only: a run that it ends is no finding.
        .epoch_interruption(true)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        // Halves the cost of a call.
        .concurrency_support(false)
        .max_wasm_stack(STACK_BYTES)
        // Nobody reads the frames of a guest whose names are stripped.
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false);
    config
}
