//! Rules that people change: other answers without a compiler, and only what depends on a change is done again.

use logwright::layout::House;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::house::{Yard, assert_same, dump_without, rows};

/// A house that holds a session with failures, and the rules of a plugin in it, ready to be edited.
struct Edited {
    yard: Yard,
    house: House,
    logs: String,
    file: PathBuf,
}

impl Edited {
    fn new(plugin: &str) -> Edited {
        let yard = Yard::new();
        let logs = yard.fixture("claude-code/projects/-home-dev-orrery").display().to_string();
        let house = yard.house();
        let first = yard.run(&house, &["ingest", &logs]);
        assert_eq!((first.code, first.said().as_str()), (Some(0), ""));
        let ran = yard.run(&house, &["plugin", "rules", plugin, "--edit"]);
        let name = format!("{plugin}.toml");
        let file = house.resolve("plugins/rules").join(plugin).join(&name);
        let expected = format!(
            "note: wrote TEMP/house1/plugins/rules/{plugin}/{name}\nhint: edit it; `logwright ingest` then goes by it\n"
        );
        assert_eq!((ran.code, ran.err), (Some(0), expected));
        Edited { yard, house, logs, file }
    }

    /// Replaces the one place where the rules say this.
    fn change(&self, from: &str, to: &str) {
        let text = fs::read_to_string(&self.file).unwrap();
        assert_eq!(text.matches(from).count(), 1, "{from}");
        fs::write(&self.file, text.replace(from, to)).unwrap();
    }

    /// Ingests again; what was done anew: families, families whose logs were not read, bytes read, plugins that failed.
    fn ingest(&self) -> [u64; 4] {
        let ran = self.yard.run(&self.house, &["ingest", &self.logs, "--format", "json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        let report: Value = serde_json::from_str(&ran.out).unwrap();
        ["families", "families_reconsidered", "bytes_read", "plugins_failed"]
            .map(|name| report[0][name].as_u64().unwrap_or_else(|| panic!("{name}: {report}")))
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        rows(&self.house, sql, &[])
    }

    /// What the tables say of events, whoever judged them.
    fn events(&self) -> String {
        self.rows("SELECT * FROM events ORDER BY id").join("\n")
    }

    /// Plugin and families of each provenance, the older one first.
    fn provenance(&self, plugin: &str) -> Vec<String> {
        self.rows(&format!("SELECT families, asked > 0 AS was_asked FROM plugins WHERE plugin = '{plugin}' ORDER BY 1"))
    }
}

const OLD_AND_NEW: [&str; 2] = ["families=0 was_asked=0", "families=1 was_asked=1"];

/// The lines that are in one text alone.
fn differing(one: &str, other: &str) -> Vec<String> {
    let only = |one: &str, other: &str| -> Vec<String> {
        one.lines().filter(|line| !other.lines().any(|known| known == *line)).map(str::to_owned).collect()
    };
    [only(one, other), only(other, one)].concat()
}

#[test]
fn a_rule_of_the_classifier_changes_events_without_a_compiler() {
    let edited = Edited::new("classifier");
    let events = || edited.rows("SELECT id, tool, severity FROM events ORDER BY id").join("\n");
    // A copy that says the same has another hash, but no other answers.
    let before = events();
    let [families, reconsidered, bytes, failed] = edited.ingest();
    assert_eq!((families, reconsidered, failed), (1, 0, 0));
    assert!(bytes > 0);
    assert_same("with a copy of the rules", &before, &events());
    assert_eq!(edited.provenance("classifier"), OLD_AND_NEW);
    assert_eq!(edited.provenance("prevention"), OLD_AND_NEW[1..]);

    let rule = "severity = \"WARN\"\nlabels = [\"user-rejected\"]";
    edited.change(rule, &rule.replace("WARN", "ERROR"));
    edited.ingest();
    let changed: Vec<String> =
        differing(&before, &events()).iter().map(|row| row.split_once(' ').unwrap().1.to_owned()).collect();
    assert_eq!(changed, ["tool=\"Bash\" severity=13", "tool=\"Bash\" severity=17"]);
    assert_eq!(edited.provenance("classifier"), [OLD_AND_NEW[0], OLD_AND_NEW[0], OLD_AND_NEW[1]]);
    assert_eq!(edited.ingest(), [0, 0, 0, 0]);
}

#[test]
fn a_rule_of_the_extractor_changes_incidents_and_no_event() {
    let edited = Edited::new("prevention");
    let titles = || edited.rows("SELECT title FROM incidents ORDER BY title").join("\n");
    let (events, before) = (edited.events(), titles());
    edited.change("title = \"Edit of a file that was not read\"", "title = \"It was not read\"");
    assert_eq!(edited.ingest(), [0, 1, 0, 0]);
    assert_eq!(
        differing(&before, &titles()),
        ["title=\"Edit of a file that was not read\"", "title=\"It was not read\""]
    );
    assert_same("events", &events, &edited.events());
    assert_eq!(edited.provenance("prevention"), OLD_AND_NEW);
    assert_eq!(edited.provenance("classifier"), OLD_AND_NEW[1..]);
    assert_eq!(edited.ingest(), [0, 0, 0, 0]);
}

#[test]
fn a_rule_of_the_analyzer_changes_its_report_alone() {
    let edited = Edited::new("analytics");
    let others = || -> String {
        let said = dump_without(&edited.house, &["copied"]);
        said.lines().filter(|line| !line.contains("plugin=\"analytics\"")).map(|line| format!("{line}\n")).collect()
    };
    let stats = || edited.yard.run(&edited.house, &["stats", "--report", "analytics", "--format", "json"]);
    let (before, report) = (others(), stats());
    assert_eq!(report.code, Some(0), "{}", report.err);
    edited.change("incidents = 20\nshare = 50", "incidents = 1\nshare = 1");
    assert_eq!(edited.ingest(), [0, 1, 0, 0]);
    assert_same("said by others", &before, &others());
    assert_eq!(edited.provenance("analytics"), OLD_AND_NEW);
    assert_ne!(report, stats());
    assert_eq!(edited.ingest(), [0, 0, 0, 0]);
}

#[test]
fn a_mistake_in_rules_is_told_and_changes_nothing() {
    let title = "title = \"Edit of a file that was not read\"";
    for (plugin, from, to, expected) in [
        (
            "classifier",
            "severity = \"WARN\"\nlabels = [\"user-rejected\"]",
            "severity = \"LOUD\"",
            "rule 2: `LOUD` is no severity; use TRACE, DEBUG, INFO, WARN, ERROR, FATAL (INFO2 to INFO4 are finer steps)",
        ),
        (
            "classifier",
            "labels = [\"user-rejected\"]",
            "labels = [\"user-rejected\"]\ncolour = \"red\"",
            "unknown field `colour`",
        ),
        ("classifier", "labels = [\"cascade\"]", "labels = [\"cascade\"", "TOML parse error at line 31, column 1"),
        ("prevention", title, "title = \"\"", "class edit.not_read: it needs a title"),
        ("prevention", title, "titel = \"It was not read\"", "unknown field `titel`"),
        ("analytics", "length = 5", "length = \"five\"", "TOML parse error at line 63, column 10"),
    ] {
        let edited = Edited::new(plugin);
        let before = dump_without(&edited.house, &["copied"]);
        edited.change(from, to);
        let ran = edited.yard.run(&edited.house, &["ingest", &edited.logs]);
        assert_eq!((ran.code, ran.out.as_str()), (Some(4), ""));
        for words in ["error (plugin): ", &format!("declined to describe itself: {plugin}.toml"), expected] {
            assert!(ran.err.contains(words), "{words}\n{}", ran.err);
        }
        assert_same("after a mistake", &before, &dump_without(&edited.house, &["copied"]));
    }
}
