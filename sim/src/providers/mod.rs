//! The simulated servers of memory providers. They stand on the model's seams and know nothing of the world.
//!
//! - `serve`: the HTTP server that all of them share, with connections, faults and counting. - `hindsight`: Hindsight's API
//!   and store. - `described`: any other provider, from its description. - `local`: files of a plugin that keeps turns itself. An observer hears their events in `history`'s words, which belong to
//!   no protocol.
//!
//! A provider of another protocol is a file in `providers/`, at the top of the project.

#[cfg(test)]
mod bench;
mod described;
mod hindsight;
pub mod local;
mod serve;

use std::rc::Rc;
use std::time::Duration;

use model::machine::Machine;
use model::machine::marks::Mark;
use model::words::echo::Echoes;
use model::words::server::Server as Version;

use crate::description::Description;
use crate::history::{Container, Happening};
use crate::plan::Faults;
use serve::{Observer, Server};
pub use serve::{Reader, Written};

/// How the provider behaves.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Its version, which decides its abilities.
    pub server: Version,
    /// The faults of requests. Kills, and being down from the start, are the world's.
    pub faults: Faults,
    /// How long after a text was applied a recall sees it.
    pub visibility_lag: Duration,
    /// How long accepted texts wait before they are applied; zero applies them on acceptance.
    pub operation_lag: Duration,
    /// How long accepted texts that follow others take, from reading their document to writing it.
    pub append_lag: Duration,
    /// The texts that several sessions say: what an observer reads in their places.
    pub echoes: Echoes,
    /// Its description, if it is not Hindsight.
    pub described: Option<&'static Description>,
}

/// A provider: its store, and the faults for its requests. Clones are the same provider.
#[derive(Clone)]
pub struct Provider {
    server: Rc<Server>,
}

impl Provider {
    /// An empty provider. It calls `tell` with each of its events, and `reached` with each mark that it reaches.
    pub fn new(settings: Settings, tell: Rc<dyn Fn(Happening)>, reached: Rc<dyn Fn(Mark)>) -> Self {
        Self { server: Rc::new(Self::server(settings, Observer { tell, reached, reader: None })) }
    }

    /// An empty provider for clients that nobody planned. `reader` also sees their texts, and a request's body is at most `body_max` bytes.
    pub fn read_by(settings: Settings, tell: Rc<dyn Fn(Happening)>, reader: Rc<dyn Reader>, body_max: usize) -> Self {
        let observer = Observer { tell, reached: Rc::new(|_| {}), reader: Some(reader) };
        Self { server: Rc::new(Self::server(settings, observer).bounded(body_max)) }
    }

    fn server(settings: Settings, observer: Observer) -> Server {
        let api = match settings.described {
            Some(description) => described::api(description, &settings, observer.clone()),
            None => hindsight::api(&settings, observer.clone()),
        };
        let lags = !(settings.operation_lag + settings.append_lag).is_zero();
        Server::new(api, settings.faults, lags, observer)
    }

    /// The name of the host on which it lives.
    pub fn host(&self) -> &'static str {
        self.server.api().host()
    }

    /// One life of the server process: listens, serves, and returns how long to stay away once it is taken down.
    ///
    /// It no longer listens when it returns. The tasks that it spawned end with its process, which the caller ends.
    pub async fn serve(&self, host: Machine) -> Duration {
        self.server.serve(host).await
    }

    /// Takes the server down for `duration`, at once. If it is down already, it stays away that much longer.
    pub fn take_down(&self, duration: Duration) {
        self.server.take_down(duration);
    }

    /// From now on every request is served as if no fault had been planned. Requests that already wait continue to wait.
    pub fn stop_faults(&self) {
        self.server.stop_faults();
    }

    /// Applies everything that was accepted and waits, at once.
    pub fn apply_all(&self) {
        let api = self.server.api();
        while let Some(due) = api.next_due() {
            api.apply_due(due);
        }
    }

    /// How many requests that deliver turns have arrived, whatever their result.
    pub fn deliveries_received(&self) -> u32 {
        self.server.deliveries_received()
    }

    /// The content of every container, by id.
    pub fn containers(&self) -> Vec<Container> {
        self.server.api().containers()
    }
}
