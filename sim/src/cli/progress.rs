//! The progress of a campaign: a bar on a terminal, otherwise lines.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report;
use crate::search::campaign::{Campaign, Tally};
use crate::stopwatch::Stopwatch;

/// The time between two progress lines.
const PRINTED_EVERY: Duration = Duration::from_secs(10);

/// The progress of a campaign: a bar on a terminal, otherwise lines.
pub(super) struct Progress<'a> {
    campaign: &'a Campaign,
    bar: Option<ProgressBar>,
    watch: Stopwatch,
    printed: Duration,
    before: u64,
}

impl<'a> Progress<'a> {
    pub(super) fn new(campaign: &'a Campaign, done: u64, watch: Stopwatch) -> Self {
        let seeds = campaign.own_seeds();
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = seeds.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:16} {human_pos}/{human_len}  {wide_msg}");
            bar.with_style(style.expect("the template is well-formed"))
        });
        Self { campaign, bar, watch, printed: Duration::ZERO, before: done }
    }

    pub(super) fn print(&mut self, tally: &Tally, err: &mut dyn Write) {
        let elapsed = self.watch.elapsed();
        let (campaign, runs) = (self.campaign, tally.runs - self.before);
        match &self.bar {
            Some(bar) => {
                bar.set_position(tally.runs);
                bar.set_message(report::campaign_bar(campaign, tally, runs, elapsed));
            }
            None if elapsed >= self.printed + PRINTED_EVERY => {
                self.printed = elapsed;
                // A progress line that cannot be printed is no reason to lose the result.
                _ = writeln!(err, "{}", report::campaign_progress(campaign, tally, runs, elapsed));
            }
            None => {}
        }
    }

    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
