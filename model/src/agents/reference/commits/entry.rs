//! A session's entry: the turns that wait for a commit, in segments, each with the agent that completed it.

use std::collections::VecDeque;
use std::rc::Rc;

use crate::contracts::commits::{AgentHandle, same};
use crate::words::turn::TurnId;

/// The agent that owns a turn, if any does.
pub(super) type Owner = Option<Rc<dyn AgentHandle>>;

/// Turns that one commit covers.
pub(super) struct Segment {
    /// The number of its first turn in the session, from 1.
    pub first: u64,
    /// The agent that completed the turns, and commits them.
    pub owner: Owner,
    /// The turns, in order.
    pub turns: Vec<TurnId>,
}

/// A session's entry.
#[derive(Default)]
pub(super) struct Entry {
    /// The registered agent, which owns the next turn.
    pub agent: Owner,
    /// Whether a commit of the first segment is under way. Then no turn is added to it.
    pub in_flight: bool,
    /// Whether the session's task runs, which commits until no turn waits.
    pub attended: bool,
    /// How many turns were completed.
    pub completed: u64,
    /// How many of them were completed before the last boundary. Those are due for a commit.
    pub goal: u64,
    /// The waiting turns.
    pub segments: VecDeque<Segment>,
}

impl Entry {
    /// Whether any turn waits.
    pub(super) fn is_dirty(&self) -> bool {
        !self.segments.is_empty()
    }

    /// Whether a turn from before the last boundary waits.
    pub(super) fn is_due(&self) -> bool {
        self.segments.front().is_some_and(|first| first.first <= self.goal)
    }

    /// Records a boundary of the session.
    pub(super) fn bound(&mut self) {
        self.goal = self.completed;
    }

    /// Makes the waiting turns of `agent` due, because it goes.
    pub(super) fn bound_for(&mut self, agent: &Rc<dyn AgentHandle>) {
        let own = |segment: &&Segment| segment.owner.as_ref().is_some_and(|owner| same(owner, agent));
        if let Some(last) = self.segments.iter().rfind(own) {
            self.goal = self.goal.max(last.first);
        }
    }

    /// Adds a waiting turn.
    pub(super) fn add(&mut self, owner: Owner, turn: &TurnId) {
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

    /// Whether more than one agent completed the waiting turns.
    pub(super) fn has_two_owners(&self) -> bool {
        let mut owners = self.segments.iter().filter_map(|segment| segment.owner.as_ref());
        owners.next().is_some_and(|first| owners.any(|other| !same(first, other)))
    }

    /// The agent that commits the first segment: its owner. A segment without an owner gets `agent` or the registered one, for
    /// good, and what the same one completed behind it: one end does for both.
    pub(super) fn committer(&mut self, agent: &Owner) -> Owner {
        let heir = agent.clone().or_else(|| self.agent.clone());
        if self.segments.front()?.owner.is_none() {
            let own = |segment: &Segment| heir.as_ref().zip(segment.owner.as_ref()).is_some_and(|(a, b)| same(a, b));
            let behind = self.segments.get(1).is_some_and(own).then(|| self.segments.remove(1)).flatten();
            let first = self.segments.front_mut()?;
            first.turns.extend(behind.into_iter().flat_map(|segment| segment.turns));
            first.owner = heir;
        }
        self.segments.front()?.owner.clone()
    }

    /// All waiting turns, in order.
    pub(super) fn turns(&self) -> Vec<TurnId> {
        self.segments.iter().flat_map(|segment| segment.turns.iter().cloned()).collect()
    }
}
