//! The memory of one agent: the turns it hands over, the identity they get, and the recall it reads.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use async_trait::async_trait;

use super::access::Access;
use super::closing::Wait;
use super::design::Heeds;
use super::recall::Recall;
use super::{Phase, Reference};
use crate::contracts::memory::{Lifecycle, Unsure};
use crate::machine::marks::Mark;
use crate::words::command::Adoption;
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};

/// The memory of one agent.
pub(super) struct AgentMemory {
    memory: Reference,
    identity: RefCell<Identity>,
    phase: Rc<Cell<Phase>>,
    /// When its host last waited for it, until it is shut down.
    flushed: Cell<Option<Wait>>,
    recall: RefCell<Rc<Recall>>,
}

/// The session that the agent works in. The main task's calls read it, and copy it into everything they queue.
struct Identity {
    session: SessionId,
    parent: Option<SessionId>,
    epoch: u64,
}

impl AgentMemory {
    /// A new agent whose open session is `session`.
    pub(super) fn open(memory: Reference, session: &SessionId) -> Rc<Self> {
        let phase = Rc::new(Cell::new(Phase::Open));
        memory.opened(&phase);
        let access = Rc::clone(&memory.deliver().access);
        access.serves(session);
        Rc::new(Self {
            identity: RefCell::new(Identity { session: session.clone(), parent: None, epoch: 0 }),
            phase,
            flushed: Cell::default(),
            recall: RefCell::new(Self::recall(&memory, access)),
            memory,
        })
    }

    fn recall(memory: &Reference, access: Rc<Access>) -> Rc<Recall> {
        Rc::new(Recall::new(memory.inner.machine.clone(), access))
    }

    /// The agent continues as `session`. Turns that it completed before may now travel.
    fn enter(&self, session: &SessionId, parent: Option<SessionId>) {
        tracing::debug!(%session, ?parent, "boundary");
        let epoch = self.identity.borrow().epoch + 1;
        let left = self.identity.replace(Identity { session: session.clone(), parent, epoch });
        self.recall.borrow().forget();
        if self.memory.inner.design.heeds != Heeds::AllButBoundaries {
            self.memory.let_go(&left.session);
        }
    }

    fn session(&self) -> SessionId {
        self.identity.borrow().session.clone()
    }

    /// Parent and epoch of a turn of `session`. If the host has announced no switch to `session`, the turn itself does.
    fn lineage(&self, session: &SessionId) -> (Option<SessionId>, u64) {
        if self.identity.borrow().session != *session {
            self.enter(session, None);
        }
        let identity = self.identity.borrow();
        (identity.parent.clone(), identity.epoch)
    }

    async fn step(&self, label: &'static str) {
        self.memory.inner.machine.step(label).await;
    }
}

#[async_trait(?Send)]
impl Lifecycle for AgentMemory {
    async fn turn(&self, turn: Turn) -> Result<(), Unsure> {
        let (parent, _) = self.lineage(&turn.id.session);
        let turn = self.memory.inner.setting.identify(turn).await;
        let kept = self.memory.keep(turn, parent).await;
        self.step("acknowledged").await;
        kept
    }

    async fn warm_up(&self, turn: &Turn) {
        if self.phase.get() == Phase::Open && self.memory.inner.config.auto_recall {
            let (_, epoch) = self.lineage(&turn.id.session);
            self.recall.borrow().warm_up(turn.id.session.clone(), epoch, turn.user.clone());
        }
    }

    async fn switch(&self, from: &SessionId, to: &SessionId, adoption: Adoption) {
        self.enter(to, (adoption == Adoption::Branch && from != to).then(|| from.clone()));
        self.step("switched").await;
    }

    async fn new_session(&self, _from: &SessionId, to: &SessionId) {
        self.enter(to, None);
        self.step("switched").await;
    }

    async fn compress(&self, from: &SessionId, to: &SessionId) {
        let (parent, _) = self.lineage(from);
        let parent = if from == to { parent } else { Some(from.clone()) };
        self.enter(to, parent);
        self.step("switched").await;
    }

    /// Drops the recall for the next turn, because the undone turn asked for it.
    async fn undo(&self, undone: &TurnId) -> Result<(), Unsure> {
        self.recall.borrow().forget();
        let retracted = self.memory.retract(undone).await;
        self.step("undone").await;
        retracted
    }

    async fn end(&self) {
        if self.memory.inner.design.heeds != Heeds::AllButEnds {
            self.memory.let_go(&self.session());
        }
        self.step("ended").await;
    }

    async fn flush_pending(&self) {
        if self.memory.inner.design.heeds != Heeds::AllButFlushes {
            self.flushed.set(Some(self.memory.flush(&self.session()).await));
        }
        self.step("flushed").await;
    }

    async fn prefetch(&self, session: &SessionId) -> Option<String> {
        let epoch = self.identity.borrow().epoch;
        let recall = self.recall.borrow().clone();
        recall.take(session, epoch).await
    }

    async fn shutdown(&self) {
        let recall = self.recall.borrow().clone();
        if self.phase.replace(Phase::Closed) == Phase::Open {
            recall.forget();
        }
        self.memory.close(&self.session(), self.flushed.take()).await;
        recall.join(self.memory.closing_time()).await;
        self.memory.report_pending();
    }

    /// Opens the agent again if it was closed. Turns that it handed over before are not affected.
    async fn reinitialize(&self, session: &SessionId) {
        if self.phase.replace(Phase::Open) == Phase::Closed {
            self.memory.inner.machine.reached(Mark::OpenedAgain);
            self.memory.opened(&self.phase);
            let access = Rc::clone(&self.memory.deliver().access);
            self.recall.replace(Self::recall(&self.memory, access));
        }
        self.enter(session, None);
    }
}
