//! Replays a tape: the choices that another schedule made for the same process.
//!
//! Past the end of a track it makes the default choice: the task that has waited longest, no preemption, the least effort. A choice that no
//! longer fits, because the scenario has changed, is cut down to the options that exist.

use std::time::Duration;

use super::{Place, Schedule, Waiting};
use crate::plan::{Pace, Tape, Track};

/// Replays a tape.
pub(in crate::world) struct Recorded {
    next: Head<u32>,
    steps: Head<Pace>,
    efforts: Head<u32>,
}

impl Recorded {
    /// Replays the tape from its start.
    pub(in crate::world) fn new(tape: Tape) -> Self {
        Self { next: Head::new(tape.next), steps: Head::new(tape.steps), efforts: Head::new(tape.efforts) }
    }
}

impl Schedule for Recorded {
    fn next(&mut self, ready: &[Waiting]) -> usize {
        let rank = self.next.read().unwrap_or(0) as usize;
        let waited_longer = |place: usize| ready.iter().filter(|other| other.since < ready[place].since).count();
        let rank = rank.min(ready.len() - 1);
        (0..ready.len()).find(|place| waited_longer(*place) == rank).expect("no two of them are woken at once")
    }

    fn step(&mut self, _: &Place<'_>) -> Pace {
        self.steps.read().unwrap_or(Pace::Go)
    }

    fn effort(&mut self, least: Duration, most: Duration) -> Duration {
        let more = self.efforts.read().unwrap_or(0);
        least + Duration::from_millis(more.into()).min(most.saturating_sub(least))
    }
}

/// The read position in a track.
struct Head<C> {
    track: Track<C>,
    /// The index of the next choice that is not the default, and the number of default choices read before it.
    place: usize,
    defaults: u64,
}

impl<C: Copy> Head<C> {
    fn new(track: Track<C>) -> Self {
        Self { track, place: 0, defaults: 0 }
    }

    /// The next choice; `None` for the default.
    fn read(&mut self) -> Option<C> {
        let (before, choice) = *self.track.0.get(self.place)?;
        if self.defaults < before {
            self.defaults += 1;
            return None;
        }
        self.place += 1;
        self.defaults = 0;
        Some(choice)
    }
}
