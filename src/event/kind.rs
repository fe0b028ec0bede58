//! What an event is, and how it ended.

/// The kind of an event. The names are stable; new ones may be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// Something a person (or a program in their place) asked.
    Prompt,
    /// Text that the model wrote to the person.
    Response,
    /// Text that the model wrote to itself.
    Reasoning,
    /// A tool that the model called, with its input.
    ToolCall,
    /// What a tool gave back.
    ToolResult,
    /// Output of a tool that was too long for the transcript and was spilled to a file.
    ToolOutput,
    /// A command that the person typed, and its output.
    Command,
    /// A request to the model that failed.
    ApiError,
    /// A hook that ran.
    Hook,
    /// The conversation was shortened to fit the model's window.
    Compaction,
    /// What one model response cost.
    Usage,
    /// The state of a shell or of files at one moment.
    Snapshot,
    /// Something that the agent put before the model by itself.
    Context,
    /// A sign of life from something that was still running.
    Progress,
    /// Something that was put into or taken from the queue of prompts.
    Queue,
    /// A fact about the session: its title, mode or place.
    Meta,
    /// An item on the agent's list of things to do.
    Task,
    /// A prompt as the agent's own history recalls it.
    History,
    /// A notice of the agent itself.
    System,
    /// One line of a plain log.
    LogLine,
    /// A record of a type that nobody has described yet.
    Unknown,
}

impl Kind {
    /// Every kind, in the order of the declaration.
    pub const ALL: [Kind; 21] = [
        Kind::Prompt,
        Kind::Response,
        Kind::Reasoning,
        Kind::ToolCall,
        Kind::ToolResult,
        Kind::ToolOutput,
        Kind::Command,
        Kind::ApiError,
        Kind::Hook,
        Kind::Compaction,
        Kind::Usage,
        Kind::Snapshot,
        Kind::Context,
        Kind::Progress,
        Kind::Queue,
        Kind::Meta,
        Kind::Task,
        Kind::History,
        Kind::System,
        Kind::LogLine,
        Kind::Unknown,
    ];

    /// The public name, as it stands in the `events` table and in the contract.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Prompt => "prompt",
            Kind::Response => "response",
            Kind::Reasoning => "reasoning",
            Kind::ToolCall => "tool-call",
            Kind::ToolResult => "tool-result",
            Kind::ToolOutput => "tool-output",
            Kind::Command => "command",
            Kind::ApiError => "api-error",
            Kind::Hook => "hook",
            Kind::Compaction => "compaction",
            Kind::Usage => "usage",
            Kind::Snapshot => "snapshot",
            Kind::Context => "context",
            Kind::Progress => "progress",
            Kind::Queue => "queue",
            Kind::Meta => "meta",
            Kind::Task => "task",
            Kind::History => "history",
            Kind::System => "system",
            Kind::LogLine => "log-line",
            Kind::Unknown => "unknown",
        }
    }

    /// The kind of a public name.
    pub fn of_name(name: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// How an event ended, as far as its record says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Status {
    /// The record does not say, or there is nothing to say.
    #[default]
    Unset,
    /// It succeeded.
    Ok,
    /// It failed: the record is flagged as an error.
    Error,
}

impl Status {
    /// The public name; empty if unset. The words are OpenTelemetry's span status codes.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Unset => "",
            Status::Ok => "ok",
            Status::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn names_lead_back_to_their_kinds() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(Kind::of_name(kind.name()), Some(kind));
            assert_eq!(kind as usize, index);
        }
    }
}
