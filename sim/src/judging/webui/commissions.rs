//! A WebUI's commits as the history shows them, for the invariants that are about them: when each began, what it covered, how it
//! ended; and who was in a turn at the time.

use model::facts::commits::{Call, Observation};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::{self, Event, Fact, Who};

/// What is told of commits, with its place in the history.
pub(in crate::judging) struct Told<'a> {
    pub place: usize,
    pub at_ms: u64,
    pub process: Who,
    pub fact: &'a Observation,
}

/// All that is told of commits, in order.
pub(in crate::judging) fn told(events: &[Event]) -> impl Iterator<Item = Told<'_>> {
    events.iter().enumerate().filter_map(|(place, event)| match &event.fact {
        Fact::Told(model::facts::Observation::Commits(fact)) => {
            Some(Told { place, at_ms: event.at_ms, process: event.who, fact })
        }
        _ => None,
    })
}

/// A commit.
pub(in crate::judging) struct Commission<'a> {
    pub process: Who,
    pub commit: &'a Call,
    pub session: &'a SessionId,
    /// The session in which its agent worked when it began.
    pub at_work_in: Option<&'a SessionId>,
    pub turns: &'a [TurnId],
    /// Its place in the history.
    pub began: usize,
    pub began_ms: u64,
    /// The place where it ended, and whether it has succeeded. Nothing if it hung until its process was gone.
    pub ended: Option<(usize, bool)>,
}

impl Commission<'_> {
    /// Whether it has succeeded.
    pub(in crate::judging) fn is_done(&self) -> bool {
        matches!(self.ended, Some((_, true)))
    }

    /// Whether it was under way at this place in the history.
    pub(in crate::judging) fn is_open_at(&self, place: usize) -> bool {
        self.began < place && self.ended.is_none_or(|(ended, _)| place < ended)
    }
}

/// All commits, in the order in which they began.
pub(in crate::judging) fn commissions(events: &[Event]) -> Vec<Commission<'_>> {
    let mut all: Vec<Commission<'_>> = Vec::new();
    for Told { place, at_ms, process, fact } in told(events) {
        match fact {
            Observation::Began { commit, session, at_work_in, turns, .. } => all.push(Commission {
                process,
                commit,
                session,
                at_work_in: at_work_in.as_ref(),
                turns,
                began: place,
                began_ms: at_ms,
                ended: None,
            }),
            Observation::Ended { commit, done } => {
                let mut open = all.iter_mut().filter(|one| one.process == process && one.ended.is_none());
                if let Some(one) = open.find(|one| one.commit == commit) {
                    one.ended = Some((place, *done));
                }
            }
            _ => {}
        }
    }
    all
}

/// The agents of the process that are in a turn at this place in the history, each with its turn.
pub(in crate::judging) fn at_work(events: &[Event], process: Who, place: usize) -> Vec<(&str, &TurnId)> {
    let mut runs: Vec<(&str, &TurnId)> = Vec::new();
    for told in told(events).take_while(|told| told.place < place).filter(|told| told.process == process) {
        match told.fact {
            Observation::RunBegan { agent, turn } => runs.push((agent, turn)),
            Observation::RunEnded { agent, turn } => runs.retain(|run| *run != (agent.as_str(), turn)),
            _ => {}
        }
    }
    runs
}

/// A turn that waits for a commit, and whose it is.
pub(in crate::judging) struct Mark<'a> {
    pub process: Who,
    pub turn: &'a TurnId,
    pub owner: Option<&'a str>,
}

/// Every turn that was marked, in order.
pub(in crate::judging) fn marks(events: &[Event]) -> Vec<Mark<'_>> {
    let marks = told(events).filter_map(|Told { process, fact, .. }| match fact {
        Observation::Marked { turn, owner, .. } => Some(Mark { process, turn, owner: owner.as_deref() }),
        _ => None,
    });
    marks.collect()
}

/// The turns of a session that its process counts as waiting for a commit at this place in the history: those that were marked,
/// or left by a former process, and not counted as committed.
pub(in crate::judging) fn waiting<'a>(
    events: &'a [Event],
    process: Who,
    session: &SessionId,
    place: usize,
) -> Vec<&'a TurnId> {
    let mut waiting: Vec<&TurnId> = Vec::new();
    for told in told(events).take_while(|told| told.place < place).filter(|told| told.process == process) {
        match told.fact {
            Observation::Marked { session: of, turn, .. } if of == session => waiting.push(turn),
            Observation::Restored { session: of, turns } if of == session => waiting.extend(turns),
            Observation::Counted { session: of, turns } if of == session => {
                waiting.retain(|turn| !turns.contains(turn))
            }
            _ => {}
        }
    }
    waiting
}

/// The place and time at which the process came to its end; those of the last event if it did not.
pub(in crate::judging) fn end_of(events: &[Event], process: Who) -> (usize, u64) {
    let ends = |event: &Event| event.who == process && matches!(event.fact, history::Fact::Ended { .. });
    let place = events.iter().position(ends).unwrap_or(events.len());
    let last = events.get(place).or(events.last());
    (place, last.map_or(0, |event| event.at_ms))
}

/// Whether the memory of the process had the turn at this place in the history.
pub(in crate::judging) fn is_acknowledged(events: &[Event], process: Who, turn: &TurnId, place: usize) -> bool {
    let returned = |event: &Event| matches!(&event.fact, Fact::Returned(history::Call::Turn(of)) if of == turn);
    events[..place].iter().any(|event| event.who == process && returned(event))
}
