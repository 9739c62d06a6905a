//! A schedule that leaves another one at a point of the history and draws every choice behind it.
//!
//! Until then the other schedule alone is asked, so the histories are the same up to that point, event by event.

use std::rc::Rc;
use std::time::Duration;

use super::random::Random;
use super::{Place, Schedule, Waiting};
use crate::history::History;
use crate::plan::Pace;

/// Another schedule from a point of the history on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redraw {
    /// How many events the history has there: so many are as the scenario's own schedule makes them.
    pub events: usize,
    /// The seed from which every choice behind it is drawn.
    pub seed: u64,
}

/// Follows a schedule until the history has so many events.
pub(in crate::world) struct Redrawn {
    before: Box<dyn Schedule>,
    behind: Random,
    history: Rc<History>,
    events: usize,
}

impl Redrawn {
    /// Follows `before` until the history has this many events, and `behind` from then on.
    pub(in crate::world) fn new(
        before: Box<dyn Schedule>,
        behind: Random,
        history: Rc<History>,
        events: usize,
    ) -> Self {
        Self { before, behind, history, events }
    }

    fn now(&mut self) -> &mut dyn Schedule {
        match self.history.len() < self.events {
            true => &mut *self.before,
            false => &mut self.behind,
        }
    }
}

impl Schedule for Redrawn {
    fn next(&mut self, ready: &[Waiting]) -> usize {
        self.now().next(ready)
    }

    fn step(&mut self, place: &Place<'_>) -> Pace {
        self.now().step(place)
    }

    fn effort(&mut self, least: Duration, most: Duration) -> Duration {
        self.now().effort(least, most)
    }
}
