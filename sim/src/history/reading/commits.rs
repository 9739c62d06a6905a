//! Commits: what a WebUI commits, when each commit began and ended, who was in a turn at the time, and what waited for one.
//!
//! Evidence: a commit's begin and end, the turns of its agents, boundaries, evictions, closings and drains are the host's word.
//! What was marked, restored, counted, entered and dropped is the implementation's; so are the turns that a commit covers and the
//! sessions that a drain finds dirty.

use std::collections::BTreeMap;
use std::time::Duration;

use model::facts::commits::{Call, Observation};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::At;

/// A commit.
#[derive(Clone, Debug)]
pub struct Commission {
    /// The process.
    pub process: u32,
    /// Which commit of which agent.
    pub commit: Call,
    /// What the plan had in store for it.
    pub plan: String,
    /// The session that is committed.
    pub session: SessionId,
    /// The session in which its agent worked when it began.
    pub at_work_in: Option<SessionId>,
    /// The turns that it covers.
    pub turns: Vec<TurnId>,
    /// When it began.
    pub began: At,
    /// Where it ended, and whether it has succeeded. `None` if it hung until its process was gone.
    pub ended: Option<(usize, bool)>,
}

impl Commission {
    /// Whether it has succeeded.
    pub fn is_done(&self) -> bool {
        matches!(self.ended, Some((_, true)))
    }

    /// Whether it was under way at this place in the history.
    pub fn is_open_at(&self, place: usize) -> bool {
        self.began.place < place && self.ended.is_none_or(|(ended, _)| place < ended)
    }
}

/// A turn of an agent of the WebUI.
#[derive(Clone, Debug)]
pub struct AgentTurn {
    /// The process.
    pub process: u32,
    /// The agent.
    pub agent: String,
    /// The turn.
    pub turn: TurnId,
    /// When it was asked for, and its agent found.
    pub began: At,
    /// Where it was over.
    pub ended: Option<usize>,
}

impl AgentTurn {
    /// Whether its agent was in it at this place in the history.
    pub fn is_open_at(&self, place: usize) -> bool {
        self.began.place < place && self.ended.is_none_or(|ended| ended >= place)
    }
}

/// A turn that waits for a commit, as the lifecycle counts it.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// The process.
    pub process: u32,
    /// Its session.
    pub session: SessionId,
    /// The turn.
    pub turn: TurnId,
    /// Its owner, if it was marked by this process and belongs to an agent.
    pub owner: Option<String>,
    /// Whether a former process had left it.
    pub restored: bool,
    /// Since when.
    pub since: At,
    /// Where it was counted as committed.
    pub counted: Option<usize>,
}

/// Turns that the lifecycle counts as committed from now on.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The process.
    pub process: u32,
    /// Their session.
    pub session: SessionId,
    /// The turns.
    pub turns: Vec<TurnId>,
    /// When.
    pub at: At,
}

/// A drain.
#[derive(Clone, Debug)]
pub struct Drain {
    /// The process.
    pub process: u32,
    /// Which one of it, from 1.
    pub number: u32,
    /// The sessions of which something waited.
    pub dirty: Vec<SessionId>,
    /// How long it might take, if it was told.
    pub within: Option<Duration>,
    /// When it began.
    pub began: At,
    /// When it ended, if it did.
    pub ended: Option<At>,
}

/// The commits of a run.
#[derive(Clone, Debug, Default)]
pub struct Commits {
    /// The commits, in the order in which they began.
    pub all: Vec<Commission>,
    /// The turns of agents, in the order in which they began.
    pub turns: Vec<AgentTurn>,
    /// What waited for a commit, in the order in which it came to wait.
    pub waiting: Vec<Waiting>,
    /// What counted as committed, in order.
    pub counted: Vec<Counted>,
    /// The drains, in the order in which they began.
    pub drains: Vec<Drain>,
    /// The places of all that concerns commits, in order.
    pub told: Vec<usize>,
    /// Where something happened to a process's sessions.
    stirred: BTreeMap<u32, Vec<usize>>,
}

impl Commits {
    /// The agents of the process that are in a turn at this place, in the order in which they began it.
    pub fn at_work(&self, process: u32, place: usize) -> impl Iterator<Item = &AgentTurn> {
        self.turns.iter().filter(move |turn| turn.process == process && turn.is_open_at(place))
    }

    /// What of the session its process counts as waiting for a commit at this place.
    pub fn waiting<'a>(
        &'a self,
        process: u32,
        session: &'a SessionId,
        place: usize,
    ) -> impl Iterator<Item = &'a TurnId> {
        let waits = move |one: &&Waiting| {
            one.process == process
                && one.session == *session
                && one.since.place < place
                && one.counted.is_none_or(|counted| counted >= place)
        };
        self.waiting.iter().filter(waits).map(|one| &one.turn)
    }

    /// The first mark of a turn by this process.
    pub fn mark(&self, process: u32, turn: &TurnId) -> Option<&Waiting> {
        self.waiting.iter().find(|one| !one.restored && one.process == process && one.turn == *turn)
    }

    /// Whether a turn, a mark, a boundary or a drain of the process came between these two places.
    pub fn stirred(&self, process: u32, from: usize, to: usize) -> bool {
        let places = self.stirred.get(&process).map_or(&[][..], Vec::as_slice);
        places.get(places.partition_point(|place| *place <= from)).is_some_and(|place| *place < to)
    }

    /// Whether a commit of the process, or a turn of its agents, is under way at this place.
    pub fn under_way(&self, process: u32, place: usize) -> bool {
        let open = |one: &Commission| {
            one.process == process && one.began.place < place && one.ended.is_none_or(|(ended, _)| ended >= place)
        };
        self.all.iter().any(open) || self.at_work(process, place).next().is_some()
    }

    pub(super) fn read(&mut self, at: At, process: u32, told: &Observation) {
        self.told.push(at.place);
        match told {
            Observation::Began { commit, plan, session, at_work_in, turns } => self.all.push(Commission {
                process,
                commit: commit.clone(),
                plan: plan.clone(),
                session: session.clone(),
                at_work_in: at_work_in.clone(),
                turns: turns.clone(),
                began: at,
                ended: None,
            }),
            Observation::Ended { commit, done } => self.ended(at, process, commit, *done),
            Observation::RunBegan { agent, turn } => {
                self.stirs(at, process);
                let (agent, turn) = (agent.clone(), turn.clone());
                self.turns.push(AgentTurn { process, agent, turn, began: at, ended: None });
            }
            Observation::RunEnded { agent, turn } => self.turn_ended(at, process, agent, turn),
            Observation::Marked { session, turn, owner } => {
                self.stirs(at, process);
                self.waits(at, process, session, turn, Some(owner.as_deref()));
            }
            Observation::Restored { session, turns } => {
                turns.iter().for_each(|turn| self.waits(at, process, session, turn, None));
            }
            Observation::Counted { session, turns } => self.counted(at, process, session, turns),
            Observation::Boundary { .. } => self.stirs(at, process),
            Observation::DrainBegan { drain, dirty, within } => {
                self.stirs(at, process);
                let (number, dirty, within) = (*drain, dirty.clone(), *within);
                self.drains.push(Drain { process, number, dirty, within, began: at, ended: None });
            }
            Observation::DrainEnded { drain } => self.drain_ended(at, process, *drain),
            Observation::Entered { .. }
            | Observation::Dropped { .. }
            | Observation::RunWorks { .. }
            | Observation::Evicted { .. }
            | Observation::Left { .. }
            | Observation::Closed { .. }
            | Observation::SessionEnded { .. } => {}
        }
    }

    fn stirs(&mut self, at: At, process: u32) {
        self.stirred.entry(process).or_default().push(at.place);
    }

    fn ended(&mut self, at: At, process: u32, commit: &Call, done: bool) {
        let mut open = self.all.iter_mut().filter(|one| one.process == process && one.ended.is_none());
        if let Some(one) = open.find(|one| one.commit == *commit) {
            one.ended = Some((at.place, done));
        }
    }

    fn turn_ended(&mut self, at: At, process: u32, agent: &str, turn: &TurnId) {
        let open = self.turns.iter_mut().filter(|one| one.process == process && one.ended.is_none());
        for one in open.filter(|one| one.agent == agent && one.turn == *turn) {
            one.ended = Some(at.place);
        }
    }

    /// `owner` is the one with which the turn was marked; a turn that was restored has none to be named.
    fn waits(&mut self, at: At, process: u32, session: &SessionId, turn: &TurnId, owner: Option<Option<&str>>) {
        self.waiting.push(Waiting {
            process,
            session: session.clone(),
            turn: turn.clone(),
            owner: owner.flatten().map(str::to_owned),
            restored: owner.is_none(),
            since: at,
            counted: None,
        });
    }

    fn counted(&mut self, at: At, process: u32, session: &SessionId, turns: &[TurnId]) {
        let open = self.waiting.iter_mut().filter(|one| one.process == process && one.counted.is_none());
        for one in open.filter(|one| one.session == *session && turns.contains(&one.turn)) {
            one.counted = Some(at.place);
        }
        self.counted.push(Counted { process, session: session.clone(), turns: turns.to_vec(), at });
    }

    fn drain_ended(&mut self, at: At, process: u32, number: u32) {
        let open = self.drains.iter_mut().filter(|one| one.process == process && one.ended.is_none());
        for one in open.filter(|one| one.number == number) {
            one.ended = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::reading::tests::{Log, turn};

    fn marked(name: &str) -> Observation {
        Observation::Marked { session: turn(name).session, turn: turn(name), owner: Some("a".into()) }
    }

    fn began(number: u32) -> Observation {
        let commit = Call { agent: "a".into(), number };
        let (session, turns) = ("S1".into(), vec![turn("S1#1")]);
        Observation::Began { commit, plan: "ok".into(), session, at_work_in: None, turns }
    }

    fn ended(number: u32) -> Observation {
        Observation::Ended { commit: Call { agent: "a".into(), number }, done: true }
    }

    #[test]
    fn a_commit_is_open_between_its_two_events() {
        let commits = Log::default().commits(1, began(1)).commits(1, ended(1)).commits(1, began(2)).read().commits;
        assert!(commits.all[0].is_done() && !commits.all[1].is_done());
        assert!(!commits.all[0].is_open_at(0) && !commits.all[0].is_open_at(1) && commits.all[1].is_open_at(9));
        assert!(commits.under_way(1, 9) && !commits.under_way(2, 9));
    }

    #[test]
    fn a_turn_waits_until_it_is_counted() {
        let counted = Observation::Counted { session: "S1".into(), turns: vec![turn("S1#1")] };
        let log = Log::default().commits(1, marked("S1#1")).commits(1, marked("S1#2")).commits(1, counted);
        let commits = log.read().commits;
        let waiting = |place| commits.waiting(1, &"S1".into(), place).map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(
            (waiting(0), waiting(2), waiting(3)),
            (vec![], vec!["S1#1".into(), "S1#2".into()], vec!["S1#2".into()])
        );
        assert_eq!(commits.mark(1, &turn("S1#2")).and_then(|mark| mark.owner.as_deref()), Some("a"));
        assert!(commits.mark(2, &turn("S1#2")).is_none());
    }

    #[test]
    fn an_agent_is_at_work_until_its_turn_is_over() {
        let began = Observation::RunBegan { agent: "a".into(), turn: turn("S1#1") };
        let over = Observation::RunEnded { agent: "a".into(), turn: turn("S1#1") };
        let commits = Log::default().commits(1, began).commits(1, over).read().commits;
        let at_work: Vec<usize> = (0..3).map(|place| commits.at_work(1, place).count()).collect();
        assert_eq!(at_work, [0, 1, 0]);
    }

    #[test]
    fn a_mark_stirs_its_process_and_no_other() {
        let commits =
            Log::default().commits(1, began(1)).commits(1, marked("S1#1")).commits(1, ended(1)).read().commits;
        assert!(
            commits.stirred(1, 0, 2)
                && !commits.stirred(1, 0, 1)
                && !commits.stirred(1, 1, 9)
                && !commits.stirred(2, 0, 9)
        );
    }
}
