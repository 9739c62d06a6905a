//! The reference: a memory lifecycle that is correct by design.
//!
//! Its one rule: a turn is acknowledged when it stands in a durable outbox, and leaves it when the provider has proved
//! that it holds it. Everything between may fail, be repeated, or be killed. What is queued carries its identity by
//! value: no task ever asks which session is the current one.
//!
//! - `record`: what is written down. `backlog`: what it amounts to. `outbox`: both, and the journal.
//! - `outboxes`: which journals are this process's. `room`: how much of them it holds in memory. `past`: what only the file
//!   remembers.
//! - `segment`: which turns travel together, and as which request.
//! - `agent`: what one agent hands over, and under which identity. `closing`: how it all comes to its end.
//! - `dispatcher`: the task that takes turns to the `provider`, with several `flights` at once and a `retry` for each.
//!   `recall`: the task that asks ahead.
//! - `lazy`: a candidate of its own, which is not correct.
//!
//! Deliberately absent: appends, compaction of the journal, and undoing an undo.

mod agent;
mod backlog;
mod closing;
mod dispatcher;
mod flights;
mod lazy;
mod outbox;
mod outboxes;
mod past;
mod provider;
mod recall;
mod record;
mod retry;
mod room;
mod segment;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use async_trait::async_trait;

use self::agent::Agent;
use self::backlog::Backlog;
use self::dispatcher::Dispatcher;
pub(super) use self::lazy::LazyStart;
use self::outbox::Outbox;
use self::outboxes::Outboxes;
use self::provider::Provider;
use crate::contracts::memory::{Config, Habits, Lifecycle, Memory};
use crate::facts::Observation;
use crate::machine::{Machine, Task};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// The memory of a process, correct by design. Clones are the same memory.
#[derive(Clone)]
pub(super) struct Reference {
    inner: Rc<Inner>,
}

struct Inner {
    machine: Machine,
    config: Config,
    outboxes: Outboxes,
    /// There while any agent is open.
    delivering: RefCell<Option<Rc<Delivering>>>,
    /// The agents that still exist: a host may drop one without a word.
    agents: RefCell<Vec<Weak<Cell<Phase>>>>,
    wedge: Cell<Duration>,
    /// When whoever closes has to be done.
    deadline: Cell<Option<Duration>>,
}

/// Of an agent: never goes back, but for a new `initialize`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    Closed,
}

/// What takes turns from the outboxes to the provider: a courier for each outbox of which anything is left, and for the own one.
struct Delivering {
    provider: Rc<Provider>,
    couriers: RefCell<Vec<Courier>>,
}

/// A dispatcher, and its task.
#[derive(Clone)]
struct Courier {
    outbox: Rc<Outbox>,
    dispatcher: Rc<Dispatcher>,
    task: Task,
}

impl Reference {
    /// Takes an outbox, and whatever former processes have left.
    pub(super) async fn load(machine: Machine, config: Config) -> Rc<dyn Memory> {
        Rc::new(Self::open(machine, config).await)
    }

    async fn open(machine: Machine, config: Config) -> Self {
        let outboxes = Outboxes::open(machine.clone(), &config.bank).await;
        let (delivering, agents) = <(RefCell<_>, RefCell<_>)>::default();
        let (wedge, deadline) = <(Cell<Duration>, Cell<_>)>::default();
        Self { inner: Rc::new(Inner { machine, config, outboxes, delivering, agents, wedge, deadline }) }
    }

    /// Begins to deliver, unless that is under way.
    fn deliver(&self) -> Rc<Delivering> {
        let delivering = self.delivering().unwrap_or_else(|| {
            let provider = Rc::new(Provider::new(self.inner.machine.clone(), &self.inner.config));
            provider.wedge(self.inner.wedge.get());
            let delivering = Rc::new(Delivering { provider, couriers: RefCell::default() });
            self.inner.delivering.replace(Some(Rc::clone(&delivering)));
            delivering
        });
        self.send_couriers(&delivering);
        delivering
    }

    fn send_couriers(&self, delivering: &Delivering) {
        for outbox in self.inner.outboxes.all() {
            let mut couriers = delivering.couriers.borrow_mut();
            let known = couriers.iter().any(|courier| Rc::ptr_eq(&courier.outbox, &outbox));
            let idle = !Rc::ptr_eq(&outbox, self.inner.outboxes.own()) && outbox.look(Backlog::is_empty);
            if known || idle {
                continue;
            }
            let Inner { machine, config, .. } = &*self.inner;
            let provider = Rc::clone(&delivering.provider);
            let dispatcher = Rc::new(Dispatcher::new(machine.clone(), config, Rc::clone(&outbox), provider));
            let worker = Rc::clone(&dispatcher);
            let task = machine.spawn("dispatcher", async move { worker.run().await });
            couriers.push(Courier { outbox, dispatcher, task });
        }
    }

    fn delivering(&self) -> Option<Rc<Delivering>> {
        self.inner.delivering.borrow().clone()
    }

    /// The couriers on their way.
    fn couriers(&self) -> Vec<Courier> {
        self.delivering().map(|delivering| delivering.couriers.borrow().clone()).unwrap_or_default()
    }

    /// A boundary of `session`: whatever waits may travel in segments that are not full.
    fn release(&self, session: &SessionId) {
        self.couriers().iter().for_each(|courier| courier.dispatcher.release(session));
    }

    /// A turn of `session` came in.
    fn notice(&self, session: &SessionId) {
        if let Some(own) = self.couriers().first() {
            own.dispatcher.notice(session);
        }
    }

    /// A turn is undone: for good, when this returns, however long it takes until the provider knows.
    async fn retract(&self, undone: &TurnId) {
        self.inner.outboxes.retract(undone).await;
        if let Some(delivering) = self.delivering() {
            self.send_couriers(&delivering);
            self.couriers().iter().for_each(|courier| courier.dispatcher.wake());
        }
    }

    fn tell_pending(&self) {
        let turns = self.inner.outboxes.all().iter().flat_map(|outbox| outbox.look(Backlog::pending)).collect();
        self.inner.machine.saw(Observation::Pending { turns });
    }
}

#[async_trait(?Send)]
impl Memory for Reference {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        Agent::open(self.clone(), session)
    }

    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        self.stop_all(agents).await;
    }

    /// Tells what is pending at the start too: whoever loses patience knows what it was.
    async fn drained(&self) {
        self.deliver();
        self.couriers().iter().for_each(|courier| courier.dispatcher.hurry(None));
        self.tell_pending();
        for outbox in self.inner.outboxes.all() {
            outbox.until(Backlog::is_empty).await;
        }
        self.tell_pending();
    }

    fn wedge(&self, duration: Duration) {
        self.inner.wedge.set(duration);
        if let Some(delivering) = self.delivering() {
            delivering.provider.wedge(duration);
        }
    }

    fn habits(&self) -> Habits {
        Habits {
            warms_up_for_nobody: false,
            hands_over_ephemeral_turns: false,
            announces_undo_in_gateway: true,
            ends_idle_sessions: true,
        }
    }
}
