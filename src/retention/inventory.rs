//! What lies in a house, as far as the plan depends on it.

use super::fault::RetentionError;
use super::plan::{Calendar, Holds, Item};
use super::policy::{Age, Policy, Which};
use crate::event::{Millis, Pin, Sort, parse_rfc3339};
use crate::intake::stat;
use crate::layout::{Tier, active_name, file_id};
use crate::settings::Layout;
use crate::store::{Candidate, ErrorDay, Listed, Reader};
use std::collections::{HashMap, HashSet};
use std::fs;

/// The items that may move, and what happened before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// What may move, and the families of what may be removed.
    pub items: Vec<Item>,
    /// What happened before.
    pub calendar: Calendar,
    /// Logs that the policy does not touch now, and their bytes.
    pub young: (u64, u64),
}

/// Reads from the store, and looks at the sources of what may move. Nothing that cannot be due is looked at.
pub fn take_inventory(
    layout: &Layout,
    policy: &Policy,
    reader: &Reader,
    now: Millis,
) -> Result<Inventory, RetentionError> {
    // Each row is looked at once: pages that are kept would only take up memory.
    reader.keep_little()?;
    let mut files = Vec::new();
    let mut all = (0, 0);
    let tiers = [
        (Tier::Active, policy.shortest(Which::Active), policy.max_active),
        (Tier::Archive, policy.shortest(Which::Archive), policy.max_archive),
        (Tier::Trash, policy.trash_days, 0),
    ];
    let days = reader.error_days()?;
    for (tier, age, limit) in tiers {
        let (count, bytes) = if tier == Tier::Trash { (0, 0) } else { reader.stored_in(tier)? };
        all = (all.0 + count, all.1 + bytes);
        let of_days: u64 = days.iter().filter(|day| day.tier == tier).map(|day| day.stored).sum();
        let is_full = limit > 0 && bytes + of_days > limit;
        files.extend(reader.candidates(tier, if is_full { Listed::All } else { due(age, now) })?);
    }
    files.sort_by_key(|file| file.id);
    files.dedup_by_key(|file| file.id);
    let fact = |name| Ok::<_, RetentionError>(Some(reader.fact(name)?).filter(|time| *time > 0));
    let calendar =
        Calendar { cleaned: fact("cleaned")?, announced: fact("announced")?, rebuilt: fact("ledger_rebuilt")? };
    let mut items: Vec<Item> = Vec::new();
    if !files.is_empty() {
        let mut view = View::of(layout, reader, &files)?;
        // In place of the rows, not beside them.
        items = files.into_iter().map(|file| view.item(file)).collect();
    }
    let waits = reader.fact("critical_waiting")? > 0;
    items.extend(days.into_iter().map(|day| error_item(day, waits, now)));
    let listed = items.iter().filter(|item| item.sort == Sort::Log && item.tier.is_kept());
    let (count, bytes) = listed.fold((0, 0), |(count, bytes), item| (count + 1, bytes + item.stored));
    let young = (all.0.saturating_sub(count), all.1.saturating_sub(bytes));
    Ok(Inventory { items, calendar, young })
}

/// Which files of a tier can be due.
fn due(age: Age, now: Millis) -> Listed {
    match age {
        // What begins in the future counts as now.
        Age::Days(0) => Listed::All,
        Age::Days(days) => Listed::Since(now.saturating_sub(Millis::from(days) * super::policy::DAY)),
        Age::Never => Listed::None,
    }
}

/// What the items depend on besides their rows.
struct View<'a> {
    layout: &'a Layout,
    projects: HashMap<u64, String>,
    critical: HashSet<u64>,
    cited: HashSet<u64>,
    pins: HashSet<Pin>,
}

impl<'a> View<'a> {
    fn of(layout: &'a Layout, reader: &Reader, files: &[Candidate]) -> Result<View<'a>, RetentionError> {
        let families: HashSet<u64> = files.iter().filter_map(|file| file.family).collect();
        Ok(View {
            layout,
            projects: reader.projects_of(&families)?,
            critical: reader.critical_files()?,
            cited: reader.cited_files()?,
            pins: reader.pins()?.into_iter().map(|(pin, ..)| pin).collect(),
        })
    }

    fn item(&mut self, file: Candidate) -> Item {
        let project = self.projects.remove(&file.id).unwrap_or_default();
        let is_pinned = self.pins.contains(&Pin::Log(format!("{:016x}", file.id)))
            || (!file.session.is_empty() && self.pins.contains(&Pin::Session(file.session.clone())))
            || (!project.is_empty() && self.pins.contains(&Pin::Project(project.clone())));
        let holds = Holds {
            // What was removed is not read again.
            unread: file.tier.is_kept() && file.family.is_none(),
            growing: file.tier == Tier::Active && file.is_last && has_changed(&file.source, file.seen),
            cited: self.cited.contains(&file.id),
            pinned: is_pinned,
            critical: self.critical.contains(&file.id),
        };
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let is_system = file.path.starts_with(&format!("{}/", self.layout.system)) || name.contains("+debug-log_");
        Item {
            id: file.id,
            sort: Sort::Log,
            tier: file.tier,
            folder: if is_system { "system" } else { "sessions" },
            session: file.session,
            project,
            family: file.family,
            stored: file.stored,
            last: file.last.or_else(|| start_in_name(name)).unwrap_or(file.copied),
            entered: file.entered,
            holds,
            agent: file.agent,
            path: file.path,
        }
    }
}

/// Whether the source of a log is not as it was when it was copied. One that is gone grows no more.
pub(super) fn has_changed(source: &str, seen: (u64, i64)) -> bool {
    !source.is_empty()
        && fs::metadata(source).is_ok_and(|found| {
            let now = stat(&found);
            found.is_file() && (now.size, now.modified_ns) != seen
        })
}

/// The time that the name of a house file begins with.
fn start_in_name(name: &str) -> Option<Millis> {
    let word = name.split('_').next().filter(|word| word.len() == 16 && word.is_ascii())?;
    let (day, time) = (&word[..8], &word[9..15]);
    let text = format!("{}-{}-{}T{}:{}:{}Z", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..]);
    parse_rfc3339(&text)
}

/// A day of error records.
fn error_item(day: ErrorDay, waits: bool, now: Millis) -> Item {
    let date = active_name(&day.path, day.tier).split('.').next().unwrap_or_default();
    let last = parse_rfc3339(&format!("{date}T23:59:59.999Z")).unwrap_or(day.written);
    let is_active = day.tier == Tier::Active;
    Item {
        id: file_id(active_name(&day.path, day.tier)),
        sort: Sort::Errors,
        tier: day.tier,
        folder: "errors",
        agent: String::new(),
        session: String::new(),
        project: String::new(),
        family: None,
        stored: if is_active { day.length } else { day.stored },
        last,
        entered: day.written,
        // Where critical errors wait to be written down for ever, this day may be theirs.
        holds: Holds { critical: day.critical, unread: waits, growing: last >= now, ..Holds::default() },
        path: day.path,
    }
}

#[cfg(test)]
mod tests {
    use super::start_in_name;

    #[test]
    fn a_name_tells_when_its_log_began() {
        assert_eq!(start_in_name("19700102T000001Z_claude-code_s_0a.jsonl"), Some(86_401_000));
        for name in ["", "00000000T000000Z_a", "1970010é00001Z_a", "19700102T000001Zx_a", "abcdefghTijklmnZ_a"] {
            assert_eq!(start_in_name(name), None, "{name}");
        }
    }
}
