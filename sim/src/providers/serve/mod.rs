//! An HTTP server that speaks a given protocol, and lives in one server process after another.
//!
//! It stands on the model's seams, as any process does, and only the protocol's store survives its process. The fault of a request depends
//! only on the request's endpoint and number. Deliberately absent: paths and bodies, which are the protocol's, and steps: the provider is
//! not under test.
//!
//! - `connection`: one client, one request after another; start here. - `wire`: a connection's bytes, and its end.
//! - `api`: the interface of a protocol. - `http`: the common parts of all calls and answers.
//! - `faults`: faults by endpoint and number.

mod api;
mod connection;
mod faults;
mod http;
#[cfg(test)]
mod tests;
mod wire;

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use futures_lite::future;
use model::machine::marks::Mark;
use model::machine::{Listener, Machine};
use tokio::sync::Notify;
use tracing::debug;

use crate::history::Happening;
use crate::plan::Faults;
pub(super) use api::{Api, Observer};
pub use api::{Reader, Written};
use connection::Connection;
use faults::FaultPlan;
pub(super) use http::{Answer, Call, Fate, Work};

/// How long to wait for a port, or for the next connection, before trying again.
const RETRY: Duration = Duration::from_millis(10);

/// A server, and the faults for its requests.
pub(super) struct Server {
    api: Rc<dyn Api>,
    plan: FaultPlan,
    observer: Observer,
    /// Whether accepted work waits before it is applied, independent of the plan.
    lags: bool,
    /// The longest body of a request, in bytes.
    body_max: usize,
    /// How long the server is about to stay away.
    leaving: Cell<Option<Duration>>,
    asked_to_leave: Notify,
}

impl Server {
    pub(super) fn new(api: Rc<dyn Api>, faults: Faults, lags: bool, observer: Observer) -> Self {
        let plan = FaultPlan::new(faults);
        let body_max = usize::MAX;
        Self { api, plan, observer, lags, body_max, leaving: Cell::default(), asked_to_leave: Notify::new() }
    }

    /// The same for clients that nobody planned: a request may have a body of so many bytes.
    pub(super) fn bounded(self, body_max: usize) -> Self {
        Self { body_max, ..self }
    }

    /// One life of the server process: listens, serves, and returns how long to stay away once it is taken down.
    ///
    /// It no longer listens when it returns. The tasks that it spawned end with its process, which the caller ends.
    pub(super) async fn serve(self: &Rc<Self>, host: Machine) -> Duration {
        let duration = until(self.leave(), Rc::clone(self).work(&host)).await;
        let duration_ms = u64::try_from(duration.as_millis()).expect("a plan's durations are at most a day");
        debug!(duration_ms, "down");
        self.observer.tell(Happening::Down { duration_ms });
        self.observer.reached(Mark::ProviderDown);
        duration
    }

    /// Its protocol.
    pub(super) fn api(&self) -> &dyn Api {
        &*self.api
    }

    /// From now on every request is served as if no fault had been planned. Requests that already wait continue to wait.
    pub(super) fn stop_faults(&self) {
        self.plan.stop();
    }

    /// How many requests that deliver turns have arrived, whatever their result.
    pub(super) fn deliveries_received(&self) -> u32 {
        self.plan.deliveries()
    }

    /// Takes the server down for `duration`, at once. If it is down already, it stays away that much longer.
    pub(super) fn take_down(&self, duration: Duration) {
        let planned = self.leaving.get().unwrap_or_default();
        self.leaving.set(Some(planned.max(duration)));
        self.asked_to_leave.notify_one();
    }

    /// Returns when the server should leave.
    async fn leave(&self) -> Duration {
        loop {
            if let Some(duration) = self.leaving.take() {
                return duration;
            }
            self.asked_to_leave.notified().await;
        }
    }

    async fn work(self: Rc<Self>, host: &Machine) -> Infallible {
        let listener = bind(host, self.api.port()).await;
        debug!("up");
        self.observer.tell(Happening::Up);
        if self.lags || self.plan.leaves_work() {
            host.spawn("operations", Rc::clone(&self).operate(host.clone()));
        }
        loop {
            match listener.accept().await {
                Ok(stream) => _ = host.spawn("connection", Connection::new(&self, host).serve(stream)),
                Err(error) => {
                    debug!(%error, "a connection was lost before it was accepted");
                    host.sleep(RETRY).await;
                }
            }
        }
    }

    /// The worker: applies accepted work when it is due.
    async fn operate(self: Rc<Self>, host: Machine) {
        loop {
            self.api.apply_due(host.now());
            let accepted = self.api.accepted().notified();
            match self.api.next_due() {
                // What is accepted meanwhile may be due earlier.
                Some(due) => _ = host.timeout(due.saturating_sub(host.now()), accepted).await,
                None => accepted.await,
            }
        }
    }
}

/// Listens. After a process was killed, its port stays taken for a while.
async fn bind(host: &Machine, port: u16) -> Box<dyn Listener> {
    loop {
        match host.network.listen(port).await {
            Ok(listener) => return listener,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => host.sleep(RETRY).await,
            Err(error) => panic!("the provider cannot listen on port {port}: {error}; its network must let it"),
        }
    }
}

/// Works until `end` is ready. If both are ready, the end comes first.
async fn until<T>(end: impl Future<Output = T>, work: impl Future<Output = Infallible>) -> T {
    future::or(end, async { match work.await {} }).await
}
