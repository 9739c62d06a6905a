//! Segments: which turns travel together, and as which request.
//!
//! Its one rule: a segment is a document of its own, named by the one journal that wrote it, and never appended to. Sending
//! it again replaces it by itself, on every version of the server and even if a worker died over it. An append would not do:
//! one worker applies it and dies, the next applies it again, and the turns stand there twice, whatever operation id the
//! request had (the scenario `server_worker_dies_after_the_commit`). Everything here is a pure function of the journal, so a
//! segment that is sent twice is the same to the last byte. Deliberately absent: any state.

use std::collections::{BTreeMap, VecDeque};

use super::record::{Cut, JournaledTurn};
use super::room::Text;
use crate::protocols::hindsight::wire::{Item, Retain};
use crate::words::session::{DocumentId, SessionId, parent_tag, session_tag};
use crate::words::timestamp::Timestamp;
use crate::words::turn::{TurnId, content_of};

/// The request's context field: Hermes' default.
const CONTEXT: &str = "conversation between Hermes Agent and the User";

/// A turn in memory that is not yet proven.
pub(super) struct Slot {
    /// Its sequence number in the journal.
    pub seq: u64,
    /// The turn.
    pub turn: TurnId,
    /// The session that the turn's session was forked or compressed from.
    pub parent: Option<SessionId>,
    /// When it was completed.
    pub completed_at: Timestamp,
    /// Where its record stands in the file.
    pub place: usize,
    /// Its text, if it fit into memory.
    pub text: Option<Text>,
}

/// Turns that travel together.
pub(super) struct Segment {
    /// The record that cut it.
    pub cut: Cut,
    /// The turns, in order.
    pub slots: Vec<Slot>,
}

impl Slot {
    /// The slot of a record that stands at `place`.
    pub(super) fn of(entry: &JournaledTurn, place: usize, text: Option<Text>) -> Self {
        let (turn, parent) = (entry.turn.clone(), entry.parent.clone());
        Self { seq: entry.seq, turn, parent, completed_at: entry.completed_at, place, text }
    }

    /// The same, with its text in the journal only.
    fn spilled(&self) -> Self {
        let Self { seq, turn, parent, completed_at, place, .. } = self;
        let (turn, parent) = (turn.clone(), parent.clone());
        Self { seq: *seq, turn, parent, completed_at: *completed_at, place: *place, text: None }
    }
}

impl Segment {
    /// The turns of the same segment that `cut` has, and those that it leaves. No text of them is in memory.
    pub(super) fn split(&self, cut: Cut) -> (Self, Vec<Slot>) {
        let (first, rest) = self.slots.iter().map(Slot::spilled).partition(|slot| slot.seq <= cut.last);
        (Self { cut, slots: first }, rest)
    }

    /// The same segment, with no text of its turns in memory.
    pub(super) fn spilled(&self) -> Self {
        Self { cut: self.cut.clone(), slots: self.slots.iter().map(Slot::spilled).collect() }
    }

    /// The first half of its turns, if there are several.
    pub(super) fn half(&self) -> Option<Cut> {
        let half = self.slots.len() / 2;
        let last = self.slots[..half].last()?.seq;
        Some(Cut { last, ..self.cut.clone() })
    }
}

/// How many of a session's waiting turns the next segment takes. 0 if it is too early.
///
/// A segment is cut when it is full, when its turns stand before the last boundary, or when a turn of another parent follows them: then no turn
/// to come could fill it. It never reaches across that boundary or across a change of parent.
pub(super) fn next_size(waiting: &VecDeque<Slot>, every: usize, boundary: u64) -> usize {
    let Some(first) = waiting.front() else { return 0 };
    let kin = || waiting.iter().take(every).take_while(|slot| slot.parent == first.parent);
    if first.seq <= boundary {
        return kin().take_while(|slot| slot.seq <= boundary).count();
    }
    let (size, is_followed) = (kin().count(), kin().count() < waiting.len());
    if size == every || is_followed { size } else { 0 }
}

impl Cut {
    /// The document of a segment of the journal with this number. No two journals ever name the same document.
    pub(super) fn document(&self, journal: u32) -> DocumentId {
        let Self { session, first, last } = self;
        match journal {
            1 => DocumentId::from(format!("{session}:{first:06}-{last:06}")),
            _ => DocumentId::from(format!("{session}:k{journal}-{first:06}-{last:06}")),
        }
    }
}

/// A turn in a request.
pub(super) struct Passenger<'a> {
    /// The turn.
    pub turn: &'a TurnId,
    /// The session that the turn's session was forked or compressed from.
    pub parent: Option<&'a SessionId>,
    /// When it was completed.
    pub completed_at: Timestamp,
    /// Its text.
    pub json: &'a str,
}

impl<'a> From<&'a JournaledTurn> for Passenger<'a> {
    fn from(entry: &'a JournaledTurn) -> Self {
        let JournaledTurn { turn, parent, completed_at, json, .. } = entry;
        Self { turn, parent: parent.as_ref(), completed_at: *completed_at, json }
    }
}

/// The request that makes `passengers`, at least one, the whole content of `document`.
pub(super) fn retain(document: DocumentId, passengers: &[Passenger<'_>], asynchronous: bool) -> Retain {
    let (first, last) = passengers.first().zip(passengers.last()).expect("an empty segment is deleted, not retained");
    let session = &first.turn.session;
    let metadata = [
        ("session_id", session.to_string()),
        ("message_count", (2 * passengers.len()).to_string()),
        ("turn_index", last.turn.number.to_string()),
    ];
    let texts: Vec<&str> = passengers.iter().map(|passenger| passenger.json).collect();
    let item = Item {
        content: content_of(&texts),
        timestamp: Some(first.completed_at.to_string()),
        context: Some(CONTEXT.to_owned()),
        metadata: BTreeMap::from(metadata.map(|(name, value)| (name.to_owned(), value))),
        document_id: Some(document),
        tags: std::iter::once(session_tag(session)).chain(first.parent.map(parent_tag)).collect(),
        update_mode: None,
    };
    Retain { items: vec![item], asynchronous, operation_id: None }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::words::turn::Turn;

    /// Turn `number` of `S1`, with that sequence number, completed after that many seconds.
    fn entry(number: u32, parent: Option<&str>) -> JournaledTurn {
        let turn = TurnId { session: SessionId::from("S1"), number };
        let completed_at = Timestamp::in_run(Duration::from_secs(number.into()));
        let json = Turn::of(turn.clone()).to_json(completed_at);
        JournaledTurn { seq: number.into(), turn, parent: parent.map(SessionId::from), completed_at, json }
    }

    fn slot(number: u32, parent: Option<&str>) -> Slot {
        Slot::of(&entry(number, parent), 0, None)
    }

    /// The sizes of the segments into which the turns 1 to `turns` are cut, with the boundary behind turn `boundary`.
    fn sizes(turns: u32, every: usize, boundary: u64) -> Vec<usize> {
        let mut waiting: VecDeque<_> = (1..=turns).map(|number| slot(number, None)).collect();
        let mut sizes = Vec::new();
        loop {
            match next_size(&waiting, every, boundary) {
                0 => return sizes,
                size => sizes.push(waiting.drain(..size).len()),
            }
        }
    }

    #[test]
    fn a_segment_is_cut_when_it_is_full_or_before_a_boundary_and_never_reaches_across_one() {
        assert_eq!(sizes(0, 3, 0), [0; 0]);
        assert_eq!(sizes(2, 1, 0), [1, 1]);
        assert_eq!(sizes(2, 3, 0), [0; 0]);
        assert_eq!(sizes(7, 3, 0), [3, 3]);
        assert_eq!(sizes(7, 3, 7), [3, 3, 1]);
        assert_eq!(sizes(7, 3, 4), [3, 1, 3]);
        assert_eq!(sizes(7, 3, 2), [2, 3]);
    }

    #[test]
    fn a_segment_is_split_in_halves_until_one_turn_is_left() {
        let slots = (1..=3).map(|number| slot(number, None)).collect();
        let whole = Segment { cut: Cut { session: SessionId::from("S1"), first: 1, last: 3 }, slots };
        let half = whole.half().expect("several turns");
        assert_eq!((half.first, half.last), (1, 1));
        let (first, rest) = whole.split(half);
        let seqs = |slots: &[Slot]| slots.iter().map(|slot| slot.seq).collect::<Vec<_>>();
        assert_eq!((first.cut.last, seqs(&first.slots), seqs(&rest)), (1, vec![1], vec![2, 3]));
        assert!(first.half().is_none());
    }

    #[test]
    fn turns_of_different_lineage_never_travel_together() {
        let waiting = VecDeque::from([slot(1, None), slot(2, Some("S0"))]);
        assert_eq!(next_size(&waiting, 2, 2), 1);
    }

    #[test]
    fn a_turn_of_another_lineage_lets_those_before_it_travel() {
        let waiting = [slot(1, None), slot(2, None), slot(3, Some("S0")), slot(4, Some("S0"))];
        let mut waiting = VecDeque::from(waiting);
        assert_eq!(next_size(&waiting, 3, 0), 2);
        waiting.drain(..2);
        assert_eq!(next_size(&waiting, 3, 0), 0);
        waiting.push_back(slot(5, Some("S0")));
        assert_eq!(next_size(&waiting, 3, 0), 3);
    }

    #[test]
    fn a_segment_belongs_to_its_session_and_to_one_journal() {
        let session = SessionId::from("S1");
        let cut = Cut { session: session.clone(), first: 3, last: 5 };
        assert_eq!(cut.document(1), DocumentId::from("S1:000003-000005"));
        assert_eq!(cut.document(2), DocumentId::from("S1:k2-000003-000005"));
        assert!(cut.document(1).belongs_to(&session) && cut.document(12).belongs_to(&session));
    }

    #[test]
    fn a_request_names_session_and_parent_and_replaces_only_its_own_document() {
        let entries: Vec<_> = (3..=5).map(|number| entry(number, Some("S0"))).collect();
        let passengers: Vec<_> = entries.iter().map(Passenger::from).collect();
        let request = retain("S1:000003-000005".into(), &passengers, true);
        let item = &request.items[0];
        assert!(request.asynchronous && request.operation_id.is_none() && item.update_mode.is_none());
        assert_eq!(item.timestamp.as_deref(), Some("2026-01-01T00:00:03+00:00"));
        assert_eq!(item.tags, ["session:S1", "parent:S0"]);
        assert_eq!((item.metadata["message_count"].as_str(), item.metadata["turn_index"].as_str()), ("6", "5"));
        assert_eq!(item.content, content_of(&entries.iter().map(|entry| &entry.json).collect::<Vec<_>>()));
    }
}
