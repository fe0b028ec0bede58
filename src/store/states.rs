//! What analyzers gathered, family by family.

use super::read::unsigned;
use super::{Reader, StoreError};
use crate::plugin::Provenance;

impl Reader {
    /// Hands over what an analyzer gathered of each family, in their order, and says of how many families it gathered
    /// nothing.
    pub fn states<E>(
        &self,
        by: &Provenance,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<Result<u64, E>, StoreError> {
        let sql = "SELECT s.bytes FROM judged j JOIN plugin y ON y.id = j.plugin
             JOIN state s ON s.family = j.family AND s.slot = j.slot
             WHERE j.role = 'analyzer' AND y.content_hash = ?1 AND y.settings_hash = ?2 AND y.host_version = ?3
             ORDER BY j.family";
        let who = [&by.content_hash, &by.settings_hash, &by.host_version];
        let mut count = 0;
        let mut outcome = Ok(());
        let run = || {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query(who)?;
            while let Some(row) = rows.next()? {
                count += 1;
                outcome = take(row.get_ref(0)?.as_blob()?);
                if outcome.is_err() {
                    break;
                }
            }
            Ok(())
        };
        let ran: rusqlite::Result<()> = { run }();
        ran.map_err(|error| self.fault(error))?;
        let families = self.rows("SELECT count(*) FROM family", [], |row| unsigned(row, 0))?;
        let families = families.first().copied().unwrap_or_default();
        Ok(outcome.map(|()| families.saturating_sub(count)))
    }
}
