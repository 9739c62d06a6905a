//! The interface of a protocol, by which a server can speak it.

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

    /// From a request to its call. Every request becomes a call: an unknown path and an unreadable body are calls too, each with its
    /// answer. The call is not performed yet.
    fn call(self: Rc<Self>, method: &Method, path: &str, body: &[u8]) -> Call;

    /// The answer to a call that is not performed.
    fn problem(&self, status: StatusCode, detail: &str) -> Answer;

    /// Applies the accepted work that is due now.
    fn apply_due(&self, now: Duration);

    /// When the next accepted work is due.
    fn next_due(&self) -> Option<Duration>;

    /// Notified whenever work was accepted.
    fn accepted(&self) -> &Notify;

    /// The content of every container, by id.
    fn containers(&self) -> Vec<Container>;
}

/// The receiver of a provider's events and of the marks it reaches. Clones are the same observer.
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
