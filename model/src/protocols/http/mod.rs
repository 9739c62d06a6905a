//! An HTTP client over the machine's network: one attempt per request, a limit on every attempt, and three outcomes.
//!
//! A request was applied, was refused, or its outcome is unknown: a reply can get lost after the server has done its work. A
//! caller that takes such a loss for a failure and repeats the request stores its turns twice. Deliberately absent: retries,
//! and any provider's protocol.
//!
//! Connections are kept alive and reused. Nothing here owns a task: a connection makes progress only while a request
//! waits on it, as with a thread that blocks in a read.

mod connection;
mod redirect;
mod retry_after;

use std::cell::{Cell, RefCell};
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::facts::Observation;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::words::endpoint::Endpoint;
use connection::{Connection, Reply};
pub use redirect::Follow;
pub use retry_after::{Asked, Wait, http_date};

/// How a request ended, as far as the client can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The server applied it, and said so.
    Applied(T),
    /// The server did not apply it: it said so, or the request provably never reached it.
    Refused(Refusal),
    /// The request may or may not have been applied, and may still be.
    Unknown(Doubt),
}

/// Why a request was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No connection: nothing listens there.
    NotConnected,
    /// An HTTP status from 300 to 499.
    Status(u16),
    /// The client was closed before the request was sent.
    Closed,
    /// The server has asked to be left alone, and the client does so: the request was not sent.
    AskedToWait,
}

/// Why the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No answer within the limit.
    Timeout,
    /// The connection ended before the answer.
    Disconnected,
    /// The client was closed while the request was in flight.
    Closed,
    /// The answer made no sense.
    Garbled,
    /// An HTTP status of 500 or above: the server failed, and does not say how far it got.
    Failed(u16),
}

/// Whether a server that answers with this status would answer the same request so again: the fault is the request's own. It is not if
/// credentials may be renewed (401, 403), if somebody else is at work (408, 409, 425), or if there are too many requests (429).
pub fn is_final(status: u16) -> bool {
    (400..500).contains(&status) && ![401, 403, 408, 409, 425, 429].contains(&status)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotConnected => f.write_str("connection refused"),
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::Closed => f.write_str("client closed"),
            Self::AskedToWait => f.write_str("the server has asked to wait"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer in time"),
            Self::Disconnected => f.write_str("server disconnected"),
            Self::Closed => f.write_str("client closed under the request"),
            Self::Garbled => f.write_str("unreadable answer"),
            Self::Failed(status) => write!(f, "HTTP {status}"),
        }
    }
}

impl Refusal {
    /// Whether the server would refuse the same again.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Status(status) => is_final(*status),
            Self::NotConnected | Self::Closed | Self::AskedToWait => false,
        }
    }
}

impl<T> Outcome<T> {
    /// The answer, if there is one.
    pub fn applied(self) -> Option<T> {
        match self {
            Self::Applied(value) => Some(value),
            Self::Refused(_) | Self::Unknown(_) => None,
        }
    }

    fn and_then<U>(self, read: impl FnOnce(T) -> Outcome<U>) -> Outcome<U> {
        match self {
            Self::Applied(value) => read(value),
            Self::Refused(refusal) => Outcome::Refused(refusal),
            Self::Unknown(doubt) => Outcome::Unknown(doubt),
        }
    }

    /// Why there is no answer, in a few words. `None` if there is one.
    fn failure(&self) -> Option<String> {
        match self {
            Self::Applied(_) => None,
            Self::Refused(refusal) => Some(refusal.to_string()),
            Self::Unknown(doubt) => Some(doubt.to_string()),
        }
    }

    fn mark(&self) -> Option<Mark> {
        match self {
            Self::Unknown(Doubt::Timeout) => Some(Mark::TimedOut),
            Self::Unknown(Doubt::Closed) => Some(Mark::ClosedUnderRequest),
            Self::Unknown(Doubt::Disconnected | Doubt::Garbled | Doubt::Failed(_)) => None,
            Self::Applied(_) | Self::Refused(_) => None,
        }
    }
}

/// One request: its endpoint, and what goes over the wire.
pub struct Request {
    /// The endpoint, for reports.
    pub endpoint: Endpoint,
    /// The HTTP method.
    pub method: Method,
    /// The path with its query, as it is sent.
    pub path: String,
    /// The body, JSON; may be empty.
    pub body: Bytes,
}

impl Request {
    /// A request without a body.
    pub fn get(endpoint: Endpoint, path: String) -> Self {
        Self { endpoint, method: Method::GET, path, body: Bytes::new() }
    }

    /// A request with a JSON body.
    pub fn post(endpoint: Endpoint, path: String, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).expect("API types always serialize").into();
        Self { endpoint, method: Method::POST, path, body }
    }

    /// A request that deletes what the path names.
    pub fn delete(endpoint: Endpoint, path: String) -> Self {
        Self { endpoint, method: Method::DELETE, path, body: Bytes::new() }
    }
}

/// A client of one server. Connects on first use.
pub struct Client {
    machine: Machine,
    host: &'static str,
    port: u16,
    idle: RefCell<Vec<Connection>>,
    /// What the server has asked for, if the client heeds it.
    asked: Option<Asked>,
    follow: Follow,
    closed: Signal,
}

/// An attempt that is under way.
#[derive(Default)]
struct Attempt {
    /// Whether anything was sent.
    sent: Cell<bool>,
    /// Whether it goes on as a question about something else: no request to its endpoint is under way.
    aside: Cell<bool>,
}

impl Client {
    /// A client of the server that listens there.
    pub fn new(machine: Machine, host: &'static str, port: u16, follow: Follow) -> Self {
        Self { machine, host, port, idle: RefCell::default(), asked: None, follow, closed: Signal::default() }
    }

    /// The same, and it notes there what the server asks for (`Retry-After`), and sends nothing before that time.
    pub fn heeding(self, asked: Asked) -> Self {
        Self { asked: Some(asked), ..self }
    }

    /// Closes every connection, and fails the requests in flight. Final.
    pub fn close(&self) {
        self.closed.raise();
        self.idle.borrow_mut().clear();
    }

    /// Sends a request once, and waits at most `limit`. If the answer has the wrong shape, the outcome is unknown.
    pub async fn request<T: DeserializeOwned>(&self, request: Request, limit: Duration) -> Outcome<T> {
        let (endpoint, attempt) = (request.endpoint, Attempt::default());
        self.machine.step("request").await;
        let outcome = match self.closed.is_raised() {
            true => Outcome::Refused(Refusal::Closed),
            false => self.attempt(request, limit, &attempt).await,
        };
        let outcome = outcome.and_then(|body| match serde_json::from_slice(&body) {
            Ok(value) => Outcome::Applied(value),
            Err(_) => Outcome::Unknown(Doubt::Garbled),
        });
        if let Some(mark) = outcome.mark() {
            self.machine.reached(mark);
        }
        let is_sent = !matches!(outcome, Outcome::Refused(Refusal::AskedToWait)) && !attempt.aside.get();
        if let Some(reason) = outcome.failure().filter(|_| is_sent) {
            tracing::debug!(request = %endpoint, reason, "request failed");
            self.machine.saw(Observation::RequestFailed { endpoint, reason });
        }
        self.machine.step("answered").await;
        outcome
    }

    async fn attempt(&self, request: Request, limit: Duration, attempt: &Attempt) -> Outcome<Bytes> {
        // Boxed: a future that awaits a request holds it by value, and would be moved with it.
        let exchange = Box::pin(async {
            let (mut request, mut redirects) = (request, 0);
            loop {
                let Reply { outcome, redirect, .. } = match self.send(&request, attempt).await {
                    Ok(reply) => reply,
                    Err(refusal) => return Outcome::Refused(refusal),
                };
                redirects += 1;
                let Some(redirect) = redirect else { return outcome };
                let Some(next) = self.follow.next(&request, &redirect, redirects) else { return outcome };
                let endpoint = request.endpoint;
                tracing::debug!(request = %endpoint, redirect.status, redirect.path, "redirected");
                self.machine.reached(Mark::RedirectFollowed);
                if let Some(reason) = outcome.failure().filter(|_| !attempt.aside.get()) {
                    self.machine.saw(Observation::RequestFailed { endpoint, reason });
                }
                attempt.aside.set(attempt.aside.get() || next.method != request.method);
                request = next;
            }
        });
        let ended = self.machine.timeout(limit, self.closed.or(exchange)).await;
        match ended {
            Some(Some(outcome)) => outcome,
            Some(None) if attempt.sent.get() => Outcome::Unknown(Doubt::Closed),
            Some(None) => Outcome::Refused(Refusal::Closed),
            None if attempt.sent.get() => Outcome::Unknown(Doubt::Timeout),
            None => Outcome::Refused(Refusal::NotConnected),
        }
    }

    /// Sends a request, unless it is refused here.
    async fn send(&self, request: &Request, attempt: &Attempt) -> Result<Reply, Refusal> {
        let mut connection = self.connection().await.ok_or(Refusal::NotConnected)?;
        if self.closed.is_raised() {
            return Err(Refusal::Closed);
        }
        let endpoint = request.endpoint;
        let asked = self.asked.as_ref();
        if asked.is_some_and(|asked| self.machine.now() < asked.until(endpoint)) {
            self.idle.borrow_mut().push(connection);
            return Err(Refusal::AskedToWait);
        }
        attempt.sent.set(true);
        tracing::debug!(request = %endpoint, path = request.path, bytes = request.body.len(), "sending");
        if !attempt.aside.get() {
            self.machine.saw(Observation::RequestSent { endpoint });
        }
        let reply = connection.exchange(self.host, request).await;
        if let Some((asked, wait)) = asked.zip(reply.wait) {
            let wait = wait.lasts(self.machine.wall());
            asked.note(endpoint, self.machine.now().saturating_add(wait));
        }
        if reply.outcome != Outcome::Unknown(Doubt::Disconnected) && !self.closed.is_raised() {
            self.idle.borrow_mut().push(connection);
        }
        Ok(reply)
    }

    /// An idle connection that is still open, or a new one.
    async fn connection(&self) -> Option<Connection> {
        loop {
            let idle = self.idle.borrow_mut().pop();
            let Some(mut connection) = idle else { break };
            if connection.is_open().await {
                return Some(connection);
            }
        }
        let stream = self.machine.network.connect(self.host, self.port).await.ok()?;
        Connection::open(stream).await
    }
}
