//! Puts a hook into the settings file of Claude Code, and takes it out again. Pure: bytes in, bytes out.
//!
//! The file belongs to somebody else. Nothing of it is written anew: a change is a few bytes put in or
//! taken out, and white space, line ends, the order of keys, numbers and escapes stay as they are. A file
//! that is not understood is refused, with the place; the agent would not read it either.
//!
//! What is ours is known by its command alone, as the caller recognizes it, since the agent's settings
//! have no room for a mark. A hook that is put in stands in a group of its own, last in its list. Taking
//! it out takes the lists and objects that were made for it along, so that the file is again what it was,
//! byte for byte. What was there and empty before stays: a hook in it stands on the same line behind one
//! space (`[ {`), which this never writes where it makes a list. Only a file that was missing or empty is
//! afterwards `{}`.

mod document;
mod edit;
mod fault;
mod find;
mod layout;
#[cfg(test)]
mod tests;

pub use edit::{Edit, Line, Side};
pub use fault::{Fault, Place};

use document::{Container, Part};
use edit::Splice;
use find::{Group, Settings};
use layout::{Json, Layout};
use serde_json::Value;

const HOOKS: &str = "hooks";
const EVENT: &str = "PreToolUse";
const DISABLED: &str = "disableAllHooks";

/// A command that the agent is to run before each call of some tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The command line, as a shell reads it.
    pub command: String,
    /// Names of tools, as in `Edit|Write`; `*` or nothing for all.
    pub matcher: String,
    /// After how many seconds the agent goes on without it.
    pub timeout: u32,
}

/// A hook that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// For which tools; `*` for all.
    pub matcher: String,
    /// The command line.
    pub command: String,
    /// The line of the file in which it begins.
    pub line: usize,
}

/// What a settings file says about our hook.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Where it stands; more than once by accident.
    pub installed: Vec<Installed>,
    /// The line in which this file tells the agent to run no hooks at all.
    pub disabled_in: Option<usize>,
}

/// Sees to it that the hook is there, once, as described. Without `bytes`, the file is new.
///
/// `is_ours` is asked of command lines, in which arguments that stand apart follow behind spaces.
pub fn install(bytes: Option<&[u8]>, hook: &Hook, is_ours: impl Fn(&str) -> bool) -> Result<Edit, Fault> {
    let before = bytes.unwrap_or_default();
    let Some(settings) = Settings::read(before, |command| command == hook.command || is_ours(command))? else {
        let file = Layout::usual().file(HOOKS, made(&[EVENT], hook));
        return Ok(Edit::new(before, vec![Splice { range: before.len()..before.len(), with: file }]));
    };
    let splices =
        if settings.groups.iter().any(Group::has_ours) { settings.update(hook) } else { vec![settings.append(hook)] };
    Ok(Edit::new(before, splices))
}

/// Sees to it that the hook is not there, however often it was.
pub fn remove(bytes: Option<&[u8]>, is_ours: impl Fn(&str) -> bool) -> Result<Edit, Fault> {
    let before = bytes.unwrap_or_default();
    let splices = Settings::read(before, is_ours)?.map(|settings| settings.clear()).unwrap_or_default();
    Ok(Edit::new(before, splices))
}

/// Says whether and where the hook is there.
pub fn status(bytes: Option<&[u8]>, is_ours: impl Fn(&str) -> bool) -> Result<Status, Fault> {
    let Some(settings) = Settings::read(bytes.unwrap_or_default(), is_ours)? else { return Ok(Status::default()) };
    let document = settings.document;
    let (mut installed, mut seen, mut line) = (Vec::new(), 0, 1);
    for (group, handler) in settings.groups.iter().flat_map(|group| group.handlers.iter().map(move |one| (group, one)))
    {
        // Counted on from the hook before, since a file may hold any number of them.
        line += document.slice(seen..handler.object.open).matches('\n').count();
        seen = handler.object.open;
        if handler.is_ours {
            let matcher = group.matcher.clone().filter(|_| !group.matches_all());
            let matcher = matcher.unwrap_or_else(|| "*".to_owned());
            installed.push(Installed { matcher, command: handler.command.clone(), line });
        }
    }
    let switch = settings.root.member(DISABLED).filter(|part| document.slice(part.value.clone()) == "true");
    Ok(Status { installed, disabled_in: switch.map(|part| document.place(part.start).line) })
}

impl<'a> Settings<'a> {
    fn layout(&self) -> Layout<'a> {
        Layout::of(self.document, &self.root)
    }

    /// Puts the hook in as a new group.
    fn append(&self, hook: &Hook) -> Splice {
        let layout = self.layout();
        let (container, key, value) = match (&self.hooks, &self.event) {
            (None, _) if self.root.parts.is_empty() => return layout.only(&self.root, HOOKS, &made(&[EVENT], hook)),
            (None, _) => (&self.root, Some(HOOKS), made(&[EVENT], hook)),
            (Some((_, hooks)), None) => (hooks, Some(EVENT), made(&[], hook)),
            (Some(_), Some((_, event))) => (event, None, new_group(hook)),
        };
        layout.append(container, key, &value)
    }

    /// Makes the first of our hooks say what is wished, and takes the others out.
    fn update(&self, hook: &Hook) -> Vec<Splice> {
        let fits = |group: &Group<'_>| group.is_ours_alone() || group.has_ours() && group.matches_like(&hook.matcher);
        let kept = self.groups.iter().position(fits);
        let mut splices = Vec::new();
        if let (None, Some((_, event)), Some(index)) = (kept, &self.event, self.groups.iter().position(Group::has_ours))
        {
            // It shares a group with hooks of other people, whose matcher is not ours to change.
            splices.push(self.layout().after(event, index, None, &new_group(hook)));
        }
        let kept = kept.and_then(|at| Some((at, self.groups.get(at)?.handlers.iter().position(|one| one.is_ours)?)));
        if let Some((group, handler)) = kept.and_then(|(at, nth)| Some((self.groups.get(at)?, nth))) {
            splices.extend(self.adapt(group, handler, hook));
        }
        splices.extend(self.take_out(kept));
        splices
    }

    /// Changes what differs in a group and in one of its hooks.
    fn adapt(&self, group: &Group<'a>, handler: usize, hook: &Hook) -> Vec<Splice> {
        let mut splices = Vec::new();
        if let Some(object) = group.object.as_ref().filter(|_| !group.matches_like(&hook.matcher)) {
            splices.extend(self.set(object, "matcher", Value::from(hook.matcher.as_str())));
        }
        let Some(handler) = group.handlers.get(handler) else { return splices };
        if handler.has_arguments {
            splices.push(self.layout().instead(&handler.object, &new_handler(hook)));
            return splices;
        }
        splices.extend(self.set(&handler.object, "type", Value::from("command")));
        splices.extend(self.set(&handler.object, "command", Value::from(hook.command.as_str())));
        splices.extend(self.set(&handler.object, "timeout", Value::from(hook.timeout)));
        splices
    }

    /// Changes the value of a key, or adds it, unless it says so already.
    fn set(&self, object: &Container<'a>, key: &'static str, value: Value) -> Option<Splice> {
        let Some(part) = object.member(key) else {
            return Some(self.layout().append(object, Some(key), &Json::Scalar(value)));
        };
        let text = self.document.slice(part.value.clone());
        let is_so = serde_json::from_str::<Value>(text).is_ok_and(|now| now == value);
        (!is_so).then(|| Splice { range: part.value.clone(), with: Layout::scalar(&value) })
    }

    /// Takes out all our hooks, and what was made for them.
    fn clear(&self) -> Vec<Splice> {
        let (Some((at_hooks, hooks)), Some((at_event, event))) = (&self.hooks, &self.event) else { return Vec::new() };
        if self.groups.is_empty() || !self.groups.iter().all(Group::is_ours_alone) {
            return self.take_out(None);
        }
        if let Some(emptied) = self.emptied(event) {
            return vec![emptied];
        }
        if hooks.parts.len() > 1 {
            return without(hooks, |index| index == *at_event);
        }
        if let Some(emptied) = self.emptied(hooks) {
            return vec![emptied];
        }
        if self.root.parts.len() > 1 {
            return without(&self.root, |index| index == *at_hooks);
        }
        vec![self.emptied_root()]
    }

    /// Takes out our hooks but one, while something stays in the list.
    fn take_out(&self, kept: Option<(usize, usize)>) -> Vec<Splice> {
        let Some((_, event)) = &self.event else { return Vec::new() };
        let is_kept = |index| kept.is_some_and(|(group, _)| group == index);
        let goes = |index: usize| !is_kept(index) && self.groups.get(index).is_some_and(Group::is_ours_alone);
        let mut splices = without(event, goes);
        for (index, group) in self.groups.iter().enumerate().filter(|(index, _)| !goes(*index)) {
            let is_ours = |nth: usize| group.handlers.get(nth).is_some_and(|handler| handler.is_ours);
            let stays = |nth| kept == Some((index, nth));
            splices.extend(group.list.iter().flat_map(|list| without(list, |nth| is_ours(nth) && !stays(nth))));
        }
        splices
    }

    /// Empties a container that was there and empty before the hook came; see the top of this file.
    fn emptied(&self, container: &Container<'a>) -> Option<Splice> {
        let (first, last) = (container.parts.first()?, container.parts.last()?);
        let is_older = self.document.slice(container.open + 1..first.start) == " ";
        is_older.then(|| Splice { range: container.open + 1..last.value.end, with: String::new() })
    }

    /// Empties the file's object, whose only member is ours.
    fn emptied_root(&self) -> Splice {
        let (open, close) = (self.root.open + 1, self.root.end.saturating_sub(1));
        let (start, end) = self.root.parts.first().map_or((open, close), |part| (part.start, part.value.end));
        let behind = self.document.slice(end..close);
        let line_end = ["\r\n", "\n"].into_iter().find(|line_end| behind.starts_with(line_end)).map_or(0, str::len);
        let is_own_line = self.document.slice(open..start).contains('\n');
        Splice { range: open..if is_own_line { end + line_end } else { close }, with: String::new() }
    }
}

/// Takes parts out of a container in which others stay.
fn without(container: &Container<'_>, goes: impl Fn(usize) -> bool) -> Vec<Splice> {
    let parts = &container.parts;
    let last_kept = (0..parts.len()).rev().find(|index| !goes(*index));
    let going = parts.iter().enumerate().filter(|(index, _)| goes(*index));
    let range = |(index, part): (usize, &Part<'_>)| match (parts.get(index + 1), index.checked_sub(1)) {
        (Some(next), _) if last_kept > Some(index) => Some(part.start..next.start),
        (_, Some(before)) => parts.get(before).map(|before| before.value.end..part.value.end),
        _ => None,
    };
    going.filter_map(range).map(|range| Splice { range, with: String::new() }).collect()
}

/// The list with our group in it, within objects of one member each.
fn made(keys: &[&'static str], hook: &Hook) -> Json {
    let list = Json::List(vec![new_group(hook)]);
    keys.iter().rev().fold(list, |inner, key| Json::Object(vec![(*key, inner)]))
}

fn new_group(hook: &Hook) -> Json {
    let matcher = Json::Scalar(Value::from(hook.matcher.as_str()));
    Json::Object(vec![("matcher", matcher), (HOOKS, Json::List(vec![new_handler(hook)]))])
}

fn new_handler(hook: &Hook) -> Json {
    Json::Object(vec![
        ("type", Json::Scalar(Value::from("command"))),
        ("command", Json::Scalar(Value::from(hook.command.as_str()))),
        ("timeout", Json::Scalar(Value::from(hook.timeout))),
    ])
}
