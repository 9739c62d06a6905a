//! Access to the server: a client that a broken daemon may block, and that is closed once, for good.
//!
//! Its one rule: closing it ends every wait for the client, and hands out no client afterwards. Nor does it hand one out while the server
//! asks to be left alone: no hurry of an agent shortens that.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::design::Banks;
use crate::contracts::memory::Config;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::protocols::hindsight::client::HindsightClient;
use crate::protocols::http::Asked;
use crate::words::endpoint::Endpoint;
use crate::words::session::{BankId, SessionId};

/// How many requests may be in flight at once: enough that a hanging one holds up no other, few enough for any server.
const REQUESTS_MAX: usize = 8;

/// Access to the banks of all profiles.
pub(super) struct Access {
    machine: Machine,
    config: Config,
    client: HindsightClient,
    /// The bank of the agents' one provider, for a design that has no more.
    shared: Option<RefCell<BankId>>,
    asked: Asked,
    requests: Semaphore,
    wedge: Cell<Duration>,
    closed: Signal,
}

/// The client, for one request.
pub(super) struct Reached<'a> {
    client: HindsightClient,
    _request: SemaphorePermit<'a>,
}

impl Deref for Reached<'_> {
    type Target = HindsightClient;

    fn deref(&self) -> &HindsightClient {
        &self.client
    }
}

impl Access {
    /// Connects on first use. `asked` is what the server has asked of this process so far.
    pub(super) fn new(machine: Machine, config: &Config, banks: Banks, asked: Asked) -> Self {
        let shared = (banks == Banks::OfTheLastAgent).then(|| RefCell::new(config.bank.clone()));
        let client = HindsightClient::heeding(machine.clone(), &config.bank, config.timeout, asked.clone());
        let requests = Semaphore::new(REQUESTS_MAX);
        let (config, wedge, closed) = (config.clone(), Cell::default(), Signal::default());
        Self { machine, config, client, shared, asked, requests, wedge, closed }
    }

    /// An agent of this session's profile is there.
    pub(super) fn serves(&self, session: &SessionId) {
        if let Some(shared) = &self.shared {
            shared.replace(self.config.bank_of(session));
        }
    }

    fn client_of(&self, session: &SessionId) -> HindsightClient {
        let shared = self.shared.as_ref().map(|bank| bank.borrow().clone());
        self.client.of_bank(&shared.unwrap_or_else(|| self.config.bank_of(session)))
    }

    /// The client for a request to this endpoint about this session, once the daemon lets requests through, the server does not ask to be left alone, and
    /// fewer than [`REQUESTS_MAX`] are in flight. `None` if it is closed by then.
    pub(super) async fn reach(&self, endpoint: Endpoint, session: &SessionId) -> Option<Reached<'_>> {
        let blocked = self.wedge.get();
        if !blocked.is_zero() {
            self.machine.reached(Mark::HeldByWedge);
            self.machine.timeout(blocked, self.closed.wait()).await;
        }
        loop {
            if self.requests.available_permits() == 0 {
                self.machine.reached(Mark::AllRequestsTaken);
            }
            let request = self.closed.or(self.requests.acquire()).await?.ok()?;
            if self.is_closed() {
                return None;
            }
            let wait = self.asked.until(endpoint).saturating_sub(self.machine.now());
            if wait.is_zero() {
                return Some(Reached { client: self.client_of(session), _request: request });
            }
            drop(request);
            self.machine.reached(Mark::AskedToWait);
            self.machine.timeout(wait, self.closed.wait()).await;
        }
    }

    /// Blocks every later request for `duration` before it is sent.
    pub(super) fn wedge(&self, duration: Duration) {
        self.wedge.set(duration);
    }

    /// Fails the requests in flight, and every later one.
    pub(super) fn close(&self) {
        self.closed.raise();
        self.client.close();
    }

    /// Whether it is closed.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_raised()
    }
}
