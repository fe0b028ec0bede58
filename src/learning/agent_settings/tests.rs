mod property;
mod refused;

use super::{Edit, Hook, Side, Status, install, remove, status};

fn hook() -> Hook {
    Hook { command: "logwright hook guard".into(), matcher: "Bash|Edit".into(), timeout: 5 }
}

fn is_ours(command: &str) -> bool {
    command.starts_with("logwright hook ")
}

fn installed(before: &str) -> String {
    text(&install(Some(before.as_bytes()), &hook(), is_ours).unwrap())
}

fn removed(before: &str) -> String {
    text(&remove(Some(before.as_bytes()), is_ours).unwrap())
}

fn told(file: &str) -> Status {
    status(Some(file.as_bytes()), is_ours).unwrap()
}

fn text(edit: &Edit) -> String {
    String::from_utf8(edit.bytes().to_vec()).unwrap()
}

/// Installs, compares, removes, and compares again.
#[track_caller]
fn there_and_back(before: &str, with_hook: &str) {
    assert_eq!(installed(before), with_hook);
    assert_eq!(installed(with_hook), with_hook, "a second time");
    assert_eq!(removed(with_hook), before);
    assert_eq!(told(with_hook).installed.len(), 1);
}

const NEW: &str = r#"{
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Bash|Edit",
        "hooks": [
          {
            "type": "command",
            "command": "logwright hook guard",
            "timeout": 5
          }
        ]
      }
    ]
  }
}
"#;

#[test]
fn a_file_that_is_missing_or_empty_is_made() {
    for before in [None, Some(""), Some(" \n")] {
        let edit = install(before.map(str::as_bytes), &hook(), is_ours).unwrap();
        assert_eq!(text(&edit), format!("{}{NEW}", before.unwrap_or_default()));
        let back = remove(Some(edit.bytes()), is_ours).unwrap();
        assert_eq!(text(&back), format!("{}{{}}\n", before.unwrap_or_default()));
        assert!(back.leaves_nothing() && !edit.leaves_nothing());
    }
    assert!(remove(None, is_ours).unwrap().is_nothing());
    assert_eq!(status(None, is_ours).unwrap(), Status::default());
}

#[test]
fn an_empty_object_is_filled_and_emptied() {
    there_and_back("{}\n", NEW);
    there_and_back("{}", NEW.trim_end());
    there_and_back("{ }", &NEW.trim_end().replace("\n}", "\n }"));
    there_and_back("{\n}\n", &NEW.replace("\n}\n", "\n\n}\n"));
}

#[test]
fn other_settings_stay_as_they_are() {
    let before = "{\n    \"model\": \"op\\u0075s\",\n    \"x\" : 1.50e+1,\n\n    \"permissions\": { \"allow\": [ \"Bash(ls:*)\" ] }\n}";
    let with_hook = r#"{
    "model": "op\u0075s",
    "x" : 1.50e+1,

    "permissions": { "allow": [ "Bash(ls:*)" ] },
    "hooks": {
        "PreToolUse": [
            {
                "matcher": "Bash|Edit",
                "hooks": [
                    {
                        "type": "command",
                        "command": "logwright hook guard",
                        "timeout": 5
                    }
                ]
            }
        ]
    }
}"#;
    there_and_back(before, with_hook);
}

#[test]
fn hooks_of_other_people_stay_before_ours() {
    let before = r#"{
	"hooks": {
		"PreToolUse": [
			{
				"matcher": "Write",
				"hooks": [{ "type": "command", "command": "lint" }]
			}
		],
		"Stop": [{ "hooks": [{ "type": "command", "command": "beep" }] }]
	},
	"model": "opus"
}
"#;
    let group = r#",
			{
				"matcher": "Bash|Edit",
				"hooks": [
					{
						"type": "command",
						"command": "logwright hook guard",
						"timeout": 5
					}
				]
			}
		],"#;
    there_and_back(before, &before.replace("\n\t\t],", group));
    let before = "{\n  \"hooks\": {\n    \"Stop\": []\n  }\n}\n";
    let inner = NEW.split_once("    \"PreToolUse\"").unwrap().1.split_once("\n  }").unwrap().0;
    let with_hook = format!("{{\n  \"hooks\": {{\n    \"Stop\": [],\n    \"PreToolUse\"{inner}\n  }}\n}}\n");
    there_and_back(before, &with_hook);
}

const GROUP: &str =
    r#"{"matcher":"Bash|Edit","hooks":[{"type":"command","command":"logwright hook guard","timeout":5}]}"#;

#[test]
fn what_is_in_one_line_stays_in_one_line() {
    there_and_back(r#"{"a":1}"#, &format!(r#"{{"a":1,"hooks":{{"PreToolUse":[{GROUP}]}}}}"#));
    let spaced = GROUP.replace("\":", "\": ").replace(",\"", ", \"");
    there_and_back(r#"{"a": 1, "b": []}"#, &format!(r#"{{"a": 1, "b": [], "hooks": {{"PreToolUse": [{spaced}]}}}}"#));
    there_and_back(
        "{\n  \"hooks\": { \"PreToolUse\": [ { \"hooks\": [] } ] }\n}",
        &format!("{{\n  \"hooks\": {{ \"PreToolUse\": [ {{ \"hooks\": [] }}, {spaced} ] }}\n}}"),
    );
}

#[test]
fn a_list_whose_braces_share_their_lines_keeps_that() {
    let before = "{\n  \"hooks\": {\n    \"PreToolUse\": [{\n      \"hooks\": []\n    }]\n  }\n}\n";
    let with_hook = r#"{
  "hooks": {
    "PreToolUse": [{
      "hooks": []
    }, {
      "matcher": "Bash|Edit",
      "hooks": [
        {
          "type": "command",
          "command": "logwright hook guard",
          "timeout": 5
        }
      ]
    }]
  }
}
"#;
    there_and_back(before, with_hook);
}

#[test]
fn what_was_there_and_empty_stays_there_and_empty() {
    there_and_back(r#"{"hooks":{}}"#, &format!(r#"{{"hooks":{{ "PreToolUse":[{GROUP}]}}}}"#));
    there_and_back(r#"{"hooks":{"PreToolUse":[]}}"#, &format!(r#"{{"hooks":{{"PreToolUse":[ {GROUP}]}}}}"#));
    let before = "{\n  \"hooks\": {\n    \"PreToolUse\": []\n  }\n}\n";
    let with_hook = r#"{
  "hooks": {
    "PreToolUse": [ {
      "matcher": "Bash|Edit",
      "hooks": [
        {
          "type": "command",
          "command": "logwright hook guard",
          "timeout": 5
        }
      ]
    }]
  }
}
"#;
    there_and_back(before, with_hook);
}

#[test]
fn line_ends_and_the_mark_before_the_text_stay() {
    let before = "\u{feff}{\r\n  \"a\": 1\r\n}\r\n";
    let with_hook = installed(before);
    assert!(with_hook.starts_with("\u{feff}{\r\n  \"a\": 1,\r\n  \"hooks\": {\r\n"), "{with_hook}");
    assert_eq!(with_hook.matches('\n').count(), with_hook.matches("\r\n").count());
    assert_eq!(removed(&with_hook), before);
    let edit = remove(Some(installed("\u{feff}{}").as_bytes()), is_ours).unwrap();
    assert_eq!(text(&edit), "\u{feff}{}");
    assert!(edit.leaves_nothing());
}

#[test]
fn another_matcher_command_or_timeout_is_changed_in_place() {
    let older = NEW.replace("hook guard", "hook check --old").replace("Bash|Edit", "Read").replace("5\n", "60\n");
    assert_eq!(installed(&older), NEW);
    let bare = r#"{"hooks":{"PreToolUse":[{"hooks":[{"command":"logwright hook guard"}]}],"Stop":[]}}"#;
    let full = r#"{"hooks":{"PreToolUse":[{"hooks":[{"command":"logwright hook guard","type":"command","timeout":5}],"matcher":"Bash|Edit"}],"Stop":[]}}"#;
    assert_eq!(installed(bare), full);
    assert_eq!(installed(full), full);
}

#[test]
fn what_people_added_to_our_hook_stays() {
    let before = NEW.replace("\"timeout\": 5", "\"statusMessage\": \"…\",\n            \"timeout\": 9");
    assert_eq!(installed(&before), before.replace("\"timeout\": 9", "\"timeout\": 5"));
    assert_eq!(removed(&before), "{}\n");
}

#[test]
fn all_tools_can_be_said_in_three_ways() {
    let every = Hook { matcher: "*".into(), ..hook() };
    for matcher in [r#""matcher":"*","#, r#""matcher":"","#, ""] {
        let handler = r#"{"type":"command","command":"logwright hook guard","timeout":5}"#;
        let file = format!(r#"{{"hooks":{{"PreToolUse":[{{{matcher}"hooks":[{handler}]}}]}}}}"#);
        assert!(install(Some(file.as_bytes()), &every, is_ours).unwrap().is_nothing(), "{file}");
        assert_eq!(told(&file).installed[0].matcher, "*");
    }
}

#[test]
fn a_hook_that_is_there_twice_is_then_there_once() {
    let other = r#"{"matcher":"Read","hooks":[{"type":"command","command":"lint"}]}"#;
    let file = |groups: &[&str]| format!(r#"{{"hooks":{{"PreToolUse":[{}]}}}}"#, groups.join(","));
    for groups in [[GROUP, other, GROUP], [other, GROUP, GROUP], [GROUP, GROUP, other]] {
        let twice = file(&groups);
        let lines = told(&twice.replace("{\"matcher\"", "\n{\"matcher\"")).installed.into_iter().map(|one| one.line);
        let ours = groups.iter().enumerate().filter(|(_, group)| **group == GROUP);
        assert_eq!(lines.collect::<Vec<_>>(), ours.map(|(index, _)| index + 2).collect::<Vec<_>>());
        let mut rest = groups.to_vec();
        rest.remove(rest.iter().rposition(|group| *group == GROUP).unwrap());
        assert_eq!(installed(&twice), file(&rest));
        assert_eq!(removed(&twice), file(&[other]));
    }
    let handler = GROUP.split_once("[").unwrap().1.trim_end_matches("]}");
    let in_one_group = file(&[&GROUP.replace(handler, &format!("{handler}, {handler}"))]);
    assert_eq!(installed(&in_one_group), file(&[GROUP]));
    assert_eq!(removed(&in_one_group), "{}");
}

#[test]
fn the_matcher_of_a_shared_group_is_not_changed() {
    let shared = r#"{"hooks":{"PreToolUse":[{"matcher":"Read","hooks":[{"type":"command","command":"logwright hook guard"},{"type":"command","command":"lint"}]},{"hooks":[]}]}}"#;
    let apart = format!(
        r#"{{"hooks":{{"PreToolUse":[{{"matcher":"Read","hooks":[{{"type":"command","command":"lint"}}]}},{GROUP},{{"hooks":[]}}]}}}}"#
    );
    assert_eq!(installed(shared), apart);
    let same = shared.replace("\"Read\"", "\"Bash|Edit\"");
    assert_eq!(installed(&same), same.replace("guard\"", "guard\",\"timeout\":5"));
    let rest =
        r#"{"hooks":{"PreToolUse":[{"matcher":"Read","hooks":[{"type":"command","command":"lint"}]},{"hooks":[]}]}}"#;
    assert_eq!(removed(shared), rest);
}

#[test]
fn a_hook_whose_arguments_stand_apart_is_known_and_written_anew() {
    let apart = GROUP.replace("logwright hook guard\"", "logwright\",\"args\":[\"hook\",\"old\"]");
    let file = format!(r#"{{"hooks":{{"PreToolUse":[{apart}]}}}}"#);
    assert_eq!(told(&file).installed[0].command, "logwright hook old");
    assert_eq!(installed(&file), format!(r#"{{"hooks":{{"PreToolUse":[{GROUP}]}}}}"#));
}

#[test]
fn keys_and_commands_are_read_with_their_escapes() {
    let escaped = format!(r#"{{"hooks":{{"PreToolUse":[{GROUP}]}}}}"#)
        .replace("{\"hooks\":{", "{\"h\\u006foks\":{")
        .replace("PreTool", "Pre\\u0054ool")
        .replace("logwright hook", "logwright\\u0020hook");
    assert_eq!(installed(&escaped), escaped);
    assert_eq!(removed(&escaped), "{}");
}

#[test]
fn a_command_with_quotes_and_line_ends_is_written_as_json() {
    let odd = Hook { command: "\"C:\\Program Files\\l\" hook\n\u{1}é".into(), ..hook() };
    let edit = install(None, &odd, |_| false).unwrap();
    let json: serde_json::Value = serde_json::from_slice(edit.bytes()).unwrap();
    assert_eq!(json["hooks"]["PreToolUse"][0]["hooks"][0]["command"], odd.command);
    assert!(install(Some(edit.bytes()), &odd, |_| false).unwrap().is_nothing());
}

#[test]
fn the_status_names_the_lines_and_the_switch_that_stops_all_hooks() {
    let file = NEW.replace("{\n  \"hooks\"", "{\n  \"disableAllHooks\": true,\n  \"hooks\"");
    let told = told(&file);
    assert_eq!(told.disabled_in, Some(2));
    let one = &told.installed[0];
    assert_eq!((one.matcher.as_str(), one.command.as_str(), one.line), ("Bash|Edit", "logwright hook guard", 8));
    for value in ["false", "\"true\"", "null"] {
        let other = file.replace(": true", &format!(": {value}"));
        assert_eq!(status(Some(other.as_bytes()), is_ours).unwrap().disabled_in, None);
    }
    assert!(installed(&file.replace("\"Bash|Edit\"", "\"Read\"")).contains("\"disableAllHooks\": true"));
}

#[test]
fn hooks_that_only_look_like_ours_are_not_touched() {
    for file in [
        r#"{"hooks":{"PreToolUse":["logwright hook guard",{"hooks":"logwright hook guard"},{"hooks":[7,{"command":1}]}]}}"#,
        r#"{"hooks":{"PostToolUse":[{"hooks":[{"command":"logwright hook guard"}]}]}}"#,
        r#"{"PreToolUse":[{"hooks":[{"command":"logwright hook guard"}]}]}"#,
        r#"{"hooks":{"PreToolUse":[{"hooks":[{"type":"prompt","prompt":"logwright hook guard"}]}]}}"#,
    ] {
        assert_eq!(removed(file), file);
        assert_eq!(told(file), Status::default());
        assert_eq!(removed(&installed(file)), file);
    }
}

#[test]
fn a_hook_that_people_wrote_goes_with_its_empty_lists() {
    let by_hand = "{\n  \"a\": 1,\n  \"hooks\": {\"PreToolUse\": [\n    {\"hooks\": [ {\"command\": \"logwright hook x\"} ]}\n  ]},\n  \"b\": 2\n}";
    assert_eq!(removed(by_hand), "{\n  \"a\": 1,\n  \"b\": 2\n}");
    assert_eq!(removed(r#"{ "hooks": {"PreToolUse": [{"hooks": [{"command": "logwright hook x"}]}]} }"#), "{}");
}

#[test]
fn a_preview_shows_the_lines_that_change() {
    let lines = |edit: &Edit| {
        let shown = |side| if side == Side::Added { '+' } else { '-' };
        let lines = edit.preview().into_iter();
        lines.map(|line| format!("{}{} {}", shown(line.side), line.number, line.text)).collect::<Vec<_>>()
    };
    let before = "{\r\n  \"a\": 1\r\n}\r\n";
    let edit = install(Some(before.as_bytes()), &hook(), is_ours).unwrap();
    let shown = lines(&edit);
    assert_eq!(shown[..3], ["-2   \"a\": 1", "+2   \"a\": 1,", "+3   \"hooks\": {"]);
    assert_eq!((shown.len(), shown.last().unwrap().as_str()), (16, "+16   }"));
    assert_eq!(lines(&remove(Some(edit.bytes()), is_ours).unwrap()).last().unwrap(), "+2   \"a\": 1");
    assert_eq!(lines(&install(None, &hook(), is_ours).unwrap()).len(), NEW.lines().count());

    let older = NEW.replace("Bash|Edit", "Read").replace("5\n", "60\n");
    let edit = install(Some(older.as_bytes()), &hook(), is_ours).unwrap();
    let expected = [
        "-5         \"matcher\": \"Read\",",
        "+5         \"matcher\": \"Bash|Edit\",",
        "-10             \"timeout\": 60",
        "+10             \"timeout\": 5",
    ];
    assert_eq!(lines(&edit), expected);
    assert_eq!(lines(&install(Some(NEW.as_bytes()), &hook(), is_ours).unwrap()), [""; 0]);

    let first = format!("{{\n  \"hooks\": {{\"PreToolUse\": [{GROUP}]}},\n  \"b\": 2\n}}");
    let gone = format!("-2   \"hooks\": {{\"PreToolUse\": [{GROUP}]}},");
    assert_eq!(lines(&remove(Some(first.as_bytes()), is_ours).unwrap()), [gone]);
}
