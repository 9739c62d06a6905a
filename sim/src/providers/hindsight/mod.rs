//! The simulated memory provider: an HTTP server that speaks Hindsight's API.
//!
//! It stands on the model's seams, as any process does, and survives nothing but through its store. What it does to a
//! request depends on the request's number alone. Deliberately absent: the world, history and checks (whoever wants to
//! know what happens here is told), facts and their extraction, text merged or cut into chunks, authorization,
//! percent-encoded paths, retries of a failed operation, and steps: the provider is not what is tested.
//!
//! - `connection`: one client, one request after another; start here. - `wire`: a connection's bytes, and its end.
//! - `http`: which call a request is, and how an answer looks. - `calls`: what a call does when nothing goes wrong.
//! - `retain`: what is to be kept, and what is wrong with it.
//! - `store`: documents and operations, durable. - `faults`: what goes wrong, by request number.
//! - `event`: what an observer is told.

mod calls;
mod connection;
mod event;
mod faults;
mod http;
mod retain;
mod store;
#[cfg(test)]
mod tests;
mod wire;

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use model::facts::Request;
use model::machine::marks::Mark;
use model::machine::{Listener, Machine};
use model::protocols::hindsight::PORT;
use model::protocols::hindsight::wire::Version;
use tokio::sync::Notify;
use tracing::debug;

use crate::plan::Faults;
use connection::Connection;
pub use event::{Happening, ReceivedItem};
use faults::FaultPlan;
use model::words::server::Server;
use store::Store;
pub use store::{Entry, StoredDocument};

/// How long to wait for a port, or for the next connection, before trying again.
const RETRY: Duration = Duration::from_millis(10);

/// How the provider behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its version, which decides what a retain can do.
    pub server: Server,
    /// What it does to which request. Kills, and being down from the start, are the world's.
    pub faults: Faults,
    /// How long after a retain was applied a recall sees it.
    pub visibility_lag: Duration,
    /// How long an accepted asynchronous retain waits before it is applied; zero applies it on acceptance.
    pub operation_lag: Duration,
}

/// The provider: its store, and what is to become of the requests it gets. Clones are the same provider.
#[derive(Clone)]
pub struct Hindsight {
    provider: Rc<Provider>,
}

struct Provider {
    version: Version,
    visibility_lag: Duration,
    operation_lag: Duration,
    plan: FaultPlan,
    store: RefCell<Store>,
    tell: Rc<dyn Fn(Happening)>,
    reached: Rc<dyn Fn(Mark)>,
    /// For how long the server is about to leave.
    leaving: Cell<Option<Duration>>,
    asked_to_leave: Notify,
    queued: Notify,
}

impl Hindsight {
    /// A provider that holds nothing yet, and tells `tell` whatever happens, and `reached` which marks it comes to.
    pub fn new(settings: Settings, tell: Rc<dyn Fn(Happening)>, reached: Rc<dyn Fn(Mark)>) -> Self {
        let provider = Provider {
            version: Version { api_version: settings.server.api_version().into() },
            visibility_lag: settings.visibility_lag,
            operation_lag: settings.operation_lag,
            plan: FaultPlan::new(settings.faults),
            store: RefCell::default(),
            tell,
            reached,
            leaving: Cell::default(),
            asked_to_leave: Notify::new(),
            queued: Notify::new(),
        };
        Self { provider: Rc::new(provider) }
    }

    /// One life of the server process: listens, serves, and returns for how long to stay away once it is taken down.
    ///
    /// It no longer listens when it returns. The tasks that it spawned end with its process, which the caller ends.
    pub async fn serve(&self, host: Machine) -> Duration {
        let duration = until(self.provider.leave(), Rc::clone(&self.provider).work(&host)).await;
        let duration_ms = u64::try_from(duration.as_millis()).expect("a plan's durations are at most a day");
        debug!(duration_ms, "down");
        self.provider.tell(Happening::Down { duration_ms });
        self.provider.reached(Mark::ProviderDown);
        duration
    }

    /// Takes the server down for `duration`, at once. If it is down already, it stays away that much longer.
    pub fn take_down(&self, duration: Duration) {
        self.provider.take_down(duration);
    }

    /// From here on every request is served as if no fault had been planned. What waits already goes on waiting.
    pub fn stop_faults(&self) {
        self.provider.plan.stop();
    }

    /// How many retains have arrived, whatever became of them.
    pub fn retains_received(&self) -> u32 {
        self.provider.plan.received(Request::Retain)
    }

    /// What every document holds, by id.
    pub fn documents(&self) -> Vec<StoredDocument> {
        self.provider.store.borrow().documents()
    }
}

impl Provider {
    fn tell(&self, happening: Happening) {
        (self.tell)(happening);
    }

    fn reached(&self, mark: Mark) {
        (self.reached)(mark);
    }

    fn take_down(&self, duration: Duration) {
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
        let listener = bind(host).await;
        debug!(version = self.version.api_version, "up");
        self.tell(Happening::Up);
        if !self.operation_lag.is_zero() || self.plan.kills_workers() {
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

    /// The worker: applies each accepted operation when its time has come, those of one document in the order of acceptance.
    async fn operate(self: Rc<Self>, host: Machine) {
        loop {
            self.apply_due(host.now());
            let next = self.store.borrow().next_due();
            match next {
                Some(due) => host.sleep(due.saturating_sub(host.now())).await,
                None => self.queued.notified().await,
            }
        }
    }
}

/// Listens. The port is taken for a while after a process that had it was killed.
async fn bind(host: &Machine) -> Box<dyn Listener> {
    loop {
        match host.network.listen(PORT).await {
            Ok(listener) => return listener,
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => host.sleep(RETRY).await,
            Err(error) => panic!("the provider cannot listen on port {PORT}: {error}; its network must let it"),
        }
    }
}

/// Works until the end comes. If both can go on, the end is first.
async fn until<T>(end: impl Future<Output = T>, work: impl Future<Output = Infallible>) -> T {
    let (mut end, mut work) = (pin!(end), pin!(work));
    poll_fn(|cx| match end.as_mut().poll(cx) {
        Poll::Ready(value) => Poll::Ready(value),
        Poll::Pending => work.as_mut().poll(cx).map(|never| match never {}),
    })
    .await
}
