//! What retention would do: inventory, policy, now -> moves, each with its reason. Pure.

use super::policy::{Age, Rules, Which};
use crate::event::{Action, Millis, Sort, format_rfc3339};
use crate::layout::Tier;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use xxhash_rust::xxh3::Xxh3;

/// For how long the first removal is announced.
pub const ANNOUNCED_DAYS: Age = Age::Days(7);
/// For how long nothing is removed once the ledger was damaged.
pub const CAUTION_DAYS: Age = Age::Days(1);

/// Something that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The log.
    pub id: u64,
    /// What it is.
    pub sort: Sort,
    /// Where it lies, from the root of the house.
    pub path: String,
    /// In which tier.
    pub tier: Tier,
    /// `sessions`, `system` or `errors`.
    pub folder: &'static str,
    /// Whose it is.
    pub agent: String,
    /// Its session; empty if it has none.
    pub session: String,
    /// The project; empty if unknown.
    pub project: String,
    /// The logs that are removed together with it, or not at all.
    pub family: Option<u64>,
    /// Bytes of its file in the house.
    pub stored: u64,
    /// Its last event, else what the name says, else when it was first copied.
    pub last: Millis,
    /// Since when it is in its tier.
    pub entered: Millis,
    /// Why it must stay.
    pub holds: Holds,
}

impl Item {
    /// When the clock of its tier started.
    fn since(&self) -> Millis {
        self.last.max(self.entered)
    }
}

/// Reasons for which a log must stay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holds {
    /// It was not understood yet.
    pub unread: bool,
    /// Its source has changed since it was copied.
    pub growing: bool,
    /// A live protocol cites it.
    pub cited: bool,
    /// A person wants it kept.
    pub pinned: bool,
    /// A critical error stands in it.
    pub critical: bool,
}

impl Holds {
    /// The first reason not to archive it.
    fn against_archiving(self) -> Option<Stay> {
        if self.growing { Some(Stay::Growing) } else { self.unread.then_some(Stay::Unread) }
    }

    /// The first reason not to remove it.
    fn against_removal(self) -> Option<Stay> {
        let reasons = [
            (self.critical, Stay::Critical),
            (self.pinned, Stay::Pinned),
            (self.cited, Stay::Cited),
            (self.growing, Stay::Growing),
            (self.unread, Stay::Unread),
        ];
        reasons.into_iter().find(|(holds, _)| *holds).map(|(_, stay)| stay)
    }
}

/// Why something stays where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stay {
    /// It is not old enough.
    Young,
    /// Another log of its family is not due.
    Family,
    /// It is due, and the next monthly cleanup takes it.
    Cleanup,
    /// It is due, and the first removal is still being announced.
    Announced,
    /// It is due, and the ledger was damaged a short while ago.
    Caution,
    /// A critical error stands in it.
    Critical,
    /// A person wants it kept.
    Pinned,
    /// A live protocol cites it.
    Cited,
    /// Its source has changed since it was copied.
    Growing,
    /// It was not understood yet.
    Unread,
}

impl Stay {
    /// A stable word.
    pub const fn name(self) -> &'static str {
        match self {
            Stay::Young => "young",
            Stay::Family => "family",
            Stay::Cleanup => "cleanup",
            Stay::Announced => "announced",
            Stay::Caution => "caution",
            Stay::Critical => "critical",
            Stay::Pinned => "pinned",
            Stay::Cited => "cited",
            Stay::Growing => "growing",
            Stay::Unread => "unread",
        }
    }

    /// What it means.
    pub const fn explanation(self) -> &'static str {
        match self {
            Stay::Young => "not due yet",
            Stay::Family => "due, but a log that it is read together with is not",
            Stay::Cleanup => "due; the monthly cleanup takes it",
            Stay::Announced => "due; the first removal is announced for seven days",
            Stay::Caution => "due; nothing is removed on the day on which the ledger was found damaged",
            Stay::Critical => "due, but a critical error stands in it",
            Stay::Pinned => "due, but pinned",
            Stay::Cited => "due, but a protocol cites it",
            Stay::Growing => "due, but its source has changed since it was copied",
            Stay::Unread => "due, but not understood yet",
        }
    }
}

/// One log that moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// What is done.
    pub action: Action,
    /// Which item of the inventory.
    pub item: usize,
    /// The rule that says so: the setting with its value, and since when it counts.
    pub reason: String,
}

/// What happened before, as far as the plan depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Calendar {
    /// The last monthly cleanup.
    pub cleaned: Option<Millis>,
    /// When the first removal was announced.
    pub announced: Option<Millis>,
    /// When the ledger was found damaged.
    pub rebuilt: Option<Millis>,
}

/// What is to be done, and what stays and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What moves: archives, then removals, then what leaves the trash, each in the order of paths.
    pub moves: Vec<Move>,
    /// How many of the items stay for each reason, and their bytes.
    pub stays: BTreeMap<Stay, (u64, u64)>,
    /// Logs of a first removal that is to be announced, and their bytes.
    pub announces: Option<(u64, u64)>,
    /// Whether it is a monthly cleanup.
    pub is_cleanup: bool,
}

impl Plan {
    /// What tells this plan from any other: it changes with what would be done, and with the logs it would be done to.
    pub fn id(&self, items: &[Item]) -> PlanId {
        let mut hash = Xxh3::new();
        for made in &self.moves {
            let item = &items[made.item];
            hash.update(&item.id.to_le_bytes());
            hash.update(&item.stored.to_le_bytes());
            hash.update(made.action.name().as_bytes());
            hash.update(item.path.as_bytes());
            hash.update(&[0]);
        }
        let (logs, bytes) = self.announces.unwrap_or_default();
        hash.update(&logs.to_le_bytes());
        hash.update(&bytes.to_le_bytes());
        PlanId(hash.digest())
    }

    /// How many logs an action takes, and their bytes.
    pub fn taken(&self, action: Action, items: &[Item]) -> (u64, u64) {
        let taken = self.moves.iter().filter(|made| made.action == action);
        taken.fold((0, 0), |(count, bytes), made| (count + 1, bytes + items[made.item].stored))
    }
}

/// What tells a plan from any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanId(pub u64);

impl fmt::Display for PlanId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:016x}", self.0)
    }
}

/// Whether a monthly cleanup is due: once in each month by UTC.
pub fn is_cleanup_due(cleaned: Option<Millis>, now: Millis) -> bool {
    let month = |time: Millis| format_rfc3339(time).get(..7).map(str::to_owned);
    cleaned.is_none_or(|cleaned| cleaned < now && month(cleaned) != month(now))
}

/// Decides what is done with each item at `now`.
pub fn plan(items: &[Item], rules: &Rules<'_>, calendar: Calendar, now: Millis) -> Plan {
    let mut plan = Plan { is_cleanup: is_cleanup_due(calendar.cleaned, now), ..Plan::default() };
    let mut fates: Vec<Fate> = items.iter().map(|item| fate(item, rules, now)).collect();
    hold_families(items, &mut fates);
    for (tier, limit) in [(Tier::Active, rules.policy().max_active), (Tier::Archive, rules.policy().max_archive)] {
        if limit > 0 {
            make_room(items, &mut fates, tier, limit, now);
        }
    }
    gate_removals(items, &mut fates, &mut plan, calendar, now);
    for (at, fate) in fates.into_iter().enumerate() {
        match fate {
            Fate::Stays(stay) => {
                let (count, bytes) = plan.stays.entry(stay).or_default();
                *count += 1;
                *bytes += items[at].stored;
            }
            Fate::Moves(action, reason) => plan.moves.push(Move { action, item: at, reason }),
        }
    }
    plan.moves.sort_by(|one, two| {
        let key = |made: &Move| (made.action, &items[made.item].path, items[made.item].id);
        key(one).cmp(&key(two))
    });
    plan
}

/// What becomes of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Fate {
    Stays(Stay),
    Moves(Action, String),
}

/// What becomes of an item, by its age and its holds alone.
fn fate(item: &Item, rules: &Rules<'_>, now: Millis) -> Fate {
    let rule = |which| rules.rule(which, item.folder, &item.agent, &item.project);
    let (action, rule, stay) = match item.tier {
        Tier::Active => (Action::Archive, rule(Which::Active), item.holds.against_archiving()),
        Tier::Archive => (Action::Remove, rule(Which::Archive), item.holds.against_removal()),
        Tier::Trash => {
            let age = rules.policy().trash_days;
            let setting = format!("retention.trash_days = {age}");
            // What somebody pinned since it was removed stays where it can be restored from.
            (Action::Purge, super::policy::Rule { age, setting }, item.holds.against_removal())
        }
        Tier::Removed => return Fate::Stays(Stay::Young),
    };
    // What lies in the trash only waits there.
    let since = if item.tier == Tier::Trash { item.entered } else { item.since() };
    match stay {
        _ if !rule.age.is_reached(since, now) => Fate::Stays(Stay::Young),
        Some(stay) => Fate::Stays(stay),
        None => Fate::Moves(action, format!("{}, counted from {}", rule.setting, day(since))),
    }
}

fn day(time: Millis) -> String {
    format_rfc3339(time).get(..10).unwrap_or("an unknown day").to_owned()
}

/// Lets the oldest go, whatever their age, until the rest of a tier fits. What is due anyway makes room first, and
/// families are removed whole or not at all here, too.
fn make_room(items: &[Item], fates: &mut [Fate], tier: Tier, limit: u64, now: Millis) {
    let is_staying = |at: &usize| items[*at].tier == tier && matches!(fates[*at], Fate::Stays(_));
    let mut stored: u64 = (0..items.len()).filter(is_staying).map(|at| items[at].stored).sum();
    let (action, key) = match tier {
        Tier::Active => (Action::Archive, "max_active"),
        _ => (Action::Remove, "max_archive"),
    };
    let mut together = go_together(items, tier);
    together.sort_by_key(|group| group.iter().map(|at| (items[*at].last.min(now), items[*at].id)).max());
    for group in together {
        if stored <= limit {
            break;
        }
        let held = group.iter().filter_map(|at| match &items[*at] {
            item if item.tier != tier => Some(Stay::Family),
            item if tier == Tier::Active => item.holds.against_archiving(),
            item => item.holds.against_removal(),
        });
        let held = held.max();
        for at in group {
            match (&fates[at], held) {
                (Fate::Stays(_), Some(stay)) if items[at].tier == tier => fates[at] = Fate::Stays(stay),
                (Fate::Stays(_), None) => {
                    fates[at] = Fate::Moves(action, format!("retention.{key} = {limit}, the oldest first"));
                    stored -= items[at].stored;
                }
                _ => {}
            }
        }
    }
}

/// The items of a tier, with what must be removed together with them.
fn go_together(items: &[Item], tier: Tier) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut of_family: HashMap<u64, usize> = HashMap::new();
    for (at, item) in items.iter().enumerate() {
        match item.family.filter(|_| tier == Tier::Archive && item.tier.is_kept()) {
            Some(family) => {
                let group = *of_family.entry(family).or_insert(groups.len());
                groups.resize_with(groups.len().max(group + 1), Vec::new);
                groups[group].push(at);
            }
            None if item.tier == tier => groups.push(vec![at]),
            None => {}
        }
    }
    groups.retain(|group| group.iter().any(|at| items[*at].tier == tier));
    groups
}

/// Families are removed whole or not at all.
fn hold_families(items: &[Item], fates: &mut [Fate]) {
    let mut stays: HashMap<u64, Stay> = HashMap::new();
    for (item, fate) in items.iter().zip(&*fates) {
        if let (Some(family), true) = (item.family, item.tier.is_kept()) {
            let stay = match fate {
                Fate::Moves(Action::Remove, _) => continue,
                Fate::Stays(stay) if *stay > Stay::Caution => *stay,
                _ => Stay::Family,
            };
            stays.entry(family).and_modify(|held| *held = (*held).max(stay)).or_insert(stay);
        }
    }
    for (item, fate) in items.iter().zip(fates) {
        let held = item.family.and_then(|family| stays.get(&family));
        if let (Fate::Moves(Action::Remove, _), Some(stay)) = (&fate, held) {
            *fate = Fate::Stays(*stay);
        }
    }
}

/// Removals happen in monthly cleanups, after an announcement, and not on a day on which the ledger was damaged.
fn gate_removals(items: &[Item], fates: &mut [Fate], plan: &mut Plan, calendar: Calendar, now: Millis) {
    let mut due = (0, 0);
    for (item, fate) in items.iter().zip(&*fates) {
        if matches!(fate, Fate::Moves(Action::Remove, _)) {
            due = (due.0 + 1, due.1 + item.stored);
        }
    }
    let is_past = |since: Option<Millis>, age: Age| since.is_none_or(|since| age.is_reached(since, now));
    let stay = match calendar.announced {
        _ if !is_past(calendar.rebuilt, CAUTION_DAYS) => Stay::Caution,
        None => Stay::Announced,
        announced if !is_past(announced, ANNOUNCED_DAYS) => Stay::Announced,
        _ if !plan.is_cleanup => Stay::Cleanup,
        _ => return,
    };
    plan.announces = (calendar.announced.is_none() && stay == Stay::Announced && due.0 > 0).then_some(due);
    // A cleanup that may not remove is none: the next run does it.
    plan.is_cleanup &= due.0 == 0;
    for fate in fates.iter_mut() {
        match fate {
            Fate::Moves(Action::Remove, _) => *fate = Fate::Stays(stay),
            Fate::Moves(Action::Purge, _) if stay == Stay::Caution => *fate = Fate::Stays(stay),
            _ => {}
        }
    }
}
