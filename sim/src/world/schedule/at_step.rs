//! A schedule that is forced at single steps: what happens there is given, all else is another schedule's decision.
//!
//! The other schedule is asked at a forced step too, so a draw of its own moves no other.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Place, Schedule, Waiting};
use crate::plan::Pace;

/// Forces what happens at these steps.
pub(in crate::world) struct AtStep {
    otherwise: Box<dyn Schedule>,
    forced: BTreeMap<u64, Pace>,
}

impl AtStep {
    /// At each of these steps a thread meets this, and otherwise what `otherwise` decides.
    pub(in crate::world) fn new(otherwise: Box<dyn Schedule>, forced: BTreeMap<u64, Pace>) -> Self {
        Self { otherwise, forced }
    }
}

impl Schedule for AtStep {
    fn next(&mut self, ready: &[Waiting]) -> usize {
        self.otherwise.next(ready)
    }

    fn step(&mut self, place: &Place<'_>) -> Pace {
        let otherwise = self.otherwise.step(place);
        self.forced.get(&place.step).copied().unwrap_or(otherwise)
    }

    fn effort(&mut self, least: Duration, most: Duration) -> Duration {
        self.otherwise.effort(least, most)
    }
}
