//! Joins the logic to the contract.

use crate::batch;
use crate::compact::Compact;
use crate::problem::FILE;
use crate::propose::{self, MIN_FAMILIES};
use crate::shipped::SHIPPED;
use std::sync::OnceLock;

wit_bindgen::generate!({ path: "../../wit/extractor", world: "extractor" });

use exports::logwright::extractor::extract::{
    Batch, Condition, Description, Diagnosis, Exemplar, Findings, Group, Guest, Interest, Precaution, Protocol,
    TextInterest, Trigger,
};
use logwright::extractor::host;

/// The name of the setting that says how many families a proposal needs.
const FAMILIES: &str = "min-families";

/// Read once for each instance, which lives as long as its host likes.
static RULES: OnceLock<&'static Compact> = OnceLock::new();

fn rules() -> Result<&'static Compact, String> {
    if let Some(rules) = RULES.get() {
        return Ok(rules);
    }
    let rules = match host::rule_file(FILE) {
        Some(written) => Box::leak(Box::new(Compact::parse(&written).map_err(|problem| problem.to_string())?)),
        None => SHIPPED,
    };
    Ok(RULES.get_or_init(|| rules))
}

fn min_families() -> Result<u64, String> {
    let Some(written) = host::setting(FAMILIES) else {
        return Ok(MIN_FAMILIES);
    };
    written.trim().parse().map_err(|_| format!("setting {FAMILIES}: `{written}` is no number"))
}

struct Prevention;

impl Guest for Prevention {
    fn describe() -> Result<Description, String> {
        min_families()?;
        let rules = rules()?;
        let interest = rules.interest();
        let texts = interest.texts.into_iter();
        Ok(Description {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            grants: rules.grants(),
            interest: Interest {
                fields: interest.fields.into_iter().map(str::to_owned).collect(),
                texts: texts.map(|(text, bytes)| TextInterest { text: text.to_owned(), bytes }).collect(),
                literals: interest.literals,
            },
        })
    }

    fn diagnose(batch: Batch) -> Result<Findings, String> {
        let incidents = batch.incidents.iter().map(|row| batch::Incident { kind: row.kind, tool: row.tool });
        let excerpts = batch.excerpts.iter();
        let excerpts = excerpts.map(|row| batch::Excerpt { incident: row.incident, name: row.name, text: row.text });
        let attributes = batch.attributes.iter();
        let attributes =
            attributes.map(|row| batch::Attribute { incident: row.incident, name: row.name, value: row.value });
        let hits = batch.hits.iter().map(|row| batch::Hit { incident: row.incident, literal: row.literal });
        let found = rules()?.diagnose(&batch::Batch {
            names: &batch.names,
            texts: &batch.texts,
            incidents: &incidents.collect::<Vec<_>>(),
            excerpts: &excerpts.collect::<Vec<_>>(),
            attributes: &attributes.collect::<Vec<_>>(),
            hits: &hits.collect::<Vec<_>>(),
        });
        Ok(Findings { names: found.names, diagnoses: found.diagnoses.into_iter().map(diagnosis).collect() })
    }

    fn propose(group: Group) -> Result<Vec<Protocol>, String> {
        let proposed = rules()?.propose(
            &propose::Group {
                fingerprint: &group.fingerprint,
                cause: &group.cause,
                incidents: group.incidents,
                families: group.families,
                resolved: group.resolved,
                exemplars: group.exemplars.iter().map(exemplar).collect(),
                resolutions: group.resolutions.iter().map(|tally| (tally.name.as_str(), tally.count)).collect(),
            },
            min_families()?,
        );
        Ok(proposed.into_iter().map(protocol).collect())
    }
}

fn exemplar(exemplar: &Exemplar) -> propose::Exemplar<'_> {
    let text = |name: &str| exemplar.texts.iter().find(|text| text.name == name).map_or("", |text| text.text.as_str());
    propose::Exemplar { tool: &exemplar.tool, call: text("call"), failure: text("failure") }
}

fn diagnosis(diagnosis: batch::Diagnosis) -> Diagnosis {
    let batch::Diagnosis { disposition, reason, fingerprint, title, cause, owner, severity, critical } = diagnosis;
    Diagnosis { disposition, reason, fingerprint, title, cause, owner, severity, critical }
}

fn protocol(protocol: propose::Protocol) -> Protocol {
    let propose::Protocol { title, tool, conditions, unless, advice, confidence } = protocol;
    let conditions = conditions.into_iter().map(|(field, operator, value)| Condition { field, operator, value });
    let unless = unless.into_iter().map(|(tool, field, within)| Precaution { tool, field, within });
    let trigger = Trigger { tool, conditions: conditions.collect(), unless: unless.collect() };
    Protocol { title, trigger, advice, confidence }
}

export!(Prevention);
