//! Who judges: the plugins of a run, in order, by what their findings are known.

use crate::pipeline::{Seats, Stage};
use crate::plugin::{Fault, Provenance, Role};
use crate::store::Stamps;
use std::collections::BTreeSet;
use xxhash_rust::xxh3::xxh3_64;

/// A plugin by what its findings are known, told without starting it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Player {
    /// Its role.
    pub role: Role,
    /// BLAKE3 of the component, in hex.
    pub content_hash: String,
    /// BLAKE3 of settings and rule files, in hex.
    pub settings_hash: String,
    /// Version of this program.
    pub host_version: String,
    /// Whether it was granted to have something kept for ever.
    pub may_be_critical: bool,
}

impl Player {
    /// Whether findings of that provenance are this plugin's.
    pub fn is(&self, who: &Provenance) -> bool {
        self.content_hash == who.content_hash
            && self.settings_hash == who.settings_hash
            && self.host_version == who.host_version
    }
}

/// Plugins that are not asked any more.
pub type Suspended = BTreeSet<Player>;

/// The plugins of one worker, and those that could not be started.
pub struct Ready {
    /// Those that could.
    pub seats: Seats,
    /// Those that could not, and why.
    pub refused: Vec<(Player, Fault)>,
}

/// Starts the plugins for one worker. An error where nothing can be judged without.
pub type Load<'a> = dyn Fn() -> Result<Ready, Fault> + Sync + 'a;

/// Who judges.
pub struct Judges<'a> {
    /// All of them, each role in order.
    pub players: &'a [Player],
    /// The limits that hold, as text.
    pub limits: &'a str,
    /// Records on which a plugin may fail in one run before it is suspended.
    pub failures: u32,
    /// New critical errors of one run that are kept for ever at once.
    pub critical: u32,
    /// Whether what is said of errors may have to be taken back: a plugin that was installed has a say in it, and may yet
    /// be suspended.
    pub may_take_back: bool,
    /// Starts them.
    pub load: &'a Load<'a>,
}

impl Judges<'_> {
    /// What families are known by that these judge.
    pub fn stamps(&self, suspended: &Suspended) -> Stamps {
        let stamp = |role| {
            let mut text = self.limits.to_owned();
            for player in self.players.iter().filter(|player| player.role == role) {
                let Player { content_hash, settings_hash, host_version, may_be_critical, .. } = player;
                let asked = if suspended.contains(player) { '-' } else { '+' };
                let critical = if *may_be_critical { " critical" } else { "" };
                text.push_str(&format!("\n{asked}{content_hash} {settings_hash} {host_version}{critical}"));
            }
            xxh3_64(text.as_bytes())
        };
        Stamps {
            classifiers: stamp(Role::Classifier),
            extractors: stamp(Role::Extractor),
            analyzers: stamp(Role::Analyzer),
        }
    }
}

/// From where on a family must be understood anew that was judged by others; nothing if by the same.
pub fn stage_after(before: Stamps, now: Stamps) -> Option<Stage> {
    match () {
        () if before.classifiers != now.classifiers => Some(Stage::Read),
        () if before.extractors != now.extractors => Some(Stage::Diagnose),
        () if before.analyzers != now.analyzers => Some(Stage::Analyze),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Judges, Player, Suspended, stage_after};
    use crate::pipeline::Stage;
    use crate::plugin::Role;
    use crate::store::Stamps;

    fn stamps(players: &[(Role, &str)], limits: &str, suspended: &[(Role, &str)]) -> Stamps {
        let player = |(role, content): &(Role, &str)| Player {
            role: *role,
            content_hash: (*content).to_owned(),
            settings_hash: String::new(),
            host_version: String::new(),
            may_be_critical: false,
        };
        let players: Vec<Player> = players.iter().map(player).collect();
        let judges = Judges {
            players: &players,
            limits,
            failures: 0,
            critical: 0,
            may_take_back: false,
            load: &|| unreachable!("nobody starts them"),
        };
        judges.stamps(&suspended.iter().map(player).collect::<Suspended>())
    }

    #[test]
    fn only_what_depends_on_a_change_is_done_again() {
        use Role::{Analyzer, Classifier, Extractor};
        let all = [(Classifier, "c"), (Extractor, "e"), (Analyzer, "a")];
        let now = stamps(&all, "", &[]);
        let after = |before: Stamps| stage_after(before, now);
        assert_eq!(after(now), None);
        assert_eq!(
            after(stamps(&[(Classifier, "c"), (Extractor, "e"), (Analyzer, "b")], "", &[])),
            Some(Stage::Analyze)
        );
        assert_eq!(
            after(stamps(&[(Classifier, "c"), (Extractor, "x"), (Analyzer, "a")], "", &[])),
            Some(Stage::Diagnose)
        );
        assert_eq!(after(stamps(&[(Classifier, "x"), (Extractor, "e"), (Analyzer, "a")], "", &[])), Some(Stage::Read));
        assert_eq!(after(stamps(&all, "", &[(Extractor, "e")])), Some(Stage::Diagnose));
        assert_eq!(after(stamps(&all, "other limits", &[])), Some(Stage::Read));
        let swapped = |order: [(Role, &'static str); 2]| stamps(&order, "", &[]);
        assert_ne!(swapped([(Classifier, "1"), (Classifier, "2")]), swapped([(Classifier, "2"), (Classifier, "1")]));
    }
}
