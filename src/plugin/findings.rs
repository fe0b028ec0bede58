//! Checks what an extractor said of failures, before anyone uses it.

use super::bounds;
use super::contract::{DISPOSITIONS, Diagnosis, Findings, OWNERS};
use super::words;
use crate::event::Severity;

/// Names of one answer at most.
const NAMES: usize = 4096;

/// Bytes at most of a name, by what it stands for.
const FINGERPRINT_BYTES: usize = 512;
const TITLE_BYTES: usize = 512;
const CAUSE_BYTES: usize = 128;
const REASON_BYTES: usize = 128;

/// A diagnosis as it came, its severity apart.
pub(super) struct RawDiagnosis {
    /// All that needs no conversion.
    pub said: Diagnosis,
    /// The severity as a number.
    pub severity: u8,
}

/// The findings on a batch of so many incidents, if the contract allows them.
pub(super) fn check(
    incidents: usize,
    names: Vec<String>,
    diagnoses: impl ExactSizeIterator<Item = RawDiagnosis>,
) -> Result<Findings, String> {
    if diagnoses.len() != incidents {
        return Err(format!("{} diagnoses for {incidents} incidents", diagnoses.len()));
    }
    bounds::count("names", names.len(), NAMES)?;
    let diagnoses =
        diagnoses.enumerate().map(|(incident, raw)| check_one(incident, &names, raw)).collect::<Result<_, _>>()?;
    Ok(Findings { names, diagnoses })
}

fn check_one(incident: usize, names: &[String], raw: RawDiagnosis) -> Result<Diagnosis, String> {
    let RawDiagnosis { said, severity } = raw;
    let name = |what: &str, index: u32, limit: usize| {
        let Some(name) = names.get(index as usize) else {
            let count = names.len();
            return Err(format!("the {what} of incident {incident} is name {index}, but there are {count} names"));
        };
        bounds::text(|| format!("the {what} of incident {incident}"), name, limit)?;
        Ok(name.as_str())
    };
    let one_of = |what: &str, index: u32, known: &[&str]| {
        let name = name(what, index, usize::MAX)?;
        if name.is_empty() || known.contains(&name) {
            return Ok(name);
        }
        let (name, known) = (words::quote(name, 40), known.join(", "));
        Err(format!("the {what} of incident {incident} is `{name}`, where {known} or an empty one are allowed"))
    };
    let disposition = one_of("disposition", said.disposition, &DISPOSITIONS)?;
    one_of("owner", said.owner, &OWNERS)?;
    name("reason", said.reason, REASON_BYTES)?;
    let needed = [
        ("fingerprint", name("fingerprint", said.fingerprint, FINGERPRINT_BYTES)?),
        ("title", name("title", said.title, TITLE_BYTES)?),
        ("cause", name("cause", said.cause, CAUSE_BYTES)?),
    ];
    if let Some((what, _)) = needed.iter().find(|(_, name)| disposition == DISPOSITIONS[0] && name.is_empty()) {
        return Err(format!("incident {incident} has no {what}, which an `{disposition}` needs"));
    }
    let severity = Severity::new(severity)
        .ok_or_else(|| format!("the severity of incident {incident} is {severity}, where 0 to 24 are allowed"))?;
    Ok(Diagnosis { severity, ..said })
}

#[cfg(test)]
mod tests {
    use super::{CAUSE_BYTES, FINGERPRINT_BYTES, NAMES, REASON_BYTES, RawDiagnosis, TITLE_BYTES, check};
    use crate::plugin::contract::{Diagnosis, Findings};

    /// One incident, with names for disposition, reason, fingerprint, title, cause and owner.
    fn one(names: [&str; 6]) -> Result<Findings, String> {
        let said = Diagnosis {
            disposition: 0,
            reason: 1,
            fingerprint: 2,
            title: 3,
            cause: 4,
            owner: 5,
            ..Diagnosis::default()
        };
        check(1, names.map(str::to_owned).to_vec(), [RawDiagnosis { said, severity: 24 }].into_iter())
    }

    #[test]
    fn an_incident_needs_fingerprint_title_and_cause() {
        assert!(one(["incident", "", "f", "t", "c", ""]).is_ok());
        for (names, what) in [
            (["incident", "", "", "t", "c", ""], "fingerprint"),
            (["incident", "", "f", "", "c", ""], "title"),
            (["incident", "", "f", "t", "", ""], "cause"),
        ] {
            assert_eq!(one(names), Err(format!("incident 0 has no {what}, which an `incident` needs")));
        }
        for disposition in ["", "benign", "echo", "decision"] {
            assert!(one([disposition, "", "", "", "", "agent"]).is_ok());
        }
    }

    #[test]
    fn words_are_of_their_vocabulary() {
        let said = "the disposition of incident 0 is `odd`, where incident, benign, echo, decision or an empty one are allowed";
        assert_eq!(one(["odd", "", "f", "t", "c", ""]), Err(said.to_owned()));
        let said = "the owner of incident 0 is `me`, where agent, environment, user, provider, harness or an empty one are allowed";
        assert_eq!(one(["incident", "", "f", "t", "c", "me"]), Err(said.to_owned()));
    }

    #[test]
    fn bounds_are_met_exactly() {
        for (place, limit, what) in [
            (1, REASON_BYTES, "reason"),
            (2, FINGERPRINT_BYTES, "fingerprint"),
            (3, TITLE_BYTES, "title"),
            (4, CAUSE_BYTES, "cause"),
        ] {
            let long = "x".repeat(limit + 1);
            let mut names = ["incident", "r", "f", "t", "c", ""];
            names[place] = &long[..limit];
            assert!(one(names).is_ok(), "{what}");
            names[place] = &long;
            let said = format!("the {what} of incident 0 has {} bytes, where {limit} are allowed", limit + 1);
            assert_eq!(one(names), Err(said));
        }
        let many = |count| check(0, vec![String::new(); count], [].into_iter());
        assert!(many(NAMES).is_ok());
        assert_eq!(many(NAMES + 1), Err("4097 names, where 4096 are allowed".to_owned()));
    }

    #[test]
    fn every_incident_has_its_diagnosis_and_every_name_is_there() {
        assert_eq!(check(1, vec![String::new()], [].into_iter()), Err("0 diagnoses for 1 incidents".to_owned()));
        let raw = |title, severity| RawDiagnosis { said: Diagnosis { title, ..Diagnosis::default() }, severity };
        let of = |raw| check(1, vec![String::new()], [raw].into_iter());
        assert_eq!(of(raw(9, 0)), Err("the title of incident 0 is name 9, but there are 1 names".to_owned()));
        let said = "the severity of incident 0 is 25, where 0 to 24 are allowed";
        assert_eq!(of(raw(0, 25)), Err(said.to_owned()));
    }
}
