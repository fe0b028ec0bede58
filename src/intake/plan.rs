//! What to do with a source that was seen before, or never: a pure decision.

/// What the file system says of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stat {
    /// Size in bytes.
    pub size: u64,
    /// Last modification in nanoseconds since 1970.
    pub modified_ns: i64,
    /// Number of the file on its device.
    pub inode: u64,
    /// Device.
    pub device: u64,
}

/// What is kept of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What the file system said when it was last copied.
    pub stat: Stat,
    /// Bytes of the source that the last part holds.
    pub length: u64,
}

/// How the beginning of a source compares with what is kept of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// The source starts with all the bytes that are kept.
    Same,
    /// It does not.
    Different,
}

/// What to do with a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyPlan {
    /// Nothing changed.
    Leave,
    /// The file was touched, but holds what is kept.
    Note,
    /// Copy all of it as the first part.
    First,
    /// Copy what was added, from this offset.
    Tail(u64),
    /// It was rewritten or cut: keep what is there and copy all of it as a new part.
    NewPart,
}

/// What can be decided without reading: `None` if the beginnings must be compared.
pub fn first_look(now: Stat, kept: Option<Kept>) -> Option<CopyPlan> {
    match kept {
        None => Some(CopyPlan::First),
        Some(kept) if kept.stat == now && kept.length == now.size => Some(CopyPlan::Leave),
        Some(kept) if now.size < kept.length => Some(CopyPlan::NewPart),
        Some(_) => None,
    }
}

/// What to do once the beginnings were compared.
pub fn plan_changed(now: Stat, kept: Kept, prefix: Prefix) -> CopyPlan {
    match prefix {
        Prefix::Different => CopyPlan::NewPart,
        Prefix::Same if now.size == kept.length => CopyPlan::Note,
        Prefix::Same => CopyPlan::Tail(kept.length),
    }
}

#[cfg(test)]
mod tests {
    use super::{CopyPlan, Kept, Prefix, Stat, first_look, plan_changed};

    const THEN: Stat = Stat { size: 10, modified_ns: 1, inode: 2, device: 3 };
    const KEPT: Kept = Kept { stat: THEN, length: 10 };

    #[test]
    fn every_change_of_a_source_has_one_answer() {
        assert_eq!(first_look(THEN, None), Some(CopyPlan::First));
        assert_eq!(first_look(THEN, Some(KEPT)), Some(CopyPlan::Leave));
        assert_eq!(first_look(Stat { size: 9, ..THEN }, Some(KEPT)), Some(CopyPlan::NewPart));
        let touched = Stat { modified_ns: 2, ..THEN };
        assert_eq!(first_look(touched, Some(KEPT)), None);
        assert_eq!(plan_changed(touched, KEPT, Prefix::Same), CopyPlan::Note);
        assert_eq!(plan_changed(touched, KEPT, Prefix::Different), CopyPlan::NewPart);
        assert_eq!(plan_changed(Stat { size: 11, ..touched }, KEPT, Prefix::Same), CopyPlan::Tail(10));
    }

    #[test]
    fn a_copy_that_was_cut_short_is_completed() {
        assert_eq!(first_look(THEN, Some(Kept { length: 4, ..KEPT })), None);
        assert_eq!(plan_changed(THEN, Kept { length: 4, ..KEPT }, Prefix::Same), CopyPlan::Tail(4));
    }
}
