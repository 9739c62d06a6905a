//! The interface of a protocol, by which a server can speak it.

use std::rc::Rc;
use std::time::Duration;

use hyper::{HeaderMap, Method, StatusCode};
use model::machine::marks::Mark;
use model::words::endpoint::Endpoint;
use model::words::session::{BankId, DocumentId, SessionId};
use tokio::sync::Notify;

use super::http::{Answer, Call};
use crate::history::{Container, Happening, WriteMode};
use crate::plan::Fault;

/// A protocol's API, and the store behind it. It survives the server's process.
pub(in crate::providers) trait Api {
    /// The name of the host on which it lives.
    fn host(&self) -> &'static str;

    /// The port on which it listens.
    fn port(&self) -> u16;

    /// From a request to its call. Every request becomes a call: an unknown path and an unreadable body are calls too, each with its
    /// answer. The call is not performed yet.
    fn call(self: Rc<Self>, method: &Method, path: &str, headers: &HeaderMap, body: &[u8]) -> Call;

    /// The answer to a call that is not performed.
    fn problem(&self, status: StatusCode, detail: &str) -> Answer;

    /// The answer to a delivery that says it worked, or has a failure inside.
    fn verdict(&self, success: bool) -> Answer;

    /// Does the work that is due now: applies what was accepted, and loses what is to be lost.
    fn apply_due(&self, now: Duration);

    /// When the next work is due.
    fn next_due(&self) -> Option<Duration>;

    /// Notified whenever work was accepted.
    fn accepted(&self) -> &Notify;

    /// The content of every container, by id.
    fn containers(&self) -> Vec<Container>;
}

/// Sees what no history holds: the texts themselves.
pub trait Reader {
    /// A request has arrived completely, and meets this fault.
    fn received(&self, endpoint: Endpoint, number: u32, fault: Option<Fault>, body: &[u8]);

    /// A text was written to its container.
    fn applied(&self, written: &Written<'_>);

    /// A client deleted a container.
    fn deleted(&self, bank: &BankId, container: &DocumentId);
}

/// A text that was written to its container.
pub struct Written<'a> {
    /// The number of the request that brought it.
    pub number: u32,
    /// The partition of the container.
    pub bank: &'a BankId,
    /// The container.
    pub container: &'a DocumentId,
    /// How it treated the container's earlier texts.
    pub mode: WriteMode,
    /// The text.
    pub text: &'a str,
    /// The session that its metadata names, if they name one.
    pub session: Option<&'a SessionId>,
    /// Its labels.
    pub tags: &'a [String],
}

/// The receiver of a provider's events and of the marks it reaches. Clones are the same observer.
#[derive(Clone)]
pub(in crate::providers) struct Observer {
    pub(in crate::providers) tell: Rc<dyn Fn(Happening)>,
    pub(in crate::providers) reached: Rc<dyn Fn(Mark)>,
    /// Who also sees the texts. A simulated run has none.
    pub(in crate::providers) reader: Option<Rc<dyn Reader>>,
}

impl Observer {
    pub(in crate::providers) fn tell(&self, happening: Happening) {
        (self.tell)(happening);
    }

    pub(in crate::providers) fn reached(&self, mark: Mark) {
        (self.reached)(mark);
    }
}
