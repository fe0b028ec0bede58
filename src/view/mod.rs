//! From the store to values to show.

mod errors;
mod hits;
mod modules;
mod overview;
mod protocols;
mod reports;
mod retention;
mod sessions;
mod stats;
mod story;
mod why;

pub use errors::{FIELD, ShownError, error_lines, error_tables, group_lines, groups_table, incidents_table, short_id};
pub use hits::{HIT_INDENT, hit_count_table, hit_line, hits_table, raw_hit_count_table, raw_hit_line, raw_hits_table};
pub use modules::{module_files_table, modules_table};
pub use overview::{agents_table, collisions_table, drift_table, quarantine_table, totals_table};
pub use protocols::{
    ShownProtocol, backtest_words, group_protocols_table, history_table, protocol_advice_lines, protocol_lines,
    protocol_name, protocols_table, whole_protocols_table,
};
pub use reports::{Even, Reported, data_tables, even, insight_table, metric_table, report, series_tables, shown};
pub use retention::{moves_table, plan_table, receipts_table, stays_table};
pub use sessions::{Detail, last_part, session_name, sessions_table};
pub use stats::{Stats, category_table, day_table, label_table, model_table, project_table, tool_table};
pub use story::{Entry, INDENT, StoryOptions, entries_table, entry_lines};
pub use why::{Grounds, GroupGrounds, grounds_lines, grounds_tables, group_grounds_lines, group_judges_table};
