//! The first-party plugins linked natively: the same crates as in the sandbox, given the same batches.

use logwright::event::Severity;
use logwright::plugin::{AnalyzerBatch, Batch, Diagnosis, Findings, IncidentBatch, Judgement, Label, Verdict};

/// What the classifier's source says of a batch.
pub fn judge(batch: &Batch) -> Judgement {
    let events: Vec<_> = batch
        .events
        .iter()
        .map(|event| classifier::Event {
            kind: event.kind,
            status: event.status,
            tool: event.tool,
            text: event.text,
            duration: event.duration,
            size: event.size,
        })
        .collect();
    let attributes: Vec<_> = batch
        .attributes
        .iter()
        .map(|row| classifier::Attribute { event: row.event, name: row.name, value: row.value })
        .collect();
    let hits: Vec<_> =
        batch.hits.iter().map(|row| classifier::Hit { event: row.event, literal: row.literal }).collect();
    let judged = classifier::SHIPPED.judge(&classifier::Batch {
        names: &batch.names,
        texts: &batch.texts,
        events: &events,
        attributes: &attributes,
        hits: &hits,
    });
    Judgement {
        names: judged.names.into_iter().map(str::to_owned).collect(),
        verdicts: judged
            .verdicts
            .into_iter()
            .map(|verdict| Verdict {
                category: verdict.category,
                subcategory: verdict.subcategory,
                severity: Severity::new(verdict.severity).unwrap_or_default(),
                // The shipped rules ask for nothing to be kept for ever.
                critical: verdict.critical,
            })
            .collect(),
        labels: judged.labels.into_iter().map(|label| Label { event: label.event, name: label.name }).collect(),
    }
}

/// What the extractor's source says of a batch.
pub fn diagnose(batch: &IncidentBatch) -> Findings {
    let incidents: Vec<_> =
        batch.incidents.iter().map(|row| prevention::Incident { kind: row.kind, tool: row.tool }).collect();
    let excerpts: Vec<_> = batch
        .excerpts
        .iter()
        .map(|row| prevention::Excerpt { incident: row.incident, name: row.name, text: row.text })
        .collect();
    let attributes: Vec<_> = batch
        .attributes
        .iter()
        .map(|row| prevention::Attribute { incident: row.event, name: row.name, value: row.value })
        .collect();
    let hits: Vec<_> =
        batch.hits.iter().map(|row| prevention::Hit { incident: row.event, literal: row.literal }).collect();
    let found = prevention::SHIPPED.diagnose(&prevention::Batch {
        names: &batch.names,
        texts: &batch.texts,
        incidents: &incidents,
        excerpts: &excerpts,
        attributes: &attributes,
        hits: &hits,
    });
    let diagnoses = found.diagnoses.into_iter().map(|said| Diagnosis {
        disposition: said.disposition,
        reason: said.reason,
        fingerprint: said.fingerprint,
        title: said.title,
        cause: said.cause,
        owner: said.owner,
        severity: Severity::new(said.severity).unwrap_or_default(),
        critical: said.critical,
    });
    Findings { names: found.names, diagnoses: diagnoses.collect() }
}

/// An analyzer that has seen nothing.
pub fn analyzer() -> analytics::Analytics {
    analytics::Analytics::new(analytics::shipped().expect("the shipped rules"), analytics::Zone::default())
}

/// Lets the analyzer's source take a batch.
pub fn observe(analyzer: &mut analytics::Analytics, batch: &AnalyzerBatch) {
    let events: Vec<_> = batch
        .events
        .iter()
        .map(|event| analytics::Event {
            kind: event.kind,
            status: event.status,
            session: event.session,
            project: event.project,
            model: event.model,
            tool: event.tool,
            sub_agent: event.sub_agent,
            time: event.time,
            duration: event.duration,
            size: event.size,
        })
        .collect();
    let costs: Vec<_> = batch
        .tokens
        .iter()
        .map(|row| analytics::Cost {
            event: row.event,
            input: row.tokens.input,
            output: row.tokens.output,
            cache_creation: row.tokens.cache_creation,
            cache_read: row.tokens.cache_read,
        })
        .collect();
    let incidents: Vec<_> = batch
        .incidents
        .iter()
        .map(|row| analytics::Incident {
            event: row.event,
            disposition: row.disposition,
            fingerprint: row.fingerprint,
            cause: row.cause,
            owner: row.owner,
            resolution: row.resolution,
            resolved_after: row.resolved_after,
        })
        .collect();
    analyzer.observe(&analytics::Batch { names: &batch.names, events: &events, costs: &costs, incidents: &incidents });
}
