//! From a request to its call. Nothing here performs a call.

use std::rc::Rc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use model::protocols::hindsight::endpoints::{DOCUMENT, OPERATION, RECALL, RETAIN, VERSION};
use model::protocols::hindsight::wire::Recall;
use model::words::endpoint::Endpoint;
use model::words::session::{BankId, DocumentId};
use serde::Serialize;

use super::listing::Page;
use super::retain::Submission;
use super::{Hindsight, problem};
use crate::providers::serve::{Answer, Call, Work};

#[derive(Serialize)]
struct Health {
    status: &'static str,
}

impl Hindsight {
    pub(super) fn route(self: Rc<Self>, method: &Method, path: &str, body: &[u8]) -> Call {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let in_bank = path.strip_prefix("/v1/default/banks/").and_then(|rest| rest.split_once('/'));
        let Some((bank, resource)) = in_bank.filter(|(bank, _)| !bank.is_empty()) else {
            return match (method, path) {
                (&Method::GET, "/version") => self.to(VERSION, |api, _| Answer::ok(&api.version)),
                (&Method::GET, "/health") => unwatched(|| Answer::ok(&Health { status: "healthy" })),
                _ => nowhere(),
            };
        };
        let bank = BankId::from(bank);
        match (method, resource, resource.split_once('/')) {
            (&Method::POST, "memories", _) => match Submission::read(bank, body, &self.echoes) {
                Ok(submission) => self.keep(submission),
                Err(error) => self.unreadable(RETAIN, &error),
            },
            (&Method::POST, "memories/recall", _) => match serde_json::from_slice::<Recall>(body) {
                Ok(recall) => self.to(RECALL, move |api, now| api.recall(now, &bank, &recall)),
                Err(error) => self.unreadable(RECALL, &error),
            },
            (&Method::GET, _, Some(("operations", id))) if !id.is_empty() => {
                let id = id.to_owned();
                self.to(OPERATION, move |api, _| api.operation(&bank, &id))
            }
            (&Method::GET, "operations", _) => {
                let page = Page::read(query);
                self.to(OPERATION, move |api, _| api.operations(&bank, page))
            }
            (&Method::GET, _, Some(("documents", id))) if !id.is_empty() => {
                let id = DocumentId::from(id);
                self.to(DOCUMENT, move |api, _| api.document(&bank, &id))
            }
            (&Method::DELETE, _, Some(("documents", id))) if !id.is_empty() => {
                let id = DocumentId::from(id);
                self.to(DOCUMENT, move |api, _| api.delete(&bank, id))
            }
            _ => nowhere(),
        }
    }

    fn keep(self: Rc<Self>, submission: Submission) -> Call {
        let work = Work::Keep {
            items: submission.received(),
            queued: submission.asynchronous,
            keep: Box::new(move |now, number, fate| self.retain(now, number, submission, fate)),
        };
        Call { endpoint: Some(RETAIN), work }
    }

    fn to(self: Rc<Self>, endpoint: Endpoint, perform: impl FnOnce(&Self, Duration) -> Answer + 'static) -> Call {
        Call { endpoint: Some(endpoint), work: Work::Other(Box::new(move |now| perform(&self, now))) }
    }

    /// A call whose body cannot be read.
    fn unreadable(self: Rc<Self>, endpoint: Endpoint, error: &serde_json::Error) -> Call {
        let why = error.to_string();
        self.to(endpoint, |_, _| problem(StatusCode::UNPROCESSABLE_ENTITY, why))
    }
}

/// A call that is not counted and meets no faults.
fn unwatched(perform: impl FnOnce() -> Answer + 'static) -> Call {
    Call { endpoint: None, work: Work::Other(Box::new(|_| perform())) }
}

/// A call to an unknown path.
fn nowhere() -> Call {
    unwatched(|| problem(StatusCode::NOT_FOUND, "Not Found"))
}

#[cfg(test)]
mod tests {
    use model::words::echo::Echoes;
    use model::words::server::Server;

    use super::*;
    use crate::plan::Faults;
    use crate::providers::serve::{Api, Observer};
    use crate::providers::{Settings, hindsight};

    fn call(method: &Method, path: &str, body: &[u8]) -> Call {
        let settings = Settings {
            server: Server::Idempotent,
            faults: Faults::default(),
            visibility_lag: Duration::ZERO,
            operation_lag: Duration::ZERO,
            append_lag: Duration::ZERO,
            echoes: Echoes::default(),
            described: None,
        };
        let observer = Observer { tell: Rc::new(|_| {}), reached: Rc::new(|_| {}), reader: None };
        let api: Rc<dyn Api> = hindsight::api(&settings, observer);
        api.call(method, path, &hyper::HeaderMap::new(), body)
    }

    fn check(method: &Method, path: &str, body: &str, expected: Option<Endpoint>) {
        assert_eq!(call(method, path, body.as_bytes()).endpoint, expected, "{method} {path}");
    }

    #[test]
    fn a_path_leads_to_its_endpoint_or_nowhere() {
        let (get, post) = (Method::GET, Method::POST);
        check(&get, "/version", "", Some(VERSION));
        check(&get, "/health", "", None);
        check(&post, "/v1/default/banks/b/memories", r#"{"items":[]}"#, Some(RETAIN));
        check(&post, "/v1/default/banks/b/memories/recall", "{}", Some(RECALL));
        check(&get, "/v1/default/banks/b/operations/1", "", Some(OPERATION));
        check(&get, "/v1/default/banks/b/operations", "", Some(OPERATION));
        check(&get, "/v1/default/banks/b/operations?status=pending&limit=100", "", Some(OPERATION));
        check(&get, "/v1/default/banks/b/documents/S1:1-2", "", Some(DOCUMENT));
        check(&Method::DELETE, "/v1/default/banks/b/documents/S1:1-2", "", Some(DOCUMENT));
        check(&Method::DELETE, "/v1/default/banks/b/operations/1", "", None);
        for path in ["/", "", "/v1", "/v1/default/banks/", "/v1/default/banks/b", "/v1/default/banks//memories"] {
            check(&get, path, "", None);
            check(&post, path, "", None);
        }
        for path in ["memories", "operations/", "documents/", "memories/recall", "reflect"] {
            check(&get, &format!("/v1/default/banks/b/{path}"), "", None);
        }
    }

    #[test]
    fn a_body_that_makes_no_sense_is_a_call_to_its_endpoint_and_refused() {
        let bodies: [&[u8]; 6] =
            [b"", b"{", b"[]", b"{}", br#"{"items":[{}]}"#, b"{\"items\":[{\"content\":\"\xff\"}]}"];
        for body in bodies {
            let call = call(&Method::POST, "/v1/default/banks/b/memories", body);
            assert_eq!(call.endpoint, Some(RETAIN));
            let Work::Other(perform) = call.work else { panic!("kept: {}", String::from_utf8_lossy(body)) };
            assert_eq!(perform(Duration::ZERO).status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
}
