//! What in a settings file leads to the hooks, and which of them are ours.
//!
//! Of keys that stand twice, the agent takes the last, and so does this; only on the way to the hooks,
//! where taking out the last would bring the first to life, such a file is refused.

use super::document::{Container, Document, Part};
use super::fault::Fault;
use super::{EVENT, HOOKS};

/// The parts of a settings file that lead to the hooks.
pub(super) struct Settings<'a> {
    pub document: Document<'a>,
    pub root: Container<'a>,
    /// The object `hooks`, and its place among the members.
    pub hooks: Option<(usize, Container<'a>)>,
    /// The array of the event's groups, and its place among the members.
    pub event: Option<(usize, Container<'a>)>,
    /// As many as there are items in the array.
    pub groups: Vec<Group<'a>>,
}

/// Hooks for the same tools. What is no such group has no handlers, and is left alone.
pub(super) struct Group<'a> {
    pub object: Option<Container<'a>>,
    /// As text, whatever it is.
    pub matcher: Option<String>,
    pub list: Option<Container<'a>>,
    /// As many as there are items in the list.
    pub handlers: Vec<Handler<'a>>,
}

/// One hook of a group.
pub(super) struct Handler<'a> {
    pub object: Container<'a>,
    /// The command line, with its arguments if they stand apart.
    pub command: String,
    pub has_arguments: bool,
    pub is_ours: bool,
}

impl Group<'_> {
    pub fn has_ours(&self) -> bool {
        self.handlers.iter().any(|handler| handler.is_ours)
    }

    pub fn is_ours_alone(&self) -> bool {
        self.has_ours() && self.handlers.iter().all(|handler| handler.is_ours)
    }

    pub fn matches_all(&self) -> bool {
        self.matcher.as_deref().is_none_or(is_all)
    }

    pub fn matches_like(&self, matcher: &str) -> bool {
        self.matcher.as_deref() == Some(matcher) || self.matches_all() && is_all(matcher)
    }
}

impl<'a> Settings<'a> {
    pub fn read(bytes: &'a [u8], is_ours: impl Fn(&str) -> bool) -> Result<Option<Settings<'a>>, Fault> {
        let Some(document) = Document::read(bytes)? else { return Ok(None) };
        let unexpected =
            |what, at, wanted| Fault::Unexpected { what, found: document.kind(at), wanted, place: document.place(at) };
        let start = document.root();
        let root = document.object(start)?.ok_or_else(|| unexpected("the file", start, "an object"))?;
        let mut settings = Settings { document, root, hooks: None, event: None, groups: Vec::new() };
        let Some((index, part)) = lone(&document, &settings.root, HOOKS)? else { return Ok(Some(settings)) };
        let at = part.value.start;
        let hooks = document.object(at)?.ok_or_else(|| unexpected("`hooks`", at, "an object"))?;
        let event = lone(&document, &hooks, EVENT)?.map(|(index, part)| (index, part.value.start));
        settings.hooks = Some((index, hooks));
        let Some((index, at)) = event else { return Ok(Some(settings)) };
        let event = document.array(at)?.ok_or_else(|| unexpected("`hooks.PreToolUse`", at, "an array"))?;
        for item in &event.parts {
            settings.groups.push(group(&document, item, &is_ours)?);
        }
        settings.event = Some((index, event));
        Ok(Some(settings))
    }
}

/// The member with this key, which must not stand twice.
fn lone<'c, 'a>(
    document: &Document<'a>,
    container: &'c Container<'a>,
    key: &'static str,
) -> Result<Option<(usize, &'c Part<'a>)>, Fault> {
    let mut found = container.parts.iter().enumerate().filter(|(_, part)| part.key == key);
    let first = found.next();
    match found.next() {
        Some((_, second)) => Err(Fault::Twice { key, place: document.place(second.start) }),
        None => Ok(first),
    }
}

fn group<'a>(document: &Document<'a>, item: &Part<'a>, is_ours: impl Fn(&str) -> bool) -> Result<Group<'a>, Fault> {
    let object = document.object(item.value.start)?;
    let member = |key| object.as_ref().and_then(|object| object.member(key));
    let matcher = member("matcher").map(|part| match document.string(&part.value) {
        Some(matcher) => matcher.into_owned(),
        None => document.slice(part.value.clone()).to_owned(),
    });
    let list = member(HOOKS).map(|part| document.array(part.value.start)).transpose()?.flatten();
    let mut handlers = Vec::new();
    for item in list.iter().flat_map(|list| &list.parts) {
        handlers.push(handler(document, item, &is_ours)?);
    }
    Ok(Group { object, matcher, list, handlers })
}

fn handler<'a>(document: &Document<'a>, item: &Part<'a>, is_ours: impl Fn(&str) -> bool) -> Result<Handler<'a>, Fault> {
    let none = || Container { open: item.start, parts: Vec::new(), end: item.value.end };
    let object = document.object(item.value.start)?.unwrap_or_else(none);
    let command = object.member("command").and_then(|part| document.string(&part.value));
    let arguments = object.member("args").map(|part| document.array(part.value.start)).transpose()?.flatten();
    let words = arguments.iter().flat_map(|list| &list.parts).filter_map(|part| document.string(&part.value));
    let command = command.map(|command| [command].into_iter().chain(words).collect::<Vec<_>>().join(" "));
    let is_ours = command.as_deref().is_some_and(is_ours);
    Ok(Handler { has_arguments: arguments.is_some(), command: command.unwrap_or_default(), object, is_ours })
}

/// What Claude Code takes for "all tools".
fn is_all(matcher: &str) -> bool {
    matches!(matcher, "" | "*")
}
