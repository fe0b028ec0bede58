//! Builds canonical batches: lifts from each event what the plugin asked for, and no more.

use super::search::{Literals, SEARCH_BYTES};
use super::table::NameTable;
use crate::event::{Event, Status};
use crate::plugin::{AttributeView, Batch, EventView, Hit, Interest};

/// Events in a batch at most.
pub const MAX_EVENTS: usize = 128;
/// Bytes of text in a batch, after which it is closed.
pub const MAX_BYTES: usize = 256 * 1024;

/// Gathers events into a batch.
pub struct BatchBuilder {
    interest: Interest,
    literals: Literals,
    batch: Batch,
    names: NameTable,
    /// Bytes of texts.
    bytes: usize,
    scratch: String,
}

impl BatchBuilder {
    /// Starts with an empty batch.
    pub fn new(interest: Interest) -> Self {
        let mut builder = BatchBuilder {
            literals: Literals::new(&interest.literals),
            interest,
            batch: Batch::default(),
            names: NameTable::default(),
            bytes: 0,
            scratch: String::new(),
        };
        builder.clear();
        builder
    }

    /// Whether the plugin wants to judge the event.
    pub fn wants(&self, event: &Event<'_>) -> bool {
        let interest = self.interest.of(event.kind);
        interest.wanted && (!interest.failures_only || event.status == Status::Error)
    }

    /// Whether the batch is to be judged before more is added.
    pub fn is_full(&self) -> bool {
        self.batch.events.len() >= MAX_EVENTS || self.bytes + self.names.bytes() >= MAX_BYTES
    }

    /// The batch so far.
    pub fn batch(&self) -> &Batch {
        &self.batch
    }

    /// Empties the batch.
    pub fn clear(&mut self) {
        self.bytes = 0;
        let batch = &mut self.batch;
        self.names.clear(&mut batch.names);
        batch.events.clear();
        batch.attributes.clear();
        batch.hits.clear();
        batch.texts.clear();
        batch.texts.push(String::new());
    }

    /// Adds an event. `tool` and `project` are what the host knows beyond the record.
    pub fn push(&mut self, event: &Event<'_>, agent: &str, tool: &str, project: &str) {
        let fields = self.interest.fields;
        let kind = self.interest.of(event.kind);
        let number = self.batch.events.len() as u32;
        let mut view = EventView {
            kind: self.name(event.kind.name()),
            status: self.name(event.status.name()),
            ..EventView::default()
        };
        if fields.session {
            view.session = self.name(event.session.as_deref().unwrap_or_default());
        }
        if fields.agent {
            view.agent = self.name(agent);
        }
        if fields.project {
            view.project = self.name(project);
        }
        if fields.model {
            view.model = self.name(event.model.as_deref().unwrap_or_default());
        }
        if fields.tool {
            view.tool = self.name(tool);
        }
        if fields.sub_agent {
            view.sub_agent = self.name(event.sub_agent.as_deref().unwrap_or_default());
        }
        if fields.time {
            view.time = event.time.unwrap_or_default();
        }
        if fields.duration {
            view.duration = event.duration.unwrap_or_default();
        }
        if fields.size {
            view.size = event.size;
        }
        if fields.attributes {
            for attribute in &event.attributes {
                let (name, value) = (self.name(attribute.name), self.name(&attribute.value));
                self.batch.attributes.push(AttributeView { event: number, name, value });
            }
        }
        let has_text = !kind.text_of_failures_only || event.status == Status::Error;
        if has_text && (kind.search || kind.text_bytes > 0) {
            view.text = self.text(event, number, kind.search, kind.text_bytes as usize);
        }
        self.batch.events.push(view);
    }

    /// Lifts the text, after searching it for the declared literals.
    fn text(&mut self, event: &Event<'_>, number: u32, search: bool, bytes: usize) -> u32 {
        let mut text = std::mem::take(&mut self.scratch);
        text.clear();
        event.text.decode_into(if search { SEARCH_BYTES.max(bytes) } else { bytes }, &mut text);
        if search {
            let found = self.literals.find(&text);
            self.batch.hits.extend(found.into_iter().map(|literal| Hit { event: number, literal }));
        }
        let cut = &text[..text.floor_char_boundary(bytes)];
        let index = if cut.is_empty() {
            0
        } else {
            self.bytes += cut.len();
            self.batch.texts.push(cut.to_owned());
            self.batch.texts.len() as u32 - 1
        };
        self.scratch = text;
        index
    }

    fn name(&mut self, name: &str) -> u32 {
        self.names.number(&mut self.batch.names, name)
    }
}
