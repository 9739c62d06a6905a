//! An HTTP server that speaks whatever protocol it is given, and one server process after another in which it lives.
//!
//! It stands on the model's seams, as any process does, and only the protocol's store survives its process. What it does
//! to a request depends on the request's endpoint and number alone. Deliberately absent: paths and bodies, which are the
//! protocol's, and steps: the provider is not what is tested.
//!
//! - `connection`: one client, one request after another; start here. - `wire`: a connection's bytes, and its end.
//! - `api`: what a protocol has to say of itself. - `http`: what calls and answers of all protocols have in common.
//! - `faults`: what goes wrong, by endpoint and number.

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
use connection::Connection;
use faults::FaultPlan;
pub(super) use http::{Answer, Call, Fate, Work};

/// How long to wait for a port, or for the next connection, before trying again.
const RETRY: Duration = Duration::from_millis(10);

/// A server, and what is to become of the requests that it gets.
pub(super) struct Server {
    api: Rc<dyn Api>,
    plan: FaultPlan,
    observer: Observer,
    /// Whether accepted work waits before it is applied, whatever the plan says.
    lags: bool,
    /// For how long the server is about to leave.
    leaving: Cell<Option<Duration>>,
    asked_to_leave: Notify,
}

impl Server {
    pub(super) fn new(api: Rc<dyn Api>, faults: Faults, lags: bool, observer: Observer) -> Self {
        let plan = FaultPlan::new(faults);
        Self { api, plan, observer, lags, leaving: Cell::default(), asked_to_leave: Notify::new() }
    }

    /// One life of the server process: listens, serves, and returns for how long to stay away once it is taken down.
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

    /// What it speaks.
    pub(super) fn api(&self) -> &dyn Api {
        &*self.api
    }

    /// From here on every request is served as if no fault had been planned. What waits already goes on waiting.
    pub(super) fn stop_faults(&self) {
        self.plan.stop();
    }

    /// How many requests that bring turns have arrived, whatever became of them.
    pub(super) fn deliveries_received(&self) -> u32 {
        self.plan.deliveries()
    }

    /// Takes the server down for `duration`, at once. If it is down already, it stays away that much longer.
    pub(super) fn take_down(&self, duration: Duration) {
        let planned = self.leaving.get().unwrap_or_default();
        self.leaving.set(Some(planned.max(duration)));
        self.asked_to_leave.notify_one();
    }

    /// Returns when the server is to leave.
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
        if self.lags || self.plan.kills_workers() {
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

    /// The worker: applies what was accepted when its time has come.
    async fn operate(self: Rc<Self>, host: Machine) {
        loop {
            self.api.apply_due(host.now());
            match self.api.next_due() {
                Some(due) => host.sleep(due.saturating_sub(host.now())).await,
                None => self.api.accepted().notified().await,
            }
        }
    }
}

/// Listens. The port is taken for a while after a process that had it was killed.
async fn bind(host: &Machine, port: u16) -> Box<dyn Listener> {
    loop {
        match host.network.listen(port).await {
            Ok(listener) => return listener,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => host.sleep(RETRY).await,
            Err(error) => panic!("the provider cannot listen on port {port}: {error}; its network must let it"),
        }
    }
}

/// Works until the end comes. If both can go on, the end is first.
async fn until<T>(end: impl Future<Output = T>, work: impl Future<Output = Infallible>) -> T {
    future::or(end, async { match work.await {} }).await
}
