//! Whatever the system answers to whatever call, once or from then on, retention says which path it was about, and the
//! next run completes it as if nothing had been.

use std::error::Error;
use std::fs;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rustix::io::Errno;

use crate::hooked::Hooked;
use crate::kept_house::{Deed, Hasty, Kept, is_exhaustive};
use crate::oracle::lies;

/// What the system may say.
const ERRORS: [Errno; 7] =
    [Errno::NOSPC, Errno::IO, Errno::ACCESS, Errno::XDEV, Errno::INTR, Errno::ROFS, Errno::MFILE];

/// From when on it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    Once,
    FromThenOn,
}

/// A disk that refuses the operation with a number, counted from 0; and how many there were.
fn refusing(errno: Errno, when: When, at: usize) -> (Hooked, Arc<AtomicUsize>) {
    let done = Arc::new(AtomicUsize::new(0));
    let counter = done.clone();
    let disk = Hooked::new(move |operation, _| {
        let number = counter.fetch_add(1, Ordering::Relaxed);
        let is_hit = number == at || (number > at && when == When::FromThenOn);
        // A write that is interrupted is tried again, for ever if need be.
        let is_endless = errno == Errno::INTR && operation == "write" && number > at;
        if is_hit && !is_endless { Err(io::Error::from_raw_os_error(errno.raw_os_error())) } else { Ok(()) }
    });
    (disk, done)
}

/// An error with its causes.
fn chain(error: &dyn Error) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        said.push_str(&format!(": {error}"));
        cause = error.source();
    }
    said
}

/// Does a deed while the system refuses, and again; what is wrong then, and whether the refusal was met.
fn refuse(kept: &Kept, deed: Deed, (errno, when, at): (Errno, When, usize), expected: &str) -> (Vec<String>, bool) {
    let house = kept.before(deed);
    let (disk, done) = refusing(errno, when, at);
    let mut complaints = Vec::new();
    match catch_unwind(AssertUnwindSafe(|| deed.carry_out(&house, &disk))) {
        Err(_) => complaints.push("it panics".to_owned()),
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            let said = chain(&error);
            if !said.contains(&house.root().display().to_string()) {
                complaints.push(format!("no path is named: {said}"));
            }
        }
    }
    complaints.extend(deed.recover(&house).err().map(|error| format!("it does not recover: {}", chain(&error))));
    complaints.extend(kept.complaints(&house, deed));
    complaints.extend(deed.carry_out(&house, &Hasty).err().map(|error| format!("the next run: {}", chain(&error))));
    complaints.extend(kept.complaints(&house, deed).into_iter().map(|what| format!("after the next run: {what}")));
    let found = lies(&house);
    if found != expected {
        complaints.push(format!("it does not end as undisturbed:\n{found}instead of\n{expected}"));
    }
    fs::remove_dir_all(house.root()).unwrap();
    (complaints, done.load(Ordering::Relaxed) > at)
}

#[test]
fn every_refusal_of_the_system_is_got_over() {
    let kept = Kept::new();
    let (mut refusals, mut failed) = (0, Vec::new());
    for deed in Deed::ALL {
        let house = kept.before(deed);
        let (disk, done) = refusing(Errno::IO, When::Once, usize::MAX);
        deed.carry_out(&house, &disk).unwrap();
        let (expected, operations) = (lies(&house), done.load(Ordering::Relaxed));
        fs::remove_dir_all(house.root()).unwrap();
        let mut cases = Vec::new();
        for at in 0..operations {
            for when in [When::Once, When::FromThenOn] {
                // Each in turn, unless there is time for all.
                let turn = at + deed as usize + usize::from(when == When::Once) * 3;
                let errors = if is_exhaustive() { ERRORS.to_vec() } else { vec![ERRORS[turn % ERRORS.len()]] };
                cases.extend(errors.into_iter().map(|errno| (errno, when, at)));
            }
        }
        let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let (found, is_met) = refuse(&kept, deed, *case, &expected);
                        assert!(is_met, "{deed:?} has fewer operations than before");
                        if !found.is_empty() {
                            complaints.lock().unwrap().push(format!("{deed:?}, {case:?}:\n{}", found.join("\n")));
                        }
                    }
                });
            }
        });
        println!("{deed:?}: {operations} operations, {} refusals", cases.len());
        refusals += cases.len();
        let complaints = complaints.into_inner().unwrap();
        failed.extend(complaints.first().map(|first| format!("{} of {deed:?}, such as {first}", complaints.len())));
    }
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    println!("all: {refusals} refusals");
    assert!(refusals > 400, "{refusals} refusals");
}
