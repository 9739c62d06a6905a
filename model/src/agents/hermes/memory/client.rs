//! The plugin's HTTP client: the first request builds it, and the writer and the prefetch thread share it.

use std::cell::RefCell;
use std::rc::Rc;

use super::interpreter::{CLIENT_IMPORT, Effort, Interpreter};
use crate::contracts::memory::Config;
use crate::facts::Observation;
use crate::machine::Machine;
use crate::protocols::hindsight::client::HindsightClient;

/// The place of the client.
pub(super) struct ClientSlot {
    machine: Machine,
    config: Config,
    interpreter: Rc<Interpreter>,
    locked: bool,
    client: RefCell<Option<HindsightClient>>,
}

/// The error message when no client can be used.
pub(super) struct NoClient(pub(super) &'static str);

impl ClientSlot {
    pub(super) fn new(machine: Machine, config: Config, interpreter: Rc<Interpreter>, locked: bool) -> Self {
        Self { machine, config, interpreter, locked, client: RefCell::default() }
    }

    /// The client, for a request that begins now. Without the lock two threads can each build one: the slot keeps the later
    /// one, and the earlier is never closed.
    pub(super) async fn get(&self, effort: Effort) -> Result<HindsightClient, NoClient> {
        self.machine.step("get client").await;
        let known = self.client.borrow().clone();
        let client = match known {
            Some(client) => client,
            None => self.build().await?,
        };
        self.interpreter.warm_up().await;
        self.interpreter.begin_request(&self.machine, effort).await;
        self.machine.step("begin request").await;
        if self.interpreter.executors_closed() {
            return Err(NoClient("cannot schedule new futures after shutdown"));
        }
        Ok(client)
    }

    async fn build(&self) -> Result<HindsightClient, NoClient> {
        if !self.interpreter.client_imported() {
            self.machine.work(CLIENT_IMPORT.0, CLIENT_IMPORT.1).await;
            if self.interpreter.executors_closed() {
                return Err(NoClient("can't register atexit after shutdown"));
            }
            self.interpreter.client_was_imported();
        }
        self.machine.step("no client").await;
        if self.locked
            && let Some(client) = &*self.client.borrow()
        {
            return Ok(client.clone());
        }
        let client = HindsightClient::new(self.machine.clone(), &self.config.bank, self.config.timeout);
        self.machine.saw(Observation::ClientOpened);
        *self.client.borrow_mut() = Some(client.clone());
        Ok(client)
    }

    /// Closes the client, and with it the requests in flight. Without the lock the slot is emptied only after the close has
    /// returned, so the next request may still take the closing client, and fail.
    pub(super) async fn close(&self) {
        let client = self.client.borrow().clone();
        let Some(client) = client else { return };
        self.machine.saw(Observation::ClientClosed);
        if self.locked {
            *self.client.borrow_mut() = None;
            client.close();
        } else {
            client.close();
            self.machine.step("client closed").await;
            *self.client.borrow_mut() = None;
        }
    }
}
