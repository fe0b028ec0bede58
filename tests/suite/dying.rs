//! The code of the commands, in a process of its own that dies before any one of its operations on the disk: nothing is
//! lost, and the next run takes up what is left.
//!
//! The process is this test program, which runs [`child`] alone with a disk that ends it; the product has no switch for
//! that.

use std::ffi::OsString;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use logwright::event::format_rfc3339;
use logwright::layout::House;

use crate::hooked::Hooked;
use crate::house::plugin_cache;
use crate::kept_house::{Deed, Kept};

/// Which operation ends the process, and what it is to do, word by word.
const DIES_AT: &str = "LOGWRIGHT_TEST_DIES_AT";
const DOES: &str = "LOGWRIGHT_TEST_DOES";

/// Does nothing unless a test asks for it.
#[test]
fn child() {
    let (Ok(at), Ok(words)) = (std::env::var(DIES_AT), std::env::var(DOES)) else { return };
    let at: usize = at.parse().unwrap();
    let done = AtomicUsize::new(0);
    let disk: &'static Hooked = Box::leak(Box::new(Hooked::new(move |_, _| {
        if done.fetch_add(1, Ordering::Relaxed) == at {
            std::process::abort();
        }
        Ok(())
    })));
    let code = logwright::cli::run_on(disk, words.split('\n').map(OsString::from));
    assert!(code <= 1, "it ends with {code}");
}

/// Lets a process do a deed and die before an operation; whether it came to its end.
fn die(kept: &Kept, house: &House, deed: Deed, at: usize) -> bool {
    let root = house.root().to_str().unwrap();
    let words = [&["logwright", "--root", root][..], deed.arguments()].concat().join("\n");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "dying::child", "--nocapture"]).current_dir(kept.yard.root()).env_clear();
    command.env("HOME", kept.yard.root().join("home")).env("TZ", "UTC").env("PATH", "/usr/bin:/bin");
    command.env("LOGWRIGHT_NOW", format_rfc3339(deed.time())).env("LOGWRIGHT_PLUGIN_CACHE", plugin_cache());
    command.env(DIES_AT, at.to_string()).env(DOES, words);
    let ended = command.stdin(Stdio::null()).output().unwrap();
    let is_done = ended.status.success();
    let is_dead = ended.status.code().is_none();
    assert!(is_done || is_dead, "{deed:?}, operation {at}: {ended:?}");
    is_done
}

#[test]
fn death_before_any_operation_is_got_over() {
    let kept = Kept::new();
    let mut deaths = 0;
    for deed in Deed::ALL {
        let (next, end) = (AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        let complaints: Mutex<Vec<String>> = Mutex::new(Vec::new());
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    loop {
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        if at >= end.load(Ordering::Relaxed) {
                            return;
                        }
                        let house = kept.before(deed);
                        if die(&kept, &house, deed, at) {
                            end.fetch_min(at, Ordering::Relaxed);
                        }
                        let recovered = deed.recover(&house);
                        let failed = recovered.err().map(|error| format!("it does not recover: {error}"));
                        let found = kept.complaints(&house, deed).into_iter().chain(failed);
                        complaints.lock().unwrap().extend(found.map(|what| format!("operation {at}: {what}")));
                        fs::remove_dir_all(house.root()).unwrap();
                    }
                });
            }
        });
        let complaints = complaints.into_inner().unwrap();
        assert!(complaints.is_empty(), "{deed:?}: {complaints:#?}");
        let died = end.into_inner();
        println!("{deed:?}: {died} deaths");
        deaths += died;
    }
    println!("all: {deaths} deaths");
    assert!(deaths > 200, "{deaths} deaths");
}
