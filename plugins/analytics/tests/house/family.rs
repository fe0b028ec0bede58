//! Families to observe: written by hand, or made up from a seed.

use analytics::{Analytics, Batch, Cost, Event, Incident, Rules, Zone, shipped};

/// The words that made-up families use; an index into them is a name of the batch.
pub const WORDS: [&str; 26] = [
    "",
    "prompt",
    "usage",
    "tool-call",
    "tool-result",
    "compaction",
    "api-error",
    "hook",
    "error",
    "ok",
    "Bash",
    "Edit",
    "Read",
    "s1",
    "s2",
    "/home/x/one",
    "/home/x/two",
    "opus",
    "haiku",
    "incident",
    "edit.no_match",
    "agent",
    "changed",
    "echo",
    "provider",
    "user",
];

/// The index of a word.
pub fn word(text: &str) -> u32 {
    WORDS.iter().position(|word| *word == text).unwrap() as u32
}

/// A family, as one long batch.
#[derive(Clone, Debug, Default)]
pub struct Family {
    pub names: Vec<String>,
    pub events: Vec<Event>,
    pub costs: Vec<Cost>,
    pub incidents: Vec<Incident>,
}

impl Family {
    /// A family without events, which knows the words.
    pub fn new() -> Family {
        Family { names: WORDS.map(str::to_owned).to_vec(), ..Family::default() }
    }

    /// Adds an event.
    pub fn push(&mut self, event: Event) -> u32 {
        self.events.push(event);
        self.events.len() as u32 - 1
    }

    /// A made-up family; equal seeds make equal families.
    pub fn made_up(seed: u64) -> Family {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut family = Family::new();
        let groups = (0..40).map(|group| format!("group-{group:02}"));
        let first_group = family.names.len() as u32;
        family.names.extend(groups);
        let mut time = 1_770_000_000_000 + dice.below(60 * 86_400_000) as i64;
        for _ in 0..dice.below(600) {
            time += dice.below(400_000) as i64;
            let kind = dice.of(&[
                "prompt",
                "usage",
                "tool-call",
                "tool-call",
                "tool-result",
                "tool-result",
                "compaction",
                "hook",
            ]);
            let failed = kind != word("prompt") && dice.below(4) == 0;
            let at = family.push(Event {
                kind,
                status: if failed { word("error") } else { dice.of(&["", "ok"]) },
                session: dice.of(&["s1", "s1", "s2"]),
                project: dice.of(&["/home/x/one", "/home/x/two"]),
                model: dice.of(&["opus", "haiku"]),
                tool: dice.of(&["Bash", "Edit", "Read"]),
                sub_agent: dice.of(&["", "", "", "s2"]),
                time: if dice.below(50) == 0 { 0 } else { time },
                duration: dice.duration(),
                size: dice.below(100_000),
            });
            if kind == word("usage") {
                let [input, output, cache_creation, cache_read] = [0; 4].map(|_: u64| dice.below(50_000));
                family.costs.push(Cost { event: at, input, output, cache_creation, cache_read });
            }
            if failed && dice.below(5) > 0 {
                family.incidents.push(Incident {
                    event: at,
                    disposition: dice.of(&["incident", "incident", "incident", "echo"]),
                    fingerprint: first_group + dice.below(40) as u32,
                    cause: dice.of(&["edit.no_match", ""]),
                    owner: dice.of(&["agent", ""]),
                    resolution: dice.of(&["", "changed"]),
                    resolved_after: dice.below(2_000_000),
                });
            }
        }
        family
    }

    /// What is saved of the family, observed in batches of so many events.
    pub fn saved(&self, batch: usize) -> Vec<u8> {
        let mut analytics = analytics();
        self.observed_by(&mut analytics, batch);
        analytics.save().unwrap()
    }

    /// Hands the family over in batches of so many events.
    pub fn observed_by(&self, analytics: &mut Analytics, batch: usize) {
        for (number, events) in self.events.chunks(batch).enumerate() {
            let first = (number * batch) as u32;
            let here = first..first + events.len() as u32;
            let costs = self.costs.iter().filter(|row| here.contains(&row.event));
            let costs: Vec<_> = costs.map(|row| Cost { event: row.event - first, ..*row }).collect();
            let incidents = self.incidents.iter().filter(|row| here.contains(&row.event));
            let incidents: Vec<_> = incidents.map(|row| Incident { event: row.event - first, ..*row }).collect();
            analytics.observe(&Batch { names: &self.names, events, costs: &costs, incidents: &incidents });
        }
    }
}

/// An analyzer with the shipped rules.
pub fn analytics() -> Analytics {
    with(shipped().unwrap())
}

/// An analyzer with rules of one's own.
pub fn with(rules: Rules) -> Analytics {
    Analytics::new(rules, Zone::default())
}

/// Numbers that look random, by Marsaglia's xorshift.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }

    /// Short or long, each doubling as likely as any other.
    fn duration(&mut self) -> u64 {
        let doublings = self.below(24);
        self.below(1 << doublings)
    }

    fn of(&mut self, words: &[&str]) -> u32 {
        word(words[self.below(words.len() as u64) as usize])
    }
}
