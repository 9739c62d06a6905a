//! The reference: a memory lifecycle that is correct by design.
//!
//! Its one rule: a turn is acknowledged once it stands in a durable outbox, and leaves it once the server has proved that it
//! holds the turn. Everything between may fail, be repeated, or be killed. Queued work carries its identity by value: no
//! task ever asks which session is the current one.
//!
//! - `record`: the records of the journal. `backlog`: the state that they add up to, with a `lane` for each session and an `uptake` at the start. `outbox`: both, and
//!   the journal.
//! - `outboxes`: which journals are this process's. `room`: how many of their texts it holds in memory. `past`: turns that
//!   only the file remembers.
//! - `search`: an undo of a turn that another process has. - `segment`: which turns travel together, and as which request.
//! - `agent`: the memory of one agent. `closing`: the end of agents and of the process.
//! - `dispatcher`: the task that delivers turns through an `access`, several `flights` at once, with a `retry` for each, and with
//!   `patience`; `proof`: what the answers prove; `queued`: what may follow without one; what it delivers in vain is set `aside`. `recall`: the
//!   task that fetches the recall for the next turn.
//! - `design`: what other designs do differently, as data; `lock` and `setting` are of such designs alone.
//!
//! Deliberately absent: appends, compaction of the journal, and undoing an undo.

mod access;
mod agent;
mod aside;
mod backlog;
mod closing;
pub(super) mod design;
mod dispatcher;
mod flights;
mod lane;
mod lock;
mod outbox;
mod outboxes;
mod past;
mod patience;
mod proof;
mod queued;
mod recall;
mod record;
mod retry;
mod room;
mod search;
mod segment;
mod setting;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::time::Duration;

use async_trait::async_trait;

use self::access::Access;
use self::agent::AgentMemory;
use self::backlog::Backlog;
use self::closing::Wait;
use self::design::{Design, Start};
use self::dispatcher::Dispatcher;
use self::lock::LockFile;
use self::outbox::Outbox;
use self::outboxes::Outboxes;
use self::setting::Setting;
use crate::contracts::memory::{Config, Habits, Lifecycle, Memory, Unsure};
use crate::facts::{Observation, Place};
use crate::machine::{Machine, Task};
use crate::protocols::http::Asked;
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};

/// The reference's memory code, loaded into a process. Clones are the same memory.
#[derive(Clone)]
pub(super) struct Reference {
    inner: Rc<Inner>,
}

struct Inner {
    machine: Machine,
    config: Config,
    design: Design,
    outboxes: Outboxes,
    lock: LockFile,
    setting: Setting,
    /// Present while any agent is open.
    delivering: RefCell<Option<Rc<Delivering>>>,
    /// The agents that still exist. A host may drop one without shutting it down.
    agents: RefCell<Vec<Weak<Cell<Phase>>>>,
    wedge: Cell<Duration>,
    /// Shared by the agents that are closing.
    closing: Rc<()>,
    /// The last wait of a host for its memory.
    last_wait: Cell<Option<Wait>>,
    /// What the server has asked of this process.
    asked: Asked,
    /// The turns that cannot be delivered, of which this process has told its host: their journals, and their sequence numbers.
    told: RefCell<BTreeSet<(u32, u64)>>,
}

/// An agent's phase. Only a new `initialize` opens a closed one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Closed,
}

/// The delivery of the outboxes: a courier for the process's own outbox, and for each other that is not empty.
struct Delivering {
    access: Rc<Access>,
    couriers: RefCell<Vec<Courier>>,
}

/// An outbox's dispatcher and its task.
#[derive(Clone)]
struct Courier {
    outbox: Rc<Outbox>,
    dispatcher: Rc<Dispatcher>,
    task: Task,
}

impl Reference {
    /// Takes an outbox, and those that former processes left.
    pub(super) async fn load(machine: Machine, config: Config, design: Design) -> Rc<dyn Memory> {
        let outboxes = Outboxes::open(machine.clone(), &config.bank, design).await;
        let lock = LockFile::take(machine.clone(), &config.bank, design.lock).await;
        let setting = Setting::new(machine.clone(), design.sessions);
        let (delivering, agents) = <(RefCell<_>, RefCell<_>)>::default();
        let (wedge, last_wait) = <(Cell<Duration>, Cell<_>)>::default();
        let (asked, told) = <(Asked, RefCell<_>)>::default();
        let parts = Inner {
            machine,
            config,
            design,
            outboxes,
            lock,
            setting,
            delivering,
            agents,
            wedge,
            closing: Rc::default(),
            last_wait,
            asked,
            told,
        };
        Rc::new(Self { inner: Rc::new(parts) })
    }

    /// Starts the delivery, unless it is under way.
    fn deliver(&self) -> Rc<Delivering> {
        let delivering = self.delivering().unwrap_or_else(|| {
            let access = Rc::new(self.access());
            access.wedge(self.inner.wedge.get());
            let delivering = Rc::new(Delivering { access, couriers: RefCell::default() });
            self.inner.delivering.replace(Some(Rc::clone(&delivering)));
            delivering
        });
        self.send_couriers(&delivering);
        delivering
    }

    fn access(&self) -> Access {
        let Inner { machine, config, design, asked, .. } = &*self.inner;
        Access::new(machine.clone(), config, design.banks, asked.clone())
    }

    fn send_couriers(&self, delivering: &Delivering) {
        if self.inner.lock.is_anothers() {
            return;
        }
        for outbox in self.inner.outboxes.all() {
            let mut couriers = delivering.couriers.borrow_mut();
            let known = couriers.iter().any(|courier| Rc::ptr_eq(&courier.outbox, &outbox));
            let idle = !Rc::ptr_eq(&outbox, self.inner.outboxes.own()) && outbox.look(Backlog::is_empty);
            if known || idle {
                continue;
            }
            let Inner { machine, config, design, .. } = &*self.inner;
            let access = Rc::clone(&delivering.access);
            let dispatcher = Rc::new(Dispatcher::new(machine.clone(), config, *design, Rc::clone(&outbox), access));
            let worker = Rc::clone(&dispatcher);
            let task = machine.spawn("dispatcher", async move { worker.run().await });
            couriers.push(Courier { outbox, dispatcher, task });
        }
    }

    fn delivering(&self) -> Option<Rc<Delivering>> {
        self.inner.delivering.borrow().clone()
    }

    /// The couriers, if the delivery is under way.
    fn couriers(&self) -> Vec<Courier> {
        self.delivering().map(|delivering| delivering.couriers.borrow().clone()).unwrap_or_default()
    }

    /// A boundary of `session`: its waiting turns may travel in segments that are not full.
    fn let_go(&self, session: &SessionId) {
        self.couriers().iter().for_each(|courier| courier.dispatcher.let_go(session));
    }

    /// A turn of `session` came in.
    fn notice(&self, session: &SessionId) {
        if let Some(own) = self.couriers().first() {
            own.dispatcher.notice(session);
        }
    }

    /// Keeps a turn. When this returns without an error, no crash can lose it.
    async fn keep(&self, turn: Turn, parent: Option<SessionId>) -> Result<(), Unsure> {
        let (memory, completed_at) = (self.clone(), self.inner.machine.wall());
        let job = async move {
            if memory.inner.outboxes.is_known(&turn).await {
                return;
            }
            memory.inner.outboxes.own().keep(&turn, parent, completed_at).await;
            memory.inner.machine.moved([turn.id.clone()], Place::Outbox);
            memory.notice(&turn.id.session);
        };
        self.inner.outboxes.write(Box::pin(job)).await
    }

    /// Undoes a turn. When this returns without an error, the undo is durable; it may take the server longer to drop the turn.
    async fn retract(&self, undone: &TurnId) -> Result<(), Unsure> {
        let (memory, undone) = (self.clone(), undone.clone());
        let job = async move {
            memory.inner.outboxes.retract(&undone).await;
            if let Some(delivering) = memory.delivering() {
                memory.send_couriers(&delivering);
                memory.couriers().iter().for_each(|courier| courier.dispatcher.wake());
            }
        };
        self.inner.outboxes.write(Box::pin(job)).await
    }

    fn report_pending(&self) {
        let turns = self.inner.outboxes.all().iter().flat_map(|outbox| outbox.look(Backlog::pending)).collect();
        self.inner.machine.saw(Observation::Pending { turns });
    }
}

#[async_trait(?Send)]
impl Memory for Reference {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        AgentMemory::open(self.clone(), session)
    }

    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        self.stop_all(agents).await;
    }

    async fn exit(&self) {
        self.inner.lock.remove().await;
    }

    /// Reports the pending turns before the wait too, so a caller that loses patience knows them.
    async fn drained(&self) {
        if self.inner.design.start != Start::WithAnAgent || self.delivering().is_some() {
            self.deliver();
        }
        self.couriers().iter().for_each(|courier| courier.dispatcher.hurry(None));
        self.report_pending();
        for outbox in self.inner.outboxes.all() {
            outbox.until(Backlog::is_empty).await;
        }
        self.report_pending();
    }

    fn wedge(&self, duration: Duration) {
        self.inner.wedge.set(duration);
        if let Some(delivering) = self.delivering() {
            delivering.access.wedge(duration);
        }
    }

    fn undeliverable(&self) -> Vec<TurnId> {
        let mut told = self.inner.told.borrow_mut();
        let mut turns = Vec::new();
        for outbox in self.inner.outboxes.all() {
            outbox.look(|backlog| {
                let news = backlog.undeliverable().filter(|(seq, _)| told.insert((outbox.number(), *seq)));
                turns.extend(news.map(|(_, turn)| turn.clone()));
            });
        }
        turns
    }

    fn habits(&self) -> Habits {
        Habits {
            one_shot_warms_up: false,
            request_warms_up: false,
            hands_over_ephemeral_turns: false,
            reviews_have_memory: false,
            announces_undo_in_gateway: true,
            ends_idle_sessions: true,
        }
    }
}
