//! A session's entry: how many turns were completed, how many of them are committed, and which agents own the rest.

use std::rc::Rc;

use super::behaviors::{Behaviors, Clears, Owners};
use crate::contracts::commits::{AgentHandle, same};
use crate::words::turn::TurnId;

/// The agent that owns a turn, if any does.
pub(super) type Owner = Option<Rc<dyn AgentHandle>>;

/// A closed range of generations, and the agent that completed them.
struct Segment {
    start: u64,
    end: u64,
    agent: Owner,
}

/// A session's entry.
#[derive(Default)]
pub(super) struct Entry {
    generation: u64,
    committed: u64,
    /// The registered agent, which owns the next generation.
    pub agent: Owner,
    /// Whether a commit is under way.
    pub in_flight: bool,
    segments: Vec<Segment>,
    /// The completed turns, for reports: the n-th is generation n.
    turns: Vec<TurnId>,
}

/// The work of a commit.
pub(super) struct Captured {
    /// The agent that commits.
    pub agent: Rc<dyn AgentHandle>,
    /// The last generation that it commits.
    pub end: u64,
    /// The turns that it commits.
    pub turns: Vec<TurnId>,
}

impl Entry {
    /// Whether a turn is completed and not committed.
    pub(super) fn is_dirty(&self) -> bool {
        self.generation > self.committed
    }

    /// Adds a completed turn. It joins the last segment, unless that has another owner, or a commit is under way, which may be of
    /// that segment.
    pub(super) fn complete(&mut self, agent: Owner, turn: &TurnId, behaviors: &Behaviors) -> (u64, Owner) {
        if agent.is_some() {
            self.agent.clone_from(&agent);
        }
        let owner = self.agent.clone();
        self.generation += 1;
        self.turns.push(turn.clone());
        let generation = self.generation;
        let merges = |last: &Segment| behaviors.owners == Owners::Latest || is_same(&last.agent, &owner);
        let in_flight = self.in_flight;
        match self.segments.last_mut().filter(|last| !in_flight && merges(last)) {
            Some(last) => last.end = generation,
            None => self.segments.push(Segment { start: generation, end: generation, agent: owner.clone() }),
        }
        (generation, owner)
    }

    /// The oldest segment that is not committed, and the agent that commits it: its owner. A segment without an owner gets `agent`
    /// or the registered one.
    pub(super) fn capture(&mut self, agent: Owner, behaviors: &Behaviors) -> Option<Captured> {
        let (committed, registered) = (self.committed, self.agent.clone());
        let segment = self.segments.iter_mut().find(|segment| segment.end > committed)?;
        if behaviors.owners == Owners::Latest || segment.agent.is_none() {
            segment.agent = agent.or(registered);
        }
        let agent = segment.agent.clone()?;
        let end = segment.end;
        Some(Captured { agent, end, turns: self.turns(committed, end) })
    }

    /// Records that a commit up to `end` has succeeded. Returns the turns that count as committed because of it.
    pub(super) fn committed(&mut self, end: u64, behaviors: &Behaviors) -> Vec<TurnId> {
        let before = self.committed;
        let end = if behaviors.clears == Clears::Everything { self.generation } else { end };
        self.committed = before.max(end);
        let committed = self.committed;
        self.segments.retain(|segment| segment.end > committed);
        if let Some(head) = self.segments.first_mut() {
            head.start = head.start.max(committed + 1);
        }
        self.turns(before, committed)
    }

    fn turns(&self, after: u64, end: u64) -> Vec<TurnId> {
        let place = |generation: u64| usize::try_from(generation).expect("a session has a few thousand turns");
        self.turns[place(after)..place(end.max(after))].to_vec()
    }
}

fn is_same(one: &Owner, other: &Owner) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => same(one, other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
