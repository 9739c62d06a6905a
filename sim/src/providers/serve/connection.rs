//! One client's connection: reads a request, applies its fault, answers, and continues with the next.
//!
//! A request that waits on purpose is recorded here: if the record is still there when the connection has ended, the client has left. If
//! the server process is killed instead, no code is left to look, and no observer hears of it.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Response, StatusCode};
use hyper_util::rt::TokioIo;
use model::machine::marks::Mark;
use model::machine::{Machine, Stream};
use model::words::endpoint::Endpoint;
use model::words::turn::TurnId;
use tracing::debug;

use super::Server;
use super::http::{Call, HangUp, Work};
use super::wire::Wire;
use crate::history::Happening;
use crate::plan::Fault;

/// The path under which a request is answered as under the rest of it, and meets no redirect.
pub(super) const ELSEWHERE: &str = "/elsewhere";

/// A connection, and the process that serves it.
pub(super) struct Connection {
    pub(super) server: Rc<Server>,
    pub(super) host: Machine,
    /// The request that is performed only if the client stays.
    held: Cell<Option<(Endpoint, u32)>>,
}

/// A request that has arrived.
pub(super) struct Asked {
    pub(super) call: Call,
    /// Its path with its query, without [`ELSEWHERE`].
    pub(super) path: String,
    body: Bytes,
    /// Whether a redirect has led to it.
    elsewhere: bool,
}

impl Connection {
    pub(super) fn new(server: &Rc<Server>, host: &Machine) -> Rc<Self> {
        Rc::new(Self { server: Rc::clone(server), host: host.clone(), held: Cell::default() })
    }

    /// Serves the connection until one of the two sides ends it.
    pub(super) async fn serve(self: Rc<Self>, stream: Box<dyn Stream>) {
        let connection = Rc::clone(&self);
        let service = service_fn(move |request| Rc::clone(&connection).answer(request));
        let ended = http1::Builder::new()
            .auto_date_header(false)
            .header_read_timeout(None)
            .serve_connection(TokioIo::new(Wire::new(stream)), service)
            .await;
        if let Err(error) = ended {
            debug!(%error, "connection ended");
        }
        if let Some((endpoint, number)) = self.held.take() {
            debug!(request = %endpoint, number, "abandoned");
            self.server.observer.tell(Happening::Abandoned { endpoint, number });
            self.server.observer.reached(Mark::HeldRequestAbandoned);
        }
    }

    async fn answer(self: Rc<Self>, request: hyper::Request<Incoming>) -> Result<Response<Full<Bytes>>, HangUp> {
        let mut asked = self.read(request).await?;
        let items = asked.call.take_items();
        let turns: Vec<TurnId> = items.iter().flat_map(|item| item.turns.iter().cloned()).collect();
        let Some((endpoint, number, planned)) = self.server.plan.next(&asked.call, &turns, self.host.now()) else {
            return Ok(self.perform(0, asked.call).into_response());
        };
        let leads_elsewhere = |fault| matches!(fault, Fault::Redirect { .. });
        let planned = planned.filter(|planned| !(asked.elsewhere && leads_elsewhere(planned.fault)));
        let fault = planned.map(|planned| planned.fault);
        debug!(request = %endpoint, number, ?fault, "received");
        if let Some(reader) = &self.server.observer.reader {
            reader.received(endpoint, number, fault, &asked.body);
        }
        self.server.observer.tell(Happening::Received { endpoint, number, items, fault });
        match self.meet(planned, number, asked).await {
            Ok(answer) => {
                let status = answer.status.as_u16();
                debug!(request = %endpoint, number, status, "answered");
                self.server.observer.tell(Happening::Answered { endpoint, number, status });
                Ok(answer.into_response())
            }
            Err(HangUp) => {
                debug!(request = %endpoint, number, "hung up");
                self.server.observer.tell(Happening::HungUp { endpoint, number });
                Err(HangUp)
            }
        }
    }

    /// Reads a request to its end. A request that is cut off on its way was never received, and one that is too long is none.
    async fn read(&self, request: hyper::Request<Incoming>) -> Result<Asked, HangUp> {
        let (head, body) = request.into_parts();
        let api = Rc::clone(&self.server.api);
        let path = head.uri.path_and_query().map_or(head.uri.path(), |path| path.as_str());
        let (path, elsewhere) = match path.strip_prefix(ELSEWHERE) {
            Some(path) => (path.to_owned(), true),
            None => (path.to_owned(), false),
        };
        match Limited::new(body, self.server.body_max).collect().await {
            Ok(body) => {
                let body = body.to_bytes();
                let mut call = Rc::clone(&api).call(&head.method, &path, &head.headers, &body);
                if elsewhere && head.method == Method::GET && call.endpoint.is_none() {
                    call.work = Work::Other(Box::new(move |_| api.verdict(true)));
                }
                Ok(Asked { call, path, body, elsewhere })
            }
            Err(error) if error.is::<LengthLimitError>() => {
                let too_long = move |_| api.problem(StatusCode::PAYLOAD_TOO_LARGE, "the body is too long");
                let call = Call { endpoint: None, work: Work::Other(Box::new(too_long)) };
                Ok(Asked { call, path, body: Bytes::new(), elsewhere })
            }
            Err(_) => Err(HangUp),
        }
    }

    /// From now on the call is never performed if the client leaves.
    pub(super) fn hold(&self, call: &Call, number: u32) {
        self.held.set(call.endpoint.map(|endpoint| (endpoint, number)));
    }

    /// From now on the call is performed even if the client leaves.
    pub(super) fn release(&self) {
        self.held.set(None);
    }
}
