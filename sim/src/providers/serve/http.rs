//! HTTP in and out: the common parts of every protocol's calls, and the form of an answer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use model::words::endpoint::Endpoint;
use serde::Serialize;

use crate::history::ReceivedItem;

/// A client's request, as its protocol reads it.
pub(in crate::providers) struct Call {
    /// Its endpoint; `None` if it is not counted and meets no faults.
    pub(in crate::providers) endpoint: Option<Endpoint>,
    /// The work to perform.
    pub(in crate::providers) work: Work,
}

/// The work of a call without a fault. It happens at once, as a whole.
pub(in crate::providers) enum Work {
    /// Keeps texts.
    Keep {
        /// The texts, as they were sent.
        items: Vec<ReceivedItem>,
        /// Whether the answer comes before the texts are kept.
        queued: bool,
        /// Keeps them at this time, for the request of this number, and with this fate.
        keep: Box<dyn FnOnce(Duration, u32, Fate) -> Answer>,
    },
    /// Anything else, at this time.
    Other(Box<dyn FnOnce(Duration) -> Answer>),
}

impl Call {
    /// Whether its texts are kept after it is answered.
    pub(super) fn is_queued(&self) -> bool {
        matches!(self.work, Work::Keep { queued: true, .. })
    }

    /// The items that an observer sees.
    pub(super) fn take_items(&mut self) -> Vec<ReceivedItem> {
        match &mut self.work {
            Work::Keep { items, .. } => std::mem::take(items),
            Work::Other(_) => Vec::new(),
        }
    }
}

/// The fate of an accepted delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::providers) enum Fate {
    /// It is applied.
    Applied,
    /// It fails.
    Failed,
    /// It is applied, but its worker dies before it counts as completed, and so it is applied again.
    Repeated,
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

/// An answer: a status and a JSON body.
pub(in crate::providers) struct Answer {
    pub(in crate::providers) status: StatusCode,
    /// What a fault may change.
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// An answer with this status.
    pub(in crate::providers) fn new(status: StatusCode, value: &impl Serialize) -> Self {
        Self { status, body: serde_json::to_vec(value).expect("API types always serialize") }
    }

    /// It worked.
    pub(in crate::providers) fn ok(value: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, value)
    }

    /// The HTTP response. An unavailable server names a time to retry.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unavailable_server_says_when_to_come_back() {
        let retry_after = |status| {
            let response = Answer::new(status, &"no").into_response();
            response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("text").to_owned())
        };
        assert_eq!(retry_after(StatusCode::SERVICE_UNAVAILABLE).as_deref(), Some("30"));
        assert_eq!(retry_after(StatusCode::INTERNAL_SERVER_ERROR), None);
    }
}
