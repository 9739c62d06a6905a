//! What a campaign has not seen: how likely the next run is to show something new.
//!
//! Good and Turing: the share of runs that show what was seen in one run only is the chance that the next run shows what was seen in none.
//! Chao: how many kinds there are that were seen in none, at least. Nothing else is assumed than that the runs are drawn alike.

use super::Tally;

/// An estimate of what was not seen, from how often each kind was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unseen {
    /// The number of runs.
    pub runs: u64,
    /// The number of kinds that were seen.
    pub seen: u64,
    /// The number of kinds that were seen in one run.
    pub once: u64,
    /// The number of kinds that were seen in two.
    pub twice: u64,
}

impl Unseen {
    fn of(runs: u64, counts: impl Iterator<Item = u64>) -> Self {
        let mut unseen = Self { runs, seen: 0, once: 0, twice: 0 };
        for count in counts.filter(|count| *count > 0) {
            unseen.seen += 1;
            unseen.once += u64::from(count == 1);
            unseen.twice += u64::from(count == 2);
        }
        unseen
    }

    /// Of the classes of violations.
    pub fn classes(tally: &Tally) -> Self {
        Self::of(tally.runs, tally.classes.values().map(|found| found.count))
    }

    /// Of the marks.
    pub fn marks(tally: &Tally) -> Self {
        Self::of(tally.runs, tally.marks.values().copied())
    }

    /// The chance that the next run shows a kind that was not seen.
    pub fn chance(self) -> f64 {
        if self.runs == 0 { 1.0 } else { self.once as f64 / self.runs as f64 }
    }

    /// A bound on that chance: it is exceeded in one campaign of twenty. Without a kind that was seen once it is the rule of three; otherwise the
    /// bound of McAllester and Schapire.
    pub fn at_most(self) -> f64 {
        let runs = self.runs as f64;
        match (self.runs, self.once) {
            (0, _) => 1.0,
            (_, 0) => (3.0 / runs).min(1.0),
            (_, once) => {
                let width = 2.0 * 2.0_f64.sqrt() + 3.0_f64.sqrt();
                (once as f64 / runs + width * ((3.0_f64 / 0.05).ln() / runs).sqrt()).min(1.0)
            }
        }
    }

    /// How many kinds there are, at least, that were not seen, rounded.
    pub fn kinds(self) -> u64 {
        let once = self.once as f64;
        let kinds = once * (once - 1.0).max(0.0) / (2.0 * (self.twice as f64 + 1.0));
        kinds.round() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_once_says_what_was_not_seen() {
        let unseen = Unseen::of(1_000, [1, 1, 1, 2, 50, 0].into_iter());
        assert_eq!((unseen.seen, unseen.once, unseen.twice), (5, 3, 1));
        assert!((unseen.chance() - 0.003).abs() < 1e-12);
        assert_eq!(unseen.kinds(), 2);
        assert!(unseen.at_most() > unseen.chance() && unseen.at_most() < 0.4);
    }

    #[test]
    fn a_campaign_that_saw_nothing_may_have_missed_three_runs_of_all() {
        let unseen = Unseen::of(10_000, std::iter::empty());
        assert_eq!((unseen.chance(), unseen.kinds()), (0.0, 0));
        assert!((unseen.at_most() - 0.000_3).abs() < 1e-12);
        assert_eq!(Unseen::of(0, std::iter::empty()).chance(), 1.0);
    }
}
