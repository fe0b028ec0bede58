//! Writes what plugins found: who judged a family, what they said, and what that was said of.

use super::StoreError;
use super::write::{Group, signed};
use crate::event::Millis;
use crate::pipeline::{Derived, NameId, Stage};
use crate::plugin::Provenance;
use rusqlite::params;
use xxhash_rust::xxh3::xxh3_64;

/// By whom a family is judged, role by role: hashes of the plugins in order, their settings and limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "one for each role")]
pub struct Stamps {
    pub classifiers: u64,
    pub extractors: u64,
    pub analyzers: u64,
}

/// Under which conditions a family is written.
#[derive(Clone, Copy, Debug)]
pub struct By<'a> {
    /// By whom it is judged.
    pub stamps: Stamps,
    /// The limits that held.
    pub limits: &'a str,
    /// The time of the run.
    pub now: Millis,
}

/// The id of the group of incidents that share a fingerprint.
pub fn group_id(fingerprint: &str) -> u64 {
    xxh3_64(fingerprint.as_bytes())
}

impl Group<'_> {
    /// Replaces what comes from a stage on in a family whose events stay as they are.
    pub fn findings_from(
        &mut self,
        stage: Stage,
        family: u64,
        files: &[(u64, &str)],
        derived: &Derived,
        by: &By<'_>,
    ) -> Result<(), StoreError> {
        let (tables, roles): (&[&str], &str) = match stage {
            Stage::Read | Stage::Diagnose => {
                (&["incident", "measured", "exposure", "state"], "('extractor', 'analyzer')")
            }
            Stage::Analyze => (&["state"], "('analyzer')"),
        };
        let removals = tables.iter().map(|table| format!("DELETE FROM {table} WHERE family = ?1")).chain(
            ["judged", "plugin_failure"]
                .map(|table| format!("DELETE FROM {table} WHERE family = ?1 AND role IN {roles}")),
        );
        for removal in removals {
            self.transaction.prepare_cached(&removal)?.execute([signed(family)])?;
        }
        self.transaction
            .prepare_cached("UPDATE family SET extractors = ?2, analyzers = ?3 WHERE id = ?1")?
            .execute(params![signed(family), signed(by.stamps.extractors), signed(by.stamps.analyzers)])?;
        self.findings(stage, family, files, derived, by)
    }

    pub(super) fn write_family_row(&self, family: u64, derived: &Derived, by: &By<'_>) -> Result<(), StoreError> {
        self.transaction.prepare_cached("INSERT INTO family(id, classifiers, extractors, analyzers, unjudged, events) VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?.execute(params![
            signed(family),
            signed(by.stamps.classifiers),
            signed(by.stamps.extractors),
            signed(by.stamps.analyzers),
            derived.unjudged as i64,
            derived.events.len() as i64,
        ])?;
        Ok(())
    }

    /// Writes what comes from a stage on: who judged, opinions, incidents, states and failures.
    pub(super) fn findings(
        &mut self,
        stage: Stage,
        family: u64,
        files: &[(u64, &str)],
        derived: &Derived,
        by: &By<'_>,
    ) -> Result<(), StoreError> {
        let family = signed(family);
        for row in &derived.judged {
            let plugin = self.plugin(row.role.name(), &row.provenance, by)?;
            self.transaction.prepare_cached("INSERT INTO judged VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?.execute(
                params![
                    family,
                    row.role.name(),
                    row.slot,
                    plugin,
                    row.suspended,
                    row.asked as i64,
                    row.unjudged as i64,
                    row.fuel as i64
                ],
            )?;
        }
        if stage == Stage::Read {
            self.write_opinions(family, derived)?;
        }
        if stage <= Stage::Diagnose {
            self.write_incidents(family, derived)?;
        }
        for state in &derived.states {
            self.transaction.prepare_cached("INSERT INTO state VALUES(?1, ?2, ?3)")?.execute(params![
                family,
                state.slot,
                state.bytes
            ])?;
        }
        for failure in &derived.failures {
            self.transaction
                .prepare_cached("INSERT INTO plugin_failure VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?
                .execute(params![
                family,
                failure.role.name(),
                failure.slot,
                signed(failure.event),
                signed(files[failure.file as usize].0),
                failure.offset as i64,
                failure.length as i64,
                failure.kind.name(),
                failure.message
            ])?;
        }
        Ok(())
    }

    /// The number of a plugin with its settings and limits.
    fn plugin(&self, role: &str, who: &Provenance, by: &By<'_>) -> Result<i64, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "INSERT INTO plugin(role, name, version, content_hash, settings_hash, host_version, limits, first_used, last_used)
             VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?8)
             ON CONFLICT DO UPDATE SET last_used = max(last_used, ?8) RETURNING id",
        )?;
        let number = statement.query_row(
            params![
                role,
                who.plugin,
                who.version,
                who.content_hash,
                who.settings_hash,
                who.host_version,
                by.limits,
                by.now
            ],
            |row| row.get(0),
        )?;
        Ok(number)
    }

    fn write_opinions(&mut self, family: i64, derived: &Derived) -> Result<(), StoreError> {
        for opinion in &derived.opinions {
            let category = self.intern(derived.names.get(opinion.category))?;
            let subcategory = self.intern(derived.names.get(opinion.subcategory))?;
            self.transaction.prepare_cached("INSERT OR IGNORE INTO opinion VALUES(?1, ?2, ?3, ?4, ?5, ?6)")?.execute(
                params![family, opinion.event, opinion.slot, category, subcategory, opinion.severity.number()],
            )?;
        }
        Ok(())
    }

    fn write_incidents(&mut self, family: i64, derived: &Derived) -> Result<(), StoreError> {
        for (n, (incident, said)) in derived.incidents.iter().zip(&derived.diagnoses).enumerate() {
            let mut word = |id: NameId| self.intern(derived.names.get(id));
            let [disposition, reason, fingerprint, title, cause, owner] = [
                word(said.disposition)?,
                word(said.reason)?,
                word(said.fingerprint)?,
                word(said.title)?,
                word(said.cause)?,
                word(said.owner)?,
            ];
            let is_incident = derived.names.get(said.disposition) == "incident";
            let group = is_incident.then(|| signed(group_id(derived.names.get(said.fingerprint))));
            let event = &derived.events[incident.event as usize];
            self.transaction
                .prepare_cached(
                    "INSERT INTO incident VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                        ?17, ?18, ?19, ?20)",
                )?
                .execute(params![
                    family,
                    n as i64,
                    signed(incident.id),
                    incident.event,
                    incident.call,
                    incident.before,
                    incident.resolution,
                    incident.answer,
                    incident.how.name(),
                    incident.earlier,
                    said.judge,
                    disposition,
                    reason,
                    fingerprint,
                    title,
                    cause,
                    owner,
                    said.severity.number(),
                    said.critical || event.critical,
                    group,
                ])?;
        }
        Ok(())
    }
}
