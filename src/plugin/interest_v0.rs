//! What plugins of the draft 0.1.0 want to see of events, checked.

use super::contract::{Fields, Interest, KindInterest};
use super::description_v0::{Objection, RawInterest, Wanted, check_literals};
use super::limits::Limits;
use super::package::Role;
use super::words;
use crate::event::Kind;
use std::collections::BTreeSet;

/// A field's name, where it stands, and whether classifiers may ask for it: what they and
/// those after them make of an event is not there yet when they judge it.
type Field = (&'static str, fn(&mut Fields) -> &mut bool, bool);

const FIELDS: [Field; 14] = [
    ("session", |fields| &mut fields.session, true),
    ("agent", |fields| &mut fields.agent, true),
    ("project", |fields| &mut fields.project, true),
    ("model", |fields| &mut fields.model, true),
    ("tool", |fields| &mut fields.tool, true),
    ("sub-agent", |fields| &mut fields.sub_agent, true),
    ("time", |fields| &mut fields.time, true),
    ("duration", |fields| &mut fields.duration, true),
    ("size", |fields| &mut fields.size, true),
    ("attributes", |fields| &mut fields.attributes, true),
    ("tokens", |fields| &mut fields.tokens, false),
    ("verdict", |fields| &mut fields.verdict, false),
    ("labels", |fields| &mut fields.labels, false),
    ("incident", |fields| &mut fields.incident, false),
];

impl Wanted for Interest {
    type Raw = RawInterest;

    fn understand(role: Role, limits: &Limits, raw: RawInterest) -> Result<Interest, Objection> {
        let kinds = understand_kinds(&raw.kinds)?;
        let mut fields = Fields::default();
        let known = FIELDS.iter().filter(|(.., of_all)| *of_all || role == Role::Analyzer);
        for name in &raw.fields {
            let Some((_, field, _)) = known.clone().find(|(known, ..)| known == name) else {
                let known: Vec<_> = known.map(|(name, ..)| *name).collect();
                let name = words::quote(name, 40);
                return Err(format!("asks for the field `{name}`; known are {}", known.join(", ")).into());
            };
            *field(&mut fields) = true;
        }
        check_literals(limits, &raw.literals)?;
        Ok(Interest { kinds, fields, literals: raw.literals })
    }

    fn asks(&self) -> BTreeSet<String> {
        let mut asks = BTreeSet::new();
        for kind in Kind::ALL {
            let wanted = self.of(kind);
            if wanted.wanted {
                asks.insert(format!("kind:{}", kind.name()));
            }
            if wanted.text_bytes > 0 || wanted.search {
                asks.insert(format!("text:{}", kind.name()));
            }
        }
        let mut fields = self.fields;
        asks.extend(
            FIELDS.iter().filter(|(_, field, _)| *field(&mut fields)).map(|(name, ..)| format!("field:{name}")),
        );
        asks
    }
}

fn understand_kinds(raw: &[(String, KindInterest)]) -> Result<[KindInterest; Kind::ALL.len()], String> {
    let mut kinds = [KindInterest::default(); Kind::ALL.len()];
    let mut named = [false; Kind::ALL.len()];
    let mut others = None;
    for (name, wanted) in raw {
        let twice = match (name.as_str(), Kind::of_name(name)) {
            ("*", _) => others.replace(*wanted).is_some(),
            (_, Some(kind)) => {
                kinds[kind as usize] = *wanted;
                std::mem::replace(&mut named[kind as usize], true)
            }
            (name, None) => {
                let known: Vec<_> = Kind::ALL.into_iter().map(Kind::name).collect();
                let name = words::quote(name, 40);
                return Err(format!("asks for events of kind `{name}`; known are {}", known.join(", ")));
            }
        };
        if twice {
            return Err(format!("asks for events of kind `{name}` twice"));
        }
    }
    for (slot, named) in kinds.iter_mut().zip(named) {
        if let (false, Some(others)) = (named, others) {
            *slot = others;
        }
    }
    Ok(kinds)
}
