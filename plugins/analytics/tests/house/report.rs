//! A whole small report.

use crate::family::{Family, analytics, with, word};
use analytics::{Cell, Cost, DEFAULT, Event, Incident, Report, Rules};

/// 2026-03-02, a Monday.
const MONDAY: i64 = 1_772_409_600_000;
const DAY: i64 = 86_400_000;

/// A family that writes itself down second by second.
struct Story {
    family: Family,
    time: i64,
}

impl Story {
    fn event(&mut self, kind: &str, tool: &str, failed: bool) -> u32 {
        self.time += 1_000;
        self.family.push(Event {
            kind: word(kind),
            status: if failed { word("error") } else { 0 },
            session: word("s1"),
            project: word("/home/x/one"),
            model: word("opus"),
            tool: word(tool),
            time: self.time,
            duration: if kind == "tool-result" { 20 * tool.len() as u64 } else { 0 },
            size: 100 * tool.len() as u64,
            ..Event::default()
        })
    }

    fn call(&mut self, tool: &str) {
        self.event("tool-call", tool, false);
        self.event("tool-result", tool, false);
    }

    /// An edit that misses, a look at the file, and an edit that hits.
    fn miss(&mut self) {
        self.event("tool-call", "Edit", false);
        let event = self.event("tool-result", "Edit", true);
        self.family.incidents.push(Incident {
            event,
            disposition: word("incident"),
            fingerprint: word("edit.no_match"),
            cause: word("edit.no_match"),
            owner: word("agent"),
            resolution: word("changed"),
            resolved_after: 3_000,
        });
        self.call("Read");
        self.call("Edit");
    }
}

/// A family with so many misses among its calls.
fn story(day: i64, misses: usize) -> Vec<u8> {
    let mut story = Story { family: Family::new(), time: MONDAY + day * DAY + 9 * 3_600_000 };
    story.event("prompt", "", false);
    for _ in 0..10 {
        let event = story.event("usage", "", false);
        story.family.costs.push(Cost { event, input: 10, output: 500, cache_creation: 990, cache_read: 19_000 });
    }
    (0..misses).for_each(|_| story.miss());
    (0..60 - 2 * misses).for_each(|_| story.call("Bash"));
    story.event("tool-call", "Bash", false);
    let event = story.event("tool-result", "Bash", true);
    story.family.incidents.push(Incident { event, disposition: word("echo"), ..Incident::default() });
    story.event("compaction", "", false);
    story.event("compaction", "", false);
    story.family.saved(128)
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::None => "-".to_owned(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Real(number) => format!("{number:.4}"),
    }
}

/// The report as text.
fn shown(report: &Report) -> String {
    let mut text = String::new();
    for metric in &report.metrics {
        text += format!("{} = {:.4} {}", metric.name, metric.value, metric.unit).trim_end();
        text += "\n";
    }
    for table in &report.tables {
        let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
        text += &format!("\n{}: {}\n  {}\n", table.name, table.title, columns.join(" | "));
        for row in &table.rows {
            text += &format!("  {}\n", row.iter().map(cell).collect::<Vec<_>>().join(" | "));
        }
    }
    for series in &report.series {
        text += &format!("\n{}: {}\n", series.name, series.title);
        for line in &series.lines {
            let points: Vec<_> =
                line.points.iter().map(|(time, value)| format!("{}: {value:.4}", (time - MONDAY) / DAY)).collect();
            text += format!("  {} [{}]", line.title, points.join(", ")).trim_start_matches(' ');
            text += "\n";
        }
    }
    for insight in &report.insights {
        text += &format!("\n{} {}\n", insight.severity, insight.text);
    }
    text
}

#[test]
fn a_small_report_as_a_whole() {
    let mut analytics = analytics();
    for (day, misses) in [(0, 5), (2, 4), (7, 8), (8, 7), (14, 1), (16, 0)] {
        analytics.merge(&story(day, misses)).unwrap();
    }
    let report = shown(&analytics.finish());
    assert!(report == include_str!("report.txt"), "{report}");
}

#[test]
fn a_change_is_told_where_the_limits_do_not_overlap() {
    let sentence = |rules: &str| {
        let mut analytics = with(Rules::parse(rules).unwrap());
        for (day, misses) in [(0, 5), (2, 4), (7, 8), (8, 7), (14, 1), (16, 0)] {
            analytics.merge(&story(day, misses)).unwrap();
        }
        analytics.finish().insights.into_iter().find(|insight| insight.text.starts_with("Known"))
    };
    let compared = DEFAULT.replace("span = 4", "span = 1");
    let told = sentence(&compared).unwrap();
    let text = "Known failures come back less often than before: 8.1 times in 1,000 calls in the last week \
                (95% interval 0.2 to 45.3), 109.5 times in the week before (61.3 to 180.6).";
    assert_eq!((told.severity, told.text.as_str()), (9, text));
    assert_eq!(sentence(DEFAULT), None);
    assert_eq!(
        sentence(&compared.replace("confidence = 95", "confidence = 99").replace("calls = 100", "calls = 130")),
        None
    );
}

#[test]
fn each_trouble_has_its_sentence() {
    let mut story = Story { family: Family::new(), time: MONDAY };
    for _ in 0..100 {
        let event = story.event("usage", "", false);
        story.family.costs.push(Cost { event, input: 900, cache_read: 100, ..Cost::default() });
    }
    for _ in 0..60 {
        let event = story.event("tool-result", "Bash", true);
        let answer = &mut story.family.events[event as usize];
        (answer.duration, answer.size) = (30_000, 10_000);
        let [disposition, fingerprint, cause, owner] = ["incident", "s2", "hook", "agent"].map(word);
        story.family.incidents.push(Incident { event, disposition, fingerprint, cause, owner, ..Incident::default() });
    }
    let mut analytics = analytics();
    analytics.merge(&story.family.saved(128)).unwrap();
    let insights = analytics.finish().insights;
    let told: Vec<_> = insights.iter().map(|insight| (insight.severity, insight.text.as_str())).collect();
    let expected = [
        (17, "Bash fails in 100% of 60 answered calls; 0% of the failures were resolved. Most often: hook (60)."),
        (13, "100% of 60 incidents of hook were never resolved. A rule for the agent would spare most of them."),
        (13, "Bash failed 60 times in a row: after the second failure, change the approach instead of the details."),
        (
            9,
            "Bash takes 100% of all time spent in tools (30.0 min in 60 calls); one call in ten takes 30.0 s or longer.",
        ),
        (9, "Bash gives back 100% of all tool output, 10.0 kB for each of 60 calls: ask it for less at a time."),
        (9, "Only 10.0% of the input of 100 responses came from the cache."),
    ];
    assert_eq!(told, expected);
}

#[test]
fn a_run_is_only_what_another_approach_could_have_ended() {
    let told = |owners: &[&str]| {
        let mut story = Story { family: Family::new(), time: MONDAY };
        for owner in owners {
            let event = story.event("tool-result", "Bash", true);
            let [disposition, fingerprint, cause, owner] = ["incident", "s2", "hook", *owner].map(word);
            let incident = Incident { event, disposition, fingerprint, cause, owner, ..Incident::default() };
            story.family.incidents.push(incident);
        }
        let mut analytics = analytics();
        analytics.merge(&story.family.saved(128)).unwrap();
        let insights = analytics.finish().insights.into_iter();
        insights.map(|insight| insight.text).find(|text| text.contains("in a row"))
    };
    assert_eq!(told(&["provider"; 5]), None);
    assert_eq!(told(&["user"; 5]), None);
    let mixed = ["agent", "provider", "agent", "user", "agent", "agent", "provider"];
    assert_eq!(told(&mixed), None);
    let run = told(&[&mixed[..], &["agent"]].concat()).unwrap();
    assert!(run.starts_with("Bash failed 5 times in a row"), "{run}");
}
