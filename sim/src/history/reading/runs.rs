//! Runs: the turns of a gateway, each with its beginning, its end, and its interruption; and its users' requests and answers.
//!
//! Evidence: the host reports all of it. It passes on `how`, `into` and the turns that a turn sees from the implementation's route;
//! [`Runs::stuck`] is the implementation's word alone.

use std::collections::BTreeMap;

use model::facts::chats::{End, How, Note, Observation};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::At;

/// A turn that began.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The turn it is planned as.
    pub turn: TurnId,
    /// The session in which it runs.
    pub session: SessionId,
    /// Why it began.
    pub how: How,
    /// The turn into whose hang it ran, if it did.
    pub into: Option<TurnId>,
    /// The process.
    pub process: u32,
    /// When.
    pub at: At,
    /// How it ended, and when, if it did.
    pub end: Option<(End, At)>,
    /// When its process ended, if it did.
    pub gone_ms: Option<u64>,
    /// When the end of its process interrupted it, unless it had ended or its user had stopped it.
    pub cut_short_ms: Option<u64>,
}

impl Begun {
    /// The turn that it is an attempt at.
    pub fn attempt_at(&self) -> &TurnId {
        self.into.as_ref().unwrap_or(&self.turn)
    }

    /// Whether it was still running at that time.
    pub fn runs_at(&self, ms: u64) -> bool {
        let over = self.end.map(|(_, at)| at.ms).or(self.gone_ms);
        self.at.ms <= ms && over.is_none_or(|over| over > ms)
    }
}

/// The turns of a gateway, and its users.
#[derive(Clone, Debug, Default)]
pub struct Runs {
    /// The turns that began, in order.
    pub begun: Vec<Begun>,
    /// Requests for a restart from within a turn, in order.
    pub restarts: Vec<(TurnId, At)>,
    /// Stops that began, each with its process, in order.
    pub stops: Vec<(u32, At)>,
    /// The places of all events about chats, in order.
    pub told: Vec<usize>,
    asked: BTreeMap<TurnId, Vec<At>>,
    replied: BTreeMap<TurnId, Vec<At>>,
    stop_asked: BTreeMap<SessionId, Vec<At>>,
    stopped: BTreeMap<SessionId, Vec<At>>,
    stuck: BTreeMap<SessionId, Vec<At>>,
    turned_away: BTreeMap<TurnId, Vec<At>>,
}

impl Runs {
    /// The parts of this time in which no turn of the chat ran, from and to, in milliseconds.
    pub fn free(&self, chat: &str, (from_ms, to_ms): (u64, u64)) -> Vec<(u64, u64)> {
        let (mut free, mut since_ms) = (Vec::new(), from_ms);
        for one in self.begun.iter().filter(|one| one.turn.session.chat() == chat) {
            let over_ms = one.end.map(|(_, at)| at.ms).or(one.gone_ms).unwrap_or(u64::MAX);
            free.push((since_ms, one.at.ms.min(to_ms)));
            since_ms = since_ms.max(over_ms);
        }
        free.push((since_ms, to_ms));
        free.retain(|(from_ms, to_ms)| from_ms < to_ms);
        free
    }

    /// When the turn was asked for, each time.
    pub fn asked(&self, turn: &TurnId) -> &[At] {
        self.asked.get(turn).map_or(&[], Vec::as_slice)
    }

    /// When the gateway turned its user away, each time.
    pub fn turned_away(&self, turn: &TurnId) -> &[At] {
        self.turned_away.get(turn).map_or(&[], Vec::as_slice)
    }

    /// When its answer first reached its user, from this place on.
    pub fn replied(&self, turn: &TurnId, from: usize) -> Option<At> {
        first(&self.replied, turn, from)
    }

    /// When the user of the chat first asked to stop, from this place on.
    pub fn asked_to_stop(&self, chat: &SessionId, from: usize) -> Option<At> {
        first(&self.stop_asked, chat, from)
    }

    /// When the stop was first acknowledged.
    pub fn stopped_by_user(&self, chat: &SessionId, from: usize) -> Option<At> {
        first(&self.stopped, chat, from)
    }

    /// When the implementation first noted that the chat is stuck, from this place on.
    pub fn stuck(&self, chat: &SessionId, from: usize) -> Option<At> {
        first(&self.stuck, chat, from)
    }

    /// Whether a turn of the process is under way at this place.
    pub fn under_way(&self, process: u32, place: usize) -> bool {
        let runs = |one: &Begun| one.process == process && one.at.place < place;
        self.begun.iter().any(|one| runs(one) && one.end.is_none_or(|(_, at)| at.place >= place))
    }

    pub(super) fn read(&mut self, at: At, process: u32, told: &Observation) {
        self.told.push(at.place);
        match told {
            Observation::Began { turn, session, how, into, .. } => self.begun.push(Begun {
                turn: turn.clone(),
                session: session.clone(),
                how: how.clone(),
                into: into.clone(),
                process,
                at,
                end: None,
                gone_ms: None,
                cut_short_ms: None,
            }),
            Observation::Finished { turn, end } => self.finished(at, process, turn, *end),
            Observation::Asked { turn } => note(&mut self.asked, turn, at),
            Observation::Replied { turn } => note(&mut self.replied, turn, at),
            Observation::StopAsked { chat } => note(&mut self.stop_asked, chat, at),
            Observation::StoppedByUser { chat } => note(&mut self.stopped, chat, at),
            Observation::AskedForRestart { turn } => self.restarts.push((turn.clone(), at)),
            Observation::StopBegan => self.stops.push((process, at)),
            Observation::Noted { chat, note: Note::Stuck } => note(&mut self.stuck, chat, at),
            Observation::Refused { turn } => note(&mut self.turned_away, turn, at),
            Observation::Swallowed { .. }
            | Observation::Drained { .. }
            | Observation::Noted { .. }
            | Observation::Found { .. } => {}
        }
    }

    fn finished(&mut self, at: At, process: u32, turn: &TurnId, end: End) {
        let mut open = self.begun.iter_mut().rev().filter(|one| one.process == process && one.end.is_none());
        if let Some(one) = open.find(|one| one.turn == *turn) {
            one.end = Some((end, at));
        }
    }

    pub(super) fn process_ended(&mut self, at: At, process: u32) {
        for one in self.begun.iter_mut().filter(|one| one.process == process) {
            let answered = matches!(one.end, Some((End::Completed | End::Failed, _)));
            one.gone_ms = Some(at.ms);
            one.cut_short_ms = (!answered).then_some(at.ms);
        }
    }

    /// A turn that its user had stopped by then was not interrupted.
    pub(super) fn finish(&mut self) {
        for one in &mut self.begun {
            let stopped = first(&self.stop_asked, &one.turn.session, one.at.place);
            one.cut_short_ms = one.cut_short_ms.filter(|cut_ms| stopped.is_none_or(|at| at.ms > *cut_ms));
        }
    }
}

fn note<K: Ord + Clone>(notes: &mut BTreeMap<K, Vec<At>>, of: &K, at: At) {
    match notes.get_mut(of) {
        Some(known) => known.push(at),
        None => _ = notes.insert(of.clone(), vec![at]),
    }
}

fn first<K: Ord>(notes: &BTreeMap<K, Vec<At>>, of: &K, from: usize) -> Option<At> {
    let known = notes.get(of)?;
    known.get(known.partition_point(|at| at.place < from)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::reading::tests::{Log, turn};

    fn began(name: &str) -> Observation {
        let session = turn(name).session;
        Observation::Began { turn: turn(name), session, sees: Vec::new(), how: How::Asked, into: None }
    }

    fn finished(name: &str, end: End) -> Observation {
        Observation::Finished { turn: turn(name), end }
    }

    #[test]
    fn a_turn_ends_once_or_is_cut_short_with_its_process() {
        let log = Log::default().chat(1, 10, began("S1#1")).chat(1, 20, finished("S1#1", End::Completed));
        let runs = log.chat(1, 30, began("S1#2")).killed(1, 40).read().runs;
        assert_eq!(runs.begun.iter().map(|one| one.cut_short_ms).collect::<Vec<_>>(), [None, Some(40)]);
        assert!(runs.begun[0].runs_at(19) && !runs.begun[0].runs_at(20));
        assert!(runs.under_way(1, 3) && !runs.under_way(1, 2));
    }

    #[test]
    fn what_its_user_stopped_was_not_cut_short() {
        let log = Log::default().chat(1, 10, began("S1#1")).chat(1, 20, Observation::StopAsked { chat: "S1".into() });
        let runs = log.killed(1, 40).read().runs;
        assert_eq!(runs.begun[0].cut_short_ms, None);
        assert_eq!(runs.asked_to_stop(&"S1".into(), 0).map(|at| at.ms), Some(20));
        assert!(runs.asked_to_stop(&"S1".into(), 2).is_none());
    }

    #[test]
    fn of_the_same_turn_twice_the_younger_ends_first() {
        let log = Log::default().chat(1, 10, began("S1#1")).chat(1, 11, began("S1#1"));
        let runs = log.chat(1, 20, finished("S1#1", End::Failed)).read().runs;
        assert_eq!(runs.begun.iter().map(|one| one.end.is_some()).collect::<Vec<_>>(), [false, true]);
    }
}
