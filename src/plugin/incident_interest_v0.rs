//! What plugins of the draft 0.1.0 want to see of incidents, checked.

use super::contract::{IncidentFields, IncidentInterest, IncidentText};
use super::description_v0::{Objection, RawIncidentInterest, Wanted, check_literals};
use super::limits::Limits;
use super::package::Role;
use super::words;
use std::collections::BTreeSet;

/// A field's name, and where it stands.
type Field = (&'static str, fn(&mut IncidentFields) -> &mut bool);

const FIELDS: [Field; 11] = [
    ("tool", |fields| &mut fields.tool),
    ("session", |fields| &mut fields.session),
    ("agent", |fields| &mut fields.agent),
    ("project", |fields| &mut fields.project),
    ("model", |fields| &mut fields.model),
    ("sub-agent", |fields| &mut fields.sub_agent),
    ("time", |fields| &mut fields.time),
    ("duration", |fields| &mut fields.duration),
    ("resolution", |fields| &mut fields.resolution),
    ("attributes", |fields| &mut fields.attributes),
    ("labels", |fields| &mut fields.labels),
];

impl Wanted for IncidentInterest {
    type Raw = RawIncidentInterest;

    fn understand(_: Role, limits: &Limits, raw: RawIncidentInterest) -> Result<IncidentInterest, Objection> {
        let mut fields = IncidentFields::default();
        for name in &raw.fields {
            let Some((_, field)) = FIELDS.iter().find(|(known, _)| known == name) else {
                let name = words::quote(name, 40);
                return Err(format!(
                    "asks for the field `{name}`; known are {}",
                    FIELDS.map(|field| field.0).join(", ")
                )
                .into());
            };
            *field(&mut fields) = true;
        }
        let text_bytes = understand_texts(&raw.texts)?;
        check_literals(limits, &raw.literals)?;
        Ok(IncidentInterest { fields, text_bytes, literals: raw.literals })
    }

    fn asks(&self) -> BTreeSet<String> {
        let mut fields = self.fields;
        let mut asks: BTreeSet<_> =
            FIELDS.iter().filter(|(_, field)| *field(&mut fields)).map(|(name, _)| format!("field:{name}")).collect();
        for text in IncidentText::ALL {
            let is_searched = text == IncidentText::Failure && !self.literals.is_empty();
            if self.text_bytes[text as usize] > 0 || is_searched {
                asks.insert(format!("text:{}", text.name()));
            }
        }
        asks
    }
}

fn understand_texts(raw: &[(String, u32)]) -> Result<[u32; IncidentText::ALL.len()], String> {
    let mut bytes = [0; IncidentText::ALL.len()];
    let mut named = BTreeSet::new();
    for (name, wanted) in raw {
        let Some(text) = IncidentText::of_name(name) else {
            let known = IncidentText::ALL.map(IncidentText::name).join(", ");
            return Err(format!("asks for the text `{}`; known are {known}", words::quote(name, 40)));
        };
        if !named.insert(text) {
            return Err(format!("asks for the text `{name}` twice"));
        }
        bytes[text as usize] = *wanted;
    }
    Ok(bytes)
}
