//! The progress of a campaign, or of any number of runs: a bar on a terminal, otherwise lines.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report;
use crate::search::campaign::{Campaign, Tally};
use crate::stopwatch::Stopwatch;

/// The time between two progress lines.
const PRINTED_EVERY: Duration = Duration::from_secs(10);

/// The progress of a campaign.
pub(super) struct Progress<'a> {
    campaign: &'a Campaign,
    lines: Lines,
    before: u64,
}

impl<'a> Progress<'a> {
    pub(super) fn new(campaign: &'a Campaign, done: u64, watch: Stopwatch) -> Self {
        Self { campaign, lines: Lines::new(campaign.own_seeds(), watch), before: done }
    }

    pub(super) fn print(&mut self, tally: &Tally, err: &mut dyn Write) {
        let (campaign, runs, elapsed) = (self.campaign, tally.runs - self.before, self.lines.watch.elapsed());
        let bar = || report::campaign_bar(campaign, tally, runs, elapsed);
        self.lines.print(tally.runs, &bar, &|| report::campaign_progress(campaign, tally, runs, elapsed), err);
    }

    pub(super) fn end(&self) {
        self.lines.end();
    }
}

/// The progress of runs whose number is known.
pub(super) struct Runs {
    lines: Lines,
    of: u64,
}

impl Runs {
    pub(super) fn new(of: usize) -> Self {
        let of = of as u64;
        Self { lines: Lines::new(Some(of), Stopwatch::start()), of }
    }

    pub(super) fn print(&mut self, done: usize, err: &mut dyn Write) {
        let (done, of, elapsed) = (done as u64, self.of, self.lines.watch.elapsed());
        let line = || report::runs_progress(done, of, elapsed);
        self.lines.print(done, &|| report::runs_bar(done, elapsed), &line, err);
    }

    pub(super) fn end(&self) {
        self.lines.end();
    }
}

/// The progress of a sweep: its first faults, once for single faults and once for pairs.
#[derive(Default)]
pub(super) struct Sweeping {
    /// The number of faults, how many were done when it was last printed, and where it is printed.
    lines: Option<(usize, usize, Lines)>,
}

impl Sweeping {
    pub(super) fn print(&mut self, done: usize, of: usize, err: &mut dyn Write) {
        if self.lines.as_ref().is_none_or(|(all, last, _)| *all != of || done < *last) {
            self.end();
            self.lines = Some((of, done, Lines::new(Some(of as u64), Stopwatch::start())));
        }
        let Some((_, last, lines)) = &mut self.lines else { return };
        *last = done;
        let elapsed = lines.watch.elapsed();
        let line = || report::sweep_progress(done, of, elapsed);
        lines.print(done as u64, &|| report::sweep_bar(done, elapsed), &line, err);
    }

    pub(super) fn end(&self) {
        if let Some((_, _, lines)) = &self.lines {
            lines.end();
        }
    }
}

/// The progress of an exploration: the schedules that were run. Nobody knows how many there will be.
pub(super) struct Exploring(Lines);

impl Exploring {
    pub(super) fn begin() -> Self {
        Self(Lines::new(None, Stopwatch::start()))
    }

    pub(super) fn print(&mut self, runs: u64, err: &mut dyn Write) {
        let elapsed = self.0.watch.elapsed();
        let line = || report::explored_progress(runs, elapsed);
        self.0.print(runs, &|| report::explored_bar(runs, elapsed), &line, err);
    }

    pub(super) fn end(&self) {
        self.0.end();
    }
}

/// A bar on a terminal, otherwise lines.
struct Lines {
    bar: Option<ProgressBar>,
    watch: Stopwatch,
    printed: Duration,
}

impl Lines {
    fn new(of: Option<u64>, watch: Stopwatch) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = of.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:16} {human_pos}/{human_len}  {wide_msg}");
            bar.with_style(style.expect("the template is well-formed"))
        });
        Self { bar, watch, printed: Duration::ZERO }
    }

    fn print(&mut self, done: u64, message: &dyn Fn() -> String, line: &dyn Fn() -> String, err: &mut dyn Write) {
        let elapsed = self.watch.elapsed();
        match &self.bar {
            Some(bar) => {
                bar.set_position(done);
                bar.set_message(message());
            }
            None if elapsed >= self.printed + PRINTED_EVERY => {
                self.printed = elapsed;
                // A progress line that cannot be printed is no reason to lose the result.
                _ = writeln!(err, "{}", line());
            }
            None => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
