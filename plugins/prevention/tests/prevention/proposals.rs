//! What would keep groups of incidents from coming back.

use prevention::{Group, MIN_FAMILIES, Protocol, SHIPPED};

fn group<'a>(cause: &'a str, fingerprint: &'a str, tools: &[&'a str]) -> Group<'a> {
    Group { fingerprint, cause, incidents: 10, families: 3, resolved: 9, tools: tools.to_vec(), resolutions: vec![] }
}

fn propose(group: &Group<'_>) -> Vec<Protocol> {
    SHIPPED.propose(group, MIN_FAMILIES)
}

#[test]
fn an_edit_needs_a_read_before() {
    let group = group("edit.not_read", "edit.not_read", &["Edit", "Write", "Edit"]);
    let unless = |tool: &str| (tool.to_owned(), "file_path".to_owned(), 50);
    let protocol = |tool: &str| Protocol {
        title: "Read a file before changing it".to_owned(),
        tool: tool.to_owned(),
        conditions: vec![],
        unless: vec![unless("Read"), unless("Write")],
        advice: "Read a file in this session before you change or overwrite it, even if you know what it holds."
            .to_owned(),
        confidence: 80,
    };
    assert_eq!(propose(&group), [protocol("Edit"), protocol("Write")]);
}

#[test]
fn the_telling_part_becomes_a_condition() {
    let missing = group("shell.command_not_found", "shell.command_not_found:g++", &["Bash"]);
    let [protocol] = &propose(&missing)[..] else { panic!("one protocol is expected") };
    assert_eq!(protocol.title, "g++ is not installed");
    assert_eq!(
        protocol.advice,
        "Do not call `g++`: it is not installed here. Use another command, or install it first."
    );
    let condition = ("command".to_owned(), "regex".to_owned(), r"(^|[;&|(]\s*)g\+\+(\s|[;&|)]|$)".to_owned());
    assert_eq!(protocol.conditions, [condition]);
    let skill = group("tool.unknown", "tool.unknown:commit", &["Skill"]);
    let [protocol] = &propose(&skill)[..] else { panic!("one protocol is expected") };
    let condition = ("skill".to_owned(), "equals".to_owned(), "commit".to_owned());
    assert_eq!((protocol.tool.as_str(), &protocol.conditions[..]), ("Skill", &[condition][..]));
}

#[test]
fn what_resolved_them_speaks_for_the_advice() {
    let mut group = group("shell.command_not_found", "shell.command_not_found:timeout", &["Bash"]);
    group.resolutions = vec![("changed", 8)];
    assert!(propose(&group)[0].advice.ends_with("Another command did the work each time."));
    group.resolved = 0;
    group.resolutions.clear();
    assert_eq!((propose(&group)[0].confidence, propose(&group).len()), (60, 1));
}

#[test]
fn nothing_is_proposed_without_support_an_owner_or_a_telling_part() {
    let few = Group { families: 2, ..group("edit.not_read", "edit.not_read", &["Edit"]) };
    assert_eq!(propose(&few), []);
    assert_eq!(SHIPPED.propose(&few, 2).len(), 1);
    for cause in ["api.overload", "perm.user_reject", "perm.rule", "hook.fail", "tool.broken", "no.such_class"] {
        assert_eq!(propose(&group(cause, cause, &["Bash"])), [], "{cause}");
    }
    for fingerprint in ["shell.command_not_found", "shell.command_not_found:<path>"] {
        assert_eq!(propose(&group("shell.command_not_found", fingerprint, &["Bash"])), []);
    }
}

#[test]
fn only_the_agent_and_the_environment_have_templates() {
    for class in SHIPPED.classes {
        assert!(class.protocols.is_empty() || ["agent", "environment"].contains(&class.owner), "{}", class.name);
    }
}
