//! HTTP in and out: which call a request is, and how an answer looks. Nothing here does anything about a call.
//!
//! Whatever a client sends becomes a call: a path that leads nowhere and a body that cannot be read are calls too, each
//! with its answer (404, 422).

use std::fmt;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Method, Response, StatusCode};
use model::facts::Request;
use model::protocols::hindsight::wire::{Problem, Recall};
use model::words::session::{BankId, DocumentId};
use serde::Serialize;

use super::retain::Submission;

/// What a client asks for.
pub(super) enum Call {
    Health,
    Version,
    Retain(Submission),
    Recall(BankId, Recall),
    Operation(BankId, String),
    Document(BankId, DocumentId),
    Delete(BankId, DocumentId),
    /// A call of this kind with a body that makes no sense, and why.
    Unreadable(Request, String),
    /// There is nothing at that path.
    Nowhere,
}

/// The connection ends without an answer.
#[derive(Debug)]
pub(super) struct HangUp;

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider hangs up")
    }
}

impl std::error::Error for HangUp {}

impl Call {
    /// Reads a request to its end. One that is cut off on its way was never received.
    pub(super) async fn read(request: hyper::Request<Incoming>) -> Result<Self, HangUp> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| HangUp)?.to_bytes();
        Ok(Self::of(&head.method, head.uri.path(), &body))
    }

    fn of(method: &Method, path: &str, body: &[u8]) -> Self {
        let in_bank = path.strip_prefix("/v1/default/banks/").and_then(|rest| rest.split_once('/'));
        let Some((bank, resource)) = in_bank.filter(|(bank, _)| !bank.is_empty()) else {
            return match (method, path) {
                (&Method::GET, "/version") => Self::Version,
                (&Method::GET, "/health") => Self::Health,
                _ => Self::Nowhere,
            };
        };
        let bank = BankId::from(bank);
        match (method, resource, resource.split_once('/')) {
            (&Method::POST, "memories", _) => match Submission::read(bank, body) {
                Ok(submission) => Self::Retain(submission),
                Err(error) => Self::Unreadable(Request::Retain, error.to_string()),
            },
            (&Method::POST, "memories/recall", _) => match serde_json::from_slice(body) {
                Ok(recall) => Self::Recall(bank, recall),
                Err(error) => Self::Unreadable(Request::Recall, error.to_string()),
            },
            (&Method::GET, _, Some(("operations", id))) if !id.is_empty() => Self::Operation(bank, id.into()),
            (&Method::GET, _, Some(("documents", id))) if !id.is_empty() => Self::Document(bank, id.into()),
            (&Method::DELETE, _, Some(("documents", id))) if !id.is_empty() => Self::Delete(bank, id.into()),
            _ => Self::Nowhere,
        }
    }

    /// Whether it is answered as soon as it is accepted.
    pub(super) fn is_asynchronous_retain(&self) -> bool {
        matches!(self, Self::Retain(submission) if submission.asynchronous)
    }

    /// Its kind, if it is one that is counted and that faults can meet.
    pub(super) fn request(&self) -> Option<Request> {
        match self {
            Self::Health | Self::Nowhere => None,
            Self::Version => Some(Request::Version),
            Self::Retain(_) => Some(Request::Retain),
            Self::Recall(..) => Some(Request::Recall),
            Self::Operation(..) => Some(Request::Operation),
            Self::Document(..) | Self::Delete(..) => Some(Request::Document),
            Self::Unreadable(request, _) => Some(*request),
        }
    }
}

/// An answer: a status and a JSON body.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    /// It worked.
    pub(super) fn ok(value: &impl Serialize) -> Self {
        Self { status: StatusCode::OK, body: json(value) }
    }

    /// It did not.
    pub(super) fn problem(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, body: json(&Problem { detail: detail.into() }) }
    }

    /// As it goes over the wire. A server that is unavailable says when to come back.
    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body.into()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("30"));
        }
        response
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).expect("API types always serialize")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(method: &Method, path: &str, body: &str, expected: Option<Request>) {
        assert_eq!(Call::of(method, path, body.as_bytes()).request(), expected, "{method} {path}");
    }

    #[test]
    fn a_path_leads_to_its_call_or_nowhere() {
        let (get, post) = (Method::GET, Method::POST);
        check(&get, "/version", "", Some(Request::Version));
        check(&get, "/health", "", None);
        check(&post, "/v1/default/banks/b/memories", r#"{"items":[]}"#, Some(Request::Retain));
        check(&post, "/v1/default/banks/b/memories/recall", "{}", Some(Request::Recall));
        check(&get, "/v1/default/banks/b/operations/1", "", Some(Request::Operation));
        check(&get, "/v1/default/banks/b/documents/S1:1-2", "", Some(Request::Document));
        check(&Method::DELETE, "/v1/default/banks/b/documents/S1:1-2", "", Some(Request::Document));
        check(&Method::DELETE, "/v1/default/banks/b/operations/1", "", None);
        for path in ["/", "", "/v1", "/v1/default/banks/", "/v1/default/banks/b", "/v1/default/banks//memories"] {
            check(&get, path, "", None);
            check(&post, path, "", None);
        }
        for path in ["memories", "operations", "operations/", "documents/", "memories/recall", "reflect"] {
            check(&get, &format!("/v1/default/banks/b/{path}"), "", None);
        }
    }

    #[test]
    fn a_body_that_makes_no_sense_is_a_call_of_its_kind() {
        let bodies: [&[u8]; 6] =
            [b"", b"{", b"[]", b"{}", br#"{"items":[{}]}"#, b"{\"items\":[{\"content\":\"\xff\"}]}"];
        for body in bodies {
            let call = Call::of(&Method::POST, "/v1/default/banks/b/memories", body);
            assert!(matches!(call, Call::Unreadable(Request::Retain, _)), "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn only_an_unavailable_server_says_when_to_come_back() {
        let retry_after = |status| {
            let response = Answer::problem(status, "no").into_response();
            response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("text").to_owned())
        };
        assert_eq!(retry_after(StatusCode::SERVICE_UNAVAILABLE).as_deref(), Some("30"));
        assert_eq!(retry_after(StatusCode::INTERNAL_SERVER_ERROR), None);
    }
}
