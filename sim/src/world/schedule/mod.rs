//! The schedule of a process: which of its tasks continues, where a task is preempted, and how long its work takes.
//!
//! A [`Schedule`] makes all of these decisions and no others; [`Process`](super::machines::process::Process) asks it and carries them out.
//! A decision may depend only on the schedule's own random numbers and on earlier questions, so the same schedule repeats a run. Absent
//! here: kills, which are the plan's, and time, which is the clock's.
//!
//! - `random`: every choice is drawn. Start here. - `pct`: priorities, and few preemptions. - `recorded`: the choices of another run;
//!   `recorder` writes them down. - `at_step`: choices at single steps are forced. - `redrawn`: drawn anew behind a point of the history.
//! - `ready`: the tasks that can continue.

mod at_step;
mod pct;
pub(in crate::world) mod random;
pub(in crate::world) mod ready;
mod recorded;
mod recorder;
mod redrawn;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::time::Duration;

use super::streams::Stream;
use crate::plan::{Pace, Scenario, Side, Strategy};
use ready::Ready;
pub(in crate::world) use recorder::Recorder;
pub use redrawn::Redraw;
pub(in crate::world) use redrawn::Redrawn;

/// Makes the decisions for one process.
pub(in crate::world) trait Schedule {
    /// Which of several ready tasks continues: its place in `ready`. Their order is deterministic, but it is not the order in which they
    /// were woken, because the last one takes the place of each that leaves; see [`Waiting::since`].
    fn next(&mut self, ready: &[Waiting]) -> usize;

    /// What happens to the running task at a step.
    fn step(&mut self, place: &Place<'_>) -> Pace;

    /// How long a piece of work takes, in whole milliseconds: at least `least`, at most `most`.
    fn effort(&mut self, least: Duration, most: Duration) -> Duration;
}

/// A task of a process: the number of tasks that the process had started before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::world) struct TaskId(pub(in crate::world) u32);

/// A task that can continue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::world) struct Waiting {
    /// The task.
    pub(in crate::world) task: TaskId,
    /// The number of wakes in this process before the one that made the task ready. The task that has waited longest has the smallest.
    pub(in crate::world) since: u64,
}

/// A step of a process.
pub(in crate::world) struct Place<'a> {
    /// The running task.
    pub(in crate::world) task: TaskId,
    /// The number of steps that the process has taken, including this one.
    pub(in crate::world) step: u64,
    /// The other tasks that can continue.
    pub(in crate::world) ready: &'a Ready,
}

/// The number of steps that a process probably takes: the median of drawn scenarios. Change points are drawn among them.
const STEPS: u32 = 40;

/// The schedule of the `number`-th process of this side.
pub(in crate::world) fn of(scenario: &Scenario, side: Side, number: u32) -> Box<dyn Schedule> {
    let stream = |name: &str| Stream::new(scenario.seed, &format!("{name}/{side}/{number}"));
    let schedule: Box<dyn Schedule> = match &scenario.schedule.strategy {
        Strategy::Random => Box::new(random::Random::new(stream("schedule"))),
        Strategy::Pct { depth } => Box::new(pct::Pct::new(stream("pct"), *depth, STEPS)),
        Strategy::Recorded(tapes) => {
            Box::new(recorded::Recorded::new(tapes.get(side, number).cloned().unwrap_or_default()))
        }
    };
    let of_the_process = scenario.schedule.forced.iter().filter(|forced| forced.process == number);
    let forced: BTreeMap<u64, Pace> = of_the_process.map(|forced| (forced.step, forced.pace)).collect();
    match side == Side::Agent && !forced.is_empty() {
        true => Box::new(at_step::AtStep::new(schedule, forced)),
        false => schedule,
    }
}

/// The choices of the `number`-th process of this side behind a point from which they are drawn from another seed.
pub(in crate::world) fn behind(seed: u64, side: Side, number: u32) -> random::Random {
    random::Random::new(Stream::new(seed, &format!("redrawn/{side}/{number}")))
}
