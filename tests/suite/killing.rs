//! The program itself, killed at random moments, round after round, in one house that grows old meanwhile. The oracle
//! stands outside: it knows the sources, and finds their bytes by the names and the contents of files alone.
//!
//! `LOGWRIGHT_KILL_ROUNDS` sets the number of rounds, `LOGWRIGHT_KILL_SEED` what is random about them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Write;
use std::ops::Range;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use logwright::disk::{Disk, RealDisk};
use logwright::event::{Action, format_rfc3339};
use logwright::layout::{House, Part, Tier, active_name};
use logwright::store::{Ledger, Receipt, What};
use rustix::process::{Pid, Signal, kill_process};

use crate::house::{Ran, Yard, files_below, rows};
use crate::kept_house::{day, session};
use crate::oracle::unpacked;
use crate::steps::copy;

/// Ages so short that all of a log's life fits into a few rounds.
const POLICY: &str = "[retention]\nactive_days = 0\narchive_days = 1\ntrash_days = 1\n";

/// Numbers that look random: SplitMix64.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.roll() % limit.max(1)
    }

    fn is_hit(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

/// A source, as the oracle knows it.
struct Source {
    path: PathBuf,
    id: String,
    text: Vec<u8>,
    /// How much of it an ingest that came to its end has seen, and since when there is something to see.
    seen: usize,
    since: i64,
}

/// Everything that a round needs.
struct Play {
    yard: Yard,
    house: House,
    sources: Vec<Source>,
    dice: Dice,
    now: i64,
    /// How long each command may take until it is killed.
    lasts: BTreeMap<&'static str, Duration>,
    tally: BTreeMap<&'static str, usize>,
    /// What was done and what came of it, to be shown.
    history: Vec<String>,
}

impl Play {
    fn count(&mut self, what: &'static str) {
        *self.tally.entry(what).or_default() += 1;
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.yard.command(&self.house, arguments);
        Ran::of(command.env("LOGWRIGHT_NOW", format_rfc3339(self.now)).output().unwrap(), &self.yard)
    }

    /// Time goes by, agents write.
    fn live(&mut self) {
        if self.dice.is_hit(40) {
            self.now += i64::try_from(self.dice.below(9 * 86_400_000)).unwrap();
        }
        for _ in 0..self.dice.below(3) {
            let number = self.sources.len();
            let id = format!("0f{number:06x}-0000-4000-8000-{number:012x}");
            let (turns, fails) = (1 + self.dice.below(60) as usize, self.dice.is_hit(30));
            let text = session(&id, &format!("{:02}", 1 + number % 28), turns, fails).into_bytes();
            let path = self.yard.write(&format!("claude-code/projects/-p/{id}.jsonl"), &text);
            self.sources.push(Source { path, id, text, seen: 0, since: self.now });
        }
        if !self.sources.is_empty() && self.dice.is_hit(50) {
            let at = self.dice.below(self.sources.len() as u64) as usize;
            let source = &mut self.sources[at];
            let more = format!("{{\"type\":\"summary\",\"summary\":\"{}\",\"leafUuid\":\"1\"}}\n", source.text.len());
            source.text.extend(more.as_bytes());
            File::options().append(true).open(&source.path).unwrap().write_all(more.as_bytes()).unwrap();
        }
    }

    /// Runs a command and kills it, mostly.
    fn act(&mut self) {
        let logs = self.yard.logs().display().to_string();
        let (name, arguments): (&'static str, Vec<&str>) = match self.dice.below(100) {
            0..32 => ("ingest", vec!["ingest", "-q", &logs]),
            32..80 => ("retain", vec!["retain", "-q"]),
            80..92 => ("restore", vec!["restore", "-q", "--all"]),
            _ => ("verify --repair", vec!["verify", "-q", "--repair"]),
        };
        let longest = self.lasts.get(name).copied().unwrap_or(Duration::from_millis(60));
        let moment = Duration::from_micros(self.dice.below(longest.as_micros() as u64));
        let mut command = self.yard.command(&self.house, &arguments);
        let started = Instant::now();
        let mut child = command.env("LOGWRIGHT_NOW", format_rfc3339(self.now)).spawn().unwrap();
        let mut is_over = false;
        while started.elapsed() < moment && !is_over {
            is_over = child.try_wait().unwrap().is_some();
            std::thread::sleep(Duration::from_micros(200));
        }
        let _ = kill_process(Pid::from_child(&child), Signal::KILL);
        let ran = Ran::of(child.wait_with_output().unwrap(), &self.yard);
        match ran.code {
            None => {
                // It lasts longer than that: until it comes to its end now and then.
                self.lasts.insert(name, longest + longest / 10);
                self.count("killed");
            }
            Some(code) => {
                // What it says if there is no house yet, or nothing in it.
                assert!(matches!(code, 0..=3 | 5), "{name}: {ran:?}");
                self.lasts.insert(name, longest - longest / 5);
                self.count("came to its end");
                if name == "ingest" && code <= 1 {
                    self.acknowledge();
                }
            }
        }
        let mut open = 0_usize;
        let read = Ledger::read(&self.house.ledger(), 0, |entry, _| match entry.what {
            What::Intent(_) => open += 1,
            What::Released { .. } | What::GivenUp { .. } => open -= 1,
            _ => {}
        });
        let is_torn =
            read.is_ok_and(|ledger| fs::metadata(ledger.path()).is_ok_and(|found| found.len() > ledger.length()));
        let came = ran.code.map_or("killed".to_owned(), |code| format!("ended with {code}"));
        self.history.push(format!("{} {name} {came}, {open} moves open", format_rfc3339(self.now)));
        let litter = !files_below(&self.house.incoming()).is_empty();
        let marks = [
            ("hit a move", open > 0),
            ("left litter", litter),
            ("tore the ledger", is_torn),
            ("hit an ingest that wrote", self.house.unfinished().exists()),
        ];
        for (what, is_so) in marks {
            if is_so {
                self.count(what);
            }
        }
        if ran.code.is_none() && marks.iter().any(|(_, is_so)| *is_so) {
            self.count("killed while it wrote");
        }
    }

    fn acknowledge(&mut self) {
        for source in &mut self.sources {
            source.seen = source.text.len();
        }
    }

    /// The next run, after which everything must be sound.
    fn recover(&mut self) {
        let nothing = self.yard.root().join("nothing").display().to_string();
        fs::create_dir_all(&nothing).unwrap();
        let must_ingest = self.house.unfinished().exists() || !self.house.database().exists();
        // Mostly what finishes only what was begun, so that there is something left to be killed at.
        let arguments: &[&str] = match self.dice.below(10) {
            0..3 => &["ingest", &nothing],
            _ if must_ingest => &["ingest", &nothing],
            3 => &["retain"],
            _ => &["verify", "--repair"],
        };
        let ran = self.run(arguments);
        assert!(matches!(ran.code, Some(0 | 1)), "{arguments:?}: {ran:?}\n{:#?}", self.last());
        let code = ran.code;
        let ran = self.run(&["verify"]);
        assert_eq!(ran.code, Some(0), "after {arguments:?}: {ran:?}\n{:#?}", self.last());
        self.history.push(format!("then {} ended with {code:?}", arguments[0]));
    }

    fn last(&self) -> &[String] {
        &self.history[self.history.len().saturating_sub(12)..]
    }

    /// What the oracle misses.
    fn missing(&self) -> Vec<String> {
        let mut complaints = Vec::new();
        let mut found: BTreeMap<String, Vec<(String, Range<usize>)>> = BTreeMap::new();
        let by_id: BTreeMap<&str, &Source> = self.sources.iter().map(|source| (source.id.as_str(), source)).collect();
        for (folder, tier) in
            [("logs/sessions", Tier::Active), ("logs/archived-snapshots", Tier::Archive), ("store/trash", Tier::Trash)]
        {
            for path in files_below(&self.house.resolve(folder)) {
                let file = path.file_name().unwrap().to_string_lossy().into_owned();
                let name = active_name(&file, tier);
                let bytes = if tier == Tier::Active { fs::read(&path) } else { unpacked(&path) };
                let bytes = match bytes {
                    Ok(bytes) => bytes,
                    Err(error) => {
                        complaints.push(format!("{folder}/{file} cannot be read: {error}"));
                        continue;
                    }
                };
                let Some(source) = name.split('_').nth(2).and_then(|id| by_id.get(id)) else { continue };
                let from = Part::of_name(name).from as usize;
                if source.text.get(from..from + bytes.len()) != Some(&bytes) {
                    complaints.push(format!("{folder}/{file} has bytes that its source never had"));
                }
                let places = found.entry(name.to_owned()).or_default();
                places.push((source.id.clone(), from..from + bytes.len()));
                if places.len() > 1 {
                    complaints.push(format!("{name} is in several places"));
                }
            }
        }
        let sql = "SELECT source FROM file WHERE source <> '' GROUP BY source
            HAVING max(part) <> max(iif(is_last, part, -1)) OR sum(is_last) <> 1";
        let twisted = rows(&self.house, sql, &[]);
        complaints.extend(twisted.into_iter().map(|source| format!("the last part of it is not its last: {source}")));
        let mut ranges: BTreeMap<String, Vec<Range<usize>>> = BTreeMap::new();
        found.into_values().flatten().for_each(|(id, range)| ranges.entry(id).or_default().push(range));
        for receipt in self.receipts() {
            let name = active_name(&receipt.path, Tier::Archive).to_owned();
            let Some(source) = name.split('_').nth(2).and_then(|id| by_id.get(id)) else { continue };
            let is_due = receipt.at >= source.since + 86_400_000 && receipt.at >= day(0) + 7 * 86_400_000;
            if receipt.what == "removed" && receipt.rule.starts_with("retention.archive_days = 1") && is_due {
                let from = Part::of_name(&name).from as usize;
                ranges.entry(source.id.clone()).or_default().push(from..from + receipt.length as usize);
            }
        }
        for source in &self.sources {
            let mut own = ranges.remove(&source.id).unwrap_or_default();
            own.sort_by_key(|range| range.start);
            let reached = own.iter().fold(0, |end, range| if range.start <= end { range.end.max(end) } else { end });
            if reached < source.seen {
                complaints.push(format!("{} is lost from {reached} on, of {}", source.id, source.seen));
            }
        }
        complaints
    }

    fn receipts(&self) -> Vec<Receipt> {
        let texts = files_below(&self.house.receipts()).into_iter().map(|path| fs::read_to_string(path).unwrap());
        let parse = |line: &str| serde_json::from_str(line).expect("each line is a receipt");
        texts.flat_map(|text| text.lines().map(parse).collect::<Vec<Receipt>>()).collect()
    }

    /// How many moves of each sort were done.
    fn done(&self) -> BTreeMap<&'static str, usize> {
        let (mut open, mut done) = (BTreeMap::new(), BTreeMap::new());
        Ledger::read(&self.house.ledger(), 0, |entry, _| match entry.what {
            What::Intent(intent) => drop(open.insert(intent.file.clone(), intent.action)),
            What::Released { file } => {
                let action: Option<Action> = open.remove(&file);
                *done.entry(action.map_or("?", |action| action.name())).or_default() += 1;
            }
            What::GivenUp { .. } => *done.entry("given up").or_default() += 1,
            _ => {}
        })
        .unwrap();
        done
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|text| text.parse().ok())
}

#[test]
fn nothing_is_lost_however_often_it_is_killed() {
    let rounds = number("LOGWRIGHT_KILL_ROUNDS").unwrap_or(50);
    let clock = || std::time::SystemTime::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_micros() as u64);
    let seed = number("LOGWRIGHT_KILL_SEED").unwrap_or_else(clock);
    println!("seed {seed}");
    let yard = Yard::in_memory();
    let house = yard.house();
    RealDisk.create_folder(house.root()).unwrap();
    fs::write(house.settings(), POLICY).unwrap();
    let dice = Dice(seed);
    let (lasts, tally, history) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut play = Play { yard, house, sources: Vec::new(), dice, now: day(0), lasts, tally, history };
    let keeps = std::env::var_os("LOGWRIGHT_KILL_KEEPS").map(PathBuf::from);
    for round in 0..rounds {
        // As it was in the last rounds, to be looked at.
        let keep = |play: &Play, when: &str| {
            if let Some(kept) = keeps.as_ref().map(|kept| kept.join(format!("{}-{when}", round % 4))) {
                let _ = fs::remove_dir_all(&kept);
                copy(play.yard.root(), &kept).unwrap();
            }
        };
        play.live();
        keep(&play, "before");
        play.act();
        keep(&play, "killed");
        play.recover();
        let missing = play.missing();
        assert!(missing.is_empty(), "seed {seed}, round {round}: {missing:#?}\n{:#?}", play.last());
    }
    println!("{rounds} rounds, {} sources: {:?}; moves: {:?}", play.sources.len(), play.tally, play.done());
    if rounds >= 50 {
        assert!(play.tally.get("killed").is_some_and(|killed| *killed as u64 > rounds / 4), "{:?}", play.tally);
        assert!(play.done().get("archive").is_some_and(|done| *done > 10), "{:?}", play.done());
    }
}
