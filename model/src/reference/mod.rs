//! The reference: a memory lifecycle that is correct by design (`domain/client.md` 6.3).
//!
//! Its one rule: a turn is acknowledged when it stands in a durable outbox, and leaves it when the provider has proved
//! that it holds it. Everything between may fail, be repeated, or be killed. What is queued carries its identity by
//! value: no task ever asks which session is the current one.
//!
//! - `record`: what is written down. `journal`: the file. `backlog`: what it amounts to. `outbox`: all three together.
//! - `batch`: which turns travel together, and as which request. `delivery`: how far a batch has come.
//! - `dispatcher`: the task that takes turns to the `provider`. `recall`: the task that asks ahead.
//!
//! Deliberately absent: a second process on the same journal, undo, and compaction of the journal.

mod backlog;
mod batch;
mod delivery;
mod dispatcher;
mod journal;
mod outbox;
mod provider;
mod recall;
mod record;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use self::dispatcher::Dispatcher;
use self::outbox::Outbox;
use self::provider::Provider;
use self::recall::Recall;
use crate::host::{Host, Observation, Place, Task};
use crate::lifecycle::{Config, Lifecycle};
use crate::session::SessionId;
use crate::turn::Turn;

/// The part of a shutdown's budget in which tasks end and connections close.
const CLOSING_TIME: Duration = Duration::from_millis(100);

/// The memory of one agent, correct by design.
pub struct Reference {
    host: Host,
    auto_recall: bool,
    stop_budget: Duration,
    identity: RefCell<Identity>,
    phase: Cell<Phase>,
    outbox: Rc<Outbox>,
    provider: Rc<Provider>,
    dispatcher: Rc<Dispatcher>,
    dispatching: Task,
    recall: Rc<Recall>,
}

/// Whose turns come in. Read by the calls of the main task, and copied into everything they queue.
struct Identity {
    session: SessionId,
    parent: Option<SessionId>,
    epoch: u64,
}

/// Never goes back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Closing,
    Closed,
}

impl Reference {
    /// Opens the outbox, and goes on with whatever former processes have left in it.
    pub async fn start(host: Host, config: Config, session: &SessionId) -> Rc<dyn Lifecycle> {
        let outbox = Rc::new(Outbox::open(host.clone(), &config.bank).await);
        let provider = Rc::new(Provider::new(host.clone(), &config));
        let dispatcher = Dispatcher::new(host.clone(), &config, Rc::clone(&outbox), Rc::clone(&provider));
        let dispatcher = Rc::new(dispatcher);
        let worker = Rc::clone(&dispatcher);
        Rc::new(Self {
            dispatching: host.spawn("dispatcher", async move { worker.run().await }),
            identity: RefCell::new(Identity { session: session.clone(), parent: None, epoch: 0 }),
            phase: Cell::new(Phase::Open),
            recall: Rc::new(Recall::new(host.clone(), Rc::clone(&provider))),
            auto_recall: config.auto_recall,
            stop_budget: config.stop_budget,
            host,
            outbox,
            provider,
            dispatcher,
        })
    }

    /// The agent goes on as `session`; what it completed before may travel.
    fn enter(&self, session: &SessionId, parent: Option<SessionId>) {
        tracing::debug!(%session, ?parent, "boundary");
        let epoch = self.identity.borrow().epoch + 1;
        self.identity.replace(Identity { session: session.clone(), parent, epoch });
        self.recall.forget();
        self.dispatcher.release();
    }

    /// Parent and epoch of a turn of `session`. A turn of a session that nobody announced announces it.
    fn lineage(&self, session: &SessionId) -> (Option<SessionId>, u64) {
        if self.identity.borrow().session != *session {
            self.enter(session, None);
        }
        let identity = self.identity.borrow();
        (identity.parent.clone(), identity.epoch)
    }

    fn tell_pending(&self) {
        let turns = self.outbox.look(|backlog| backlog.pending());
        self.host.saw(Observation::Pending { turns });
    }
}

#[async_trait(?Send)]
impl Lifecycle for Reference {
    async fn turn(&self, turn: Turn) {
        let completed_at = self.host.now();
        let (parent, epoch) = self.lineage(&turn.id.session);
        self.outbox.keep(&turn, parent, completed_at).await;
        self.host.moved([turn.id.clone()], Place::Outbox);
        if self.phase.get() == Phase::Open {
            self.dispatcher.notice(&turn.id.session);
            if self.auto_recall {
                self.recall.warm_up(turn.id.session, epoch, turn.user);
            }
        }
        self.host.step("acknowledged").await;
    }

    async fn switch(&self, to: &SessionId) {
        self.enter(to, None);
        self.host.step("switched").await;
    }

    async fn new_session(&self, to: &SessionId) {
        self.enter(to, None);
        self.host.step("switched").await;
    }

    async fn compress(&self, to: &SessionId) {
        let from = self.identity.borrow().session.clone();
        self.enter(to, (from != *to).then_some(from));
        self.host.step("switched").await;
    }

    async fn end(&self) {
        self.dispatcher.release();
        self.host.step("ended").await;
    }

    async fn prefetch(&self, session: &SessionId) -> Option<String> {
        let epoch = self.identity.borrow().epoch;
        self.recall.take(session, epoch).await
    }

    /// Correctness never depends on how much is delivered here: what is not, is delivered after a restart.
    async fn shutdown(&self) {
        if self.phase.get() == Phase::Open {
            self.phase.set(Phase::Closing);
            self.recall.forget();
            self.dispatcher.hurry();
            self.host.timeout(self.stop_budget.saturating_sub(CLOSING_TIME), self.outbox.emptied()).await;
            self.provider.close();
            self.dispatcher.wake();
            self.dispatching.join(&self.host, CLOSING_TIME / 2).await;
            self.recall.join(CLOSING_TIME / 2).await;
            self.phase.set(Phase::Closed);
        }
        self.tell_pending();
    }

    /// Tells what is pending at the start too: whoever loses patience knows what it was.
    async fn drained(&self) {
        self.dispatcher.hurry();
        self.tell_pending();
        self.outbox.emptied().await;
        self.tell_pending();
    }

    fn wedge(&self, duration: Duration) {
        self.provider.wedge(duration);
    }
}
