//! Lives: the processes, from their start to their end, and what the world and the memory report about each in between.
//!
//! Evidence: starts, signals, tasks and ends are seen. The host reports `stop_began`. The implementation reports which clients are open,
//! which turns are held in memory, and which lock a process waits for.

use std::collections::BTreeMap;

use super::At;
use crate::plan::Ending;

/// A process.
#[derive(Clone, Debug)]
pub struct Life {
    /// Its number, from 1.
    pub process: u32,
    /// When it began, if the plan started it. The process that only recovers has no recorded start.
    pub started: Option<At>,
    /// The signal that suspended its main thread, if one did.
    pub signal: Option<Stop>,
    /// When it was asked to stop, if it is a gateway.
    pub stop_began: Option<At>,
    /// The times at which a call to shut its memory down returned.
    pub shut_down: Vec<At>,
    /// The times at which its memory was asked to begin again.
    pub reopened: Vec<At>,
    /// Whether it had more than one agent.
    pub has_other_agents: bool,
    /// The tasks that it started.
    pub tasks: Vec<At>,
    /// The ends of those that ended by themselves.
    pub tasks_ended: Vec<At>,
    /// The clients of the provider that it built.
    pub clients_opened: Vec<At>,
    /// The clients that it closed.
    pub clients_closed: Vec<At>,
    /// How it ended.
    pub ended: Option<End>,
}

/// Where a process was suspended.
#[derive(Clone, Debug)]
pub struct Stop {
    /// The number of its steps until then.
    pub steps: u64,
    /// The label of the step.
    pub label: String,
}

/// The end of a process.
#[derive(Clone, Debug)]
pub struct End {
    /// When.
    pub at: At,
    /// The cause.
    pub ending: Ending,
    /// The number of its steps.
    pub steps: u64,
    /// The step at which a kill struck, if one did.
    pub label: Option<String>,
}

/// How many turns a process held in memory.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    /// The process.
    pub process: u32,
    /// When it reported so.
    pub at: At,
    /// The number of turns.
    pub turns: u32,
}

/// The processes of a run.
#[derive(Clone, Debug, Default)]
pub struct Lives {
    lives: BTreeMap<u32, Life>,
    /// The processes that the plan started, in order.
    planned: Vec<u32>,
    /// The processes that have ended, in order.
    ended: Vec<u32>,
    /// The turns that they held in memory, in order of the reports.
    pub holding: Vec<Holding>,
    /// When a process waited for a file that another one had locked.
    pub locked_out: Vec<At>,
}

impl Life {
    fn of(process: u32) -> Self {
        Self {
            process,
            started: None,
            signal: None,
            stop_began: None,
            shut_down: Vec::new(),
            reopened: Vec::new(),
            has_other_agents: false,
            tasks: Vec::new(),
            tasks_ended: Vec::new(),
            clients_opened: Vec::new(),
            clients_closed: Vec::new(),
            ended: None,
        }
    }

    /// Whether it was started and had not ended at this place.
    pub fn is_alive_at(&self, place: usize) -> bool {
        self.started.is_some_and(|at| at.place < place) && self.ended.as_ref().is_none_or(|end| end.at.place >= place)
    }
}

impl Lives {
    /// The process of this number, if the history mentions it.
    pub fn of(&self, process: u32) -> Option<&Life> {
        self.lives.get(&process)
    }

    /// How the process ended, if it did.
    pub fn end_of(&self, process: u32) -> Option<&End> {
        self.of(process)?.ended.as_ref()
    }

    /// All processes, by number.
    pub fn all(&self) -> impl Iterator<Item = &Life> {
        self.lives.values()
    }

    /// The processes that the plan started, in order.
    pub fn planned(&self) -> impl Iterator<Item = &Life> {
        self.planned.iter().map(|process| &self.lives[process])
    }

    /// The ends, in order, each with its process.
    pub fn ends(&self) -> impl Iterator<Item = (u32, &End)> {
        self.ended.iter().filter_map(|process| Some((*process, self.end_of(*process)?)))
    }

    /// Whether a process ended between these two places.
    pub fn any_ended_between(&self, from: usize, to: usize) -> bool {
        self.ends().any(|(_, end)| from <= end.at.place && end.at.place < to)
    }

    pub(super) fn life(&mut self, process: u32) -> &mut Life {
        self.lives.entry(process).or_insert_with(|| Life::of(process))
    }

    pub(super) fn started(&mut self, at: At, process: u32) {
        self.planned.push(process);
        self.life(process).started = Some(at);
    }

    pub(super) fn process_ended(&mut self, process: u32, end: End) {
        let life = self.life(process);
        if life.ended.is_none() {
            life.ended = Some(end);
            self.ended.push(process);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::history::reading::tests::Log;

    #[test]
    fn a_process_is_alive_between_its_start_and_its_end() {
        let lives = Log::default().started(1, 0).started(2, 0).killed(1, 10).read().lives;
        let first = lives.of(1).expect("it was started");
        assert_eq!((0..4).map(|place| first.is_alive_at(place)).collect::<Vec<_>>(), [false, true, true, false]);
        assert!(lives.of(2).is_some_and(|second| second.is_alive_at(9)));
        assert!(lives.any_ended_between(2, 3) && !lives.any_ended_between(0, 2));
    }

    #[test]
    fn ends_come_in_their_order_and_starts_in_theirs() {
        let lives = Log::default().started(2, 0).started(1, 5).killed(1, 10).killed(2, 20).read().lives;
        assert_eq!(lives.planned().map(|life| life.process).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(lives.ends().map(|(process, end)| (process, end.at.ms)).collect::<Vec<_>>(), [(1, 10), (2, 20)]);
    }
}
