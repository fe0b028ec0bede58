//! Compilation, which is work that a stranger's bytes decide on: in a child process that
//! has so much memory and so much time, and nothing of the parent's environment.

use super::contract::{Fault, FaultKind};
use super::engine;
use super::limits::{Exceeded, Limits, Who};
use super::words;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::thread;

/// Bytes of compiled code at most; it is some five times its source.
pub(super) const MAX_CODE: u64 = 1 << 30;

/// Bytes kept of what a child said when it failed.
const MAX_WORDS: usize = 16 << 10;

/// The arguments that make a program compile, before those for memory and time.
const ARGUMENTS: [&str; 2] = ["plugin", "compile-component"];

/// Where components of strangers are compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compiler {
    /// In this process, without bounds.
    Here,
    /// In a child process, which this program starts with the arguments
    /// `plugin compile-component BYTES SECONDS` and which then does what [`compile_child`] says.
    Child(PathBuf),
}

impl Compiler {
    /// The compiled code of a component.
    pub(super) fn compile(
        &self,
        engine: &wasmtime::Engine,
        component: &[u8],
        who: &Who,
        limits: &Limits,
    ) -> Result<Vec<u8>, Fault> {
        match self {
            Compiler::Here => {
                engine.precompile_component(component).map_err(|error| cannot(who, &format!("{error:#}")))
            }
            Compiler::Child(program) => {
                let child = in_child(program, component, limits)
                    .map_err(|error| cannot(who, &format!("{} cannot be run: {error}", program.display())))?;
                child.code(who, limits)
            }
        }
    }
}

fn cannot(who: &Who, why: &str) -> Fault {
    who.fault(FaultKind::Refused, format!("cannot be compiled: {}", words::quote(why, 500)))
}

/// What a child process left behind.
struct Child {
    status: ExitStatus,
    output: Vec<u8>,
    words: String,
}

/// Runs a child process to its end.
fn in_child(program: &Path, component: &[u8], limits: &Limits) -> io::Result<Child> {
    let mut child = Command::new(program)
        .args(ARGUMENTS)
        .args([limits.compile_memory_bytes.to_string(), limits.compile_time_s.to_string()])
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (mut input, output, words) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    thread::scope(|scope| {
        scope.spawn(move || {
            // A child that ends early says why by its status; dropping the pipe ends what it reads.
            let _ = input.take().map(|mut input| input.write_all(component));
        });
        let words = scope.spawn(move || read_bounded(words, MAX_WORDS as u64).unwrap_or_default());
        let output = read_bounded(output, MAX_CODE + 1);
        if output.as_ref().map_or(true, |output| output.len() as u64 > MAX_CODE) {
            child.kill()?;
        }
        let status = child.wait()?;
        let words = words.join().unwrap_or_default();
        let output = output?;
        // It says why it failed where the code would be; what it says beside that is how it died.
        let words = if output.is_empty() { &words } else { &output };
        let words = String::from_utf8_lossy(&words[..words.len().min(MAX_WORDS)]).into_owned();
        Ok(Child { status, words, output })
    })
}

fn read_bounded(source: Option<impl Read>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if let Some(source) = source {
        source.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

impl Child {
    /// The code that it compiled, or what ended it.
    fn code(self, who: &Who, limits: &Limits) -> Result<Vec<u8>, Fault> {
        let exceeded = |what, unit, limit, keys| {
            who.exceeded(&Exceeded { what, unit, used: None, limit, keys, kind: FaultKind::Refused })
        };
        if self.output.len() as u64 > MAX_CODE {
            return Err(exceeded("compiles to more code than it may", "bytes (a fixed limit)", MAX_CODE, &[]));
        }
        if self.status.success() {
            return Ok(self.output);
        }
        if self.status.signal() == Some(Signal::XCPU.as_raw()) {
            let what = "took longer to compile than it may";
            return Err(exceeded(what, "seconds", limits.compile_time_s, &["compile_time"]));
        }
        if self.ran_out_of_memory() {
            let what = "needed more memory to compile than it may have";
            return Err(exceeded(what, "bytes", limits.compile_memory_bytes, &["compile_memory"]));
        }
        let said = self.words.trim();
        Err(cannot(who, &if said.is_empty() { self.status.to_string() } else { said.to_owned() }))
    }

    /// Whether memory was what ended it: Rust aborts where it cannot have more, and libraries
    /// that can tell say so.
    fn ran_out_of_memory(&self) -> bool {
        let is_aborted = self.status.signal() == Some(Signal::ABORT.as_raw());
        let says = |text| self.words.contains(text);
        (is_aborted && !says("overflowed its stack"))
            || ["memory allocation of", "out of memory", "Cannot allocate memory"].into_iter().any(says)
    }
}

/// Compiles as the child of [`Compiler::Child`]: reads a component, and gives its compiled
/// code, which goes to the standard output. Before it looks at the component it binds the
/// process to so many bytes of address space and seconds of a processor, and forbids it to
/// leave an image of its memory. An error goes to the standard output as well, with a status
/// other than 0.
pub fn compile_child(memory: u64, seconds: u64, mut component: impl Read) -> Result<Vec<u8>, String> {
    let bound = |resource, soft: u64, hard: u64| {
        let present = getrlimit(resource).maximum;
        let lower = |limit: u64| Some(present.map_or(limit, |present| limit.min(present)));
        setrlimit(resource, Rlimit { current: lower(soft), maximum: lower(hard) })
            .map_err(|error| format!("the limits of the process cannot be set: {error}"))
    };
    bound(Resource::Core, 0, 0)?;
    // The first limit says by its signal what it was, the second one cannot be ignored.
    bound(Resource::Cpu, seconds, seconds.saturating_add(1))?;
    bound(Resource::As, memory, memory)?;
    let mut bytes = Vec::new();
    component.read_to_end(&mut bytes).map_err(|error| format!("the component cannot be read: {error}"))?;
    let engine = engine::without_alarm().map_err(|error| format!("{error:#}"))?;
    engine.precompile_component(&bytes).map_err(|error| format!("{error:#}"))
}
