//! Intake: find what agents leave behind, plan what to copy, and read it.

mod compressed;
mod discover;
pub mod formats;
mod identify;
pub(crate) mod json;
mod lines;
mod links;
mod plan;

pub use compressed::{Altered, Compression, decoder, is_damage};
pub use discover::{Discovery, Found, PassedOver, Place, discover, explain, standard_places, stat};
pub use identify::{Form, HEAD_BYTES, Identity, READERS, Shape, identify};
pub(crate) use lines::{Line, Lines};
pub use links::{FileLinks, LinkScan, families};
pub use plan::{CopyPlan, Kept, Prefix, Stat, first_look, plan_changed};
