//! Commits: the commits and drains of a WebUI, when each began and ended, and what happened in between.
//!
//! - [`agents`]: their turns, departures and closes. - [`sessions`]: boundaries, ends, and the turns that wait for a commit.
//!
//! Evidence: the host reports that a commit or a drain began and ended. The implementation reports which turns a commit covers and which
//! sessions a drain finds dirty.

pub mod agents;
pub mod sessions;

use std::collections::BTreeMap;
use std::time::Duration;

use model::facts::commits::{Call, Observation};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::At;

use self::agents::Agents;
use self::sessions::Sessions;

/// A commit.
#[derive(Clone, Debug)]
pub struct Commission {
    /// The process.
    pub process: u32,
    /// The agent and the number of its commit.
    pub commit: Call,
    /// The fault that the plan has for it.
    pub plan: String,
    /// The session that is committed.
    pub session: SessionId,
    /// The session in which its agent worked when it began.
    pub at_work_in: Option<SessionId>,
    /// The turns that it covers.
    pub turns: Vec<TurnId>,
    /// When it began.
    pub began: At,
    /// When it ended, and whether it succeeded. `None` if it hung until its process ended.
    pub ended: Option<(At, bool)>,
}

impl Commission {
    /// Whether it succeeded.
    pub fn is_done(&self) -> bool {
        matches!(self.ended, Some((_, true)))
    }

    /// Whether it was under way at this place in the history.
    pub fn is_open_at(&self, place: usize) -> bool {
        self.began.place < place && self.ended.is_none_or(|(ended, _)| place < ended.place)
    }
}

/// A drain.
#[derive(Clone, Debug)]
pub struct Drain {
    /// The process.
    pub process: u32,
    /// Its number in the process, from 1.
    pub number: u32,
    /// Its time limit, if it had one.
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
    /// The drains, in the order in which they began.
    pub drains: Vec<Drain>,
    /// The agents.
    pub agents: Agents,
    /// The sessions.
    pub sessions: Sessions,
    /// The places at which something happened to a process's sessions.
    stirred: BTreeMap<u32, Vec<usize>>,
}

impl Commits {
    /// Whether a turn, a mark, a boundary or a drain of the process came between these two places.
    pub fn stirred(&self, process: u32, from: usize, to: usize) -> bool {
        let places = self.stirred.get(&process).map_or(&[][..], Vec::as_slice);
        places.get(places.partition_point(|place| *place <= from)).is_some_and(|place| *place < to)
    }

    /// Whether a commit of the process, or a turn of its agents, is under way at this place.
    pub fn under_way(&self, process: u32, place: usize) -> bool {
        let open = |one: &Commission| {
            one.process == process && one.began.place < place && one.ended.is_none_or(|(ended, _)| ended.place >= place)
        };
        self.all.iter().any(open) || self.agents.at_work(process, place).next().is_some()
    }

    pub(super) fn read(&mut self, at: At, process: u32, told: &Observation) {
        let (agents, sessions) = (&mut self.agents, &mut self.sessions);
        match told {
            Observation::Entered { session } => sessions.enters(at, process, session, true),
            Observation::Dropped { session } => sessions.enters(at, process, session, false),
            Observation::Marked { session, turn, owner } => {
                sessions.waits(at, process, (session, turn), Some(owner.as_deref()));
                self.stirs(at, process);
            }
            Observation::Restored { session, turns } => {
                turns.iter().for_each(|turn| sessions.waits(at, process, (session, turn), None));
            }
            Observation::Boundary { session } => {
                sessions.bounds(at, process, session);
                self.stirs(at, process);
            }
            Observation::Began { .. } => self.began(at, process, told),
            Observation::Ended { commit, done } => self.ended(at, process, commit, *done),
            Observation::Counted { session, turns } => sessions.counts(at, process, session, turns),
            Observation::RunBegan { agent, turn } => {
                agents.begins(at, process, agent, turn);
                self.stirs(at, process);
            }
            Observation::RunWorks { turn } => agents.works(at, process, turn),
            Observation::RunEnded { agent, turn } => agents.ends(at, process, agent, turn),
            Observation::Evicted { agent, session } => agents.departs(at, process, (agent, session), false),
            Observation::Left { agent, session } => agents.departs(at, process, (agent, session), true),
            Observation::Closed { agent, .. } => agents.closes(at, process, agent),
            Observation::SessionEnded { agent, session } => sessions.ends(at, process, agent, session),
            Observation::DrainBegan { drain, within } => {
                self.drains.push(Drain { process, number: *drain, within: *within, began: at, ended: None });
                self.stirs(at, process);
            }
            Observation::DrainEnded { drain } => self.drain_ended(at, process, *drain),
        }
    }

    fn stirs(&mut self, at: At, process: u32) {
        self.stirred.entry(process).or_default().push(at.place);
    }

    fn began(&mut self, at: At, process: u32, told: &Observation) {
        let Observation::Began { commit, plan, session, at_work_in, turns } = told else { return };
        self.all.push(Commission {
            process,
            commit: commit.clone(),
            plan: plan.clone(),
            session: session.clone(),
            at_work_in: at_work_in.clone(),
            turns: turns.clone(),
            began: at,
            ended: None,
        });
    }

    fn ended(&mut self, at: At, process: u32, commit: &Call, done: bool) {
        let mut open = self.all.iter_mut().filter(|one| one.process == process && one.ended.is_none());
        if let Some(one) = open.find(|one| one.commit == *commit) {
            one.ended = Some((at, done));
        }
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
    fn a_boundary_stirs_its_process_and_no_other() {
        let boundary = Observation::Boundary { session: "S1".into() };
        let commits = Log::default().commits(1, began(1)).commits(1, boundary).commits(1, ended(1)).read().commits;
        assert!(commits.stirred(1, 0, 2) && !commits.stirred(1, 0, 1));
        assert!(!commits.stirred(1, 1, 9) && !commits.stirred(2, 0, 9));
    }

    #[test]
    fn a_drain_ends_by_its_number() {
        let drain = |drain| Observation::DrainBegan { drain, within: None };
        let log =
            Log::default().commits(1, drain(1)).commits(1, drain(2)).commits(1, Observation::DrainEnded { drain: 2 });
        let drains = log.read().commits.drains;
        assert_eq!(drains.iter().map(|drain| drain.ended.is_some()).collect::<Vec<_>>(), [false, true]);
    }
}
