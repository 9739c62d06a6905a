//! Documents and operations: everything that survives a kill of the provider's process.
//!
//! Every change is one call, so a kill comes before it or after it. Time is an argument: the store never waits.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use model::protocols::hindsight::wire::{Document, Status, UpdateMode};
use model::words::session::{BankId, DocumentId};
use model::words::turn::TurnId;

use super::retain::Piece;
use crate::history::{Container, Entry};
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
    /// The operations that dead workers have left behind, in the order in which they are due.
    orphans: VecDeque<Operation>,
    ids: u64,
}

/// A piece of a document.
struct Text {
    /// The number of the request that brought it.
    number: u32,
    content: String,
    entry: Entry,
    applied_at: Duration,
}

/// The permanent record of an operation.
struct Filed {
    bank: BankId,
    status: Status,
    /// The places of the turns that it was refused.
    refused: Vec<u32>,
}

impl Store {
    /// Puts a piece of the `number`-th request into its document, and returns the document's id: a piece that names none gets a new one.
    pub(super) fn apply(&mut self, now: Duration, number: u32, bank: &BankId, piece: Piece) -> DocumentId {
        let id = piece.document.unwrap_or_else(|| DocumentId::from(self.fresh_id()));
        let texts = self.documents.entry((bank.clone(), id.clone())).or_default();
        if piece.update_mode != Some(UpdateMode::Append) {
            texts.clear();
        }
        texts.push(Text { number, content: piece.content, entry: piece.entry, applied_at: now });
        id
    }

    /// Accepts an operation: it will be applied, even if the server is killed. `refused` are the turns that it lacks.
    pub(super) fn accept(&mut self, operation: Operation, refused: Vec<u32>) {
        let filed = Filed { bank: operation.bank.clone(), status: Status::Pending, refused };
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
        let mut lost = Vec::new();
        for ((_, id), texts) in &mut self.documents {
            let gone = texts.extract_if(.., |text| due.contains(&text.number)).flat_map(|text| text.entry.turns);
            let gone: Vec<TurnId> = gone.collect();
            if !gone.is_empty() {
                lost.push((id.clone(), gone));
            }
        }
        self.documents.retain(|_, texts| !texts.is_empty());
        lost
    }

    /// The next operation that is due. The caller applies it, unless it fails. It counts as ended, except an operation whose worker dies:
    /// that one becomes due again.
    pub(super) fn take_due(&mut self, now: Duration) -> Option<Operation> {
        let is_due = |operation: &mut Operation| operation.due <= now;
        let stalled = self.stalled.iter_mut().position(is_due).map(|place| self.stalled.remove(place));
        let operation = stalled.or_else(|| self.orphans.pop_front_if(is_due)).or_else(|| {
            let place = self.next_in_queue()?;
            is_due(&mut self.queue[place]).then(|| self.queue.remove(place)).flatten()
        })?;
        let filed = self.operations.get_mut(&operation.id).expect("an operation is filed when it is accepted");
        filed.status = match operation.fate {
            Fate::Applied | Fate::Stalled(_) | Fate::Discarded | Fate::Lost(_) => Status::Completed,
            // A parent of several operations fails if any of them does (`domain/server.md`, C2).
            Fate::Failed | Fate::Partly { .. } => Status::Failed,
            Fate::Repeated => Status::Processing,
        };
        if operation.fate == Fate::Repeated {
            let due = now + Fault::RECLAIM;
            self.orphans.push_back(Operation { fate: Fate::Applied, due, ..operation.clone() });
        }
        Some(operation)
    }

    /// When the next operation or loss is due. What never is does not count.
    pub(super) fn next_due(&self) -> Option<Duration> {
        let next = self.next_in_queue().map(|place| self.queue[place].due);
        let others = self.orphans.iter().take(1).chain(&self.stalled).map(|operation| operation.due);
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
        documents.map(|((_, id), texts)| Container { id: id.clone(), entries: entries(texts) }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bank() -> BankId {
        BankId::from("b")
    }

    fn piece(document: Option<&str>, update_mode: Option<UpdateMode>, turn: &str) -> Piece {
        let entry =
            Entry { turns: vec![turn.parse().expect("a turn")], tags: vec![format!("tag of {turn}")], session: None };
        Piece { document: document.map(DocumentId::from), update_mode, content: format!("text of {turn}"), entry }
    }

    fn operation(id: &str, due: u64, fate: Fate) -> Operation {
        operation_on("d", id, due, fate)
    }

    fn operation_on(document: &str, id: &str, due: u64, fate: Fate) -> Operation {
        let pieces = vec![piece(Some(document), None, "S1#1")];
        Operation { id: id.into(), bank: bank(), number: 1, due: Duration::from_secs(due), pieces, fate }
    }

    /// The content of the documents after pieces were applied a second apart: `d: S1#1 S1#2`.
    fn check(pieces: Vec<Piece>, expected: &[&str]) -> Store {
        let mut store = Store::default();
        for (second, piece) in (0..).zip(pieces) {
            store.apply(Duration::from_secs(second), 1, &bank(), piece);
        }
        let held = |document: &Container| {
            let turns: Vec<_> = document.entries.iter().flat_map(|entry| &entry.turns).map(TurnId::to_string).collect();
            format!("{}: {}", document.id, turns.join(" "))
        };
        assert_eq!(store.documents().iter().map(held).collect::<Vec<_>>(), expected);
        store
    }

    /// A document with two turns, one second apart.
    fn appended() -> Store {
        let append = Some(UpdateMode::Append);
        check(vec![piece(Some("d"), append, "S1#1"), piece(Some("d"), append, "S1#2")], &["d: S1#1 S1#2"])
    }

    #[test]
    fn a_document_is_replaced_unless_the_piece_says_append() {
        appended();
        let append = Some(UpdateMode::Append);
        check(vec![piece(Some("d"), append, "S1#1"), piece(Some("d"), None, "S1#2")], &["d: S1#2"]);
        check(vec![piece(Some("e"), None, "S1#1"), piece(Some("d"), None, "S1#2")], &["d: S1#2", "e: S1#1"]);
    }

    #[test]
    fn a_piece_that_names_no_document_gets_one_of_its_own() {
        let pieces = vec![piece(None, None, "S1#1"), piece(None, None, "S1#1")];
        let first = "00000001-0000-4000-8000-000000000001: S1#1";
        check(pieces, &[first, "00000002-0000-4000-8000-000000000002: S1#1"]);
    }

    #[test]
    fn a_document_is_its_texts_line_by_line() {
        let store = appended();
        let document = store.document(&bank(), &"d".into()).expect("a document");
        assert_eq!(document.original_text, "text of S1#1\ntext of S1#2");
        assert_eq!(document.tags, ["tag of S1#2"]);
        assert!(store.document(&"other".into(), &"d".into()).is_none());
        assert!(store.document(&bank(), &"e".into()).is_none());
    }

    #[test]
    fn a_turn_is_seen_once_it_is_old_enough_and_only_in_its_bank() {
        let store = appended();
        let seen = |bank: &BankId, by| store.turns(bank, Duration::from_millis(by)).count();
        assert_eq!((seen(&bank(), 999), seen(&bank(), 1_000), seen(&"other".into(), 1_000)), (1, 2, 0));
    }

    #[test]
    fn an_operation_is_pending_until_it_is_due_and_then_has_an_end() {
        let mut store = Store::default();
        store.accept(operation("1", 1, Fate::Applied), Vec::new());
        store.accept(operation("2", 2, Fate::Failed), Vec::new());
        assert!(store.take_due(Duration::ZERO).is_none());
        assert_eq!(store.next_due(), Some(Duration::from_secs(1)));
        assert_eq!((store.status(&bank(), "1").0, store.status(&bank(), "2").0), (Status::Pending, Status::Pending));
        let due = std::iter::from_fn(|| store.take_due(Duration::from_secs(2)));
        assert_eq!(due.map(|operation| operation.id).collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!((store.status(&bank(), "1").0, store.status(&bank(), "2").0), (Status::Completed, Status::Failed));
        assert_eq!(
            (store.status(&bank(), "3").0, store.status(&"other".into(), "1").0),
            (Status::NotFound, Status::NotFound)
        );
    }

    #[test]
    fn a_dead_workers_operation_is_due_once_more_and_its_document_waits_for_it() {
        let mut store = Store::default();
        store.accept(operation("1", 1, Fate::Repeated), Vec::new());
        store.accept(operation("2", 1, Fate::Applied), Vec::new());
        store.accept(operation_on("e", "3", 1, Fate::Applied), Vec::new());
        let mut taken = |second| {
            let due = std::iter::from_fn(|| store.take_due(Duration::from_secs(second)));
            let taken: Vec<String> = due.map(|operation| operation.id).collect();
            (taken.join(" "), store.status(&bank(), "1").0, store.next_due().map(|due| due.as_secs()))
        };
        assert_eq!(taken(1), ("1 3".into(), Status::Processing, Some(3)));
        assert_eq!(taken(2), (String::new(), Status::Processing, Some(3)));
        assert_eq!(taken(3), ("1 2".into(), Status::Completed, None));
    }

    #[test]
    fn a_stalled_operation_holds_up_nobody_and_is_taken_up_when_its_worker_is_back() {
        let mut store = Store::default();
        store.accept(Operation { due: Duration::MAX, ..operation("1", 0, Fate::Stalled(None)) }, Vec::new());
        store.accept(operation("2", 9, Fate::Stalled(Some(Duration::from_secs(9)))), Vec::new());
        store.accept(operation("3", 1, Fate::Discarded), Vec::new());
        let mut taken = |second| {
            let due = std::iter::from_fn(|| store.take_due(Duration::from_secs(second)));
            let taken: Vec<String> = due.map(|operation| operation.id).collect();
            (taken.join(" "), store.next_due().map(|due| due.as_secs()))
        };
        assert_eq!(taken(1), ("3".into(), Some(9)));
        assert_eq!(taken(9), ("2".into(), None));
        let status = |id| store.status(&bank(), id).0;
        assert_eq!((status("1"), status("2"), status("3")), (Status::Pending, Status::Completed, Status::Completed));
    }

    #[test]
    fn what_is_lost_are_the_texts_of_one_request() {
        let append = Some(UpdateMode::Append);
        let mut store = Store::default();
        for number in 1..=2 {
            let piece = piece(Some("d"), append, &format!("S1#{number}"));
            store.apply(Duration::ZERO, number, &bank(), piece);
        }
        store.lose_at(Duration::from_secs(3), 1);
        assert_eq!((store.lose_due(Duration::from_secs(2)), store.next_due()), (vec![], Some(Duration::from_secs(3))));
        let lost = vec![("d".into(), vec!["S1#1".parse().expect("a turn")])];
        assert_eq!((store.lose_due(Duration::from_secs(3)), store.next_due()), (lost, None));
        assert_eq!(store.turns(&bank(), Duration::ZERO).map(TurnId::to_string).collect::<Vec<_>>(), ["S1#2"]);
    }

    #[test]
    fn a_document_is_deleted_once() {
        let mut store = appended();
        assert!(!store.delete(&"other".into(), &"d".into()));
        assert!(store.delete(&bank(), &"d".into()));
        assert!(!store.delete(&bank(), &"d".into()));
        assert!(store.documents().is_empty());
    }

    #[test]
    fn a_fresh_id_is_not_one_that_a_client_chose() {
        let mut store = Store::default();
        store.accept(operation("00000001-0000-4000-8000-000000000001", 0, Fate::Applied), Vec::new());
        assert_eq!(store.fresh_id(), "00000002-0000-4000-8000-000000000002");
    }
}
