//! What fills windows and budgets.

use super::Reading;
use crate::report::{Cell, Report, share};

impl Reading<'_> {
    pub(super) fn resources(&self, report: &mut Report) {
        let (state, total, steps) = (self.state, &self.total, self.rules.latency.steps);
        let bytes = state.tools.iter().map(|(_, tool)| tool.bytes).fold(0, u64::saturating_add);
        report.count("resources.output_bytes", "Tool output in the transcripts", bytes, "bytes");
        report.count("resources.compactions", "Compactions", state.compactions, "");
        report.share(
            "resources.cache_share",
            "Input that came from the cache",
            total.tokens.cache_read,
            total.tokens.read(),
        );
        if let Some(tokens) = share(total.tokens.output, total.prompts) {
            report.metric("resources.output_per_prompt", "Output tokens for each prompt", tokens, "tokens");
        }
        for (name, title, percent) in [
            ("resources.context.median", "Context of a response, median", 50),
            ("resources.context.p90", "Context of a response, 90th percentile", 90),
        ] {
            if let Some(tokens) = state.context.percentile(percent, steps) {
                report.count(name, title, tokens, "tokens");
            }
        }
        if state.context.total() > 0 {
            report.count("resources.context.longest", "Largest context", state.context.longest(), "tokens");
        }
        let giving = state.tools.iter().filter(|(_, tool)| tool.bytes > 0);
        let rows = self.rows(giving, |tool| tool.bytes).into_iter().map(|(name, tool)| {
            vec![
                Cell::name(name),
                Cell::count(tool.bytes),
                Cell::share(tool.bytes, bytes),
                share(tool.bytes, tool.answers).map_or(Cell::None, Cell::Real),
            ]
        });
        report.table(
            "resources.tools",
            "Tool output in the transcripts",
            &[
                ("tool", "Tool", ""),
                ("bytes", "Bytes", "bytes"),
                ("share", "Share", "ratio"),
                ("mean", "For each answer", "bytes"),
            ],
            rows.collect(),
        );
    }
}
