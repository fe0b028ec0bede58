//! Runs a process and measures it from without, through `/proc`; elsewhere than on Linux only its time is known.

use super::Cost;
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use std::fs;
use std::io;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often the peak of memory is asked for; it never sinks, so only growth in the last moment is missed.
const LOOK: Duration = Duration::from_millis(2);
/// What one tick in `/proc/PID/stat` stands for: 100 a second on every Linux of today.
const TICK: Duration = Duration::from_millis(10);

/// Runs a command to its end, silently. Exit code 1 says that data was passed over, which real logs bring with them.
pub fn run(command: &mut Command) -> io::Result<Cost> {
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let about = format!("/proc/{}", child.id());
    let done = AtomicBool::new(false);
    let (wall, peak) = thread::scope(|scope| {
        let watch = scope.spawn(|| {
            let mut peak = 0;
            while !done.load(Ordering::Relaxed) {
                peak = peak.max(peak_memory(&about).unwrap_or_default());
                thread::sleep(LOOK);
            }
            peak
        });
        // The process is left to be asked, dead, what it used.
        let waited = waitid(WaitId::Pid(Pid::from_child(&child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
        let wall = started.elapsed();
        done.store(true, Ordering::Relaxed);
        waited?;
        Ok::<_, io::Error>((wall, watch.join().unwrap_or_default()))
    })?;
    let (cpu, kernel) = cpu_time(&about).unwrap_or_default();
    let status = child.wait()?;
    match status.code() {
        Some(0 | 1) => Ok(Cost { wall, cpu, kernel, peak }),
        _ => Err(io::Error::other(format!("{command:?} ended with {status}"))),
    }
}

fn peak_memory(about: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("{about}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// All CPU time, and that in the kernel: fields 14 and 15, counted behind the name in parentheses, which is the second. Source: proc_pid_stat(5).
fn cpu_time(about: &str) -> Option<(Duration, Duration)> {
    let stat = fs::read_to_string(format!("{about}/stat")).ok()?;
    let mut fields = stat.rsplit(')').next()?.split_whitespace().skip(11);
    let mut time = || fields.next()?.parse::<u32>().ok().map(|ticks| TICK * ticks);
    let (user, kernel) = (time()?, time()?);
    Some((user + kernel, kernel))
}
