//! Hindsight's API and its store, with the behavior of the versions that Hermes Agent met.
//!
//! Deliberately absent: the world, history and checks (an observer hears the events here), extraction of facts, text that is merged or cut
//! into chunks, authorization, percent-encoded paths, and retries of a failed operation.
//!
//! - `routes`: from a request to its call; start here. - `calls`: the effects of calls without a fault.
//! - `listing`: the list of operations. - `retain`: the texts to keep, and their mistakes. - `store`: documents and operations, durable.

mod calls;
mod listing;
mod retain;
mod routes;
mod store;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use hyper::{HeaderMap, Method, StatusCode};
use model::protocols::hindsight::wire::{Problem, Retained, UpdateMode, Version};
use model::protocols::hindsight::{HOST, PORT};
use model::words::echo::Echoes;
use tokio::sync::Notify;

use super::Settings;
use super::serve::{Answer, Api, Call, Observer};
use crate::history::{Container, WriteMode};
use store::Store;

/// The API of one server version, and the store behind it.
struct Hindsight {
    version: Version,
    visibility_lag: Duration,
    operation_lag: Duration,
    store: RefCell<Store>,
    /// The texts that several sessions say, for an observer.
    echoes: Echoes,
    observer: Observer,
    accepted: Notify,
}

/// The API of a Hindsight that holds nothing yet.
pub(super) fn api(settings: &Settings, observer: Observer) -> Rc<dyn Api> {
    Rc::new(Hindsight {
        version: Version { api_version: settings.server.api_version().into() },
        visibility_lag: settings.visibility_lag,
        operation_lag: settings.operation_lag,
        store: RefCell::new(Store::new(settings.append_lag)),
        echoes: settings.echoes.clone(),
        observer,
        accepted: Notify::new(),
    })
}

impl Api for Hindsight {
    fn host(&self) -> &'static str {
        HOST
    }

    fn port(&self) -> u16 {
        PORT
    }

    fn call(self: Rc<Self>, method: &Method, path: &str, _: &HeaderMap, body: &[u8]) -> Call {
        self.route(method, path, body)
    }

    fn problem(&self, status: StatusCode, detail: &str) -> Answer {
        problem(status, detail)
    }

    fn verdict(&self, success: bool) -> Answer {
        Answer::ok(&Retained {
            success,
            bank_id: String::new(),
            items_count: 0,
            asynchronous: false,
            operation_id: None,
            refused: Vec::new(),
        })
    }

    fn apply_due(&self, now: Duration) {
        self.work_off(now);
    }

    fn next_due(&self) -> Option<Duration> {
        self.store.borrow().next_due()
    }

    fn accepted(&self) -> &Notify {
        &self.accepted
    }

    fn containers(&self) -> Vec<Container> {
        self.store.borrow().documents()
    }
}

/// The answer to a call that failed.
fn problem(status: StatusCode, detail: impl Into<String>) -> Answer {
    Answer::new(status, &Problem { detail: detail.into() })
}

/// How a retain treats a document's texts, in words of no protocol.
fn mode(update_mode: UpdateMode) -> WriteMode {
    match update_mode {
        UpdateMode::Replace => WriteMode::Replace,
        UpdateMode::Append => WriteMode::Append,
    }
}
