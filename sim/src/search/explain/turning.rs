//! The point of no return: the first event from which on every continuation breaks the promise.
//!
//! A continuation from a later point is also one from every earlier point. So one that keeps the promise rules out all points before its
//! cut, and the point can be found by halves. That every continuation breaks it is measured, not proved: some later points are tried as
//! well, and if one of them is no dead end, the search goes on behind it.

use super::continuation::{Odds, OddsBy, Saved, Trunk};

/// The point of no return, as far as it was found.
#[derive(Clone, Debug)]
pub struct Turning {
    /// Its event, by its place in the history. `None` if already every continuation from the start breaks the promise.
    pub event: Option<usize>,
    /// The odds at the start.
    pub at_the_start: OddsBy,
    /// The odds just before the event.
    pub before: OddsBy,
    /// The odds from it on.
    pub after: OddsBy,
    /// A continuation from just before that keeps the promise.
    pub saved: Option<Saved>,
    /// The cut points that were looked at.
    pub looked: u32,
}

/// How many points behind a supposed point of no return are tried.
const LATER: usize = 6;
/// How often the search goes on because one of them was no dead end.
const AGAIN: u32 = 3;

/// Finds it in a run that breaks the promise with the event at `broken`.
pub(super) fn find(trunk: &Trunk<'_>, broken: usize, spent: &mut u32) -> Turning {
    let all = trunk.run.events.len();
    let mut looked = 2;
    let (at_the_start, saved) = trunk.at(0, false, spent);
    let mut low = saved.map(|saved| (0, saved));
    let mut high = (broken + 1).min(all);
    if let (_, Some(saved)) = trunk.at(high, true, spent) {
        (low, high) = (Some((high, saved)), all);
    }
    for _ in 0..=AGAIN {
        while low.as_ref().map_or(0, |(low, _)| *low) + 1 < high {
            let middle = low.as_ref().map_or(0, |(low, _)| *low).midpoint(high);
            looked += 1;
            match trunk.at(middle, true, spent) {
                (_, Some(saved)) => low = Some((middle, saved)),
                (_, None) => high = middle,
            }
        }
        let (mut later, end) = (None, (broken + 1).min(all));
        let step = (end.saturating_sub(high) / LATER).max(1);
        for point in (high + 1..end).step_by(step) {
            looked += 1;
            if let (_, Some(saved)) = trunk.at(point, true, spent) {
                later = Some((point, saved));
            }
        }
        match later {
            None => break,
            Some(later) => (low, high) = (Some(later), end.max(high)),
        }
    }
    let (before, after) = (trunk.at(high - 1, false, spent), trunk.at(high, false, spent));
    let saved = before.1.or(low.map(|(_, saved)| saved));
    let event = saved.is_some().then_some(high - 1);
    Turning { event, at_the_start, before: before.0, after: after.0, saved, looked: looked + 2 }
}

impl Turning {
    /// All of these odds together.
    pub fn together(odds: &OddsBy) -> Odds {
        odds.values().fold(Odds::default(), |sum, odds| Odds { broken: sum.broken + odds.broken, of: sum.of + odds.of })
    }
}
