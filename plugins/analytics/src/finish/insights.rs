//! Sentences that deserve to be read, and no more of them than one reads.

use super::Reading;
use crate::bounded::OTHERS;
use crate::report::{Insight, Report, named, share};
use crate::state::{Tool, ToolCause};
use crate::words::{bytes, number, percent, span};

const INFO: u8 = 9;
const WARN: u8 = 13;
const ERROR: u8 = 17;

impl Reading<'_> {
    pub(super) fn insights(&self, report: &mut Report) {
        let mut insights = self.failing();
        insights.extend(
            [self.recurring(), self.unresolved(), self.learned(), self.run(), self.slow(), self.output(), self.cache()]
                .into_iter()
                .flatten(),
        );
        insights.sort_by_key(|insight| std::cmp::Reverse(insight.severity));
        insights.truncate(self.rules.insights.most as usize);
        report.insights = insights;
    }

    fn tools_by_name(&self) -> impl Iterator<Item = (&str, &Tool)> {
        self.state.tools.iter().filter(is_named)
    }

    fn failing(&self) -> Vec<Insight> {
        let rule = &self.rules.insights.failing;
        let often = self
            .tools_by_name()
            .filter(|(_, tool)| tool.answers >= rule.calls.max(1) && is_share(tool.failures, tool.answers, rule.share));
        let mut often = self.rows(often, |tool| tool.failures);
        often.truncate(rule.tools as usize);
        let sentences = often.into_iter().filter(|(_, tool)| tool.failures > 0).map(|(name, tool)| {
            let mut text = format!(
                "{} fails in {} of {} answered calls; {} of the failures were resolved.",
                named(name),
                percent(tool.failures, tool.answers),
                number(tool.answers),
                percent(tool.resolved, tool.failures),
            );
            if let Some((cause, sum)) = most_frequent(tool) {
                text += &format!(" Most often: {cause} ({}).", number(sum.incidents));
                text += &self.recovery(name, sum).unwrap_or_default();
            }
            let grave = is_share(tool.failures, tool.answers, rule.grave);
            Insight { severity: if grave { ERROR } else { WARN }, text }
        });
        sentences.collect()
    }

    /// What recoveries had in common, said as something to do.
    fn recovery(&self, tool: &str, cause: &ToolCause) -> Option<String> {
        let rule = &self.rules.insights.recovery;
        let steps = cause.between.iter().filter(|(step, _)| *step != OTHERS && !step.is_empty());
        let (step, count) = self.rows(steps, |count| **count).into_iter().next()?;
        let is_enough = cause.watched >= rule.recoveries.max(1) && is_share(*count, cause.watched, rule.share);
        is_enough.then(|| {
            let (share, of) = (percent(*count, cause.watched), number(cause.watched));
            format!(
                " In {share} of {of} recoveries {step} came before the {} that succeeded: worth doing at once, before another attempt.",
                named(tool)
            )
        })
    }

    fn recurring(&self) -> Option<Insight> {
        let rule = &self.rules.insights.recurring;
        let groups = self.groups().filter(|(_, group)| {
            group.families >= rule.families && group.incidents >= rule.incidents && group.days.len() as u64 >= rule.days
        });
        let (fingerprint, group) = self.rows(groups, |group| group.families).into_iter().next()?;
        let (_, last) = group.stretch.0?;
        let advice = self.rules.advice.get(&group.owner.0).map_or(String::new(), |advice| format!(" {advice}"));
        let text = format!(
            "{} came back in {} families on {} days, {} incidents in all, the last on {} (group {fingerprint}).{advice}",
            named(&group.cause.0),
            number(group.families),
            number(group.days.len() as u64),
            number(group.incidents),
            self.zone.date(last),
        );
        Some(Insight { severity: WARN, text })
    }

    fn unresolved(&self) -> Option<Insight> {
        let rule = &self.rules.insights.unresolved;
        let causes = self.state.causes.iter().filter(|(cause, _)| *cause != OTHERS);
        let causes = causes.flat_map(|(cause, owners)| owners.iter().map(move |(owner, sum)| (cause, (owner, sum))));
        let causes = causes.map(|(cause, (owner, sum))| {
            let left = sum.incidents.saturating_sub(sum.repeated.saturating_add(sum.changed));
            (cause, (owner, sum.incidents, left))
        });
        let causes = causes.filter(|(_, (_, incidents, left))| {
            *incidents >= rule.incidents.max(1) && is_share(*left, *incidents, rule.share) && *left > 0
        });
        let (cause, (owner, incidents, left)) = self.rows(causes, |(_, _, left)| *left).into_iter().next()?;
        let advice = self.rules.advice.get(owner).map_or(String::new(), |advice| format!(" {advice}"));
        let text = format!(
            "{} of {} incidents of {} were never resolved.{advice}",
            percent(left, incidents),
            number(incidents),
            named(cause),
        );
        Some(Insight { severity: WARN, text })
    }

    fn learned(&self) -> Option<Insight> {
        let trend = self.trend()?;
        if trend.recurrences < self.rules.insights.learning.recurrences {
            return None;
        }
        let weeks = match self.rules.learning.span {
            1 => "week".to_owned(),
            weeks => format!("{weeks} weeks"),
        };
        let is_worse = trend.latest.rate > trend.before.rate;
        let text = format!(
            "Known failures come back {} often than before: {:.1} times in 1,000 calls in the last {} \
             ({}% interval {:.1} to {:.1}), {:.1} times in the {} before ({:.1} to {:.1}).",
            if is_worse { "more" } else { "less" },
            trend.latest.rate,
            weeks,
            self.rules.learning.confidence,
            trend.latest.low,
            trend.latest.high,
            trend.before.rate,
            weeks,
            trend.before.low,
            trend.before.high,
        );
        Some(Insight { severity: if is_worse { WARN } else { INFO }, text })
    }

    fn run(&self) -> Option<Insight> {
        let (name, tool) = self.rows(self.tools_by_name(), |tool| tool.run.0).into_iter().next()?;
        (tool.run.0 >= self.rules.insights.run.length.max(2)).then(|| Insight {
            severity: WARN,
            text: format!(
                "{} failed {} times in a row: after the second failure, change the approach instead of the details.",
                named(name),
                number(tool.run.0),
            ),
        })
    }

    fn slow(&self) -> Option<Insight> {
        let rule = &self.rules.insights.slow;
        let steps = self.rules.latency.steps;
        let waited = self.machines().map(|(_, tool)| tool.times.sum()).fold(0, u64::saturating_add);
        let (name, tool) = self.rows(self.machines().filter(is_named), |tool| tool.times.sum()).into_iter().next()?;
        let times = &tool.times;
        let slowest = times.percentile(90, steps)?;
        let is_slow =
            times.total() >= rule.calls.max(1) && slowest >= rule.time && is_share(times.sum(), waited, rule.share);
        is_slow.then(|| Insight {
            severity: INFO,
            text: format!(
                "{} takes {} of all time spent in tools ({} in {} calls); one call in ten takes {} or longer.",
                named(name),
                percent(times.sum(), waited),
                span(times.sum()),
                number(times.total()),
                span(slowest),
            ),
        })
    }

    fn output(&self) -> Option<Insight> {
        let rule = &self.rules.insights.output;
        let all = self.state.tools.iter().map(|(_, tool)| tool.bytes).fold(0, u64::saturating_add);
        let (name, tool) = self.rows(self.tools_by_name(), |tool| tool.bytes).into_iter().next()?;
        let mean = tool.bytes.checked_div(tool.answers)?;
        let is_much = tool.answers >= rule.calls && mean >= rule.mean && is_share(tool.bytes, all, rule.share);
        is_much.then(|| Insight {
            severity: INFO,
            text: format!(
                "{} gives back {} of all tool output, {} for each of {} calls: ask it for less at a time.",
                named(name),
                percent(tool.bytes, all),
                bytes(mean),
                number(tool.answers),
            ),
        })
    }

    fn cache(&self) -> Option<Insight> {
        let rule = &self.rules.insights.cache;
        let (hits, read) = (self.total.tokens.cache_read, self.total.tokens.read());
        let is_low = self.total.responses >= rule.responses && !is_share(hits, read, rule.share) && read > 0;
        is_low.then(|| Insight {
            severity: INFO,
            text: format!(
                "Only {} of the input of {} responses came from the cache.",
                percent(hits, read),
                number(self.total.responses),
            ),
        })
    }
}

/// Whether a tool has a name that a sentence can use.
fn is_named(tool: &(&str, &Tool)) -> bool {
    !tool.0.is_empty() && tool.0 != OTHERS
}

/// The cause of most failures of a tool that has a name.
fn most_frequent(tool: &Tool) -> Option<(&str, &ToolCause)> {
    let causes = tool.causes.iter().filter(|(cause, _)| *cause != OTHERS && !cause.is_empty());
    // Of equals the first by name.
    causes.rev().max_by_key(|(_, sum)| sum.incidents)
}

/// Whether a part is at least so many percent of a whole.
fn is_share(part: u64, whole: u64, percent: u32) -> bool {
    share(part, whole).is_some_and(|share| share * 100.0 >= f64::from(percent))
}
