//! One client's connection: reads a request, meets its fault, answers, and goes on with the next.
//!
//! A request that waits on purpose is noted here, so that whoever still sees the note when the connection has ended
//! knows that the client left. If the server process is killed instead, nobody is there to look, and nothing is told.

use std::cell::Cell;
use std::rc::Rc;

use bytes::Bytes;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use model::facts::Request;
use model::machine::marks::Mark;
use model::machine::{Machine, Stream};
use tracing::debug;

use super::http::{Call, HangUp};
use super::wire::Wire;
use super::{Happening, Provider};

/// A connection, and the process that serves it.
pub(super) struct Connection {
    pub(super) provider: Rc<Provider>,
    pub(super) host: Machine,
    /// The request that is not performed unless the client stays.
    held: Cell<Option<(Request, u32)>>,
}

impl Connection {
    pub(super) fn new(provider: &Rc<Provider>, host: &Machine) -> Rc<Self> {
        Rc::new(Self { provider: Rc::clone(provider), host: host.clone(), held: Cell::default() })
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
        if let Some((request, number)) = self.held.take() {
            debug!(%request, number, "abandoned");
            self.provider.tell(Happening::Abandoned { request, number });
            self.provider.reached(Mark::HeldRequestAbandoned);
        }
    }

    async fn answer(self: Rc<Self>, request: hyper::Request<Incoming>) -> Result<Response<Full<Bytes>>, HangUp> {
        let call = Call::read(request).await?;
        let Some(request) = call.request() else {
            return Ok(self.provider.perform(self.host.now(), 0, call).into_response());
        };
        let (number, fault) = self.provider.plan.next(request);
        let items = if let Call::Retain(submission) = &call { submission.received() } else { Vec::new() };
        debug!(%request, number, ?fault, "received");
        self.provider.tell(Happening::Received { request, number, items, fault });
        match self.meet(fault, number, call).await {
            Ok(answer) => {
                let status = answer.status.as_u16();
                debug!(%request, number, status, "answered");
                self.provider.tell(Happening::Answered { request, number, status });
                Ok(answer.into_response())
            }
            Err(HangUp) => {
                debug!(%request, number, "hung up");
                self.provider.tell(Happening::HungUp { request, number });
                Err(HangUp)
            }
        }
    }

    /// From here on the client's leaving means that its call is never performed.
    pub(super) fn hold(&self, call: &Call, number: u32) {
        self.held.set(call.request().map(|request| (request, number)));
    }

    /// From here on it does not.
    pub(super) fn release(&self) {
        self.held.set(None);
    }
}
