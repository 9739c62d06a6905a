//! Documents and operations: everything that survives a kill of the provider's process.
//!
//! Every change is one call, so a kill comes before it or after it. Time is an argument: the store never waits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use model::words::session::{DocumentId, SessionId};
use model::words::turn::TurnId;
use serde_json::Value;

use super::submission::{Message, Piece, tags, turns_of};
use crate::description::{Again, Description};
use crate::history::{Container, Entry};
use crate::providers::serve::Fate;

/// An accepted write that is not yet kept.
#[derive(Clone)]
pub(super) struct Operation {
    pub(super) id: String,
    /// The number of its request.
    pub(super) number: u32,
    pub(super) due: Duration,
    pub(super) pieces: Vec<Piece>,
    pub(super) fate: Fate,
}

/// The state of an operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Pending,
    Completed,
    Failed,
    Unknown,
}

/// The data on the provider's disk.
pub(super) struct Store {
    shows_session: bool,
    commits: bool,
    documents: BTreeMap<DocumentId, Vec<Kept>>,
    queue: VecDeque<Operation>,
    states: BTreeMap<String, State>,
    /// The requests whose texts are lost later, and when.
    losses: Vec<(Duration, u32)>,
    /// The answers to writes that may come again.
    answered: BTreeMap<(String, String), (u16, Value)>,
    ids: u64,
    texts: u64,
}

/// A message in a document.
struct Kept {
    /// The number of the text that it is a part of, among all texts.
    entry: u64,
    /// The number of the request that brought it.
    number: u32,
    message: Message,
    tags: Option<Vec<String>>,
    session: Option<SessionId>,
    /// Since when it is memory. `None` while it waits for a commit.
    since: Option<Duration>,
}

impl Store {
    /// An empty store.
    pub(super) fn new(description: &Description) -> Self {
        Self {
            shows_session: description.shows.session,
            commits: description.commits(),
            documents: BTreeMap::new(),
            queue: VecDeque::new(),
            states: BTreeMap::new(),
            losses: Vec::new(),
            answered: BTreeMap::new(),
            ids: 0,
            texts: 0,
        }
    }

    /// Puts a piece of the `number`-th request into its document. Returns the turns that this adds.
    pub(super) fn put(&mut self, now: Duration, number: u32, piece: Piece) -> Vec<TurnId> {
        let held = self.documents.entry(piece.document).or_default();
        let messages = match piece.again {
            Again::Append => piece.messages,
            Again::Replace => {
                held.clear();
                piece.messages
            }
            Again::SkipPrefix => {
                let same = held.iter().zip(&piece.messages).take_while(|(kept, message)| kept.message == **message);
                let known = same.count();
                piece.messages.into_iter().skip(known).collect()
            }
        };
        let turns = turns_of(&messages);
        self.texts += 1;
        let entry = self.texts;
        let since = (!self.commits).then_some(now);
        let (tags, session) = (piece.tags, piece.session);
        held.extend(messages.into_iter().map(|message| {
            let (tags, session) = (tags.clone(), session.clone());
            Kept { entry, number, message, tags, session, since }
        }));
        turns
    }

    /// Makes memory of the messages of a document that wait, but for the last `leaves`: by request, the turns in them.
    pub(super) fn commit(&mut self, now: Duration, document: &DocumentId, leaves: usize) -> Vec<(u32, Vec<TurnId>)> {
        let held = self.documents.get_mut(document).map(Vec::as_mut_slice).unwrap_or_default();
        let covered = held.len().saturating_sub(leaves);
        let mut new: Vec<&Kept> = Vec::new();
        for kept in held[..covered].iter_mut().filter(|kept| kept.since.is_none()) {
            kept.since = Some(now);
            new.push(kept);
        }
        let groups = new.chunk_by(|one, other| one.entry == other.entry);
        groups.map(|group| (group[0].number, turns_of(group.iter().map(|kept| &kept.message)))).collect()
    }

    /// How many messages of a document wait for a commit, and how many it has.
    pub(super) fn counts(&self, document: &DocumentId) -> (usize, usize) {
        let held = self.documents.get(document).map(Vec::as_slice).unwrap_or_default();
        (held.iter().filter(|kept| kept.since.is_none()).count(), held.len())
    }

    /// Accepts an operation: it will be done, even if the server is killed.
    pub(super) fn accept(&mut self, operation: Operation) {
        self.states.insert(operation.id.clone(), State::Pending);
        self.queue.push_back(operation);
    }

    /// The next operation that is due. Unless it is repeated, it has ended.
    pub(super) fn take_due(&mut self, now: Duration, again: Duration) -> Option<Operation> {
        let place = self.queue.iter().position(|operation| operation.due <= now)?;
        let operation = self.queue.remove(place)?;
        let state = match operation.fate {
            Fate::Failed | Fate::Partly { silent: false, .. } => State::Failed,
            Fate::Repeated => State::Pending,
            Fate::Applied | Fate::Stalled(_) | Fate::Discarded | Fate::Lost(_) | Fate::Partly { silent: true, .. } => {
                State::Completed
            }
        };
        if operation.fate == Fate::Repeated {
            self.queue.push_back(Operation { fate: Fate::Applied, due: now + again, ..operation.clone() });
        }
        self.states.insert(operation.id.clone(), state);
        Some(operation)
    }

    /// When the next operation or loss is due. What never is does not count.
    pub(super) fn next_due(&self) -> Option<Duration> {
        let losses = self.losses.iter().map(|(at, _)| *at);
        let all = self.queue.iter().map(|operation| operation.due).chain(losses);
        all.filter(|due| *due < Duration::MAX).min()
    }

    /// The state of an operation.
    pub(super) fn state(&self, operation: &str) -> State {
        self.states.get(operation).copied().unwrap_or(State::Unknown)
    }

    /// From this time on the messages that this request brought are lost.
    pub(super) fn lose_at(&mut self, at: Duration, number: u32) {
        self.losses.push((at, number));
    }

    /// Loses what is to be lost by now: the turns of each document that lost any.
    pub(super) fn lose_due(&mut self, now: Duration) -> Vec<(DocumentId, Vec<TurnId>)> {
        let due: BTreeSet<u32> = self.losses.extract_if(.., |(at, _)| *at <= now).map(|(_, number)| number).collect();
        let mut lost = Vec::new();
        for (document, held) in self.documents.iter_mut().filter(|_| !due.is_empty()) {
            let gone: Vec<Kept> = held.extract_if(.., |kept| due.contains(&kept.number)).collect();
            if !gone.is_empty() {
                lost.push((document.clone(), turns_of(gone.iter().map(|kept| &kept.message))));
            }
        }
        self.documents.retain(|_, held| !held.is_empty());
        lost
    }

    /// The answer that a write of this key got.
    pub(super) fn answered(&self, key: &(String, String)) -> Option<(u16, Value)> {
        self.answered.get(key).cloned()
    }

    /// Remembers the answer to a write of this key.
    pub(super) fn answers(&mut self, key: (String, String), status: u16, body: Value) {
        self.answered.insert(key, (status, body));
    }

    /// The turns that are memory since this time at the latest, document by document.
    pub(super) fn turns(&self, by: Duration) -> Vec<TurnId> {
        let is_memory = |kept: &&Kept| kept.since.is_some_and(|since| since <= by);
        let of = |held: &Vec<Kept>| turns_of(held.iter().filter(is_memory).map(|kept| &kept.message));
        self.documents.values().flat_map(of).collect()
    }

    /// An id that was never used: a UUID in form, made from a counter.
    pub(super) fn fresh_id(&mut self) -> String {
        self.ids += 1;
        format!("{:08x}-0000-4000-8000-{:012x}", self.ids, self.ids)
    }

    /// The memory in every document, with an entry for each write that has a part in it.
    pub(super) fn containers(&self) -> Vec<Container> {
        let entry = |document: &DocumentId, group: &[&Kept]| {
            let turns = turns_of(group.iter().map(|kept| &kept.message));
            let labels = group[0].tags.clone();
            let tags = labels.unwrap_or_else(|| tags(self.shows_session, document, &turns));
            Entry { turns, tags, session: group[0].session.clone() }
        };
        let container = |(document, held): (&DocumentId, &Vec<Kept>)| {
            let memory: Vec<&Kept> = held.iter().filter(|kept| kept.since.is_some()).collect();
            let groups = memory.chunk_by(|one, other| one.entry == other.entry);
            Container { id: document.clone(), entries: groups.map(|group| entry(document, group)).collect() }
        };
        self.documents.iter().map(container).filter(|container| !container.entries.is_empty()).collect()
    }
}
