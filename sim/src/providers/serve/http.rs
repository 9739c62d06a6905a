//! HTTP in and out: the common parts of every protocol's calls, and the form of an answer.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, DATE, HeaderValue, LOCATION, RETRY_AFTER};
use hyper::{Response, StatusCode};
use model::protocols::http::{Wait, http_date};
use model::words::endpoint::Endpoint;
use model::words::timestamp::Timestamp;
use serde::Serialize;

use crate::history::ReceivedItem;
use crate::plan::Fault;

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

    /// Whether it brings texts to keep.
    pub(super) fn is_delivery(&self) -> bool {
        matches!(self.work, Work::Keep { .. })
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
    /// No worker takes it up before this time; never, if there is none.
    Stalled(Option<Duration>),
    /// It counts as applied, and is not.
    Discarded,
    /// It is applied, and lost after that long.
    Lost(Duration),
    /// Its first turns are applied, and the others refused.
    Partly {
        /// How many are applied.
        keeps: u32,
        /// Whether it counts as applied.
        silent: bool,
    },
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
    content_type: &'static str,
    /// How long the client should stay away.
    wait: Option<Wait>,
    /// The path at which it should ask instead.
    location: Option<String>,
    /// The server's time of day, if it says it.
    date: Option<Timestamp>,
}

impl Answer {
    /// An answer with this status.
    pub(in crate::providers) fn new(status: StatusCode, value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).expect("API types always serialize");
        let wait = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(Wait::For(Fault::UNAVAILABLE));
        Self { status, body, content_type: "application/json", wait, location: None, date: None }
    }

    /// A page of HTML, as proxies send it.
    pub(super) fn page(text: &str) -> Self {
        let body = text.as_bytes().to_vec();
        Self { status: StatusCode::OK, body, content_type: "text/html", wait: None, location: None, date: None }
    }

    /// The same, with nothing in it.
    pub(super) fn without_a_body(self) -> Self {
        Self { body: Vec::new(), ..self }
    }

    /// The same, and it says how long to stay away.
    pub(super) fn asking(self, wait: Wait) -> Self {
        Self { wait: Some(wait), ..self }
    }

    /// The same, and it leads to this path.
    pub(super) fn leading_to(self, path: String) -> Self {
        Self { location: Some(path), ..self }
    }

    /// The same, and it says that it has to be left alone for that long, as a date, and what time it is.
    pub(super) fn asking_until(self, now: Timestamp, wait: Duration) -> Self {
        let up = Duration::from_secs(u64::from((now + wait).unix().subsec_nanos() > 0));
        Self { wait: Some(Wait::Until(now + wait + up)), date: Some(now), ..self }
    }

    /// It worked.
    pub(in crate::providers) fn ok(value: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, value)
    }

    /// The HTTP response.
    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body.into()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if let Some(path) = self.location {
            let value = HeaderValue::try_from(path).expect("the path of a request makes a header");
            response.headers_mut().insert(LOCATION, value);
        }
        if let Some(wait) = self.wait {
            let text = match wait {
                Wait::For(wait) => wait.as_millis().div_ceil(1_000).to_string(),
                Wait::Until(time) => http_date(time),
            };
            response.headers_mut().insert(RETRY_AFTER, header(text));
        }
        if let Some(now) = self.date {
            response.headers_mut().insert(DATE, header(http_date(now)));
        }
        response
    }
}

fn header(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("digits and a date make a header")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unavailable_server_says_when_to_come_back_and_so_may_any_other() {
        let header = |answer: Answer| {
            let response = answer.into_response();
            response.headers().get(RETRY_AFTER).map(|value| value.to_str().expect("text").to_owned())
        };
        let answer = |status| Answer::new(status, &"no");
        assert_eq!(header(answer(StatusCode::SERVICE_UNAVAILABLE)).as_deref(), Some("30"));
        assert_eq!(header(answer(StatusCode::INTERNAL_SERVER_ERROR)), None);
        let busy = || answer(StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(header(busy().asking(Wait::For(Duration::from_secs(5)))).as_deref(), Some("5"));
        let now = Timestamp::in_run(Duration::from_millis(1_999));
        let dated = busy().asking_until(now, Duration::from_secs(5)).into_response();
        let date = |name| dated.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        assert_eq!(
            date(RETRY_AFTER),
            Some("Thu, 01 Jan 2026 00:00:07 GMT"),
            "a fraction of a second counts as a whole one"
        );
        assert_eq!(date(DATE), Some("Thu, 01 Jan 2026 00:00:01 GMT"));
    }
}
