//! The written step from which each action of a process comes.

use std::rc::Rc;

use super::actions::Process;
use super::{Scenario, Step};

/// The steps of a scenario, by process and action. It names every action of the plan once, when it is made.
pub struct Whence<'a> {
    lanes: &'a [Vec<Step>],
    lives: Vec<Vec<Rc<Process>>>,
}

impl<'a> Whence<'a> {
    /// The steps of this scenario.
    pub fn of(scenario: &'a Scenario) -> Self {
        Self { lanes: &scenario.lanes, lives: scenario.lives() }
    }

    /// The processes, in order: the n-th is process n of the history.
    pub fn processes(&self) -> impl Iterator<Item = &Rc<Process>> {
        self.lives.iter().flatten()
    }

    /// The step from which the `action`-th action of a process comes, both counted from 1, as `step 3 "switch S2"`.
    pub fn step(&self, process: u32, action: usize) -> Option<String> {
        let (list, lane, life) = self.life(process)?;
        let place = *life.from.get(action.checked_sub(1)?)?;
        let of_list = if self.lanes.len() > 1 { format!(" of list {}", list + 1) } else { String::new() };
        Some(format!("step {} \"{}\"{of_list}", place + 1, lane[place]))
    }

    /// The list, and the step of it, from which the action comes, both from 0.
    pub fn place(&self, process: u32, action: usize) -> Option<(usize, usize)> {
        let (list, _, life) = self.life(process)?;
        Some((list, *life.from.get(action.checked_sub(1)?)?))
    }

    /// The same of the last action until then that did more than wait, if there is one.
    pub fn acting_step(&self, process: u32, action: usize) -> Option<String> {
        let (_, lane, life) = self.life(process)?;
        let acts = |action: &usize| life.from.get(action - 1).is_some_and(|&place| !lane[place].only_waits());
        let acting = (1..=action).rev().find(acts).unwrap_or(action);
        self.step(process, acting)
    }

    /// The place of a process's list, the list, and the process.
    fn life(&self, process: u32) -> Option<(usize, &'a [Step], &Process)> {
        let mut before = 0;
        let (list, lives) = self.lives.iter().enumerate().find(|(_, lives)| {
            before += lives.len();
            before >= process as usize
        })?;
        let place = (process as usize).checked_sub(1 + before - lives.len())?;
        Some((list, &self.lanes[list], &lives[place]))
    }
}
