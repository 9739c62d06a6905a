//! The reference: a memory lifecycle that is correct by design (`domain/client.md` 6.3).
//!
//! Its one rule: a turn is acknowledged when it stands in a durable outbox, and leaves it when the provider has proved
//! that it holds it. Everything between may fail, be repeated, or be killed. What is queued carries its identity by
//! value: no task ever asks which session is the current one.
//!
//! - `record`: what is written down. `journal`: the file. `backlog`: what it amounts to. `outbox`: all three together.
//! - `batch`: which turns travel together, and as which request. `delivery`: how far a batch has come.
//! - `agent`: what one agent hands over, and under which identity.
//! - `dispatcher`: the task that takes turns to the `provider`. `recall`: the task that asks ahead.
//!
//! Deliberately absent: a second process on the same journal, undo, and compaction of the journal.

mod agent;
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

use self::agent::Agent;
use self::dispatcher::Dispatcher;
use self::outbox::Outbox;
use self::provider::Provider;
use crate::host::{Host, Observation, Task};
use crate::hosts::Habits;
use crate::lifecycle::{Config, Lifecycle, Memory};
use crate::session::SessionId;

/// The part of a shutdown's budget in which tasks end and connections close.
const CLOSING_TIME: Duration = Duration::from_millis(100);

/// The memory of a process, correct by design. Clones are the same memory.
#[derive(Clone)]
pub struct Reference {
    inner: Rc<Inner>,
}

struct Inner {
    host: Host,
    config: Config,
    outbox: Rc<Outbox>,
    /// There while any agent is open.
    delivering: RefCell<Option<Rc<Delivering>>>,
    open_agents: Cell<usize>,
    wedge: Cell<Duration>,
    /// When the process must have stopped, once it was told to.
    deadline: Cell<Option<Duration>>,
}

/// What takes turns from the outbox to the provider.
struct Delivering {
    provider: Rc<Provider>,
    dispatcher: Rc<Dispatcher>,
    task: Task,
}

impl Reference {
    /// Opens the outbox, and whatever former processes have left in it.
    pub async fn load(host: Host, config: Config) -> Rc<dyn Memory> {
        let outbox = Rc::new(Outbox::open(host.clone(), &config.bank).await);
        let (delivering, open_agents) = <(RefCell<_>, Cell<usize>)>::default();
        let (wedge, deadline) = <(Cell<Duration>, Cell<_>)>::default();
        Rc::new(Self { inner: Rc::new(Inner { host, config, outbox, delivering, open_agents, wedge, deadline }) })
    }

    /// Begins to deliver, unless that is under way.
    fn deliver(&self) -> Rc<Delivering> {
        let mut delivering = self.inner.delivering.borrow_mut();
        let delivering = delivering.get_or_insert_with(|| {
            let Inner { host, config, outbox, wedge, .. } = &*self.inner;
            let provider = Rc::new(Provider::new(host.clone(), config));
            provider.wedge(wedge.get());
            let dispatcher = Dispatcher::new(host.clone(), config, Rc::clone(outbox), Rc::clone(&provider));
            let dispatcher = Rc::new(dispatcher);
            let worker = Rc::clone(&dispatcher);
            let task = host.spawn("dispatcher", async move { worker.run().await });
            Rc::new(Delivering { provider, dispatcher, task })
        });
        Rc::clone(delivering)
    }

    fn delivering(&self) -> Option<Rc<Delivering>> {
        self.inner.delivering.borrow().clone()
    }

    fn opened(&self) {
        self.inner.open_agents.set(self.inner.open_agents.get() + 1);
    }

    /// An agent closes. The last one takes the way to the provider with it: correctness never depends on how much is delivered
    /// here, because what is not is delivered after a restart.
    async fn closed(&self) {
        self.inner.open_agents.set(self.inner.open_agents.get() - 1);
        let Some(delivering) = self.delivering() else { return };
        delivering.dispatcher.hurry();
        let budget = self.inner.config.stop_budget.saturating_sub(CLOSING_TIME);
        let now = self.inner.host.now();
        let budget = self.inner.deadline.get().map_or(budget, |deadline| deadline.saturating_sub(now));
        self.inner.host.timeout(budget, self.inner.outbox.emptied()).await;
        if self.inner.open_agents.get() == 0 && self.inner.delivering.take().is_some() {
            delivering.provider.close();
            delivering.dispatcher.wake();
            delivering.task.join(&self.inner.host, CLOSING_TIME / 2).await;
        }
    }

    fn tell_pending(&self) {
        let turns = self.inner.outbox.look(|backlog| backlog.pending());
        self.inner.host.saw(Observation::Pending { turns });
    }
}

#[async_trait(?Send)]
impl Memory for Reference {
    async fn initialize(&self, session: &SessionId) -> Rc<dyn Lifecycle> {
        Agent::open(self.clone(), session)
    }

    /// All agents share one budget: each announces its end, and then they wait together.
    async fn stop(&self, agents: &[Rc<dyn Lifecycle>]) {
        let budget = self.inner.config.stop_budget.saturating_sub(CLOSING_TIME);
        self.inner.deadline.set(Some(self.inner.host.now() + budget));
        for agent in agents {
            agent.end().await;
        }
        for agent in agents {
            agent.shutdown().await;
        }
    }

    /// Tells what is pending at the start too: whoever loses patience knows what it was.
    async fn drained(&self) {
        self.deliver().dispatcher.hurry();
        self.tell_pending();
        self.inner.outbox.emptied().await;
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
