//! one-end-per-boundary: a session's end reaches its provider at a boundary, and once for what was completed: not behind every turn, and
//! not again, with nothing new, when the agent is closed or its old session is drained. What a killed process left behind may be ended
//! again: nobody knows. Source: `eb70a6dc5` of #2461 (an extraction behind every turn), `scenarios/README.md` rows AL-14 and AL-17.

use model::facts::commits::Observation;
use model::words::part::Part;
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::{Grade, Who};
use crate::judging::webui::commissions::{Commission, Told, commissions, told};
use crate::judging::{Evidence, Findings, Invariant};

pub(in crate::judging) const ROW: Invariant = Invariant {
    name: "one-end-per-boundary",
    part: Part::WebUi,
    rule: "a session's end reaches its provider at a boundary, and once for what was completed before",
    // Which turns are marked, and which were left behind.
    needs: Grade::ToldByImplementation,
    severity: 70,
    letter: 'e',
    words: "ended twice",
    counted: false,
    data: None,
    breaker: "webui-commit-per-turn",
    not_drawn: &[],
    judge,
};

/// A turn that is completed so shortly behind a boundary may belong to it: whoever commits looks a few steps later.
const JUST_NOW_MS: u64 = 10;

/// What is known so far.
#[derive(Default)]
struct Known<'a> {
    /// The turns that were completed, and whether their session has come to a boundary since.
    completed: Vec<Completed<'a>>,
    /// What a provider was told the end of.
    ended: Vec<(Who, &'a TurnId)>,
    left_behind: Vec<&'a TurnId>,
    /// Agents that are to go: whatever they still commit is at that boundary.
    leaving: Vec<(Who, &'a str)>,
    /// Every boundary, and when it came.
    boundaries: Vec<(Who, &'a SessionId, u64)>,
    draining: Vec<Who>,
}

struct Completed<'a> {
    process: Who,
    session: &'a SessionId,
    turn: &'a TurnId,
    owner: Option<&'a str>,
    bounded: bool,
}

/// The end of a session, as its provider hears of it.
struct End<'a> {
    session: &'a SessionId,
    by: String,
    turns: Vec<&'a TurnId>,
    /// The agent that commits, if the lifecycle asked it to.
    committer: Option<&'a str>,
}

fn judge(evidence: &Evidence<'_>) -> Findings {
    let mut findings = Findings::default();
    let mut known = Known::default();
    let all = commissions(evidence.events);
    for Told { place, at_ms, process, fact } in told(evidence.events) {
        if known.learn(process, at_ms, fact) {
            continue;
        }
        let Some(end) = end(&known, &all, (process, place), fact) else { continue };
        if end.turns.is_empty() || end.turns.iter().any(|turn| known.left_behind.contains(turn)) {
            continue;
        }
        let again = end.turns.iter().all(|turn| known.ended.contains(&(process, turn)));
        let leaving = |agent| known.leaving.contains(&(process, agent));
        let at_a_boundary = end.committer.is_none_or(leaving)
            || known.draining.contains(&process)
            || known.waits_for_a_boundary(process, &end, leaving);
        let (session, by) = (end.session, &end.by);
        match (again, at_a_boundary) {
            (false, true) => findings.holds(),
            (true, _) => {
                let told =
                    format!("{session} ended once more at {at_ms} ms, by {by}, with nothing new since the last time");
                findings.violated(None, at_ms, told);
            }
            (false, false) => {
                findings.violated(
                    None,
                    at_ms,
                    format!("{session} ended at {at_ms} ms, by {by}, and not at a boundary"),
                );
            }
        }
        known.ended.extend(end.turns.into_iter().map(|turn| (process, turn)));
    }
    findings
}

impl<'a> Known<'a> {
    /// Whether what ends, or anything that waits behind it in its session, has come to a boundary: turns are committed in the
    /// order in which they were completed.
    fn waits_for_a_boundary(&self, process: Who, end: &End<'_>, leaving: impl Fn(&'a str) -> bool) -> bool {
        let own = self.completed.iter().filter(|one| one.process == process && one.session == end.session);
        let mut own = own.skip_while(|one| !end.turns.contains(&one.turn));
        own.any(|one| {
            let ended = self.ended.contains(&(process, one.turn));
            one.bounded || (!ended && one.owner.is_some_and(&leaving))
        })
    }

    /// Notes what is no end of a session. Says whether it is none.
    fn learn(&mut self, process: Who, at_ms: u64, fact: &'a Observation) -> bool {
        match fact {
            Observation::Marked { session, turn, owner } => {
                let owner = owner.as_deref();
                let just_now = |&(by, of, since_ms): &(Who, &SessionId, u64)| {
                    by == process && of == session && at_ms <= since_ms + JUST_NOW_MS
                };
                let bounded = self.boundaries.iter().any(just_now);
                self.completed.push(Completed { process, session, turn, owner, bounded });
            }
            Observation::Restored { turns, .. } => self.left_behind.extend(turns),
            Observation::DrainBegan { .. } => self.draining.push(process),
            Observation::Evicted { agent, .. } => self.leaving.push((process, agent)),
            Observation::Boundary { session } => {
                let own = self.completed.iter_mut().filter(|one| one.process == process && one.session == session);
                own.for_each(|one| one.bounded = true);
                self.boundaries.push((process, session, at_ms));
            }
            Observation::SessionEnded { .. } | Observation::Ended { done: true, .. } => return false,
            _ => {}
        }
        true
    }
}

fn end<'a>(
    known: &Known<'a>,
    all: &[Commission<'a>],
    (process, place): (Who, usize),
    fact: &'a Observation,
) -> Option<End<'a>> {
    match fact {
        Observation::SessionEnded { agent, session } => {
            let own = known.completed.iter().filter(|one| one.process == process && one.session == session);
            let turns = own.map(|one| one.turn).collect();
            Some(End { session, by: format!("agent {agent}"), turns, committer: None })
        }
        Observation::Ended { commit, done: true } => {
            let one = all.iter().find(|one| one.ended == Some((place, true)))?;
            let by = format!("commit {commit}");
            Some(End {
                session: one.session,
                by,
                turns: one.turns.iter().collect(),
                committer: Some(&one.commit.agent),
            })
        }
        _ => None,
    }
}
