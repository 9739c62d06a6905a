//! What a plugin did in a case: the worst of its runs, and how many are so.

use model::agents::outside::Failure;

use serde::{Deserialize, Serialize};

use crate::run::Run;

/// The runs of a plugin in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    pub(super) seen: Vec<Seen>,
    /// Whether each was killed at another step. Otherwise each has another schedule.
    pub(super) kills: bool,
}

/// What became of the turns of a run: how many of them were lost, kept more than once, or in another session, and whether order was broken.
/// The worst is the greatest.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Seen {
    /// Why there is no result.
    pub broken: Option<String>,
    /// Acknowledged, and in no document.
    pub lost: usize,
    /// Kept more than once.
    pub twice: usize,
    /// Kept in another session.
    pub astray: usize,
    /// Whether their order was broken.
    pub shuffled: bool,
    /// How many turns there were.
    pub turns: usize,
}

impl Seen {
    /// What a run showed.
    pub(super) fn of(run: &Run) -> Self {
        let broken = run.failure.as_ref().map(|(Failure::Broken(why) | Failure::Lacks(why))| why.clone());
        Self {
            broken,
            lost: run.lost.len(),
            twice: run.duplicated.len(),
            astray: run.misattributed.len(),
            shuffled: run.order_broken,
            turns: run.turns,
        }
    }

    fn is_good(&self) -> bool {
        (&self.broken, self.lost, self.twice, self.astray, self.shuffled) == (&None, 0, 0, 0, false)
    }

    fn words(&self) -> String {
        if self.broken.is_some() {
            return "no result".to_owned();
        }
        let counted = [(self.lost, "lost"), (self.twice, "twice"), (self.astray, "in another session")];
        let turns = self.turns;
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let mut words: Vec<String> = counted.map(|(count, what)| format!("{count} of {turns} {what}")).collect();
        words.extend(self.shuffled.then(|| "order broken".to_owned()));
        words.join(", ")
    }
}

impl Cell {
    /// In words: `kept`, `1 of 3 lost`, `1 of 3 lost (2 of 16 kills)`.
    pub fn words(&self) -> String {
        let bad = self.seen.iter().filter(|seen| !seen.is_good()).count();
        let worst = self.seen.iter().max().filter(|_| bad > 0);
        let all = self.seen.len();
        match (worst, self.kills) {
            (None, _) => "kept".to_owned(),
            (Some(worst), true) => format!("{} ({bad} of {all} kills)", worst.words()),
            (Some(worst), false) if bad < all => format!("{} ({bad} of {all} schedules)", worst.words()),
            (Some(worst), false) => worst.words(),
        }
    }

    /// Why there is no result, if there is none.
    pub fn broken(&self) -> Option<&str> {
        self.seen.iter().find_map(|seen| seen.broken.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(lost: usize, twice: usize) -> Seen {
        Seen { lost, twice, turns: 3, ..Seen::default() }
    }

    #[test]
    fn the_worst_run_counts_and_how_many_are_bad() {
        let check = |kills: bool, seen: &[Seen], expected: &str| {
            assert_eq!(Cell { seen: seen.to_vec(), kills }.words(), expected);
        };
        check(false, &[seen(0, 0), seen(0, 0)], "kept");
        check(false, &[seen(1, 0), seen(1, 0)], "1 of 3 lost");
        check(false, &[seen(0, 0), seen(1, 2)], "1 of 3 lost, 2 of 3 twice (1 of 2 schedules)");
        check(true, &[seen(0, 0), seen(0, 1), seen(2, 0)], "2 of 3 lost (2 of 3 kills)");
        let broken = Seen { broken: Some("not simulated: subprocess".to_owned()), ..seen(0, 0) };
        check(false, &[broken, seen(3, 0)], "no result");
    }
}
