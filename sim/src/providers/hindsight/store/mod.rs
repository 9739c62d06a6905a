//! Documents and operations: everything that survives a kill of the provider's process.
//!
//! Every change is one call, so a kill comes before it or after it. Time is an argument: the store never waits.

#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use model::protocols::hindsight::wire::{Document, Status, UpdateMode};
use model::words::session::{BankId, DocumentId};
use model::words::turn::TurnId;

use super::retain::Piece;
use crate::history::{Container, Entry, Happening};
use crate::plan::Fault;
use crate::providers::serve::Fate;

/// An accepted retain that is not yet applied.
#[derive(Clone)]
pub(super) struct Operation {
    pub(super) id: String,
    pub(super) bank: BankId,
    /// The retain's number.
    pub(super) number: u32,
    /// When it should be applied.
    pub(super) due: Duration,
    pub(super) pieces: Vec<Piece>,
    pub(super) fate: Fate,
}

impl Operation {
    /// Whether both write one document: such operations run one after another.
    fn shares_a_document(&self, other: &Self) -> bool {
        let documents = |operation: &Self| operation.pieces.iter().filter_map(|piece| piece.document.clone()).collect();
        let (mine, others): (BTreeSet<DocumentId>, BTreeSet<DocumentId>) = (documents(self), documents(other));
        self.bank == other.bank && !mine.is_disjoint(&others)
    }
}

/// The data on the provider's disk.
#[derive(Default)]
pub(super) struct Store {
    documents: BTreeMap<(BankId, DocumentId), Vec<Text>>,
    operations: BTreeMap<String, Filed>,
    /// In the order of acceptance, which is also the order in which they are due.
    queue: VecDeque<Operation>,
    /// Those that no worker takes up in their turn.
    stalled: Vec<Operation>,
    /// The requests whose texts are lost later, and when.
    losses: Vec<(Duration, u32)>,
    /// How long an append takes, from reading its document to writing it.
    append_lag: Duration,
    /// The appends that have read their documents.
    writing: Vec<Writing>,
    /// How many texts were ever kept.
    texts: u64,
    /// The operations that dead workers have left behind, in the order in which they are due.
    orphans: VecDeque<Operation>,
    ids: u64,
}

/// An operation whose worker has read the documents that it appends to, and writes each as it was then, and the new text.
struct Writing {
    operation: Operation,
    /// The texts that were there.
    read: BTreeSet<u64>,
}

/// A piece of a document.
struct Text {
    /// Its number among all texts.
    own: u64,
    /// The number of the request that brought it.
    number: u32,
    content: String,
    entry: Entry,
    applied_at: Duration,
}

/// The permanent record of an operation.
struct Filed {
    /// How many were filed before.
    place: usize,
    bank: BankId,
    status: Status,
    /// The places of the turns that it was refused.
    refused: Vec<u32>,
}

impl Store {
    /// An empty store, in which an asynchronous append takes that long.
    pub(super) fn new(append_lag: Duration) -> Self {
        Self { append_lag, ..Self::default() }
    }

    /// Puts a piece of the `number`-th request into its document, and returns the document's id: a piece that names none gets a new one.
    pub(super) fn apply(&mut self, now: Duration, number: u32, bank: &BankId, piece: Piece) -> DocumentId {
        let id = piece.document.unwrap_or_else(|| DocumentId::from(self.fresh_id()));
        let texts = self.documents.entry((bank.clone(), id.clone())).or_default();
        if piece.update_mode != Some(UpdateMode::Append) {
            texts.clear();
        }
        self.texts += 1;
        texts.push(Text { own: self.texts, number, content: piece.content, entry: piece.entry, applied_at: now });
        id
    }

    /// Loses the texts that came into a document after an append had read it, and before it writes: the turns that they held.
    pub(super) fn overwrite(
        &mut self,
        bank: &BankId,
        piece: &Piece,
        read: &BTreeSet<u64>,
    ) -> Option<(DocumentId, Vec<TurnId>)> {
        let id = piece.document.clone().filter(|_| piece.update_mode == Some(UpdateMode::Append))?;
        let texts = self.documents.get_mut(&(bank.clone(), id.clone()))?;
        let gone = texts.extract_if(.., |text| !read.contains(&text.own)).flat_map(|text| text.entry.turns);
        let gone: Vec<TurnId> = gone.collect();
        (!gone.is_empty()).then_some((id, gone))
    }

    /// Accepts an operation: it will be applied, even if the server is killed. `refused` are the turns that it lacks.
    pub(super) fn accept(&mut self, operation: Operation, refused: Vec<u32>) {
        let place = self.operations.len();
        let filed = Filed { place, bank: operation.bank.clone(), status: Status::Pending, refused };
        self.operations.insert(operation.id.clone(), filed);
        match operation.fate {
            Fate::Stalled(_) => self.stalled.push(operation),
            Fate::Applied | Fate::Failed | Fate::Repeated | Fate::Discarded | Fate::Lost(_) | Fate::Partly { .. } => {
                self.queue.push_back(operation);
            }
        }
    }

    /// From this time on the texts that this request brought are lost.
    pub(super) fn lose_at(&mut self, at: Duration, number: u32) {
        self.losses.push((at, number));
    }

    /// Loses what is to be lost by now: the turns of each document that lost any.
    pub(super) fn lose_due(&mut self, now: Duration) -> Vec<(DocumentId, Vec<TurnId>)> {
        let due: Vec<u32> = self.losses.extract_if(.., |(at, _)| *at <= now).map(|(_, number)| number).collect();
        if due.is_empty() {
            return Vec::new();
        }
        let mut lost = Vec::new();
        for ((bank, id), texts) in &mut self.documents {
            let gone = texts.extract_if(.., |text| due.contains(&text.number)).flat_map(|text| text.entry.turns);
            let gone: Vec<TurnId> = gone.collect();
            if !gone.is_empty() {
                lost.push((Happening::container(bank, id), gone));
            }
        }
        self.documents.retain(|_, texts| !texts.is_empty());
        lost
    }

    /// The next operation that is due. The caller applies it, unless it fails. It counts as ended, except an operation whose worker dies:
    /// that one becomes due again. An append that takes its time was read before: then these are the texts that it has read.
    pub(super) fn take_due(&mut self, now: Duration) -> Option<(Operation, Option<BTreeSet<u64>>)> {
        loop {
            if let Some(place) = self.writing.iter().position(|writing| writing.operation.due <= now) {
                let Writing { operation, read } = self.writing.remove(place);
                return Some((self.ended(now, operation), Some(read)));
            }
            let operation = self.take_from_queues(now)?;
            let appends = operation.pieces.iter().any(|piece| piece.update_mode == Some(UpdateMode::Append));
            if self.append_lag.is_zero() || !appends || matches!(operation.fate, Fate::Failed | Fate::Discarded) {
                return Some((self.ended(now, operation), None));
            }
            self.file(&operation, Status::Processing);
            let read = self.documents.values().flatten().map(|text| text.own).collect();
            let operation = Operation { due: now + self.append_lag, ..operation };
            self.writing.push(Writing { operation, read });
        }
    }

    fn take_from_queues(&mut self, now: Duration) -> Option<Operation> {
        let is_due = |operation: &mut Operation| operation.due <= now;
        let stalled = self.stalled.iter_mut().position(is_due).map(|place| self.stalled.remove(place));
        stalled.or_else(|| self.orphans.pop_front_if(is_due)).or_else(|| {
            let place = self.next_in_queue()?;
            is_due(&mut self.queue[place]).then(|| self.queue.remove(place)).flatten()
        })
    }

    fn file(&mut self, operation: &Operation, status: Status) {
        self.operations.get_mut(&operation.id).expect("an operation is filed when it is accepted").status = status;
    }

    /// Ends an operation that the caller applies, unless its worker dies.
    fn ended(&mut self, now: Duration, operation: Operation) -> Operation {
        let status = match operation.fate {
            Fate::Applied | Fate::Stalled(_) | Fate::Discarded | Fate::Lost(_) => Status::Completed,
            // A parent of several operations fails if any of them does, as in the code of Hindsight.
            Fate::Failed | Fate::Partly { .. } => Status::Failed,
            Fate::Repeated => Status::Processing,
        };
        self.file(&operation, status);
        if operation.fate == Fate::Repeated {
            let due = now + Fault::RECLAIM;
            self.orphans.push_back(Operation { fate: Fate::Applied, due, ..operation.clone() });
        }
        operation
    }

    /// When the next operation or loss is due. What never is does not count.
    pub(super) fn next_due(&self) -> Option<Duration> {
        let next = self.next_in_queue().map(|place| self.queue[place].due);
        let writing = self.writing.iter().map(|writing| &writing.operation);
        let others = self.orphans.iter().take(1).chain(&self.stalled).chain(writing).map(|operation| operation.due);
        let all = others.chain(self.losses.iter().map(|(at, _)| *at)).chain(next);
        all.filter(|due| *due < Duration::MAX).min()
    }

    /// The place of the first operation that need not wait for an orphan: at most one operation works on a document.
    fn next_in_queue(&self) -> Option<usize> {
        let waits = |operation: &Operation| self.orphans.iter().any(|orphan| orphan.shares_a_document(operation));
        self.queue.iter().position(|operation| !waits(operation))
    }

    /// The bank in which an operation of that id was accepted, if one was.
    pub(super) fn bank_of(&self, operation: &str) -> Option<&BankId> {
        self.operations.get(operation).map(|filed| &filed.bank)
    }

    /// The status of an operation of `bank`, and once it has failed, the turns that it was refused.
    pub(super) fn status(&self, bank: &BankId, operation: &str) -> (Status, Vec<u32>) {
        match self.operations.get(operation).filter(|filed| filed.bank == *bank) {
            None => (Status::NotFound, Vec::new()),
            Some(filed) if filed.status == Status::Failed => (filed.status, filed.refused.clone()),
            Some(filed) => (filed.status, Vec::new()),
        }
    }

    /// The operations of a bank with their states, the newest first.
    pub(super) fn listed(&self, bank: &BankId) -> Vec<(&str, Status)> {
        let mut filed: Vec<_> = self.operations.iter().filter(|(_, filed)| filed.bank == *bank).collect();
        filed.sort_unstable_by_key(|(_, filed)| Reverse(filed.place));
        filed.into_iter().map(|(id, filed)| (id.as_str(), filed.status)).collect()
    }

    /// An id that was never used: a UUID in form, made from a counter.
    pub(super) fn fresh_id(&mut self) -> String {
        loop {
            self.ids += 1;
            let id = format!("{:08x}-0000-4000-8000-{:012x}", self.ids, self.ids);
            if !self.operations.contains_key(&id) {
                return id;
            }
        }
    }

    /// Deletes a document. Returns whether it existed.
    pub(super) fn delete(&mut self, bank: &BankId, id: &DocumentId) -> bool {
        self.documents.remove(&(bank.clone(), id.clone())).is_some()
    }

    /// The turns of a bank that were applied no later than `by`, document by document.
    pub(super) fn turns(&self, bank: &BankId, by: Duration) -> impl Iterator<Item = &TurnId> {
        let documents = self.documents.iter().filter(move |((home, _), _)| home == bank);
        let texts = documents.flat_map(|(_, texts)| texts).filter(move |text| text.applied_at <= by);
        texts.flat_map(|text| &text.entry.turns)
    }

    /// A document as a client sees it: its texts on separate lines, and the tags of the last.
    pub(super) fn document(&self, bank: &BankId, id: &DocumentId) -> Option<Document> {
        let texts = self.documents.get(&(bank.clone(), id.clone()))?;
        let contents: Vec<&str> = texts.iter().map(|text| text.content.as_str()).collect();
        let tags = texts.last().map(|text| text.entry.tags.clone()).unwrap_or_default();
        Some(Document { id: id.clone(), original_text: contents.join("\n"), tags })
    }

    /// The content of every document, by bank and id.
    pub(super) fn documents(&self) -> Vec<Container> {
        let entries = |texts: &[Text]| texts.iter().map(|text| text.entry.clone()).collect();
        let documents = self.documents.iter();
        documents
            .map(|((bank, id), texts)| Container { id: Happening::container(bank, id), entries: entries(texts) })
            .collect()
    }
}
