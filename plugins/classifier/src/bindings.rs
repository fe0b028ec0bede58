//! Joins the judging to the contract.

use crate::judge;
use crate::kept::Rules;
use crate::rules::FILE;
use crate::shipped::SHIPPED;
use std::sync::OnceLock;

wit_bindgen::generate!({ path: "../../wit/classifier", world: "classifier" });

use exports::logwright::classifier::classify::{
    Attribute, Batch, Description, Event, Guest, Hit, Interest, Judgement, KindInterest, Label, Verdict,
};
use logwright::classifier::host;

/// Read once for each instance, which lives as long as its host likes.
static RULES: OnceLock<&'static Rules> = OnceLock::new();

fn rules() -> Result<&'static Rules, String> {
    if let Some(rules) = RULES.get() {
        return Ok(rules);
    }
    let rules = match host::rule_file(FILE) {
        Some(written) => Box::leak(Box::new(Rules::parse(&written).map_err(|problem| problem.to_string())?)),
        None => SHIPPED,
    };
    Ok(RULES.get_or_init(|| rules))
}

struct Classifier;

impl Guest for Classifier {
    fn describe() -> Result<Description, String> {
        let rules = rules()?;
        let interest = rules.interest();
        let kinds = interest.kinds.into_iter().map(|need| KindInterest {
            kind: need.kind,
            failures_only: false,
            text_of_failures_only: need.text_of_failures_only,
            text_bytes: need.text_bytes,
            search: need.search,
        });
        Ok(Description {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            grants: rules.grants(),
            interest: Interest {
                kinds: kinds.collect(),
                fields: interest.fields.into_iter().map(str::to_owned).collect(),
                literals: interest.literals,
            },
        })
    }

    fn judge(batch: Batch) -> Result<Judgement, String> {
        let events: Vec<_> = batch.events.iter().map(event).collect();
        let attributes: Vec<_> = batch.attributes.iter().map(attribute).collect();
        let hits: Vec<_> = batch.hits.iter().map(hit).collect();
        let judged = rules()?.judge(&judge::Batch {
            names: &batch.names,
            texts: &batch.texts,
            events: &events,
            attributes: &attributes,
            hits: &hits,
        });
        Ok(Judgement {
            names: judged.names.into_iter().map(str::to_owned).collect(),
            verdicts: judged.verdicts.into_iter().map(verdict).collect(),
            labels: judged.labels.into_iter().map(label).collect(),
        })
    }
}

fn event(event: &Event) -> judge::Event {
    judge::Event {
        kind: event.kind,
        status: event.status,
        tool: event.tool,
        text: event.text,
        duration: event.duration,
        size: event.size,
    }
}

fn attribute(row: &Attribute) -> judge::Attribute {
    judge::Attribute { event: row.event, name: row.name, value: row.value }
}

fn hit(row: &Hit) -> judge::Hit {
    judge::Hit { event: row.event, literal: row.literal }
}

fn verdict(verdict: judge::Verdict) -> Verdict {
    let judge::Verdict { category, subcategory, severity, critical } = verdict;
    Verdict { category, subcategory, severity, critical }
}

fn label(label: judge::Label) -> Label {
    Label { event: label.event, name: label.name }
}

export!(Classifier);
