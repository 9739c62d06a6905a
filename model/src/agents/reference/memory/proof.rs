//! Proof: the requests that deliver turns and take them back, and what the server's answers prove.
//!
//! Its one rule: only the server's own word that it is done with a request is a proof. Deliberately absent: what follows from it.

use std::rc::Rc;

use tokio::sync::Notify;

use super::access::Access;
use super::outbox::Outbox;
use super::patience::{Patience, Vain};
use super::queued::Unfinished;
use super::retry::{POLL_INTERVAL, POLL_PART, Retry};
use super::segment::Segment;
use crate::facts::Place;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::protocols::hindsight::endpoints::{DOCUMENT, OPERATION, RETAIN};
use crate::protocols::hindsight::wire::{Document, Retain, Retained, Status};
use crate::protocols::http::{Outcome, Refusal};
use crate::words::session::{DocumentId, SessionId};

/// What became of a request that replaces a document.
pub(super) enum Reply {
    /// The server has proved that it holds it.
    Stored,
    /// Nobody knows, or the server could not: send it again.
    NotYet,
    /// The server will not take it.
    InVain(Vain),
    /// The server holds its turns but for those at these places.
    Partly(Vec<u32>),
}

/// Sends requests, and waits for their proof.
pub(super) struct Prover {
    machine: Machine,
    outbox: Rc<Outbox>,
    access: Rc<Access>,
    patience: Rc<Patience>,
    hurried: Notify,
}

impl Prover {
    pub(super) fn new(machine: Machine, outbox: Rc<Outbox>, access: Rc<Access>, patience: Rc<Patience>) -> Self {
        Self { machine, outbox, access, patience, hurried: Notify::new() }
    }

    /// Asks at once about every operation that is under way.
    pub(super) fn hurry(&self) {
        self.hurried.notify_waiters();
    }

    /// Replaces a document, and waits for the proof.
    pub(super) async fn retain(&self, session: &SessionId, mut request: Retain, segment: Option<&Segment>) -> Reply {
        loop {
            self.moved(segment, Place::InFlight);
            let Some(client) = self.access.reach(RETAIN, session).await else { return Reply::NotYet };
            match client.retain(&request).await {
                Outcome::Applied(Retained { refused, .. }) if !refused.is_empty() => return Reply::Partly(refused),
                Outcome::Applied(Retained { success: false, .. }) | Outcome::Unknown(_) => {
                    self.outbox.doubt(session, self.machine.now());
                    return Reply::NotYet;
                }
                Outcome::Applied(reply) => {
                    drop(client);
                    self.moved(segment, Place::Accepted);
                    match (reply.asynchronous, reply.operation_id) {
                        (false, _) => return Reply::Stored,
                        (true, Some(operation)) => return self.end_of(session, &operation, &request).await,
                        // Without an operation id there is no status to query: send the request again, to be answered when it is done.
                        (true, None) => request.asynchronous = false,
                    }
                }
                Outcome::Refused(refusal) => {
                    self.moved(segment, Place::Outbox);
                    return if refusal.is_final() { Reply::InVain(Vain::Refused) } else { Reply::NotYet };
                }
            }
        }
    }

    /// Waits for the end of an operation. The caller repeats one whose end is unknown.
    async fn end_of(&self, session: &SessionId, operation: &str, request: &Retain) -> Reply {
        let (mut retry, accepted) = (Retry::default(), self.machine.now());
        loop {
            let Some(client) = self.access.reach(OPERATION, session).await else { return Reply::NotYet };
            let answer = client.operation(operation).await;
            drop(client);
            let now = self.machine.now();
            match answer {
                Outcome::Applied(answer) => match answer.status {
                    Status::Completed => return Reply::Stored,
                    Status::Failed if !answer.refused.is_empty() => return Reply::Partly(answer.refused),
                    Status::Failed | Status::Cancelled => {
                        self.machine.reached(Mark::OperationFailed);
                        return Reply::InVain(Vain::Failed);
                    }
                    Status::Pending | Status::Processing if self.patience.is_endless(now - accepted) => {
                        return self.look_into(session, request).await;
                    }
                    Status::Pending | Status::Processing => {
                        retry.wait(now + POLL_INTERVAL.max((now - accepted) / POLL_PART));
                    }
                    Status::NotFound => {
                        self.outbox.doubt(session, now);
                        return Reply::NotYet;
                    }
                },
                Outcome::Refused(Refusal::Status(404)) => {
                    self.outbox.doubt(session, now);
                    return Reply::NotYet;
                }
                Outcome::Refused(_) | Outcome::Unknown(_) => retry.back_off(now),
            }
            self.machine.timeout(retry.due - now, self.hurried.notified()).await;
        }
    }

    /// Looks into the document of a request whose operation does not end: the server may have it all the same.
    async fn look_into(&self, session: &SessionId, request: &Retain) -> Reply {
        match self.document(session, request).await {
            Outcome::Applied(document) if document.original_text == request.items[0].content => {
                self.machine.reached(Mark::FoundInDocument);
                Reply::Stored
            }
            Outcome::Applied(_) | Outcome::Refused(Refusal::Status(404)) => Reply::InVain(Vain::Endless),
            Outcome::Refused(_) | Outcome::Unknown(_) => Reply::NotYet,
        }
    }

    /// Whether the server has no document of this request's name.
    pub(super) async fn is_absent(&self, session: &SessionId, request: &Retain) -> bool {
        matches!(self.document(session, request).await, Outcome::Refused(Refusal::Status(404)))
    }

    async fn document(&self, session: &SessionId, request: &Retain) -> Outcome<Document> {
        let id = request.items[0].document_id.as_ref().expect("every segment names its document");
        match self.access.reach(DOCUMENT, session).await {
            Some(client) => client.document(id).await,
            None => Outcome::Refused(Refusal::Closed),
        }
    }

    /// Deletes a document. Returns whether it is gone.
    pub(super) async fn delete(&self, session: &SessionId, document: &DocumentId) -> bool {
        let Some(client) = self.access.reach(DOCUMENT, session).await else { return false };
        match client.delete_document(document).await {
            Outcome::Applied(_) | Outcome::Refused(Refusal::Status(404)) => true,
            Outcome::Refused(_) => false,
            Outcome::Unknown(_) => {
                self.outbox.doubt(session, self.machine.now());
                false
            }
        }
    }

    /// What the session's bank has accepted and not ended with. `None` if the server does not say. What a worker takes up between the two
    /// questions is in the second answer.
    pub(super) async fn unfinished(&self, session: &SessionId) -> Option<Unfinished> {
        let mut unfinished = Unfinished::default();
        for status in [Status::Pending, Status::Processing] {
            let page = self.access.reach(OPERATION, session).await?.operations(status).await.applied()?;
            unfinished.more |= page.total > page.operations.len();
            unfinished.ids.extend(page.operations.into_iter().map(|operation| operation.id));
        }
        Some(unfinished)
    }

    /// Reports where the turns of a segment are now.
    pub(super) fn moved(&self, segment: Option<&Segment>, place: Place) {
        if let Some(segment) = segment {
            self.machine.moved(segment.slots.iter().map(|slot| slot.turn.clone()), place);
        }
    }
}
