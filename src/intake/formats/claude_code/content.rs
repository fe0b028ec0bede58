//! What the text of a user record is: a prompt, a command, or something that the agent put there.

use crate::event::Kind;

/// How far into a text its shape is looked for, in bytes.
pub const SHAPE_BYTES: usize = 64;

/// Sorts the beginning of a user text; the second value is its subtype, if it has one.
pub fn kind_of_user_text(beginning: &str) -> (Kind, Option<&'static str>) {
    const SHAPES: [(&str, Kind, &str); 13] = [
        ("<command-name>", Kind::Command, "slash-command"),
        ("<command-message>", Kind::Command, "slash-command"),
        ("<local-command-stdout>", Kind::Command, "output"),
        ("<local-command-stderr>", Kind::Command, "output"),
        ("<local-command-caveat>", Kind::Context, "caveat"),
        ("<bash-input>", Kind::Command, "shell"),
        ("<bash-stdout>", Kind::Command, "output"),
        ("<bash-stderr>", Kind::Command, "output"),
        ("<bash-notification>", Kind::Context, "task-notification"),
        ("<task-notification>", Kind::Context, "task-notification"),
        ("<system-reminder>", Kind::Context, "system-reminder"),
        ("[Request interrupted by user", Kind::System, "interruption"),
        ("This session is being continued from a previous conversation", Kind::Compaction, "summary"),
    ];
    let beginning = beginning.trim_start();
    SHAPES
        .into_iter()
        .find(|(shape, ..)| beginning.starts_with(shape))
        .map_or((Kind::Prompt, None), |(_, kind, subtype)| (kind, Some(subtype)))
}

#[cfg(test)]
mod tests {
    use super::kind_of_user_text;
    use crate::event::Kind;

    #[test]
    fn commands_and_interruptions_are_no_prompts() {
        assert_eq!(kind_of_user_text("fix the <bash-input> bug"), (Kind::Prompt, None));
        assert_eq!(kind_of_user_text("\n<command-name>/clear"), (Kind::Command, Some("slash-command")));
        assert_eq!(
            kind_of_user_text("[Request interrupted by user for tool use]"),
            (Kind::System, Some("interruption"))
        );
    }
}
