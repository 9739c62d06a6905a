//! HTTP client of the Hindsight API: one attempt per call, a limit on every call, and three outcomes.
//!
//! A request was applied, was refused, or nobody knows: a reply can get lost after the provider has done its work, and
//! whoever takes that for a failure and repeats the request stores its turns twice. Deliberately absent: retries.
//!
//! Connections are kept alive and reused. Nothing here owns a task: a connection makes progress only while a request
//! waits on it, as with a thread that blocks in a read.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Method, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::facts::{Observation, Request};
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::machine::{Machine, Stream};
use crate::protocols::hindsight::wire::{Deleted, Document, Operation, Recall, Recalled, Retain, Retained, Version};
use crate::words::session::{BankId, DocumentId};

/// The port on which the provider listens.
pub const PORT: u16 = 8888;
/// The provider's host name.
pub const HOST: &str = "hindsight";

/// How a request ended, as far as the client can know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The provider did it, and said so.
    Applied(T),
    /// The provider did not do it: it said so, or the request provably never reached it.
    Refused(Refusal),
    /// The request may or may not have been applied, and may still be.
    Unknown(Doubt),
}

/// Why a request was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No connection: nobody listens.
    NotConnected,
    /// An HTTP status from 400 to 499.
    Status(u16),
    /// The client was closed before the request was sent.
    Closed,
}

/// Why nobody knows.
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
    /// An HTTP status of 500 and above: the provider failed, and does not say how far it had come.
    Failed(u16),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotConnected => f.write_str("connection refused"),
            Self::Status(status) => write!(f, "HTTP {status}"),
            Self::Closed => f.write_str("client closed"),
        }
    }
}

impl std::fmt::Display for Doubt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Timeout => f.write_str("no answer in time"),
            Self::Disconnected => f.write_str("server disconnected"),
            Self::Closed => f.write_str("client closed under the request"),
            Self::Garbled => f.write_str("unreadable answer"),
            Self::Failed(status) => write!(f, "HTTP {status}"),
        }
    }
}

impl<T> Outcome<T> {
    /// The answer, if there is one.
    pub fn applied(self) -> Option<T> {
        match self {
            Self::Applied(value) => Some(value),
            _ => None,
        }
    }

    fn and_then<U>(self, read: impl FnOnce(T) -> Outcome<U>) -> Outcome<U> {
        match self {
            Self::Applied(value) => read(value),
            Self::Refused(refusal) => Outcome::Refused(refusal),
            Self::Unknown(doubt) => Outcome::Unknown(doubt),
        }
    }
}

/// A client of one bank. Clones share the connections.
#[derive(Clone)]
pub struct HindsightClient {
    inner: Rc<Inner>,
}

struct Inner {
    machine: Machine,
    base: String,
    timeout: Duration,
    idle: RefCell<Vec<Connection>>,
    closed: Signal,
}

impl HindsightClient {
    /// A client that gives each request `timeout`. Connects on first use.
    pub fn new(machine: Machine, bank: &BankId, timeout: Duration) -> Self {
        let base = format!("/v1/default/banks/{bank}");
        Self { inner: Rc::new(Inner { machine, base, timeout, idle: RefCell::default(), closed: Signal::default() }) }
    }

    /// The provider's version; `limit` instead of the client's timeout.
    pub async fn version(&self, limit: Duration) -> Outcome<Version> {
        self.request(Request::Version, Method::GET, "/version".into(), Bytes::new(), limit).await
    }

    /// Keeps items.
    pub async fn retain(&self, retain: &Retain) -> Outcome<Retained> {
        let path = format!("{}/memories", self.inner.base);
        self.request(Request::Retain, Method::POST, path, json(retain), self.inner.timeout).await
    }

    /// Where an operation stands.
    pub async fn operation(&self, id: &str) -> Outcome<Operation> {
        let path = format!("{}/operations/{id}", self.inner.base);
        self.request(Request::Operation, Method::GET, path, Bytes::new(), self.inner.timeout).await
    }

    /// What the bank knows about a query.
    pub async fn recall(&self, recall: &Recall) -> Outcome<Recalled> {
        let path = format!("{}/memories/recall", self.inner.base);
        self.request(Request::Recall, Method::POST, path, json(recall), self.inner.timeout).await
    }

    /// A document's text; refused with status 404 if there is no such document.
    pub async fn document(&self, id: &DocumentId) -> Outcome<Document> {
        let path = format!("{}/documents/{id}", self.inner.base);
        self.request(Request::Document, Method::GET, path, Bytes::new(), self.inner.timeout).await
    }

    /// Deletes a document, and all that is known from it; refused with status 404 if there is no such document.
    pub async fn delete_document(&self, id: &DocumentId) -> Outcome<Deleted> {
        let path = format!("{}/documents/{id}", self.inner.base);
        self.request(Request::Document, Method::DELETE, path, Bytes::new(), self.inner.timeout).await
    }

    /// Closes every connection, and fails the requests in flight. Final.
    pub fn close(&self) {
        self.inner.closed.raise();
        self.inner.idle.borrow_mut().clear();
    }

    async fn request<T: DeserializeOwned>(
        &self,
        request: Request,
        method: Method,
        path: String,
        body: Bytes,
        limit: Duration,
    ) -> Outcome<T> {
        let machine = &self.inner.machine;
        machine.step("request").await;
        let outcome = match self.inner.closed.is_raised() {
            true => Outcome::Refused(Refusal::Closed),
            false => self.attempt(request, method, path, body, limit).await,
        };
        let outcome = outcome.and_then(|body| match serde_json::from_slice(&body) {
            Ok(value) => Outcome::Applied(value),
            Err(_) => Outcome::Unknown(Doubt::Garbled),
        });
        let failure = match &outcome {
            Outcome::Applied(_) => None,
            Outcome::Refused(refusal) => Some(refusal.to_string()),
            Outcome::Unknown(doubt) => Some(doubt.to_string()),
        };
        if let Some(mark) = mark_of(&outcome) {
            machine.reached(mark);
        }
        if let Some(reason) = failure {
            tracing::debug!(%request, reason, "request failed");
            machine.saw(Observation::RequestFailed { request, reason });
        }
        machine.step("answered").await;
        outcome
    }

    async fn attempt(
        &self,
        request: Request,
        method: Method,
        path: String,
        body: Bytes,
        limit: Duration,
    ) -> Outcome<Bytes> {
        let mut sent = false;
        // Boxed: whatever awaits a request holds it by value, and would be moved with it.
        let exchange = Box::pin(async {
            let Some(mut connection) = self.connection().await else {
                return Outcome::Refused(Refusal::NotConnected);
            };
            sent = true;
            tracing::debug!(%request, path, bytes = body.len(), "sending");
            self.inner.machine.saw(Observation::RequestSent { request });
            let outcome = connection.exchange(method, path, body).await;
            if outcome != Outcome::Unknown(Doubt::Disconnected) && !self.inner.closed.is_raised() {
                self.inner.idle.borrow_mut().push(connection);
            }
            outcome
        });
        let ended = self.inner.machine.timeout(limit, self.inner.closed.or(exchange)).await;
        match ended {
            Some(Some(outcome)) => outcome,
            Some(None) if sent => Outcome::Unknown(Doubt::Closed),
            Some(None) => Outcome::Refused(Refusal::Closed),
            None if sent => Outcome::Unknown(Doubt::Timeout),
            None => Outcome::Refused(Refusal::NotConnected),
        }
    }

    /// An idle connection that is still open, or a new one.
    async fn connection(&self) -> Option<Connection> {
        loop {
            let idle = self.inner.idle.borrow_mut().pop();
            let Some(mut connection) = idle else { break };
            if connection.is_open().await {
                return Some(connection);
            }
        }
        let stream = self.inner.machine.network.connect(HOST, PORT).await.ok()?;
        Connection::open(stream).await
    }
}

type Driver = http1::Connection<TokioIo<Box<dyn Stream>>, Full<Bytes>>;

/// One HTTP/1.1 connection, and the future that moves its bytes.
struct Connection {
    sender: http1::SendRequest<Full<Bytes>>,
    driver: Driver,
    ended: bool,
}

impl Connection {
    async fn open(stream: Box<dyn Stream>) -> Option<Self> {
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        Some(Self { sender, driver, ended: false })
    }

    /// Whether the provider has not hung up meanwhile.
    async fn is_open(&mut self) -> bool {
        poll_fn(|cx| {
            self.ended = self.ended || std::pin::Pin::new(&mut self.driver).poll(cx).is_ready();
            Poll::Ready(())
        })
        .await;
        !self.ended && self.sender.is_ready()
    }

    async fn exchange(&mut self, method: Method, path: String, body: Bytes) -> Outcome<Bytes> {
        let request = hyper::Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))
            .expect("method, path and headers are well-formed");
        let Self { sender, driver, ended } = self;
        let reply = async {
            let response = sender.send_request(request).await?;
            let status = response.status();
            let body = response.into_body().collect().await?.to_bytes();
            Ok::<_, hyper::Error>((status, body))
        };
        let mut reply = pin!(reply);
        let reply = poll_fn(|cx| {
            if let Poll::Ready(reply) = reply.as_mut().poll(cx) {
                return Poll::Ready(reply);
            }
            if !*ended && std::pin::Pin::new(&mut *driver).poll(cx).is_ready() {
                *ended = true;
            }
            reply.as_mut().poll(cx)
        })
        .await;
        match reply {
            Ok((StatusCode::OK, body)) => Outcome::Applied(body),
            Ok((status, _)) if status.is_server_error() => Outcome::Unknown(Doubt::Failed(status.as_u16())),
            Ok((status, _)) => Outcome::Refused(Refusal::Status(status.as_u16())),
            Err(_) => Outcome::Unknown(Doubt::Disconnected),
        }
    }
}

fn mark_of<T>(outcome: &Outcome<T>) -> Option<Mark> {
    match outcome {
        Outcome::Unknown(Doubt::Timeout) => Some(Mark::TimedOut),
        Outcome::Unknown(Doubt::Closed) => Some(Mark::ClosedUnderRequest),
        _ => None,
    }
}

fn json(value: &impl Serialize) -> Bytes {
    serde_json::to_vec(value).expect("API types always serialize").into()
}
