//! The progress of a campaign, or of any number of runs: a bar on a terminal, otherwise lines.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::verbosity::Verbosity;
use crate::report;
use crate::search::campaign::{Campaign, Tally};
use crate::stopwatch::Stopwatch;

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

    /// The same for runs of models, which take seconds: no lines, unless the user asks for them.
    pub(super) fn of_models(of: usize) -> Self {
        let mut runs = Self::new(of);
        runs.lines.every = runs.lines.every.filter(|_| Verbosity::get() == Verbosity::Verbose);
        runs
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

/// A bar on a terminal, otherwise lines; none if the user wants quiet.
struct Lines {
    bar: Option<ProgressBar>,
    every: Option<Duration>,
    of: Option<u64>,
    watch: Stopwatch,
    printed: Duration,
    /// How much was done when it was first heard of, and when that was.
    first: Option<(u64, Duration)>,
}

impl Lines {
    fn new(of: Option<u64>, watch: Stopwatch) -> Self {
        let verbosity = Verbosity::get();
        let has_bar = verbosity == Verbosity::Usual && std::io::stderr().is_terminal();
        let bar = has_bar.then(|| {
            let bar = of.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_draw_target(ProgressDrawTarget::stderr());
            let style = ProgressStyle::with_template("{bar:16} {human_pos}/{human_len}  {wide_msg}");
            bar.with_style(style.expect("the template is well-formed"))
        });
        Self { bar, every: verbosity.line_every(), of, watch, printed: Duration::ZERO, first: None }
    }

    fn print(&mut self, done: u64, message: &dyn Fn() -> String, line: &dyn Fn() -> String, err: &mut dyn Write) {
        let elapsed = self.watch.elapsed();
        let first = *self.first.get_or_insert((done, elapsed));
        let left = || self.of.and_then(|of| estimate(of, done, elapsed, first)).map(report::left).unwrap_or_default();
        match (&self.bar, self.every) {
            (Some(bar), _) => {
                bar.set_position(done);
                bar.set_message(message() + &left());
            }
            (None, Some(every)) if elapsed >= self.printed + every => {
                let line = line() + &left();
                self.printed = elapsed;
                // A progress line that cannot be printed is no reason to lose the result.
                _ = writeln!(err, "{line}");
            }
            (None, _) => {}
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// How long the rest takes if it goes on as since `first`; `None` if nothing has been done since then.
fn estimate(of: u64, done: u64, elapsed: Duration, (before, since): (u64, Duration)) -> Option<Duration> {
    let rate = done.checked_sub(before).filter(|more| *more > 0)? as f64 / elapsed.checked_sub(since)?.as_secs_f64();
    Duration::try_from_secs_f64(of.saturating_sub(done) as f64 / rate).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_estimated_from_what_was_done_since() {
        let seconds = Duration::from_secs;
        // A campaign that goes on with 100 runs, and has made 50 more in 10 seconds.
        assert_eq!(estimate(1_100, 150, seconds(12), (100, seconds(2))), Some(seconds(190)));
        assert_eq!(estimate(100, 100, seconds(5), (0, seconds(0))), Some(Duration::ZERO));
        assert_eq!(estimate(100, 10, seconds(5), (10, seconds(1))), None);
        assert_eq!(estimate(100, 10, seconds(1), (0, seconds(1))), Some(Duration::ZERO), "in no time");
    }

    #[test]
    fn quiet_has_no_lines() {
        let printed = |verbosity: Verbosity| {
            let every = verbosity.line_every();
            let (of, watch) = (Some(10), Stopwatch::start());
            let mut lines = Lines {
                bar: None,
                every: every.map(|_| Duration::ZERO),
                of,
                watch,
                printed: Duration::ZERO,
                first: None,
            };
            let mut err = Vec::new();
            lines.print(5, &String::new, &|| "5 of 10".to_owned(), &mut err);
            err.len()
        };
        assert_eq!(printed(Verbosity::Quiet), 0);
        assert!(printed(Verbosity::Usual) > 0 && printed(Verbosity::Verbose) > 0);
    }
}
