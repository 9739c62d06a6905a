//! The way to the provider: a client that may be blocked by a broken daemon, and is closed once, for good.
//!
//! Its one rule: who waits here stops waiting when it is closed, and gets no client afterwards.

use std::cell::Cell;
use std::ops::Deref;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::contracts::memory::Config;
use crate::machine::Machine;
use crate::machine::marks::Mark;
use crate::machine::signal::Signal;
use crate::protocols::hindsight::client::HindsightClient;

/// How many requests may be in flight at once: enough that one that hangs holds nobody up, few enough for any server.
const REQUESTS_MAX: usize = 8;

/// The provider of one bank.
pub(super) struct Provider {
    machine: Machine,
    client: HindsightClient,
    requests: Semaphore,
    wedge: Cell<Duration>,
    closed: Signal,
}

/// The client, for one request.
pub(super) struct Reached<'a> {
    client: &'a HindsightClient,
    _request: SemaphorePermit<'a>,
}

impl Deref for Reached<'_> {
    type Target = HindsightClient;

    fn deref(&self) -> &HindsightClient {
        self.client
    }
}

impl Provider {
    /// Connects on first use.
    pub(super) fn new(machine: Machine, config: &Config) -> Self {
        let client = HindsightClient::new(machine.clone(), &config.bank, config.timeout);
        let requests = Semaphore::new(REQUESTS_MAX);
        Self { machine, client, requests, wedge: Cell::default(), closed: Signal::default() }
    }

    /// The client, as soon as the daemon lets anybody through and few enough others wait for an answer; nothing if it is closed
    /// by then.
    pub(super) async fn reach(&self) -> Option<Reached<'_>> {
        let blocked = self.wedge.get();
        if !blocked.is_zero() {
            self.machine.timeout(blocked, self.closed.wait()).await;
        }
        if self.requests.available_permits() == 0 {
            self.machine.reached(Mark::AllRequestsTaken);
        }
        let request = self.closed.or(self.requests.acquire()).await?.ok()?;
        (!self.is_closed()).then_some(Reached { client: &self.client, _request: request })
    }

    /// From here on, whoever wants to reach the provider is blocked that long.
    pub(super) fn wedge(&self, duration: Duration) {
        self.wedge.set(duration);
    }

    /// Fails the requests in flight, and all that would follow.
    pub(super) fn close(&self) {
        self.closed.raise();
        self.client.close();
    }

    /// Whether it is.
    pub(super) fn is_closed(&self) -> bool {
        self.closed.is_raised()
    }
}
