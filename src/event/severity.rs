//! Severity numbers of the OpenTelemetry log data model.

/// A severity number, 1 to 24, or 0 where none was given.
///
/// Source: OpenTelemetry log data model, "Field: SeverityNumber".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Severity(u8);

impl Severity {
    /// Nothing was said about severity.
    pub const UNSET: Severity = Severity(0);
    /// Fine detail.
    pub const TRACE: Severity = Severity(1);
    /// Detail for whoever debugs.
    pub const DEBUG: Severity = Severity(5);
    /// Something happened, as it should.
    pub const INFO: Severity = Severity(9);
    /// Something deserves a look.
    pub const WARN: Severity = Severity(13);
    /// Something failed.
    pub const ERROR: Severity = Severity(17);
    /// Something failed and took the rest with it.
    pub const FATAL: Severity = Severity(21);

    /// The severity of a number, if it lies in 0 to 24.
    pub const fn new(number: u8) -> Option<Severity> {
        if number <= 24 { Some(Severity(number)) } else { None }
    }

    /// The number, 0 to 24.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The short name of the range that the number lies in; empty if unset.
    pub const fn name(self) -> &'static str {
        match self.0 {
            0 => "",
            1..=4 => "TRACE",
            5..=8 => "DEBUG",
            9..=12 => "INFO",
            13..=16 => "WARN",
            17..=20 => "ERROR",
            _ => "FATAL",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Severity;

    #[test]
    fn numbers_beyond_the_model_are_refused() {
        assert_eq!(Severity::new(24).map(Severity::name), Some("FATAL"));
        assert_eq!(Severity::new(25), None);
        assert_eq!(Severity::UNSET.name(), "");
    }
}
