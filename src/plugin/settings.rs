//! What the user wrote for one plugin.

use std::collections::BTreeMap;
use std::fmt;

/// Bytes of all rule files of a plugin together.
pub const RULE_FILES_BYTES: usize = 1 << 20;

/// Bytes of all settings of a plugin together, names included.
pub const VALUES_BYTES: usize = 64 << 10;

/// Settings and rule files of one plugin, bounded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PluginSettings {
    values: BTreeMap<String, String>,
    rule_files: BTreeMap<String, String>,
}

/// Settings that are larger than a plugin may be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingsTooLarge {
    /// So many bytes of values.
    Values(usize),
    /// So many bytes of rule files.
    RuleFiles(usize),
}

impl fmt::Display for SettingsTooLarge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingsTooLarge::Values(bytes) => {
                write!(out, "the plugin's settings take {bytes} bytes, but at most {VALUES_BYTES} are handed over")
            }
            SettingsTooLarge::RuleFiles(bytes) => {
                write!(
                    out,
                    "the plugin's rule files take {bytes} bytes, but at most {RULE_FILES_BYTES} are handed over"
                )
            }
        }
    }
}

impl std::error::Error for SettingsTooLarge {}

impl PluginSettings {
    /// Settings and rule files by name.
    pub fn new(
        values: BTreeMap<String, String>,
        rule_files: BTreeMap<String, String>,
    ) -> Result<PluginSettings, SettingsTooLarge> {
        let bytes = |map: &BTreeMap<String, String>| map.iter().map(|(name, text)| name.len() + text.len()).sum();
        match (bytes(&values), bytes(&rule_files)) {
            (bytes, _) if bytes > VALUES_BYTES => Err(SettingsTooLarge::Values(bytes)),
            (_, bytes) if bytes > RULE_FILES_BYTES => Err(SettingsTooLarge::RuleFiles(bytes)),
            _ => Ok(PluginSettings { values, rule_files }),
        }
    }

    /// A setting.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// A rule file that replaces one of the plugin's own.
    pub fn rule_file(&self, name: &str) -> Option<&str> {
        self.rule_files.get(name).map(String::as_str)
    }

    /// BLAKE3 of everything here, in hex: equal settings have equal hashes, others others.
    pub fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("logwright plugin settings 1");
        for map in [&self.values, &self.rule_files] {
            hasher.update(&(map.len() as u64).to_le_bytes());
            for part in map.iter().flat_map(|(name, text)| [name, text]) {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{PluginSettings, RULE_FILES_BYTES, SettingsTooLarge};
    use std::collections::BTreeMap;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, text)| (name.to_string(), text.to_string())).collect()
    }

    #[test]
    fn no_two_settings_share_a_hash() {
        let all = [
            (map(&[]), map(&[])),
            (map(&[("a", "b")]), map(&[])),
            (map(&[]), map(&[("a", "b")])),
            (map(&[("ab", "")]), map(&[])),
            (map(&[("a", "b"), ("c", "")]), map(&[])),
        ];
        let hashes: std::collections::BTreeSet<_> = all
            .iter()
            .map(|(values, files)| PluginSettings::new(values.clone(), files.clone()).unwrap().hash())
            .collect();
        assert_eq!(hashes.len(), all.len());
    }

    #[test]
    fn the_bound_is_met_exactly() {
        let with = |bytes: usize| PluginSettings::new(map(&[]), map(&[("r", &"x".repeat(bytes - 1))]));
        assert!(with(RULE_FILES_BYTES).is_ok());
        assert_eq!(with(RULE_FILES_BYTES + 1), Err(SettingsTooLarge::RuleFiles(RULE_FILES_BYTES + 1)));
    }
}
