//! The way to the provider: a client that may be blocked by a broken daemon, and is closed once, for good.
//!
//! Its one rule: who waits here stops waiting when it is closed, and gets no client afterwards.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use crate::hindsight_client::HindsightClient;
use crate::host::Host;
use crate::lifecycle::Config;
use crate::signal::Signal;

/// The provider of one bank.
pub(super) struct Provider {
    host: Host,
    client: HindsightClient,
    wedge: Cell<Duration>,
    closed: Signal,
}

impl Provider {
    /// Connects on first use.
    pub(super) fn new(host: Host, config: &Config) -> Self {
        let client = HindsightClient::new(host.clone(), &config.bank, config.timeout);
        Self { host, client, wedge: Cell::default(), closed: Signal::default() }
    }

    /// The client, as soon as the daemon lets anybody through; nothing if it is closed by then.
    pub(super) async fn reach(&self) -> Option<&HindsightClient> {
        let blocked = self.wedge.get();
        if !blocked.is_zero() {
            self.host.timeout(blocked, self.closed.wait()).await;
        }
        (!self.is_closed()).then_some(&self.client)
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

    /// The result of `future`, or nothing if the provider is closed first.
    pub(super) async fn unless_closed<T>(&self, future: impl Future<Output = T>) -> Option<T> {
        self.closed.or(future).await
    }
}
