use super::{Kind, Patterns, Sighting, patterns_json, patterns_page, sightings};
use crate::learning::acts::{Act, Moment, Outcome, Told};
use crate::learning::marker::signed_json;
use crate::learning::quote::Quote;
use crate::store::StoredIncident;

fn call(tool: &str, input: &str) -> Act {
    Act { outcome: Outcome::Done, ..Act::new(tool, input.to_owned()) }
}

fn read(file: &str) -> Act {
    call("Read", &format!(r#"{{"file_path":"/p/{file}"}}"#))
}

fn edit(file: &str, old: &str, new: &str) -> Act {
    call("Edit", &format!(r#"{{"file_path":"/p/{file}","old_string":"{old}","new_string":"{new}"}}"#))
}

fn run(command: &str) -> Act {
    call("Bash", &format!(r#"{{"command":"{command}"}}"#))
}

fn failed(act: Act) -> Act {
    Act { outcome: Outcome::Failed, ..act }
}

fn lasting(act: Act, milliseconds: u64) -> Act {
    Act { duration: Some(milliseconds), ..act }
}

fn by(act: Act, actor: &str) -> Act {
    Act { actor: actor.to_owned(), ..act }
}

/// A session of these calls; an empty tool stands for a prompt.
fn told(acts: impl IntoIterator<Item = Act>) -> Told {
    let moments: Vec<Moment> = acts
        .into_iter()
        .zip(1..)
        .map(|(act, event)| match act.tool.as_str() {
            "" => Moment::Prompt("go on".to_owned()),
            "compact" => Moment::Forgot,
            _ => Moment::Call(Box::new(Act { event, time: Some(event as i64), ..act })),
        })
        .collect();
    Told { session: "s".into(), project: "/p".into(), calls: moments.len() as u64, moments, ..Told::default() }
}

fn prompt() -> Act {
    Act::default()
}

fn seen(acts: impl IntoIterator<Item = Act>) -> Vec<(&'static str, String, u64)> {
    let found = sightings(&told(acts));
    found.into_iter().map(|Sighting { kind, subject, times, .. }| (kind.name(), subject, times)).collect()
}

#[test]
fn a_second_read_is_one_too_many_if_nothing_changed() {
    let repeated = [("repeated-read", "a".to_owned(), 1)];
    assert_eq!(seen([read("a"), read("a")]), repeated);
    assert_eq!(seen([read("a"), run("grep x a"), run("git status 2>&1"), edit("b", "1", "2"), read("a")]), repeated);
    assert_eq!(seen([read("a"), read("b"), read("a"), read("a")]).len(), 2);
    let nothing: [(&str, String, u64); 0] = [];
    for between in [
        edit("a", "1", "2"),
        failed(edit("a", "1", "2")),
        run("cargo fmt"),
        failed(run("make")),
        run("grep x y > a"),
        run("sed -i s/x/y/ a"),
        prompt(),
        call("compact", ""),
    ] {
        assert_eq!(seen([read("a"), between.clone(), read("a")]), nothing, "{between:?}");
    }
    assert_eq!(seen([read("a"), by(read("a"), "sub")]), nothing, "another actor has not read it");
    assert_eq!(seen([failed(read("a")), read("a")]), nothing, "the first one gave nothing");
    let part = |offset: u64| call("Read", &format!(r#"{{"file_path":"/p/a","offset":{offset}}}"#));
    assert_eq!(seen([read("a"), part(10), part(20)]), nothing, "other parts are other reads");
    assert_eq!(seen([part(10), part(20), part(10)]), repeated);
}

#[test]
fn edits_thrash_if_they_get_nowhere() {
    let check = || failed(run("cargo test"));
    let going = || [edit("a", "1", "2"), check(), edit("a", "2", "3"), check(), edit("a", "3", "4"), check()];
    let thrashing = [("thrashing-edit", "a".to_owned(), 4)];
    assert_eq!(seen(going().into_iter().chain([edit("a", "4", "5")])), thrashing);
    assert!(seen(going()).is_empty(), "three edits are none too many");
    assert!(
        seen((1..9).map(|at| edit("a", &at.to_string(), &(at + 1).to_string()))).is_empty(),
        "work is no thrashing"
    );
    assert!(
        seen(going().into_iter().chain([prompt(), edit("a", "4", "5")])).is_empty(),
        "what a person asks for is no thrashing"
    );
    let back = [edit("a", "x", "y"), edit("a", "y", "x"), edit("a", "x", "y"), edit("a", "y", "x")];
    assert_eq!(seen(back), thrashing);
    let failing =
        [edit("a", "x", "y"), failed(edit("a", "q", "y")), failed(edit("a", "q", "z")), failed(edit("a", "q", ""))];
    assert_eq!(seen(failing), thrashing);
    assert!(seen(going().into_iter().chain([edit("b", "4", "5")])).is_empty(), "each file counts for itself");
    let write = |content: &str| call("Write", &format!(r#"{{"file_path":"/p/a","content":"{content}"}}"#));
    assert_eq!(seen(["1", "2", "1", "2", "1"].map(write)), [("thrashing-edit", "a".to_owned(), 5)]);
}

#[test]
fn a_failing_call_is_not_worth_repeating_unchanged() {
    let wrong = || failed(run("go build"));
    assert_eq!(seen([wrong(), read("a"), wrong()]), [("identical-retry", "go build".to_owned(), 1)]);
    for between in [edit("a", "1", "2"), run("go mod tidy"), prompt()] {
        assert!(seen([wrong(), between.clone(), wrong()]).is_empty(), "{between:?}");
    }
    let another = failed(call("Bash", r#"{"command":"go build","description":"Try again"}"#));
    assert_eq!(seen([wrong(), another]).len(), 1, "what a person is told of it makes no other call");
    assert!(seen([wrong(), failed(run("go vet"))]).is_empty());
    assert!(seen([wrong(), run("go build")]).is_empty(), "it helped");
    assert!(seen([by(wrong(), "x"), by(wrong(), "y")]).is_empty());
    let mut benign = told([wrong(), wrong()]);
    benign.incidents = vec![StoredIncident { disposition: "benign".into(), ..StoredIncident::default() }];
    for moment in &mut benign.moments {
        if let Moment::Call(act) = moment {
            act.incident = Some(0);
        }
    }
    assert!(sightings(&benign).is_empty(), "a search without a match may be repeated");
}

#[test]
fn waits_are_told_apart() {
    let one = |act: Act| seen([act]).into_iter().next();
    let said = |kind: &'static str, subject: &str| Some((kind, subject.to_owned(), 1));
    assert_eq!(one(lasting(run("go test ./..."), 90_000)), said("slow-call", "go test"));
    assert_eq!(one(lasting(run("go test ./..."), 5_000)), None);
    assert_eq!(one(lasting(call("Task", "{}"), 300_000)), None, "a sub-agent works");
    assert_eq!(one(lasting(call("AskUserQuestion", "{}"), 300_000)), None, "a person thinks");
    assert_eq!(one(run("sleep 60 && gh pr checks 7")), said("sleep", "gh pr"));
    assert_eq!(one(run("until curl x; do sleep 1; done")).map(|(kind, ..)| kind), Some("polling"));
    let polls = [run("gh pr checks 7"), run("gh pr checks 7"), run("gh pr checks 7"), run("gh pr checks 7")];
    assert_eq!(seen(polls.clone()), [("polling", "gh pr".to_owned(), 4)]);
    assert!(seen(polls.clone().into_iter().take(3)).is_empty());
    assert!(seen(polls.map(failed)).iter().all(|(kind, ..)| *kind == "identical-retry"));
    assert_eq!(one(lasting(run("cat a"), 90_000)), None, "to show a file takes no minute");
    assert_eq!(one(lasting(run("grep -r x ."), 90_000)), said("slow-call", "grep"));
    assert_eq!(one(lasting(run("go generate"), 3_000_000)), said("asked-for", "Bash(go generate:*)"));
}

#[test]
fn refusals_are_told_by_what_a_rule_would_name() {
    let refused = |act: Act, cause: &str, reason: &str| {
        let mut told = told([failed(Act { incident: Some(0), ..act })]);
        let words = |text: &str| text.to_owned();
        let (cause, reason, disposition) = (words(cause), words(reason), words("decision"));
        told.incidents = vec![StoredIncident { cause, reason, disposition, ..StoredIncident::default() }];
        sightings(&told).into_iter().map(|one| (one.kind, one.subject)).collect::<Vec<_>>()
    };
    let push = || run("git add -A && git push origin main");
    let names = |names: &[&str]| names.iter().map(|name| (Kind::Refused, (*name).to_owned())).collect::<Vec<_>>();
    assert_eq!(refused(push(), "perm.user_reject", "rejected"), names(&["Bash(git add:*)", "Bash(git push:*)"]));
    assert_eq!(refused(edit("a", "1", "2"), "perm.user_reject", "rejected"), names(&["Edit"]));
    assert!(refused(call("ExitPlanMode", "{}"), "perm.user_reject", "plan").is_empty());
    assert_eq!(refused(call("Write", "{}"), "perm.rule", ""), [(Kind::RuledOut, "Write".to_owned())]);
}

#[test]
fn sessions_add_up_in_any_order() {
    let sessions = [
        told([read("a"), read("a"), read("a")]),
        Told { session: "t".into(), ..told([read("a"), read("a"), lasting(run("go test"), 70_000)]) },
        Told { session: "u".into(), project: "/q".into(), ..told([read("b")]) },
    ];
    let sum = |order: &[usize]| {
        let mut patterns = Patterns::default();
        order.iter().for_each(|at| patterns.add(&sessions[*at]));
        patterns
    };
    let patterns = sum(&[0, 1, 2]);
    assert_eq!(patterns, sum(&[2, 1, 0]));
    let found = patterns.of(Kind::RepeatedRead);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].times, found[0].sessions, found[0].example.0.as_str()), (3, 2, "t"));
    assert_eq!(patterns.seen(Kind::RepeatedRead), (2, 3, 0));
    assert_eq!(patterns.seen(Kind::SlowCall), (1, 1, 70_000));
}

#[test]
fn the_page_and_the_data_say_the_same_and_hold_no_secret() {
    let mut patterns = Patterns::default();
    let mut told = told([
        read("hunter2-` -->"),
        read("hunter2-` -->"),
        read("hunter2-` -->"),
        lasting(run("hunter2 now"), 700_000),
        failed(run("hunter2-cmd x")),
        failed(run("hunter2-cmd x")),
        run("sleep 9; hunter2-after"),
    ]);
    told.session = "hunter2-session".into();
    told.project = "/p".into();
    patterns.add(&told);
    let said = |text: &str| {
        assert!(!text.contains("****"), "said twice: {text}");
        text.replace("hunter2", "****")
    };
    let quote = Quote::new(&said);
    let page = patterns_page(&patterns, "projects with hunter2", quote);
    let data = patterns_json(&patterns, "projects with hunter2", quote);
    for text in [&page, &data] {
        assert!(text.contains("****") && !text.contains("hunter2"), "{text}");
    }
    assert!(page.contains("## Repeated reads\n\n**Do not read a file again"), "{page}");
    assert!(page.contains("- ``****-` -->``: 2 times, last on 1970-01-01 (`00000000`)"), "{page}");
    let data: serde_json::Value = serde_json::from_str(&signed_json(&data, 0)).unwrap();
    assert_eq!(data["patterns"][0]["kind"], "repeated-read");
    assert_eq!(data["patterns"][0]["subject"], "****-` -->");
    assert_eq!(data["patterns"].as_array().map(Vec::len), Some(4));
    let empty = patterns_page(&Patterns::default(), "", quote);
    assert!(empty.contains("Nothing was found"), "{empty}");
}
