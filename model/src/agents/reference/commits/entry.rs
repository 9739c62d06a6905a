//! What waits for a commit in one session: runs of turns, each with the agent that completed it.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::contracts::commits::{Agent, same};
use crate::words::turn::TurnId;

/// A handle to an agent, if there is one.
pub(super) type Handle = Option<Rc<dyn Agent>>;

/// Turns that are committed together.
pub(super) struct Segment {
    /// Which turn of the session its first one is, from 1.
    pub first: u64,
    /// Who completed them, and so who commits them.
    pub owner: Handle,
    /// The turns, in order.
    pub turns: Vec<TurnId>,
}

/// A session's entry.
#[derive(Default)]
pub(super) struct Entry {
    /// Whose the next turn is.
    pub agent: Handle,
    /// Whether the first segment is being committed: then nothing is added to it.
    pub in_flight: bool,
    /// Whether a task commits what waits here, again and again until nothing does.
    pub attended: bool,
    /// How many turns were completed.
    pub completed: u64,
    /// How many of them were completed before the last boundary: those are to be committed.
    pub goal: u64,
    /// What waits.
    pub segments: VecDeque<Segment>,
}

impl Entry {
    /// Whether something waits.
    pub(super) fn is_dirty(&self) -> bool {
        !self.segments.is_empty()
    }

    /// Whether something waits that was completed before the last boundary.
    pub(super) fn is_due(&self) -> bool {
        self.segments.front().is_some_and(|first| first.first <= self.goal)
    }

    /// The session has come to a boundary.
    pub(super) fn bound(&mut self) {
        self.goal = self.completed;
    }

    /// `agent` goes: what waits of its own is to be committed.
    pub(super) fn bound_for(&mut self, agent: &Rc<dyn Agent>) {
        let own = |segment: &&Segment| segment.owner.as_ref().is_some_and(|owner| same(owner, agent));
        if let Some(last) = self.segments.iter().rfind(own) {
            self.goal = self.goal.max(last.first);
        }
    }

    /// A turn waits from now on.
    pub(super) fn add(&mut self, owner: Handle, turn: &TurnId) {
        self.completed += 1;
        let busy = self.in_flight && self.segments.len() == 1;
        let merges = |last: &&mut Segment| match (&last.owner, &owner) {
            (Some(last), Some(owner)) => same(last, owner),
            (last, owner) => last.is_none() && owner.is_none(),
        };
        match self.segments.back_mut().filter(|_| !busy).filter(merges) {
            Some(last) => last.turns.push(turn.clone()),
            None => self.segments.push_back(Segment { first: self.completed, owner, turns: vec![turn.clone()] }),
        }
    }

    /// Whether what waits was completed by more than one agent.
    pub(super) fn has_two_owners(&self) -> bool {
        let mut owners = self.segments.iter().filter_map(|segment| segment.owner.as_ref());
        owners.next().is_some_and(|first| owners.any(|other| !same(first, other)))
    }

    /// Who commits the first segment: its owner; if it has none `agent`, or the one that is registered, for good.
    pub(super) fn committer(&mut self, agent: &Handle) -> Handle {
        let heir = agent.clone().or_else(|| self.agent.clone());
        let first = self.segments.front_mut()?;
        if first.owner.is_none() {
            first.owner = heir;
        }
        first.owner.clone()
    }

    /// All that waits, in order.
    pub(super) fn turns(&self) -> Vec<TurnId> {
        self.segments.iter().flat_map(|segment| segment.turns.iter().cloned()).collect()
    }
}
