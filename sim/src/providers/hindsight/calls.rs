//! The effects of calls without a fault. Each happens at once, as a whole.

use std::time::Duration;

use hyper::StatusCode;
use model::machine::marks::Mark;
use model::protocols::hindsight::wire::{self, Deleted, Memory, Recall, Retained, UpdateMode};
use model::words::profile;
use model::words::session::{BankId, DocumentId};
use tracing::debug;

use super::retain::{Piece, Submission, uuid};
use super::store::Operation;
use super::{Hindsight, mode, problem};
use crate::history::{Happening, Recalled};
use crate::providers::serve::{Answer, Fate, Written};

impl Hindsight {
    /// Keeps the submitted texts: before the answer, or, if it is asynchronous, as an operation.
    pub(super) fn retain(&self, now: Duration, number: u32, submission: Submission, fate: Fate) -> Answer {
        if submission.has_stray_bytes() {
            self.observer.tell(Happening::StrayBytes { number });
        }
        let mut submission = match submission.understood_by(&self.version) {
            Ok(submission) => submission,
            Err(refusal) => return refusal,
        };
        let mut refused = Vec::new();
        let mut fate = fate;
        if let Fate::Partly { keeps, silent } = fate {
            refused = submission.keep_first(keeps);
            if silent || refused.is_empty() {
                (refused, fate) = (Vec::new(), Fate::Applied);
            } else {
                self.observer.reached(Mark::KeptInPart);
            }
        }
        let mut retained = Retained {
            success: true,
            bank_id: submission.bank.as_str().to_owned(),
            items_count: u32::try_from(submission.pieces.len()).unwrap_or(u32::MAX),
            asynchronous: submission.asynchronous,
            operation_id: None,
            refused: Vec::new(),
        };
        if submission.asynchronous {
            match self.accept(now, number, submission, fate, refused) {
                Ok(id) => retained.operation_id = Some(id),
                Err(refusal) => return refusal,
            }
        } else if fate == Fate::Failed {
            return problem(StatusCode::INTERNAL_SERVER_ERROR, "the retain failed");
        } else if fate != Fate::Discarded {
            self.apply(now, number, &submission.bank, submission.pieces);
            self.lose_later(now, number, fate);
            (retained.success, retained.refused) = (refused.is_empty(), refused);
        }
        Answer::ok(&retained)
    }

    /// Has the texts of a request lost later, if that is its fate.
    fn lose_later(&self, now: Duration, number: u32, fate: Fate) {
        if let Fate::Lost(after) = fate {
            self.store.borrow_mut().lose_at(now + after, number);
            self.accepted.notify_one();
        }
    }

    /// Accepts a submission as an operation, unless one of that identity was accepted before. Returns the operation's id.
    fn accept(
        &self,
        now: Duration,
        number: u32,
        submission: Submission,
        fate: Fate,
        refused: Vec<u32>,
    ) -> Result<String, Answer> {
        let fate = if submission.appends_to_nothing() { Fate::Failed } else { fate };
        let Submission { bank, pieces, operation_id, .. } = submission;
        let mut store = self.store.borrow_mut();
        if let Some(id) = &operation_id
            && let Some(home) = store.bank_of(id)
        {
            debug!(number, id, "submitted again");
            self.observer.reached(Mark::OperationRecognized);
            let mine = *home == bank;
            return match mine {
                true => Ok(id.clone()),
                false => Err(problem(StatusCode::CONFLICT, "operation_id belongs to another bank")),
            };
        }
        let id = operation_id.unwrap_or_else(|| store.fresh_id());
        debug!(number, id, "accepted");
        let due = match fate {
            Fate::Stalled(until) => {
                self.observer.reached(Mark::OperationStalled);
                until.map_or(Duration::MAX, |until| until.max(now + self.operation_lag))
            }
            Fate::Applied | Fate::Failed | Fate::Repeated | Fate::Discarded | Fate::Lost(_) | Fate::Partly { .. } => {
                now + self.operation_lag
            }
        };
        store.accept(Operation { id: id.clone(), bank, number, due, pieces, fate }, refused);
        drop(store);
        if self.operation_lag.is_zero() {
            self.work_off(now);
        }
        self.accepted.notify_one();
        Ok(id)
    }

    /// Applies every operation whose time has come, and loses what is to be lost by now.
    pub(super) fn work_off(&self, now: Duration) {
        loop {
            let due = self.store.borrow_mut().take_due(now);
            let Some((Operation { id, number, bank, pieces, fate, .. }, read)) = due else { break };
            match fate {
                Fate::Failed | Fate::Discarded => {
                    debug!(id, ?fate, "not applied");
                    continue;
                }
                Fate::Repeated => self.observer.reached(Mark::AppliedByTwoWorkers),
                Fate::Applied | Fate::Stalled(_) | Fate::Lost(_) | Fate::Partly { .. } => {}
            }
            for piece in pieces.iter().filter(|_| read.is_some()) {
                let lost = read.as_ref().and_then(|read| self.store.borrow_mut().overwrite(&bank, piece, read));
                if let Some((id_there, turns)) = lost {
                    let container = Happening::container(&bank, &id_there);
                    debug!(id, %container, ?turns, "overwritten");
                    self.observer.reached(Mark::UpdateLost);
                    self.observer.tell(Happening::Lost { container, turns });
                }
            }
            self.apply(now, number, &bank, pieces);
            self.lose_later(now, number, fate);
        }
        let lost = self.store.borrow_mut().lose_due(now);
        for (container, turns) in lost {
            debug!(%container, ?turns, "lost");
            self.observer.reached(Mark::LostByProvider);
            self.observer.tell(Happening::Lost { container, turns });
        }
    }

    fn apply(&self, now: Duration, number: u32, bank: &BankId, pieces: Vec<Piece>) {
        if bank.as_str() != profile::HOME {
            self.observer.reached(Mark::AnotherBank);
        }
        for piece in pieces {
            let turns = piece.entry.turns.clone();
            let mode = mode(piece.update_mode.unwrap_or(UpdateMode::Replace));
            let read = self.observer.reader.as_ref().map(|reader| (reader, piece.clone()));
            let container = self.store.borrow_mut().apply(now, number, bank, piece);
            debug!(number, %container, ?mode, ?turns, "applied");
            if let Some((reader, Piece { content, entry, .. })) = read {
                let (text, session, tags) = (content.as_str(), entry.session.as_ref(), entry.tags.as_slice());
                reader.applied(&Written { number, bank, container: &container, mode, text, session, tags });
            }
            let container = Happening::container(bank, &container);
            self.observer.tell(Happening::Applied { number, container, turns, mode });
        }
    }

    /// One memory: the turn that the query names, and the turns that were visible when it was answered.
    pub(super) fn recall(&self, now: Duration, bank: &BankId, recall: &Recall) -> Answer {
        if recall.query.trim().is_empty() {
            return problem(StatusCode::BAD_REQUEST, "query is blank");
        }
        let by = now.checked_sub(self.visibility_lag);
        let store = self.store.borrow();
        let visible = by.into_iter().flat_map(|by| store.turns(bank, by));
        let text = Recalled::text(&recall.query, visible);
        Answer::ok(&wire::Recalled { results: vec![Memory { id: "memory-1".into(), text }] })
    }

    pub(super) fn operation(&self, bank: &BankId, id: &str) -> Answer {
        let Some(operation_id) = uuid(id) else {
            return problem(StatusCode::BAD_REQUEST, "the operation's id is not a UUID");
        };
        let (status, refused) = self.store.borrow().status(bank, &operation_id);
        Answer::ok(&wire::Operation { operation_id, status, refused })
    }

    pub(super) fn document(&self, bank: &BankId, id: &DocumentId) -> Answer {
        match self.store.borrow().document(bank, id) {
            Some(document) => Answer::ok(&document),
            None => problem(StatusCode::NOT_FOUND, "there is no such document"),
        }
    }

    pub(super) fn delete(&self, bank: &BankId, document_id: DocumentId) -> Answer {
        if !self.store.borrow_mut().delete(bank, &document_id) {
            return problem(StatusCode::NOT_FOUND, "there is no such document");
        }
        debug!(%document_id, "deleted");
        if let Some(reader) = &self.observer.reader {
            reader.deleted(bank, &document_id);
        }
        self.observer.tell(Happening::Deleted { container: Happening::container(bank, &document_id) });
        Answer::ok(&Deleted { success: true, document_id })
    }
}
