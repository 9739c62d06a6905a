//! The effects of calls without a fault. Each happens at once, as a whole.

use std::time::Duration;

use hyper::StatusCode;
use model::machine::marks::Mark;
use model::words::session::DocumentId;
use model::words::timestamp::Timestamp;
use serde_json::Value;
use tracing::debug;

use super::Described;
use super::asked::Asked;
use super::store::{Operation, State};
use super::submission::{Piece, Submission};
use crate::description::{Source, Word};
use crate::history::{Happening, Recalled};
use crate::plan::Fault;
use crate::providers::serve::{Answer, Api as _, Fate};

/// What an answer can say besides its request.
#[derive(Clone, Copy)]
struct Known<'a> {
    now: Duration,
    /// The message that is answered.
    message: Option<&'a Value>,
    /// The id of the operation that a write began.
    operation: Option<&'a str>,
    /// The text that a recall finds.
    recalled: Option<&'a str>,
}

impl Known<'_> {
    fn at(now: Duration) -> Self {
        Self { now, message: None, operation: None, recalled: None }
    }
}

impl Described {
    /// Keeps the messages of a write: before the answer, or, if it is queued, as an operation.
    pub(super) fn keep(&self, now: Duration, number: u32, asked: &Asked, write: Submission, fate: Fate) -> Answer {
        let (mut write, mut fate) = (write, fate);
        if let Some((_, status)) = self.description.store.batch.filter(|(most, _)| write.len() > *most) {
            return self.refused(status, &format!("{} messages are too many", write.len()));
        }
        if let Some((status, body)) = write.key.as_ref().and_then(|key| self.store.borrow().answered(key)) {
            debug!(number, "known again");
            self.observer.reached(Mark::OperationRecognized);
            return Answer::new(code(status), &body);
        }
        let mut partly = false;
        if let Fate::Partly { keeps, silent } = fate {
            partly = write.keep_first(keeps) && !silent;
            fate = if partly { fate } else { Fate::Applied };
            if partly {
                self.observer.reached(Mark::KeptInPart);
            }
        }
        let messages = messages(asked);
        let (key, mut operation) = (write.key.take(), None);
        if write.queued {
            operation = Some(self.accept(now, number, write.pieces, fate));
        } else if fate == Fate::Failed {
            return self.refused(500, "the write failed");
        } else if fate != Fate::Discarded {
            self.put(now, number, write.pieces);
            self.lose_later(now, number, fate);
        }
        if partly && operation.is_none() {
            return Answer::ok(&self.filled(&self.description.unsuccessful, ""));
        }
        let known = Known { operation: operation.as_deref(), ..Known::at(now) };
        let body = match asked.route.for_each {
            false => self.body(asked, &known),
            true => {
                messages.iter().map(|message| self.body(asked, &Known { message: Some(message), ..known })).collect()
            }
        };
        if let Some(key) = key {
            self.store.borrow_mut().answers(key, asked.route.status, body.clone());
        }
        Answer::new(code(asked.route.status), &body)
    }

    /// Accepts a write as an operation. Returns the operation's id.
    fn accept(&self, now: Duration, number: u32, pieces: Vec<Piece>, fate: Fate) -> String {
        let due = match fate {
            Fate::Stalled(until) => {
                self.observer.reached(Mark::OperationStalled);
                until.map_or(Duration::MAX, |until| until.max(now + self.operation_lag))
            }
            Fate::Applied | Fate::Failed | Fate::Repeated | Fate::Discarded | Fate::Lost(_) | Fate::Partly { .. } => {
                now + self.operation_lag
            }
        };
        let id = self.store.borrow_mut().fresh_id();
        debug!(number, id, "accepted");
        self.store.borrow_mut().accept(Operation { id: id.clone(), number, due, pieces, fate });
        if self.operation_lag.is_zero() {
            self.work_off(now);
        }
        self.accepted.notify_one();
        id
    }

    /// Does every operation whose time has come, and loses what is to be lost by now.
    pub(super) fn work_off(&self, now: Duration) {
        loop {
            let due = self.store.borrow_mut().take_due(now, Fault::RECLAIM);
            let Some(Operation { number, pieces, fate, .. }) = due else { break };
            match fate {
                Fate::Failed | Fate::Discarded => continue,
                Fate::Repeated => self.observer.reached(Mark::AppliedByTwoWorkers),
                Fate::Applied | Fate::Stalled(_) | Fate::Lost(_) | Fate::Partly { .. } => {}
            }
            self.put(now, number, pieces);
            self.lose_later(now, number, fate);
        }
        let lost = self.store.borrow_mut().lose_due(now);
        for (container, turns) in lost {
            debug!(%container, ?turns, "lost");
            self.observer.reached(Mark::LostByProvider);
            self.observer.tell(Happening::Lost { container, turns });
        }
    }

    fn lose_later(&self, now: Duration, number: u32, fate: Fate) {
        if let Fate::Lost(after) = fate {
            self.store.borrow_mut().lose_at(now + after, number);
            self.accepted.notify_one();
        }
    }

    fn put(&self, now: Duration, number: u32, pieces: Vec<Piece>) {
        for piece in pieces {
            let (container, mode) = (piece.document.clone(), piece.mode());
            let turns = self.store.borrow_mut().put(now, number, piece);
            debug!(number, %container, ?mode, ?turns, "kept");
            self.observer.tell(match self.description.commits() {
                true => Happening::Accepted { number, container, turns },
                false => Happening::Applied { number, container, turns, mode },
            });
        }
    }

    /// Makes memory of what waits in a document.
    pub(super) fn commit(&self, now: Duration, asked: &Asked) -> Answer {
        let Some(document) = self.document(asked) else {
            return self.refused(422, "the name of the document is missing");
        };
        let leaves = asked.route.leaves.as_ref().map(|leaves| leaves.fill(&mut |source| asked.value(source, None)));
        let leaves = leaves.and_then(|leaves| leaves.as_u64()).and_then(|leaves| usize::try_from(leaves).ok());
        let committed = self.store.borrow_mut().commit(now, &document, leaves.unwrap_or(0));
        for (number, turns) in committed {
            debug!(number, %document, ?turns, "committed");
            let (container, mode) = (document.clone(), crate::history::WriteMode::Append);
            self.observer.tell(Happening::Applied { number, container, turns, mode });
        }
        self.answer(now, asked, None)
    }

    /// The turns that were memory when it was answered.
    pub(super) fn recall(&self, now: Duration, asked: &Asked) -> Answer {
        let query = asked.route.query.as_ref().and_then(|query| query.name(&mut |source| asked.value(source, None)));
        let by = now.checked_sub(self.visibility_lag);
        let visible = by.map(|by| self.store.borrow().turns(by)).unwrap_or_default();
        let text = Recalled::text(&query.unwrap_or_default(), visible.iter());
        self.answer(now, asked, Some(&text))
    }

    /// The answer of a route that changes nothing.
    pub(super) fn answer(&self, now: Duration, asked: &Asked, recalled: Option<&str>) -> Answer {
        Answer::new(code(asked.route.status), &self.body(asked, &Known { recalled, ..Known::at(now) }))
    }

    fn body(&self, asked: &Asked, known: &Known<'_>) -> Value {
        asked.route.answer.fill(&mut |source| self.value(asked, source, known))
    }

    fn value(&self, asked: &Asked, source: &Source, known: &Known<'_>) -> Option<Value> {
        let Source::Word(word) = source else { return asked.value(source, known.message) };
        let counts = || self.document(asked).map(|document| self.store.borrow().counts(&document)).unwrap_or_default();
        match word {
            Word::Id => Some(self.store.borrow_mut().fresh_id().into()),
            Word::Time => Some(time(known.now)),
            Word::Recalled => known.recalled.map(Value::from),
            Word::Pending => Some(counts().0.into()),
            Word::Kept => Some(counts().1.into()),
            Word::Operation => known.operation.map(Value::from),
            Word::State => Some(self.state(asked).into()),
            Word::Detail | Word::Url => None,
        }
    }

    fn state(&self, asked: &Asked) -> &'static str {
        let of = &mut |source: &Source| asked.value(source, None);
        let operation = asked.route.operation.as_ref().and_then(|operation| operation.name(of));
        let [pending, completed, failed, unknown] = &self.description.store.states;
        match operation.map_or(State::Unknown, |operation| self.store.borrow().state(&operation)) {
            State::Pending => pending,
            State::Completed => completed,
            State::Failed => failed,
            State::Unknown => unknown,
        }
    }

    fn document(&self, asked: &Asked) -> Option<DocumentId> {
        let of = &mut |source: &Source| asked.value(source, None);
        let name = asked.route.document.as_ref().and_then(|document| document.name(of))?;
        Some(DocumentId::from(name.replace('/', "_")))
    }

    fn refused(&self, status: u16, detail: &str) -> Answer {
        self.problem(code(status), detail)
    }
}

/// The messages of a write as they were sent.
fn messages(asked: &Asked) -> Vec<Value> {
    let path = asked.route.write.as_ref().and_then(|write| write.messages.as_ref());
    match path.and_then(|path| path.first(&asked.body)) {
        Some(Value::Array(list)) => list.clone(),
        Some(_) | None => vec![asked.body.clone()],
    }
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("a description's statuses are from 200 to 599")
}

/// The time of day, as JSON APIs write it.
pub(super) fn time(now: Duration) -> Value {
    Value::from(Timestamp::in_run(now).to_string())
}
