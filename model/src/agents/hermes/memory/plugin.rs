//! The Hindsight plugin (Hermes calls it a memory provider): the state of a session, and the hooks that the manager calls.
//!
//! No lock guards the state. The manager's worker and the agent's thread both touch it, and at every step between two
//! accesses the other may come in between. The mistakes that follow are the point of this model.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use super::behaviors::{Append, Behaviors, Delivery, Flush, OnSwitch};
use super::client::ClientSlot;
use super::interpreter::{Interpreter, TURN_TEXT};
use super::job::{Identity, Job, Payload};
use super::prefetch::Prefetch;
use super::target::{Target, own_document};
use super::writer::Writer;
use crate::contracts::memory::Config;
use crate::facts::Place;
use crate::machine::Machine;
use crate::machine::gauge::Gauge;
use crate::words::session::{DocumentId, SessionId};
use crate::words::turn::{Turn, TurnId};

/// How long a switch waits for a recall in flight.
const SWITCH_PREFETCH_JOIN: Duration = Duration::from_secs(3);
/// How long a shutdown waits for a recall in flight.
const SHUTDOWN_PREFETCH_JOIN: Duration = Duration::from_secs(5);

/// A turn's text in the buffer.
#[derive(Clone, Debug)]
pub(super) struct Buffered {
    /// The turn's id, for reports only.
    pub id: TurnId,
    /// The text to retain.
    pub text: Rc<str>,
}

/// `_session_turns`. A switch replaces the list by another.
pub(super) type Buffer = Rc<RefCell<Vec<Buffered>>>;

/// The plugin of one agent.
pub(super) struct Plugin {
    pub(super) machine: Machine,
    pub(super) behaviors: Behaviors,
    pub(super) config: Config,
    pub(super) interpreter: Rc<Interpreter>,
    pub(super) client: ClientSlot,
    pub(super) writer: Writer,
    pub(super) prefetch: Prefetch,
    /// How many turns it holds in memory: on the manager's worker, in the buffer, in the writer's queue.
    pub(super) held: Gauge,
    pub(super) session: RefCell<Session>,
    shutting_down: Cell<bool>,
}

/// The session that the plugin believes to be open.
pub(super) struct Session {
    pub id: SessionId,
    pub parent: Option<SessionId>,
    pub document: DocumentId,
    pub turns: Buffer,
    /// Turns since the switch. Every N-th sends a retain.
    pub counter: u32,
    /// How many of `turns` need no sending: they were enqueued before or, in #34859, a retain has confirmed them.
    pub settled: Rc<Cell<usize>>,
}

impl Session {
    fn opened(id: SessionId, parent: Option<SessionId>, machine: &Machine) -> Self {
        let document = own_document(&id, machine);
        Self { id, parent, document, turns: Buffer::default(), counter: 0, settled: Rc::default() }
    }

    /// How many of its turns a flush skips.
    pub(super) fn flushed(&self, flush: Flush) -> usize {
        match flush {
            Flush::Whole => 0,
            Flush::Tail | Flush::Unconfirmed => self.settled.get(),
        }
    }

    /// Its turns, less those that a retain confirms before the job is sent.
    pub(super) fn unconfirmed(&self) -> Payload {
        let length = self.turns.borrow().len();
        Payload::Unconfirmed { list: Rc::clone(&self.turns), confirmed: Rc::clone(&self.settled), length }
    }
}

impl Plugin {
    pub(super) fn new(
        behaviors: Behaviors,
        machine: Machine,
        config: Config,
        interpreter: Rc<Interpreter>,
        session: SessionId,
    ) -> Self {
        let locked = behaviors.client_locked;
        Self {
            client: ClientSlot::new(machine.clone(), config.clone(), Rc::clone(&interpreter), locked),
            session: RefCell::new(Session::opened(session, None, &machine)),
            held: Gauge::new(machine.clone()),
            interpreter,
            writer: Writer::default(),
            prefetch: Prefetch::default(),
            shutting_down: Cell::new(false),
            machine,
            behaviors,
            config,
        }
    }

    pub(super) fn is_shutting_down(&self) -> bool {
        self.shutting_down.get()
    }

    /// `initialize` on a used plugin: it opens a new session, but resets neither the counter nor the shutdown.
    pub(super) fn reinitialize(&self, id: &SessionId) {
        let mut session = self.session.borrow_mut();
        self.held.remove(session.turns.borrow().len());
        let counter = session.counter;
        *session = Session { counter, ..Session::opened(id.clone(), None, &self.machine) };
    }

    /// Takes the shutdown back, because the writer has started again.
    pub(super) fn revive(&self) {
        self.shutting_down.set(false);
    }

    /// `sync_turn`: buffers the turn, and hands the buffer to the writer at every N-th.
    pub(super) async fn sync_turn(self: &Rc<Self>, turn: Turn, with_session: bool) {
        let wedge = self.interpreter.wedge();
        if !wedge.is_zero() {
            self.machine.sleep(wedge).await;
        }
        self.machine.step("sync_turn").await;
        if self.is_shutting_down() {
            self.machine.moved([turn.id], Place::DroppedAfterShutdown);
            return;
        }
        if with_session {
            self.session.borrow_mut().id = turn.id.session.clone();
            self.machine.step("session id set").await;
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
            self.machine.step("target resolved").await;
            self.retain(target).await;
        }
    }

    /// Appends the turn to the buffer. Releases differ in what they do first: look up the list, or build the text.
    async fn keep(&self, turn: &Turn) {
        let kept = || Buffered { id: turn.id.clone(), text: turn.to_json(self.machine.wall()).into() };
        let (list, kept) = if self.behaviors.takes_list_first {
            let list = Rc::clone(&self.session.borrow().turns);
            self.machine.work(TURN_TEXT.0, TURN_TEXT.1).await;
            self.machine.step("list taken").await;
            (list, kept())
        } else {
            let kept = kept();
            self.machine.step("text built").await;
            (Rc::clone(&self.session.borrow().turns), kept)
        };
        let alive = Rc::ptr_eq(&list, &self.session.borrow().turns);
        self.machine.moved([turn.id.clone()], if alive { Place::Buffer } else { Place::AppendedToADeadList });
        list.borrow_mut().push(kept);
        self.held.add(1);
        self.machine.step("turn kept").await;
    }

    /// Where a retain of `session` goes. `None` stands for the session that is current once the version probe is done.
    pub(super) async fn resolve(&self, session: Option<SessionId>, document: DocumentId) -> Target {
        if self.interpreter.capability.can_append().await {
            let session = session.unwrap_or_else(|| self.session.borrow().id.clone());
            return Target {
                document: DocumentId::from(session.as_str()),
                update_mode: Some(crate::protocols::hindsight::wire::UpdateMode::Append),
            };
        }
        Target { document, update_mode: None }
    }

    /// Hands the turns that are due to the writer. They count as sent whether they arrive or not, except in #34859.
    async fn retain(self: &Rc<Self>, target: Target) {
        let payload = {
            let session = self.session.borrow();
            let from = match self.behaviors.append {
                Append::SinceWatermark if target.appends() => session.settled.get(),
                Append::Never
                | Append::WholeSession
                | Append::SinceWatermark
                | Append::ClearedAtEnqueue
                | Append::Unconfirmed => 0,
            };
            match self.behaviors.append {
                Append::Unconfirmed => session.unconfirmed(),
                Append::Never | Append::WholeSession | Append::SinceWatermark | Append::ClearedAtEnqueue => {
                    Payload::Frozen(session.turns.borrow().iter().skip(from).cloned().collect())
                }
            }
        };
        let empty = matches!(&payload, Payload::Frozen(turns) if turns.is_empty());
        let skips_empty = match self.behaviors.append {
            Append::WholeSession => false,
            Append::ClearedAtEnqueue => true,
            Append::Never | Append::SinceWatermark | Append::Unconfirmed => target.appends(),
        };
        if empty && skips_empty {
            return;
        }
        let job = {
            let session = self.session.borrow();
            let (id, parent, turn_index) = (session.id.clone(), session.parent.clone(), session.counter);
            let identity = Identity { target: target.clone(), session: id, parent, turn_index };
            Job { identity, payload, tracked: true }
        };
        self.machine.step("job built").await;
        Writer::enqueue(self, job).await;
        let session = self.session.borrow();
        if self.behaviors.append == Append::ClearedAtEnqueue && target.appends() {
            self.held.remove(session.turns.borrow().len());
            session.turns.borrow_mut().clear();
        }
        if self.behaviors.append != Append::Unconfirmed {
            session.settled.set(session.turns.borrow().len());
        }
    }

    /// `on_session_switch`. Without a new parent the old one stays.
    pub(super) async fn on_session_switch(self: &Rc<Self>, to: &SessionId, parent: Option<&SessionId>) {
        match self.behaviors.on_switch {
            OnSwitch::Unheard => return,
            OnSwitch::Clear => {}
            OnSwitch::Flush(_) | OnSwitch::FlushOnThread => {
                self.flush_before_switch().await;
                self.prefetch.join(&self.machine, SWITCH_PREFETCH_JOIN).await;
                self.prefetch.forget();
            }
        }
        self.machine.step("rotate").await;
        let mut session = self.session.borrow_mut();
        let cleared: Vec<TurnId> =
            session.turns.borrow().iter().skip(session.settled.get()).map(|kept| kept.id.clone()).collect();
        if self.behaviors.on_switch == OnSwitch::Clear && !cleared.is_empty() {
            self.machine.moved(cleared, Place::ClearedBySwitch);
        }
        self.held.remove(session.turns.borrow().len());
        let parent = parent.cloned().or_else(|| session.parent.clone());
        *session = Session::opened(to.clone(), parent, &self.machine);
    }

    /// `shutdown`. It ignores the buffer. The flag came with the writer (#17005): release A continues unchanged.
    pub(super) async fn shutdown(self: &Rc<Self>) {
        self.machine.step("shutdown").await;
        let threads = self.behaviors.delivery == Delivery::ThreadPerRetain;
        self.shutting_down.set(!threads);
        self.prefetch.fence();
        if threads {
            self.prefetch.join(&self.machine, SHUTDOWN_PREFETCH_JOIN).await;
            Writer::stop_thread(self).await;
        } else {
            Writer::stop(self).await;
            self.prefetch.join(&self.machine, SHUTDOWN_PREFETCH_JOIN).await;
        }
        self.client.close().await;
    }

    /// The plugin's hook at the interpreter's end.
    pub(super) async fn at_exit(self: &Rc<Self>) {
        match self.behaviors.delivery {
            Delivery::ThreadPerRetain => Writer::await_wire(self).await,
            Delivery::Writer if self.is_shutting_down() => {}
            Delivery::Writer => self.shutdown().await,
        }
    }
}
