//! How an effect is told to people: what was counted, and what is missing.

use super::judge::{Baseline, Effect, Lacking, Verdict};
use super::rate::Range;
use std::fmt;

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Verdict::Works => "works",
            Verdict::Worse => "worse",
            Verdict::NoEffect => "no effect",
            Verdict::NotEnoughData => "not enough data",
        })
    }
}

impl fmt::Display for Range {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.estimate {
            Some(estimate) => write!(out, "{} ({} to {})", number(estimate), number(self.low), number(self.high)),
            None => out.write_str("unknown"),
        }
    }
}

impl Effect {
    /// Tells in a few sentences what was found; `tools` are the names of those that the trigger is about.
    pub fn sentences(&self, tools: &str) -> String {
        let (reference, after) = (&self.reference, &self.after);
        let other = match self.baseline {
            Baseline::HeldBack => "in sessions that were held back",
            Baseline::Before => "before",
        };
        let mut text = format!(
            "{}: {} in {} up to the first time since it was activated, {} in {} {other}.",
            self.verdict,
            sessions(after.recurrences),
            calls(after.at_risk, tools),
            sessions(reference.recurrences),
            calls(reference.at_risk, tools)
        );
        if self.ratio.estimate.is_some() {
            text += &format!(" Ratio {} at {} %.", self.ratio, number(100.0 * self.confidence));
        }
        if let Some(control) = &self.control {
            text += &format!(" What changed for groups that nothing is shown about, {control}, is divided out.");
        }
        if let Some(lacking) = self.lacking() {
            text += &format!(" {}.", lacking.words(self.baseline, tools));
        }
        text
    }
}

impl Lacking {
    /// Tells what is missing, without a full stop.
    pub fn words(self, baseline: Baseline, tools: &str) -> String {
        match self {
            Lacking::Baseline { families, days } => {
                let place = match baseline {
                    Baseline::HeldBack => "in which it is held back",
                    Baseline::Before => "between the logs it was mined from and its activation",
                };
                format!("Missing are {} with {tools} {place}", spread(families, days))
            }
            Lacking::After { families, days } => format!("{} with {tools} needed", spread(families, days)),
            Lacking::Recurrences { more } => {
                format!("So rare that there is little to prevent: {more} more recurrences needed, with or without it")
            }
            Lacking::More { calls: more, families } => {
                format!(
                    "About {} needed, some {}, if all goes on as it went",
                    more_calls(more, tools),
                    sessions(families)
                )
            }
            Lacking::BetterBaseline => {
                "What it is compared with is too little for a verdict ever; hold it back in some sessions".into()
            }
        }
    }
}

fn spread(families: u64, days: u64) -> String {
    match (families, days) {
        (0, days) => format!("sessions on {days} more {}", if days == 1 { "day" } else { "days" }),
        (families, 0) => format!("{families} more {}", if families == 1 { "session" } else { "sessions" }),
        (families, days) => {
            format!("{} on {days} more {}", spread(families, 0), if days == 1 { "day" } else { "days" })
        }
    }
}

fn sessions(count: u64) -> String {
    format!("{count} {}", if count == 1 { "session" } else { "sessions" })
}

fn calls(count: u64, tools: &str) -> String {
    format!("{count} {} of {tools}", if count == 1 { "call" } else { "calls" })
}

fn more_calls(count: u64, tools: &str) -> String {
    format!("{count} more {} of {tools}", if count == 1 { "call" } else { "calls" })
}

/// Two digits that matter.
fn number(value: f64) -> String {
    match value {
        value if value.is_infinite() => "any".into(),
        value if value == 0.0 || value >= 10.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value if value >= 0.1 => format!("{value:.2}"),
        value => format!("{value:.3}"),
    }
}
