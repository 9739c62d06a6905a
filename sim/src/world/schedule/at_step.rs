//! A schedule with forced choices at single steps; another schedule decides everything else.
//!
//! The other schedule is asked at a forced step too, so forcing a step does not shift its draws.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Place, Schedule, Waiting};
use crate::plan::Pace;

/// Forces the choices at these steps.
pub(in crate::world) struct AtStep {
    otherwise: Box<dyn Schedule>,
    forced: BTreeMap<u64, Pace>,
}

impl AtStep {
    /// Forces this pace at each of these steps; `otherwise` decides all others.
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
