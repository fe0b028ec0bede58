//! The store: SQLite for what is derived, the durable hand for evidence, one writer.

mod derived;
mod durable;
mod errors;
mod fault;
mod findings;
mod forgetting;
mod incidents;
mod judged;
mod learning;
mod ledger;
mod lock;
mod query;
mod raw;
mod read;
mod receipt;
mod records;
mod retained;
mod schema;
mod sealed;
mod search;
mod states;
mod tally;
mod texts;
mod write;

pub use derived::Words;
pub use durable::{DurableHand, SPOOL, is_there};
pub use errors::{Indexed, Suspension};
pub use fault::StoreError;
pub use findings::{By, Stamps, group_id};
pub use incidents::{Dispositions, Handled, IdRange, IncidentFilter, StoredGroup, StoredIncident};
pub use judged::{Judge, JudgeFailure, JudgedEvent, Opinion};
pub use learning::{Exposure, Firing, Measured, ProtocolRow, StoredCall};
pub use ledger::{Entry, Intent, Ledger, LedgerFault, Salvage, What};
pub use lock::{Lock, Waiting};
pub use query::{Answer, QueryValue, is_forbidden, is_users_fault, query};
pub use raw::{Kept, open_as_it_came, open_plain};
pub use read::{FileRow, Reader, SessionSummary, StoredEvent};
pub use receipt::{Receipt, ReceiptRow};
pub use records::{ErrorLine, LinePlugin, Past, RecordedError, last_records, open_error_file};
pub use retained::{Candidate, ErrorDay, Listed};
pub use schema::FORMAT;
pub use search::{EventFilter, Placed, PlacedContext, PlacedEvent};
pub use tally::{
    Activity, AgentTally, CategoryTally, DriftTally, GroupTally, QuarantineTally, Range, SLOT, ToolTally, Totals,
};
pub use texts::{each_text, texts};
pub use write::{Group, Writer};
