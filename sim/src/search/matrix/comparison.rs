//! The differences between two releases: the answer to "which of these two?".

use std::cmp::Reverse;

use model::agents::Subject;
use serde::Serialize;

use super::{Matrix, Outcome, Row};

/// The differences between two releases. Scenarios are in the order of their size: steps, then faults, then names.
pub struct Comparison<'a> {
    /// The current release.
    pub first: Subject,
    /// The release that may replace it.
    pub second: Subject,
    /// The scenarios in which the two differ, and how the second one differs.
    pub separating: Vec<(Change, &'a Row)>,
    /// The scenarios that both fail, in the same way or not.
    pub both_fail: Vec<&'a Row>,
    /// How many scenarios both pass.
    pub both_pass: usize,
}

impl Comparison<'_> {
    /// How often each change occurs, the best first.
    pub fn counts(&self) -> Vec<(Change, usize)> {
        let count = |change| self.separating.iter().filter(|(found, _)| *found == change).count();
        Change::ALL.into_iter().map(|change| (change, count(change))).filter(|(_, count)| *count > 0).collect()
    }

    /// The most telling scenario: one that the second release breaks, or else one that it fixes.
    pub fn example(&self) -> Option<&Row> {
        let say = |change: &Change| [Change::Fixes, Change::Breaks].iter().position(|telling| telling == change);
        self.separating
            .iter()
            .max_by_key(|(change, row)| (say(change), Reverse(row.scenario.action_count())))
            .map(|(_, row)| *row)
    }
}

/// How the second of two releases does in a scenario, compared with the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The first fails, the second passes.
    Fixes,
    /// Both fail; the second does part of the first's damage, and no other.
    Improves,
    /// The first passes, the second fails.
    Breaks,
    /// Both fail; the second does the first's damage, and more.
    Worsens,
    /// Both fail, in different ways.
    Changes,
    /// One of them did no damage, but was not really tested: no turn was judged, or a planned kill missed.
    Unclear,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Fixes, Self::Improves, Self::Breaks, Self::Worsens, Self::Changes, Self::Unclear];

    /// The word for it, after the second release's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixes => "fixes",
            Self::Improves => "improves",
            Self::Breaks => "breaks",
            Self::Worsens => "worsens",
            Self::Changes => "changes",
            Self::Unclear => "unclear",
        }
    }

    /// The word with its number of scenarios: `fixes 3`, `leaves 3 unclear`.
    pub fn counted(self, n: usize) -> String {
        match self {
            Self::Unclear => format!("leaves {n} unclear"),
            Self::Fixes | Self::Improves | Self::Breaks | Self::Worsens | Self::Changes => {
                format!("{} {n}", self.word())
            }
        }
    }

    /// The change from one outcome to another, if there is one.
    fn between(from: &Outcome, to: &Outcome) -> Option<Self> {
        if (from.verdict, &from.violated) == (to.verdict, &to.violated) {
            return None;
        }
        Some(match (from.fails(), to.fails()) {
            _ if from.is_doubtful() || to.is_doubtful() => Self::Unclear,
            (true, false) => Self::Fixes,
            (false, true) => Self::Breaks,
            _ if to.violated.is_within(&from.violated) => Self::Improves,
            _ if from.violated.is_within(&to.violated) => Self::Worsens,
            _ => Self::Changes,
        })
    }
}

impl Matrix {
    /// Compares the first release with the second.
    pub fn compare(&self) -> Comparison<'_> {
        let [first, second] = self.releases[..] else {
            panic!("two releases are compared, not {}", self.releases.len())
        };
        let mut comparison = Comparison { first, second, separating: Vec::new(), both_fail: Vec::new(), both_pass: 0 };
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_by_key(|row| (row.scenario.action_count(), row.scenario.faults.count(), &row.scenario.name));
        for row in rows {
            let (from, to) = (&row.outcomes[0], &row.outcomes[1]);
            if let Some(change) = Change::between(from, to) {
                comparison.separating.push((change, row));
            }
            if from.fails() && to.fails() {
                comparison.both_fail.push(row);
            }
            comparison.both_pass += usize::from(from.passes() && to.passes());
        }
        comparison
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Verdict;
    use crate::search::matrix::tests::outcome;

    #[test]
    fn a_change_is_named_as_the_second_release_sees_it() {
        let between = |from: &[_], to: &[_]| Change::between(&outcome(from), &outcome(to));
        assert_eq!(between(&[], &[]), None);
        assert_eq!(between(&[("no-loss", 1)], &[("no-loss", 1)]), None);
        assert_eq!(between(&[("no-loss", 1)], &[]), Some(Change::Fixes));
        assert_eq!(between(&[], &[("no-loss", 1)]), Some(Change::Breaks));
        assert_eq!(between(&[("no-loss", 1), ("order", 1)], &[("order", 1)]), Some(Change::Improves));
        assert_eq!(between(&[("no-duplicate", 3)], &[("no-duplicate", 2)]), Some(Change::Improves));
        assert_eq!(between(&[("order", 1)], &[("no-loss", 1), ("order", 1)]), Some(Change::Worsens));
        assert_eq!(between(&[("no-loss", 1)], &[("order", 1)]), Some(Change::Changes));
    }

    #[test]
    fn a_release_is_not_praised_for_a_kill_that_missed_it() {
        let failed = outcome(&[("no-loss", 1)]);
        let missed = Outcome { missed_kills: vec!["sigkill at step 9".into()], ..outcome(&[]) };
        let void = Outcome { verdict: Verdict::Vacuous, ..outcome(&[]) };
        assert_eq!(Change::between(&failed, &missed), Some(Change::Unclear));
        assert_eq!(Change::between(&void, &failed), Some(Change::Unclear));
        assert_eq!(Change::between(&outcome(&[]), &missed), None);
    }
}
