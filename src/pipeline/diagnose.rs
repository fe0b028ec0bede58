//! Lets extractors say what failures were, and makes records of those that went wrong.

use super::batch::{MAX_BYTES, MAX_EVENTS};
use super::examine::{Part, Patience, examine, remembers};
use super::family::FamilyFile;
use super::incident::IncidentRow;
use super::lift::{Logs, Standing, excerpt, lift};
use super::names::NameId;
use super::panel::{Seat, Tally};
use super::record::{ErrorRecord, RecordedDiagnosis};
use super::row::{Derived, DiagnosisRow};
use super::search::{Literals, SEARCH_BYTES};
use super::table::{NameTable, Subset, moved};
use crate::plugin::{
    AttributeView, Excerpt, Extractor, Fault, Findings, Hit, IncidentBatch, IncidentInterest, IncidentText,
    IncidentView, Label, Provenance, Role,
};
use std::ops::Range;

/// Incidents whose texts are held at once.
const ROUND: usize = 2048;
/// Bytes of each text in an error record.
const EXCERPT_BYTES: usize = 4096;
/// Bytes of excerpts of one family; beyond them, excerpts are short.
const FAMILY_BYTES: usize = 16 << 20;
/// Bytes of each text in an error record of a family with very many errors.
const SHORT_BYTES: usize = 200;
/// One batch in so many is diagnosed twice, the second time in a fresh instance.
const CHECKED: u64 = 1000;

/// The extractors of one worker, in order.
pub struct Diagnosis {
    members: Vec<Member>,
    failures: u32,
    /// One batch in so many is judged twice.
    checked: u64,
}

struct Member {
    seat: Seat<dyn Extractor>,
    literals: Literals,
    patience: Patience,
    tally: Tally,
}

/// The texts around one incident.
#[derive(Clone, Debug, Default)]
struct Lifted {
    texts: [String; IncidentText::ALL.len()],
    /// Beginning and end of the failure, for its record: the cause often stands last.
    failure: String,
    attributes: Vec<(&'static str, String)>,
    /// For each extractor, its literals that stand in the failure.
    hits: Vec<Vec<u32>>,
}

impl Diagnosis {
    /// Extractors in order; each may fail on so many incidents of a family.
    pub fn new(seats: Vec<Seat<dyn Extractor>>, failures: u32) -> Diagnosis {
        let member = |seat: Seat<dyn Extractor>| Member {
            literals: Literals::new(&seat.plugin.interest().literals),
            seat,
            patience: Patience::new(failures),
            tally: Tally::default(),
        };
        Diagnosis { members: seats.into_iter().map(member).collect(), failures, checked: CHECKED }
    }

    /// Lets every batch be judged twice.
    pub fn check_all(&mut self) {
        self.checked = 1;
    }

    /// Stops asking the plugins of which this is true.
    pub fn suspend(&mut self, whom: &dyn Fn(&Provenance) -> bool) {
        for seat in self.members.iter_mut().map(|member| &mut member.seat) {
            seat.suspended |= whom(seat.plugin.provenance());
        }
    }

    /// Diagnoses the incidents of a family, and writes down what was found.
    pub fn diagnose(&mut self, derived: &mut Derived, files: &[FamilyFile<'_>], logs: &dyn Logs) {
        for member in &mut self.members {
            member.seat.plugin.renew();
            member.seat.plugin.take_fuel();
            member.patience = Patience::new(self.failures);
            member.tally = Tally::default();
        }
        derived.diagnoses = vec![DiagnosisRow::default(); derived.incidents.len()];
        derived.records.clear();
        derived.failures.retain(|failure| failure.role != Role::Extractor);
        let mut room = FAMILY_BYTES;
        for start in (0..derived.incidents.len()).step_by(ROUND) {
            let round = start..derived.incidents.len().min(start + ROUND);
            let lifted = self.lift(derived, files, &round, logs);
            for slot in 0..self.members.len() {
                self.ask(slot, derived, files, &round, &lifted);
            }
            for (at, lifted) in round.zip(&lifted) {
                let limit = if room > 0 { EXCERPT_BYTES } else { SHORT_BYTES };
                let record = self.record(derived, files, at, lifted, limit);
                let bytes = [&record.call_text, &record.failure_text, &record.resolution_text].map(String::len);
                room = room.saturating_sub(bytes.iter().sum());
                derived.records.push(record);
            }
        }
        derived.judged.retain(|row| row.role != Role::Extractor);
        for (slot, member) in self.members.iter_mut().enumerate() {
            derived.judged.push(member.tally.row(Role::Extractor, slot, &mut member.seat));
        }
    }

    /// Fetches what was asked for around a stretch of incidents, and what error records hold.
    fn lift(&self, derived: &Derived, files: &[FamilyFile<'_>], round: &Range<usize>, logs: &dyn Logs) -> Vec<Lifted> {
        let asked = |text: IncidentText| {
            let asked = self.members.iter().map(|member| member.seat.plugin.interest().text_bytes[text as usize]);
            let recorded = matches!(text, IncidentText::Failure | IncidentText::Call | IncidentText::Resolution);
            asked.max().unwrap_or(0).max(if recorded { EXCERPT_BYTES as u32 } else { 0 }) as usize
        };
        let limits = IncidentText::ALL.map(asked);
        let mut places: Vec<Standing> = Vec::new();
        let mut whose: Vec<(usize, IncidentText)> = Vec::new();
        for (number, incident) in derived.incidents[round.clone()].iter().enumerate() {
            for text in IncidentText::ALL {
                let Some(event) = event_of(incident, text).filter(|_| limits[text as usize] > 0) else { continue };
                places.push(derived.standing(event));
                whose.push((number, text));
            }
        }
        let fresh = Lifted { hits: vec![Vec::new(); self.members.len()], ..Lifted::default() };
        let mut lifted = vec![fresh; round.len()];
        lift(files, logs, &places, &mut |at, event| {
            let (number, text) = whose[at];
            let place = &mut lifted[number];
            let limit = limits[text as usize];
            let is_failure = text == IncidentText::Failure;
            let mut found = excerpt(&event.text, if is_failure { SEARCH_BYTES.max(limit) } else { limit });
            if text == IncidentText::Failure {
                let hits = self.members.iter().map(|member| member.literals.find(&found));
                place.hits = hits.collect();
                let attributes = event.attributes.iter().map(|row| (row.name, row.value.clone().into_owned()));
                place.attributes = attributes.collect();
                place.failure = both_ends(&found, EXCERPT_BYTES);
            }
            found.truncate(found.floor_char_boundary(limit));
            found.shrink_to_fit();
            place.texts[text as usize] = found;
        });
        lifted
    }

    /// Asks one extractor about a stretch of incidents, batch by batch.
    fn ask(
        &mut self,
        slot: usize,
        derived: &mut Derived,
        files: &[FamilyFile<'_>],
        round: &Range<usize>,
        lifted: &[Lifted],
    ) {
        let checked = self.checked;
        let Member { seat, patience, tally, .. } = &mut self.members[slot];
        let mut builder = Builder::new(seat.plugin.interest().clone(), slot);
        let mut start = round.start;
        while start < round.end {
            builder.clear();
            let mut end = start;
            while end < round.end && !builder.is_full() {
                builder.push(derived, files, end, &lifted[end - round.start]);
                end += 1;
            }
            tally.asked += (end - start) as u64;
            let batch = &builder.batch;
            let is_checked = derived.incidents[start].id.is_multiple_of(checked);
            let parts = if seat.suspended {
                vec![Part::Passed(0..end - start)]
            } else {
                examine(&mut *seat.plugin, end - start, patience, |plugin, stretch| {
                    let is_whole = stretch.len() == batch.incidents.len();
                    match is_whole {
                        true if is_checked => diagnose_twice(plugin, batch),
                        true => plugin.diagnose(batch),
                        false => plugin.diagnose(&cut(batch, &stretch)),
                    }
                })
            };
            for part in parts {
                match part {
                    Part::Answer(stretch, findings) => {
                        let may_be_critical = seat.plugin.may_be_critical();
                        derived.note(start + stretch.start, &findings, slot as u8, may_be_critical);
                    }
                    Part::Poison(at, fault) => {
                        tally.unjudged += 1;
                        let event = derived.incidents[start + at].event;
                        derived.failed(Role::Extractor, slot, event, fault);
                    }
                    Part::Passed(stretch) => tally.unjudged += stretch.len() as u64,
                }
            }
            start = end;
        }
    }

    /// The record of an incident.
    fn record(
        &self,
        derived: &Derived,
        files: &[FamilyFile<'_>],
        at: usize,
        lifted: &Lifted,
        limit: usize,
    ) -> ErrorRecord {
        let (incident, said) = (&derived.incidents[at], &derived.diagnoses[at]);
        let word = |id: NameId| derived.names.get(id).to_owned();
        let diagnosis = said.judge.checked_sub(1).map(|slot| RecordedDiagnosis {
            disposition: word(said.disposition),
            title: word(said.title),
            cause: word(said.cause),
            owner: word(said.owner),
            fingerprint: word(said.fingerprint),
            severity: said.severity,
            by: self.members[slot as usize].seat.plugin.provenance().clone(),
        });
        let event = &derived.events[incident.event as usize];
        let context = derived.contexts[event.context as usize];
        let resolution = incident.resolution.map(|at| &derived.events[at as usize]);
        let text = |text: IncidentText| {
            let text = &lifted.texts[text as usize];
            text[..text.floor_char_boundary(limit)].to_owned()
        };
        ErrorRecord {
            id: incident.id,
            time: event.time,
            kind: event.kind,
            agent: files[context.file as usize].agent.to_owned(),
            session: word(context.session),
            sub_agent: word(context.sub_agent),
            project: word(context.project),
            tool: word(event.tool),
            call: word(event.call),
            place: (context.file, event.offset, event.length),
            diagnosis,
            critical: said.critical || event.critical,
            resolution: incident.how,
            resolved_by: resolution.map(|event| event.id),
            resolved_after: derived.resolved_after(incident),
            call_text: text(IncidentText::Call),
            failure_text: both_ends(&lifted.failure, limit),
            resolution_text: text(IncidentText::Resolution),
        }
    }
}

/// A text of at most so many bytes; of a longer one, its beginning and its end.
fn both_ends(text: &str, limit: usize) -> String {
    const GAP: &str = "\n[...]\n";
    if text.len() <= limit {
        return text.to_owned();
    }
    let half = limit.saturating_sub(GAP.len()) / 2;
    let (start, end) = (text.floor_char_boundary(half), text.ceil_char_boundary(text.len() - half));
    format!("{}{GAP}{}", &text[..start], &text[end..])
}

/// The event that a text around an incident is taken from.
fn event_of(incident: &IncidentRow, text: IncidentText) -> Option<u32> {
    match text {
        IncidentText::Failure => Some(incident.event),
        IncidentText::Call => incident.call,
        IncidentText::Before => incident.before,
        IncidentText::Resolution => incident.resolution,
        IncidentText::Answer => incident.answer,
    }
}

/// Diagnoses a batch, and again in a fresh instance, which must not make a difference.
fn diagnose_twice(plugin: &mut dyn Extractor, batch: &IncidentBatch) -> Result<Findings, Fault> {
    let answer = plugin.diagnose(batch)?;
    plugin.renew();
    if plugin.diagnose(batch)? != answer {
        return Err(remembers(plugin.provenance()));
    }
    Ok(answer)
}

/// Gathers incidents into a batch: what the extractor asked for, and no more.
struct Builder {
    interest: IncidentInterest,
    slot: usize,
    batch: IncidentBatch,
    names: NameTable,
    /// Bytes of texts.
    bytes: usize,
}

impl Builder {
    fn new(interest: IncidentInterest, slot: usize) -> Builder {
        Builder { interest, slot, batch: IncidentBatch::default(), names: NameTable::default(), bytes: 0 }
    }

    fn clear(&mut self) {
        self.batch = IncidentBatch { texts: vec![String::new()], ..IncidentBatch::default() };
        self.names.clear(&mut self.batch.names);
        self.bytes = 0;
    }

    fn is_full(&self) -> bool {
        self.batch.incidents.len() >= MAX_EVENTS || self.bytes + self.names.bytes() >= MAX_BYTES
    }

    fn name(&mut self, name: &str) -> u32 {
        self.names.number(&mut self.batch.names, name)
    }

    fn push(&mut self, derived: &Derived, files: &[FamilyFile<'_>], at: usize, lifted: &Lifted) {
        let (fields, limits) = (self.interest.fields, self.interest.text_bytes);
        let incident = &derived.incidents[at];
        let event = &derived.events[incident.event as usize];
        let context = derived.contexts[event.context as usize];
        let number = self.batch.incidents.len() as u32;
        let mut field = |wanted: bool, name: NameId| if wanted { self.name(derived.names.get(name)) } else { 0 };
        let mut view = IncidentView {
            tool: field(fields.tool, event.tool),
            session: field(fields.session, context.session),
            project: field(fields.project, context.project),
            model: field(fields.model, event.model),
            sub_agent: field(fields.sub_agent, context.sub_agent),
            ..IncidentView::default()
        };
        view.kind = self.name(event.kind.name());
        if fields.resolution {
            view.resolution = self.name(incident.how.name());
            view.earlier = incident.earlier;
        }
        if fields.agent {
            view.agent = self.name(files[context.file as usize].agent);
        }
        if fields.time {
            view.time = event.time.unwrap_or_default();
        }
        if fields.duration {
            view.duration = event.duration.unwrap_or_default();
        }
        for text in IncidentText::ALL {
            let lifted = &lifted.texts[text as usize];
            let cut = &lifted[..lifted.floor_char_boundary(limits[text as usize] as usize)];
            if !cut.is_empty() {
                let name = self.name(text.name());
                self.bytes += cut.len();
                self.batch.texts.push(cut.to_owned());
                let text = self.batch.texts.len() as u32 - 1;
                self.batch.excerpts.push(Excerpt { incident: number, name, text });
            }
        }
        if fields.attributes {
            for (name, value) in &lifted.attributes {
                let (name, value) = (self.name(name), self.name(value));
                self.batch.attributes.push(AttributeView { event: number, name, value });
            }
        }
        if fields.labels {
            for label in derived.labels_of(incident.event) {
                let name = self.name(derived.names.get(label.label));
                self.batch.labels.push(Label { event: number, name });
            }
        }
        let hits = lifted.hits[self.slot].iter().map(|literal| Hit { event: number, literal: *literal });
        self.batch.hits.extend(hits);
        self.batch.incidents.push(view);
    }
}

/// A stretch of a batch as a batch of its own.
fn cut(whole: &IncidentBatch, stretch: &Range<usize>) -> IncidentBatch {
    let (mut names, mut texts) = (Subset::new(&whole.names), Subset::new(&whole.texts));
    let mut incident = |view: &IncidentView| IncidentView {
        kind: names.number(view.kind),
        tool: names.number(view.tool),
        session: names.number(view.session),
        agent: names.number(view.agent),
        project: names.number(view.project),
        model: names.number(view.model),
        sub_agent: names.number(view.sub_agent),
        resolution: names.number(view.resolution),
        ..*view
    };
    let incidents = whole.incidents[stretch.clone()].iter().map(&mut incident).collect();
    let mut cut = IncidentBatch { incidents, ..IncidentBatch::default() };
    for row in &whole.excerpts {
        if let Some(incident) = moved(row.incident, stretch) {
            let (name, text) = (names.number(row.name), texts.number(row.text));
            cut.excerpts.push(Excerpt { incident, name, text });
        }
    }
    for row in &whole.attributes {
        if let Some(event) = moved(row.event, stretch) {
            let (name, value) = (names.number(row.name), names.number(row.value));
            cut.attributes.push(AttributeView { event, name, value });
        }
    }
    for row in &whole.labels {
        if let Some(event) = moved(row.event, stretch) {
            cut.labels.push(Label { event, name: names.number(row.name) });
        }
    }
    cut.hits = whole.hits.iter().filter_map(|row| Some(Hit { event: moved(row.event, stretch)?, ..*row })).collect();
    (cut.names, cut.texts) = (names.finish(), texts.finish());
    cut
}

impl Derived {
    /// Writes down what an extractor said, from an incident on; the first that does not abstain counts.
    fn note(&mut self, first: usize, findings: &Findings, slot: u8, may_be_critical: bool) {
        let names: Vec<NameId> = findings.names.iter().map(|name| self.names.intern(name)).collect();
        let name = |index: u32| names[index as usize];
        for (row, said) in self.diagnoses[first..].iter_mut().zip(&findings.diagnoses) {
            row.critical |= may_be_critical && said.critical;
            if name(said.disposition) == 0 || row.judge != 0 {
                continue;
            }
            *row = DiagnosisRow {
                judge: slot + 1,
                disposition: name(said.disposition),
                reason: name(said.reason),
                fingerprint: name(said.fingerprint),
                title: name(said.title),
                cause: name(said.cause),
                owner: name(said.owner),
                severity: said.severity,
                critical: row.critical,
            };
        }
    }
}
