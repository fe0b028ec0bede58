//! Sources with more of something than anybody expects, or with something that looks like something else.

use logwright::store::{Range, Reader};

use crate::hostile::{expect, expect_in, good_yard, gzipped, prompt, sessions};
use crate::house::{Yard, ingest, kept, rows};

#[test]
fn bad_lines_without_end_take_little_room() {
    const BAD: usize = 400_000;
    let yard = good_yard();
    let one = prompt("s", "one");
    yard.write("projects/-p/s.jsonl.gz", &gzipped((one.clone() + &"x\n".repeat(BAD)).as_bytes()));
    let house = expect(&yard, 1, &not_json("400,000"));
    let expected = format!("records={BAD} offset={} length={}", one.len(), 2 * BAD - 1);
    assert_eq!(rows(&house, "SELECT records, offset, length FROM quarantine", &[]), [expected]);
    let status = yard.run(&house, &["status", "--format", "json"]);
    assert!(status.out.contains("\"quarantined\":400000,"), "{}", status.out);
    // What was told once is not told again.
    expect_in(&yard, &house, 0, "");
}

#[test]
fn bad_lines_among_good_ones_have_a_thousand_rows_at_most() {
    let yard = good_yard();
    let records: String =
        (0..3000).map(|n| prompt("s", &n.to_string()) + if n % 2 == 0 { "x\n" } else { "[]\n" }).collect();
    let last = records.len() - 2;
    yard.write("projects/-p/s.jsonl", records.as_bytes());
    let house = expect(
        &yard,
        1,
        &(not_json("1,500")
            + "warning: 1,500 records in quarantine (not-an-object): the line is JSON but no object; it was passed over and is kept as it is\n"),
    );
    assert_eq!(sessions(&house), ["good: hello, 1", "s: 0, 3000"]);
    let counts = "SELECT count(*) AS n, count(*) <= 1000 AS few, sum(records) AS records, max(offset + length) AS last FROM quarantine";
    assert_eq!(rows(&house, counts, &[]), [format!("n=993 few=1 records=3000 last={}", last + 1)]);
    expect_in(&yard, &house, 0, "");
}

fn not_json(records: &str) -> String {
    format!(
        "warning: {records} records in quarantine (not-json): the line is not JSON; it was passed over and is kept as it is\n"
    )
}

#[test]
fn times_before_1970_are_in_the_slot_in_which_they_are() {
    let yard = Yard::new();
    let old = |text: &str, time: &str| prompt("s", text).replace("2026-01-01T00:00:00.000Z", time);
    let lines = old("one", "1969-12-31T23:50:00.000Z") + &old("two", "1969-12-31T23:45:00.000Z");
    yard.write("projects/-p/s.jsonl", (lines + &old("three", "1970-01-01T00:10:00.000Z")).as_bytes());
    let house = yard.house();
    ingest(&house, &[yard.logs()]);
    let activity = Reader::open(&house.database()).unwrap().activity(&Range::default()).unwrap();
    let mut slots: Vec<(i64, u64)> = activity.iter().map(|part| (part.slot.unwrap(), part.counts.prompts)).collect();
    slots.sort_unstable();
    assert_eq!(slots, [(-900_000, 2), (0, 1)]);
}

#[test]
fn logs_of_another_agent_bear_its_name() {
    let yard = good_yard();
    yard.fixture("qwen-code");
    yard.write("parts.jsonl", prompt("parts", "x").replace(r#""content":"x""#, r#""parts":[{"text":"x"}]"#).as_bytes());
    yard.write("chat.json", b"{\"rows\":[{\"parentUuid\":null}]}");
    let house = expect(&yard, 0, "");
    assert_eq!(
        rows(&house, "SELECT agent, session FROM files ORDER BY session", &[]),
        [
            r#"agent="claude-code" session="good""#,
            r#"agent="qwen-code" session="parts""#,
            r#"agent="qwen-code" session="qwen-session-1""#
        ]
    );
    let others = "SELECT count(*) AS n FROM events WHERE (agent = 'claude-code') <> (session = 'good')";
    assert_eq!(rows(&house, others, &[]), ["n=0"]);
    assert!(kept(&house).contains("_qwen-code_parts_"));
}
