//! The rule file: shipped, changed, and wrong.

use analytics::{DEFAULT, Problem, Rules, shipped};

fn changed(from: &str, to: &str) -> Result<Rules, Problem> {
    assert!(DEFAULT.contains(from), "{from}");
    Rules::parse(&DEFAULT.replace(from, to))
}

#[test]
fn what_the_build_left_is_what_is_written() {
    assert_eq!(shipped().unwrap(), Rules::parse(DEFAULT).unwrap());
}

#[test]
fn a_mistake_is_told_with_its_key() {
    for (from, to, message) in [
        ("format = 1", "format = 2", "analytics.toml has format 2, but this plugin reads format 1"),
        ("steps = 16", "steps = 12", "analytics.toml: `latency.steps` must be 1, 2, 4, 8, 16, 32 or 64"),
        ("steps = 16", "steps = 0", "analytics.toml: `latency.steps` must be 1, 2, 4, 8, 16, 32 or 64"),
        ("rows = 20", "rows = 0", "analytics.toml: `tables.rows` must be 1 to 1000"),
        ("confidence = 95", "confidence = 100", "analytics.toml: `learning.confidence` must be 50 to 99"),
        ("grave = 20", "grave = 101", "analytics.toml: `insights.failing.grave` must be a percentage, 0 to 100"),
        (
            "\"ExitPlanMode\"",
            "\"*Mode\"",
            "analytics.toml: `latency.people` must be names of tools, with a * at the end if at all",
        ),
    ] {
        assert_eq!(changed(from, to).unwrap_err().to_string(), message);
    }
    for (from, to, key) in
        [("rows = 20", "rows = -1", "rows"), ("most = 8", "", "most"), ("most = 8", "mots = 8", "mots")]
    {
        let message = changed(from, to).unwrap_err().to_string();
        assert!(message.starts_with("analytics.toml cannot be read: ") && message.contains(key), "{message}");
    }
}
