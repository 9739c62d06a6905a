//! Writes down the decisions of another schedule, so that [`Recorded`](super::recorded::Recorded) can repeat them.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use super::{Place, Schedule, Waiting};
use crate::plan::{Pace, Tape, Track};

/// Passes on the decisions of another schedule, and writes them down.
pub(in crate::world) struct Recorder {
    by: Box<dyn Schedule>,
    tape: Rc<RefCell<Tape>>,
    /// The number of default choices since the last other one, of each kind.
    next: u64,
    steps: u64,
    efforts: u64,
}

impl Recorder {
    /// Writes the decisions of `by` to `tape`.
    pub(in crate::world) fn new(by: Box<dyn Schedule>, tape: Rc<RefCell<Tape>>) -> Self {
        Self { by, tape, next: 0, steps: 0, efforts: 0 }
    }
}

impl Schedule for Recorder {
    fn next(&mut self, ready: &[Waiting]) -> usize {
        let place = self.by.next(ready);
        let waited_longer = ready.iter().filter(|other| other.since < ready[place].since).count();
        let rank = u32::try_from(waited_longer).expect("a process has a handful of tasks");
        write(&mut self.tape.borrow_mut().next, &mut self.next, (rank > 0).then_some(rank));
        place
    }

    fn step(&mut self, place: &Place<'_>) -> Pace {
        let pace = self.by.step(place);
        write(&mut self.tape.borrow_mut().steps, &mut self.steps, (pace != Pace::Go).then_some(pace));
        pace
    }

    fn effort(&mut self, least: Duration, most: Duration) -> Duration {
        let effort = self.by.effort(least, most);
        let more = u32::try_from(effort.saturating_sub(least).as_millis()).expect("work takes minutes at most");
        write(&mut self.tape.borrow_mut().efforts, &mut self.efforts, (more > 0).then_some(more));
        effort
    }
}

/// Writes a choice; `None` is the default.
fn write<C>(track: &mut Track<C>, defaults: &mut u64, choice: Option<C>) {
    match choice {
        None => *defaults += 1,
        Some(choice) => track.0.push((std::mem::take(defaults), choice)),
    }
}
