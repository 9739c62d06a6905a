//! The sessions of a WebUI: their boundaries and ends, and their turns that wait for a commit.
//!
//! Evidence: the host reports boundaries and ends. The implementation reports which turns wait, which count as committed, and which
//! sessions the lifecycle has an entry for.

use std::collections::BTreeSet;

use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::history::reading::At;

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
    /// Whether an earlier process had left it.
    pub restored: bool,
    /// When it began to wait.
    pub since: At,
    /// The place at which it was counted as committed.
    pub counted: Option<usize>,
}

impl Waiting {
    fn waits_at(&self, place: usize) -> bool {
        self.since.place < place && self.counted.is_none_or(|counted| counted >= place)
    }
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

/// The lifecycle gained or lost its entry for a session.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The process.
    pub process: u32,
    /// The session.
    pub session: SessionId,
    /// When.
    pub at: At,
    /// Whether it has one now.
    pub is_there: bool,
}

/// A session came to a boundary.
#[derive(Clone, Debug)]
pub struct Boundary {
    /// The process.
    pub process: u32,
    /// The session.
    pub session: SessionId,
    /// When.
    pub at: At,
}

/// A session's end that reached its provider by another way than a commit of the lifecycle.
#[derive(Clone, Debug)]
pub struct SessionEnd {
    /// The process.
    pub process: u32,
    /// The agent.
    pub agent: String,
    /// The session.
    pub session: SessionId,
    /// When.
    pub at: At,
}

/// The sessions of a run.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    /// The turns that waited for a commit, in the order in which they began to wait.
    pub waiting: Vec<Waiting>,
    /// The turns counted as committed, in order.
    pub counted: Vec<Counted>,
    /// The entries of the lifecycle, in order.
    pub entries: Vec<Entry>,
    /// The boundaries, in order.
    pub boundaries: Vec<Boundary>,
    /// The ends that were no commits, in order.
    pub ends: Vec<SessionEnd>,
}

impl Sessions {
    /// The turns of the session that its process counts as waiting for a commit at this place.
    pub fn waiting<'a>(
        &'a self,
        process: u32,
        session: &'a SessionId,
        place: usize,
    ) -> impl Iterator<Item = &'a TurnId> {
        let waits = move |one: &&Waiting| one.process == process && one.session == *session && one.waits_at(place);
        self.waiting.iter().filter(waits).map(|one| &one.turn)
    }

    /// The sessions in which a turn of the process waits for a commit at this place.
    pub fn dirty(&self, process: u32, place: usize) -> BTreeSet<&SessionId> {
        let own = self.waiting.iter().filter(|one| one.process == process && one.waits_at(place));
        own.map(|one| &one.session).collect()
    }

    /// Whether the process has such a turn from an earlier one, and it waits at this place. The same text said again has the same name.
    pub fn is_restored(&self, process: u32, turn: &TurnId, place: usize) -> bool {
        self.waiting
            .iter()
            .any(|one| one.restored && one.process == process && one.turn == *turn && one.waits_at(place))
    }

    /// The mark of a turn by this process that waits at this place, or else the first one: the same text said again has the same name.
    pub fn mark_at(&self, process: u32, turn: &TurnId, place: usize) -> Option<&Waiting> {
        let mut own = self.waiting.iter().filter(|one| one.process == process && one.turn == *turn && !one.restored);
        own.find(|one| one.waits_at(place)).or_else(|| self.mark(process, turn))
    }

    /// The first mark of a turn by this process.
    pub fn mark(&self, process: u32, turn: &TurnId) -> Option<&Waiting> {
        self.waiting.iter().find(|one| !one.restored && one.process == process && one.turn == *turn)
    }

    /// Whether the lifecycle has an entry for the session at this place.
    pub fn has_entry(&self, process: u32, session: &SessionId, place: usize) -> bool {
        let own = |one: &&Entry| one.process == process && one.session == *session && one.at.place < place;
        self.entries.iter().rfind(own).is_some_and(|last| last.is_there)
    }

    /// `owner` is the agent with which the turn was marked; a restored turn has no named owner.
    pub(super) fn waits(
        &mut self,
        at: At,
        process: u32,
        (session, turn): (&SessionId, &TurnId),
        owner: Option<Option<&str>>,
    ) {
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

    /// Of equal words, which have one name, as many wait no longer as were counted: the ones that waited first.
    pub(super) fn counts(&mut self, at: At, process: u32, session: &SessionId, turns: &[TurnId]) {
        let mut left: Vec<&TurnId> = turns.iter().collect();
        let open = self.waiting.iter_mut().filter(|one| one.process == process && one.counted.is_none());
        for one in open.filter(|one| one.session == *session) {
            if let Some(place) = left.iter().position(|turn| **turn == one.turn) {
                left.swap_remove(place);
                one.counted = Some(at.place);
            }
        }
        self.counted.push(Counted { process, session: session.clone(), turns: turns.to_vec(), at });
    }

    pub(super) fn enters(&mut self, at: At, process: u32, session: &SessionId, is_there: bool) {
        self.entries.push(Entry { process, session: session.clone(), at, is_there });
    }

    pub(super) fn bounds(&mut self, at: At, process: u32, session: &SessionId) {
        self.boundaries.push(Boundary { process, session: session.clone(), at });
    }

    pub(super) fn ends(&mut self, at: At, process: u32, agent: &str, session: &SessionId) {
        self.ends.push(SessionEnd { process, agent: agent.to_owned(), session: session.clone(), at });
    }
}

#[cfg(test)]
mod tests {
    use model::facts::commits::Observation;

    use crate::history::reading::tests::{Log, turn};

    fn marked(name: &str) -> Observation {
        Observation::Marked { session: turn(name).session, turn: turn(name), owner: Some("a".into()) }
    }

    #[test]
    fn a_turn_waits_until_it_is_counted() {
        let counted = Observation::Counted { session: "S1".into(), turns: vec![turn("S1#1")] };
        let log = Log::default().commits(1, marked("S1#1")).commits(1, marked("S1#2")).commits(1, counted);
        let sessions = log.read().commits.sessions;
        let waiting =
            |place| sessions.waiting(1, &"S1".into(), place).map(ToString::to_string).collect::<Vec<_>>().join(" ");
        assert_eq!([waiting(0), waiting(2), waiting(3)], ["", "S1#1 S1#2", "S1#2"]);
        assert_eq!(sessions.mark(1, &turn("S1#2")).and_then(|mark| mark.owner.as_deref()), Some("a"));
        assert!(sessions.mark(2, &turn("S1#2")).is_none());
    }

    #[test]
    fn of_equal_words_the_ones_that_waited_first_are_counted() {
        let counted = Observation::Counted { session: "S1".into(), turns: vec![turn("S1#1")] };
        let log = Log::default().commits(1, marked("S1#1")).commits(1, marked("S1#1")).commits(1, counted.clone());
        let sessions = log.commits(1, counted).read().commits.sessions;
        let waiting = |place| sessions.waiting(1, &"S1".into(), place).count();
        assert_eq!([waiting(2), waiting(3), waiting(4)], [2, 1, 0]);
    }

    #[test]
    fn a_session_has_an_entry_until_it_is_dropped() {
        let entered = Observation::Entered { session: "S1".into() };
        let dropped = Observation::Dropped { session: "S1".into() };
        let sessions = Log::default().commits(1, entered).commits(1, dropped).read().commits.sessions;
        let has_entry: Vec<bool> = (0..3).map(|place| sessions.has_entry(1, &"S1".into(), place)).collect();
        assert_eq!(has_entry, [false, true, false]);
    }
}
