//! Retention: active, archived, removed, by a policy that can be previewed, interrupted, audited and undone.
//!
//! `inventory (reads) -> plan (pure) -> apply (the one hand)`; what a dead run left is taken up by `recover`.

mod apply;
mod fault;
mod forget;
mod inventory;
mod journal;
mod pack;
mod plan;
mod policy;
mod recover;
mod remove;
mod restore;
mod run;
mod traces;
mod verify;

pub use apply::{Advance, Applied, Carrier};
pub use fault::RetentionError;
pub use forget::{Forgotten, Subject, find, forget};
pub use inventory::{Inventory, take_inventory};
pub use journal::Journal;
pub use pack::{Proof, prove};
pub use plan::{ANNOUNCED_DAYS, CAUTION_DAYS, Calendar, Holds, Item, Move, Plan, PlanId, Stay, is_cleanup_due, plan};
pub use policy::{Age, DAY, Exception, Policy, Rule, Rules, Which};
pub use recover::recover;
pub use restore::{Restored, Wanted, export, restore};
pub use run::{Announcement, Outcome, Retention, is_due_today};
pub use verify::{FaultKind, Found, Sample, Verified, Verifier};
