//! What a protocol has to say of itself, so that a server can speak it.

use std::rc::Rc;
use std::time::Duration;

use hyper::{Method, StatusCode};
use model::machine::marks::Mark;
use tokio::sync::Notify;

use super::http::{Answer, Call};
use crate::history::{Container, Happening};

/// A protocol's API, and the store behind it. It survives the server's process.
pub(in crate::providers) trait Api {
    /// The name of the host on which it lives.
    fn host(&self) -> &'static str;

    /// The port on which it listens.
    fn port(&self) -> u16;

    /// Which call a request is. Whatever a client sends becomes a call: a path that leads nowhere and a body that cannot
    /// be read are calls too, each with its answer. Nothing is done about it yet.
    fn call(self: Rc<Self>, method: &Method, path: &str, body: &[u8]) -> Call;

    /// The answer to a call that is not performed.
    fn problem(&self, status: StatusCode, detail: &str) -> Answer;

    /// Applies whatever was accepted earlier and is due now.
    fn apply_due(&self, now: Duration);

    /// When the next accepted work is due.
    fn next_due(&self) -> Option<Duration>;

    /// Notified whenever work was accepted.
    fn accepted(&self) -> &Notify;

    /// What every container holds, by id.
    fn containers(&self) -> Vec<Container>;
}

/// To whom a provider tells what happens, and which marks it reaches. Clones are the same observer.
#[derive(Clone)]
pub(in crate::providers) struct Observer {
    pub(in crate::providers) tell: Rc<dyn Fn(Happening)>,
    pub(in crate::providers) reached: Rc<dyn Fn(Mark)>,
}

impl Observer {
    pub(in crate::providers) fn tell(&self, happening: Happening) {
        (self.tell)(happening);
    }

    pub(in crate::providers) fn reached(&self, mark: Mark) {
        (self.reached)(mark);
    }
}
