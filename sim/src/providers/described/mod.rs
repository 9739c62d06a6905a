//! The server of any provider that a [description](crate::description) describes. No code here is a particular provider's.
//!
//! A store keeps messages in documents. Where a description has commits, a message is memory only from the commit on that covers it: until then
//! it is accepted, and the history says so. Its requests are counted, and meet their faults, by their kind: as Hindsight's endpoints do.
//!
//! - `asked`: a request, and the values that its placeholders name. - `submission`: the messages of a write. - `store`: documents and operations.
//! - `calls`: the effects of calls without a fault.

mod asked;
mod calls;
mod store;
mod submission;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use hyper::{HeaderMap, Method, StatusCode};
use model::protocols::hindsight::endpoints::{OPERATION, RECALL, RETAIN, VERSION};
use model::words::echo::Echoes;
use model::words::endpoint::Endpoint;
use serde_json::Value;
use tokio::sync::Notify;

use super::Settings;
use super::serve::{Answer, Api, Call, Observer, Work};
use crate::description::{Description, Kind, Source, Template, Word};
use crate::history::Container;
use asked::Asked;
use store::Store;
use submission::Submission;
pub(super) use submission::{Message, tags, turns_of};

/// A described provider and its store.
struct Described {
    description: &'static Description,
    visibility_lag: Duration,
    operation_lag: Duration,
    store: RefCell<Store>,
    /// The texts that several sessions say, for an observer.
    echoes: Echoes,
    observer: Observer,
    accepted: Notify,
}

/// The API of a provider that holds nothing yet.
pub(super) fn api(description: &'static Description, settings: &Settings, observer: Observer) -> Rc<dyn Api> {
    Rc::new(Described {
        description,
        visibility_lag: settings.visibility_lag,
        operation_lag: settings.operation_lag,
        store: RefCell::new(Store::new(description)),
        echoes: settings.echoes.clone(),
        observer,
        accepted: Notify::new(),
    })
}

impl Api for Described {
    fn host(&self) -> &'static str {
        &self.description.host
    }

    fn port(&self) -> u16 {
        self.description.port
    }

    fn call(self: Rc<Self>, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Call {
        let Some(asked) = Asked::read(self.description, method, path, headers, body) else {
            return Call { endpoint: None, work: refusal(self, StatusCode::NOT_FOUND, "there is no such path".into()) };
        };
        let kind = asked.route.kind;
        let call = |work| Call { endpoint: endpoint(kind), work };
        if let Some((header, value)) = &self.description.authentication
            && asked.header(header) != Some(value)
        {
            return call(refusal(self, StatusCode::UNAUTHORIZED, format!("the header {header} is missing or wrong")));
        }
        call(match kind {
            Kind::Write => match Submission::read(self.description, &asked, &self.echoes) {
                Ok(submission) => Work::Keep {
                    items: submission.received(self.description),
                    queued: submission.queued,
                    keep: Box::new(move |now, number, fate| self.keep(now, number, &asked, submission, fate)),
                },
                Err(why) => refusal(self, StatusCode::UNPROCESSABLE_ENTITY, why),
            },
            Kind::Commit => Work::Other(Box::new(move |now| self.commit(now, &asked))),
            Kind::Recall => Work::Other(Box::new(move |now| self.recall(now, &asked))),
            Kind::Init | Kind::Status | Kind::Other => Work::Other(Box::new(move |now| self.answer(now, &asked, None))),
        })
    }

    fn problem(&self, status: StatusCode, detail: &str) -> Answer {
        Answer::new(status, &self.filled(&self.description.problem, detail))
    }

    fn verdict(&self, success: bool) -> Answer {
        match success {
            true => Answer::ok(&serde_json::json!({ "success": true })),
            false => Answer::ok(&self.filled(&self.description.unsuccessful, "")),
        }
    }

    fn apply_due(&self, now: Duration) {
        self.work_off(now);
    }

    fn next_due(&self) -> Option<Duration> {
        self.store.borrow().next_due()
    }

    fn accepted(&self) -> &Notify {
        &self.accepted
    }

    fn containers(&self) -> Vec<Container> {
        self.store.borrow().containers()
    }
}

impl Described {
    /// A template that knows no request.
    fn filled(&self, template: &Template, detail: &str) -> Value {
        template.fill(&mut |source| match source {
            Source::Word(Word::Id) => Some(self.store.borrow_mut().fresh_id().into()),
            Source::Word(Word::Detail) => Some(detail.into()),
            Source::Word(Word::Time) => Some(calls::time(Duration::ZERO)),
            Source::Word(_)
            | Source::Path(_)
            | Source::Query(_)
            | Source::Header(_)
            | Source::Body(_)
            | Source::Message(_) => None,
        })
    }
}

/// The endpoint as which requests of a kind are counted and told of.
fn endpoint(kind: Kind) -> Option<Endpoint> {
    match kind {
        Kind::Init => Some(VERSION),
        Kind::Write => Some(RETAIN),
        Kind::Recall => Some(RECALL),
        Kind::Commit | Kind::Status => Some(OPERATION),
        Kind::Other => None,
    }
}

/// A call that is refused.
fn refusal(api: Rc<Described>, status: StatusCode, why: String) -> Work {
    Work::Other(Box::new(move |_| api.problem(status, &why)))
}
