//! The border post: the only room that knows WebAssembly.

mod contract;

pub use contract::{
    AttributeView, Batch, CATEGORIES, Classifier, EventView, Fault, FaultKind, Fields, Hit, Interest, Judgement,
    KindInterest, Label, Provenance, Verdict,
};
