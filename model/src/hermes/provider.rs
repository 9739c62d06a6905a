//! The Hindsight provider: the state of a session, and the hooks that the manager calls.
//!
//! None of the state is locked. The manager's worker and the agent's thread both touch it, and every step between two
//! accesses is a place where the other may come in between; the mistakes that follow are the point of this model.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::client::ClientSlot;
use super::interpreter::Interpreter;
use super::prefetch::Prefetch;
use super::release::{Append, Behaviors, Delivery, OnSwitch};
use super::target::{Capability, Target, own_document};
use super::writer::{Job, Writer};
use crate::host::{Host, Place};
use crate::lifecycle::Config;
use crate::session::{DocumentId, SessionId};
use crate::turn::{Turn, TurnId};

/// How long a switch waits for a recall in flight.
const SWITCH_PREFETCH_JOIN: Duration = Duration::from_secs(3);
/// How long a shutdown waits for a recall in flight.
const SHUTDOWN_PREFETCH_JOIN: Duration = Duration::from_secs(5);

/// A turn in the buffer, as text.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    /// Which turn it is: for the observer only.
    pub id: TurnId,
    /// What is retained.
    pub text: Rc<str>,
}

/// `_session_turns`: a list that a switch replaces by another.
type Buffer = Rc<RefCell<Vec<Kept>>>;

/// The provider of one agent.
pub(super) struct Provider {
    pub(super) host: Host,
    pub(super) behaviors: Behaviors,
    pub(super) config: Config,
    pub(super) interpreter: Interpreter,
    pub(super) client: ClientSlot,
    pub(super) writer: Writer,
    pub(super) prefetch: Prefetch,
    capability: Capability,
    session: RefCell<Session>,
    wedge: Cell<Duration>,
    shutting_down: Cell<bool>,
}

struct Session {
    id: SessionId,
    parent: Option<SessionId>,
    document: DocumentId,
    turns: Buffer,
    /// Turns since the switch; every N-th sends a retain.
    counter: u32,
    /// How many of `turns` were enqueued before.
    watermark: usize,
}

impl Provider {
    pub(super) fn new(behaviors: Behaviors, host: Host, config: Config, session: SessionId) -> Self {
        Self {
            capability: Capability::new(host.clone(), config.bank.clone(), behaviors.append),
            client: ClientSlot::new(host.clone(), config.clone(), behaviors.client_locked),
            session: RefCell::new(Session {
                document: own_document(&session, host.now()),
                id: session,
                parent: None,
                turns: Buffer::default(),
                counter: 0,
                watermark: 0,
            }),
            interpreter: Interpreter::default(),
            writer: Writer::default(),
            prefetch: Prefetch::default(),
            wedge: Cell::new(Duration::ZERO),
            shutting_down: Cell::new(false),
            host,
            behaviors,
            config,
        }
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.shutting_down.get()
    }

    pub(super) fn wedge(&self, duration: Duration) {
        self.wedge.set(duration);
    }

    /// The writer starts again: whatever was shut down is open once more.
    pub(super) fn revive(&self) {
        self.shutting_down.set(false);
    }

    /// `sync_turn`: keeps the turn, and every N-th time hands what is kept to the writer.
    pub(super) async fn sync_turn(self: &Rc<Self>, turn: Turn, with_session: bool) {
        if !self.wedge.get().is_zero() {
            self.host.sleep(self.wedge.get()).await;
        }
        self.host.step("sync_turn").await;
        let threads = self.behaviors.delivery == Delivery::ThreadPerRetain;
        if self.is_shutting_down() && !threads {
            self.host.moved([turn.id], Place::DroppedAfterShutdown);
            return;
        }
        if with_session {
            self.session.borrow_mut().id = turn.id.session.clone();
            self.host.step("session id set").await;
        }
        self.keep(&turn).await;
        let due = {
            let mut session = self.session.borrow_mut();
            session.counter += 1;
            session.counter.is_multiple_of(self.config.retain_every_n_turns)
        };
        if due {
            let document = self.session.borrow().document.clone();
            let target = self.resolve(None, document).await;
            self.host.step("target resolved").await;
            self.retain(target).await;
        }
    }

    /// Appends the turn to the buffer: the list first and the text second, or the other way round.
    async fn keep(&self, turn: &Turn) {
        let kept = || Kept { id: turn.id.clone(), text: turn.to_json(self.host.now()).into() };
        let (list, kept) = if self.behaviors.takes_list_first {
            let list = Rc::clone(&self.session.borrow().turns);
            self.host.step("list taken").await;
            (list, kept())
        } else {
            let kept = kept();
            self.host.step("text built").await;
            (Rc::clone(&self.session.borrow().turns), kept)
        };
        let alive = Rc::ptr_eq(&list, &self.session.borrow().turns);
        self.host.moved([turn.id.clone()], if alive { Place::Buffer } else { Place::AppendedToADeadList });
        list.borrow_mut().push(kept);
        self.host.step("turn kept").await;
    }

    /// Where a retain of `session` (of the one that is current once the probe is done, if `None`) goes.
    async fn resolve(&self, session: Option<SessionId>, document: DocumentId) -> Target {
        if self.capability.can_append().await {
            let session = session.unwrap_or_else(|| self.session.borrow().id.clone());
            return Target {
                document: DocumentId::from(session.as_str()),
                update_mode: Some(crate::hindsight_api::UpdateMode::Append),
            };
        }
        Target { document, update_mode: None }
    }

    /// Hands what is due to the writer. Whether it arrives or not, it counts as sent.
    async fn retain(self: &Rc<Self>, target: Target) {
        let from = match self.behaviors.append {
            Append::SinceWatermark if target.appends() => self.session.borrow().watermark,
            _ => 0,
        };
        let turns: Vec<Kept> = self.session.borrow().turns.borrow().iter().skip(from).cloned().collect();
        if turns.is_empty() && target.appends() && self.behaviors.append != Append::WholeSession {
            return;
        }
        let job = {
            let session = self.session.borrow();
            Job::new(self, target.clone(), turns, &session.id, session.parent.as_ref(), session.counter, true)
        };
        self.host.step("job built").await;
        Writer::enqueue(self, job).await;
        let mut session = self.session.borrow_mut();
        if self.behaviors.append == Append::ClearedAtEnqueue && target.appends() {
            session.turns.borrow_mut().clear();
        }
        let enqueued = session.turns.borrow().len();
        session.watermark = enqueued;
    }

    /// `on_session_switch`.
    pub(super) async fn on_session_switch(self: &Rc<Self>, to: &SessionId) {
        if self.behaviors.on_switch == OnSwitch::Unheard {
            return;
        }
        if self.behaviors.on_switch == OnSwitch::Flush {
            self.flush().await;
            self.prefetch.join(&self.host, SWITCH_PREFETCH_JOIN).await;
            self.prefetch.forget();
        }
        self.host.step("rotate").await;
        let mut session = self.session.borrow_mut();
        let cleared: Vec<TurnId> =
            session.turns.borrow().iter().skip(session.watermark).map(|kept| kept.id.clone()).collect();
        if self.behaviors.on_switch == OnSwitch::Clear && !cleared.is_empty() {
            self.host.moved(cleared, Place::ClearedBySwitch);
        }
        let left = session.id.clone();
        *session = Session {
            document: own_document(to, self.host.now()),
            id: to.clone(),
            parent: Some(left),
            turns: Buffer::default(),
            counter: 0,
            watermark: 0,
        };
    }

    /// Sends the whole buffer under the session that is about to be left; not if the provider is shutting down.
    async fn flush(self: &Rc<Self>) {
        self.host.step("flush").await;
        let (id, parent, document, counter, seen) = {
            let session = self.session.borrow();
            let seen = !session.turns.borrow().is_empty();
            (session.id.clone(), session.parent.clone(), session.document.clone(), session.counter, seen)
        };
        if !seen {
            return;
        }
        let target = self.resolve(Some(id.clone()), document).await;
        self.host.step("flush target resolved").await;
        let turns: Vec<Kept> = self.session.borrow().turns.borrow().clone();
        let ids: Vec<TurnId> = turns.iter().map(|kept| kept.id.clone()).collect();
        let job = Job::new(self, target, turns, &id, parent.as_ref(), counter, false);
        self.host.step("flush built").await;
        if self.is_shutting_down() {
            self.host.moved(ids, Place::ClearedBySwitch);
            return;
        }
        Writer::enqueue(self, job).await;
    }

    /// `shutdown`. What is buffered is not looked at.
    pub(super) async fn shutdown(self: &Rc<Self>) {
        self.host.step("shutdown").await;
        self.shutting_down.set(true);
        self.prefetch.fence();
        if self.behaviors.delivery == Delivery::ThreadPerRetain {
            self.prefetch.join(&self.host, SHUTDOWN_PREFETCH_JOIN).await;
            self.writer.join_thread(&self.host).await;
        } else {
            self.writer.stop(&self.host).await;
            self.prefetch.join(&self.host, SHUTDOWN_PREFETCH_JOIN).await;
        }
        self.client.close().await;
    }
}
