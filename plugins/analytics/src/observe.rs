//! Observing one family: each event finds its sums by number.

use crate::events::{Batch, Cost, Event, Incident};
use crate::known::{Kind, Known, UNKNOWN, kind, number};
use crate::recovery::{Actor, Recoveries};
use crate::slots::{NONE, Slots};
use crate::state::{Day, Model, Project, State, Tokens, Tool};
use crate::sum::{Hours, Stretch, Sum};
use crate::zone::{Moment, Zone};

/// Bounds for one family. They are guesses far above what was ever seen of one, and low
/// enough that what is saved stays below the least limit of a call's output.
mod most {
    pub(super) const TOOLS: u16 = 128;
    pub(super) const MODELS: u16 = 32;
    pub(super) const PROJECTS: u16 = 32;
    pub(super) const ACTORS: u16 = 4096;
    pub(super) const DAYS: usize = 1024;
    pub(super) const WEEKS: usize = 256;
}

/// A tool, and who failed with it how often in a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Running {
    pub sum: Tool,
    pub actor: Actor,
    pub run: u64,
}

impl Sum for Running {
    fn add(&mut self, other: Running) {
        self.sum.add(other.sum);
    }
}

/// An event, and what its names stand for.
pub(crate) struct Met<'e> {
    pub event: &'e Event,
    pub actor: Actor,
    pub project: u16,
    pub tool: u16,
    pub moment: Option<Moment>,
}

/// What was gathered of one family so far.
#[derive(Clone, Debug)]
pub(crate) struct Observer {
    pub(crate) zone: Zone,
    pub(crate) steps: u32,
    pub(crate) state: State,
    pub(crate) tools: Slots<Running>,
    pub(crate) projects: Slots<Project>,
    pub(crate) recoveries: Recoveries,
    models: Slots<Model>,
    sessions: Slots<()>,
    sub_agents: Slots<()>,
    /// The day that the last event fell on, not yet added.
    pub(crate) day: (i32, Day),
    /// Answered calls of the last project and week, not yet added.
    week: (u16, i32, u64),
    /// Causes of tools that are told apart so far.
    pub(crate) tool_causes: usize,
    /// Whether the conversation was shortened and not gone on with.
    is_compacted: bool,
    known: Vec<Known>,
}

impl Observer {
    /// An observer that has seen nothing.
    pub fn new(zone: Zone, steps: u32) -> Observer {
        Observer {
            zone,
            steps,
            state: State::default(),
            tools: Slots::new(most::TOOLS),
            projects: Slots::new(most::PROJECTS),
            recoveries: Recoveries::default(),
            models: Slots::new(most::MODELS),
            sessions: Slots::new(most::ACTORS),
            sub_agents: Slots::new(most::ACTORS),
            day: (0, Day::default()),
            week: (NONE, 0, 0),
            tool_causes: 0,
            is_compacted: false,
            known: Vec::new(),
        }
    }

    /// Takes the next events. Indices that the batch does not hold are the host's mistake, and panic.
    pub fn observe(&mut self, batch: &Batch<'_>) {
        self.known.clear();
        self.known.resize(batch.names.len(), UNKNOWN);
        let mut costs = batch.costs.iter().peekable();
        let mut incidents = batch.incidents.iter().peekable();
        for (event, index) in batch.events.iter().zip(0u32..) {
            let cost = costs.next_if(|cost| cost.event == index);
            let incident = incidents.next_if(|incident| incident.event == index);
            self.event(batch, event, cost, incident);
        }
    }

    fn event(&mut self, batch: &Batch<'_>, event: &Event, cost: Option<&Cost>, incident: Option<&Incident>) {
        let names = batch.names;
        let moment = self.zone.moment(event.time);
        self.day(moment, event.time);
        let project = number(&mut self.known, |known| &mut known.project, &mut self.projects, names, event.project).0;
        let (session, is_new) =
            number(&mut self.known, |known| &mut known.session, &mut self.sessions, names, event.session);
        if is_new && event.session != 0 {
            self.projects.at(project).sessions.add(1);
            self.day.1.sessions.add(1);
        }
        let sub_agent =
            number(&mut self.known, |known| &mut known.sub_agent, &mut self.sub_agents, names, event.sub_agent).0;
        let tool = number(&mut self.known, |known| &mut known.tool, &mut self.tools, names, event.tool).0;
        let met = Met { event, actor: (session, sub_agent), project, tool, moment };
        let failed =
            *self.known[event.status as usize].failed.get_or_insert_with(|| names[event.status as usize] == "error");
        while !self.recoveries.is_empty()
            && let Some(recovery) = self.recoveries.over(event.time)
        {
            self.recovered(&recovery);
        }
        let kind = *self.known[event.kind as usize].kind.get_or_insert_with(|| kind(&names[event.kind as usize]));
        match kind {
            Kind::Prompt if event.sub_agent == 0 => self.prompt(&met),
            Kind::Usage => {
                let model = number(&mut self.known, |known| &mut known.model, &mut self.models, names, event.model).0;
                self.response(&met, model, cost);
            }
            Kind::Call => {
                self.projects.at(project).calls.add(1);
                self.tools.at(tool).sum.calls.add(1);
                self.day.1.calls.add(1);
                self.recoveries.step(met.actor, tool, event.time);
            }
            Kind::Answer => self.answer(&met, failed),
            // The notice and the summary of one compaction are two events.
            Kind::Compaction if !self.is_compacted => {
                self.state.compactions.add(1);
                self.is_compacted = true;
            }
            _ => {}
        }
        if failed {
            self.failure(batch, &met, kind == Kind::Answer, incident);
        }
    }

    fn prompt(&mut self, met: &Met<'_>) {
        self.projects.at(met.project).prompts.add(1);
        self.day.1.prompts.add(1);
        if let Some(moment) = met.moment {
            self.state.hours.put(i32::from(moment.hour), 1);
        }
    }

    fn response(&mut self, met: &Met<'_>, model: u16, cost: Option<&Cost>) {
        let tokens = cost.map_or_else(Tokens::default, |cost| Tokens {
            input: cost.input,
            output: cost.output,
            cache_creation: cost.cache_creation,
            cache_read: cost.cache_read,
        });
        self.day.1.responses.add(1);
        self.day.1.output.add(tokens.output);
        if met.event.sub_agent == 0 {
            self.is_compacted = false;
            if tokens.read() > 0 {
                self.state.context.count(tokens.read(), self.steps);
            }
        }
        let project = self.projects.at(met.project);
        project.responses.add(1);
        project.tokens.add(tokens.clone());
        self.models.at(model).add(Model { responses: 1, tokens });
    }

    fn answer(&mut self, met: &Met<'_>, failed: bool) {
        self.projects.at(met.project).answers.add(1);
        let tool = self.tools.at(met.tool);
        tool.sum.answers.add(1);
        tool.sum.bytes.add(met.event.size);
        if met.event.duration > 0 {
            tool.sum.times.count(met.event.duration, self.steps);
        }
        if tool.actor != met.actor {
            (tool.actor, tool.run) = (met.actor, 0);
        }
        if !failed {
            tool.run = 0;
        }
        if let Some(week) = met.moment.map(Moment::week) {
            if (met.project, week) != (self.week.0, self.week.1) {
                self.add_week();
                self.week = (met.project, week, 0);
            }
            self.week.2.add(1);
        }
    }

    /// Turns to the day of an event; one without a time belongs to the day of the one before.
    fn day(&mut self, moment: Option<Moment>, time: i64) {
        let Some(moment) = moment else { return };
        if moment.day != self.day.0 {
            self.add_day();
            self.day.0 = moment.day;
        }
        self.day.1.hours.add(Hours(1 << moment.hour));
        self.state.stretch.add(Stretch::of(time));
    }

    fn add_day(&mut self) {
        let day = std::mem::take(&mut self.day.1);
        if day != Day::default() && self.day.0 != 0 {
            self.state.days.put_within(most::DAYS, self.day.0, day);
        }
    }

    fn add_week(&mut self) {
        let (project, week, answers) = self.week;
        if project != NONE {
            self.projects.at(project).weeks.put_within(most::WEEKS, week, answers);
        }
    }

    /// Everything that was gathered.
    pub fn into_state(mut self) -> State {
        self.add_day();
        self.add_week();
        while let Some(recovery) = self.recoveries.over(i64::MAX) {
            self.recovered(&recovery);
        }
        let mut state = self.state;
        state.families = 1;
        state.projects = self.projects.into_sums();
        state.models = self.models.into_sums();
        for (name, tool) in self.tools.into_sums::<{ most::TOOLS as usize }>().iter() {
            if tool.sum != Tool::default() {
                state.tools.put(name, tool.sum.clone());
            }
        }
        state.is_one_family();
        state
    }
}
