//! The main thread of a process: starts a host with its memory, takes the plan's steps one by one, and exits as its interpreter would.
//!
//! The meaning of each step is in `steps`.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use model::contracts::Loaded;
use model::contracts::chats::Patience;
use model::contracts::memory::Memory;
use model::hosts::{Departure, Program, Properties, Settings, declare};
use model::machine::marks::Mark;
use model::machine::{Clock as _, Machine, Task};
use model::words::session::SessionId;

use super::berth::Mooring;
use super::listener::Listener;
use crate::history::{Call, Fact, Parent, Who, Word};
use crate::plan::{self, Ending};
use crate::world::World;
use crate::world::machines::process::Process;
use crate::world::machines::watched_clock::WatchedClock;
use crate::world::meter::LONGEST_RUN;

/// How long a supervisor waits for a process that it stops, if neither the scenario nor the release sets a timeout.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// The label of a kill because the end of a session or of the memory took too long.
pub(crate) const OUT_OF_BUDGET: &str = "the budget of an end";

/// The purpose of a process.
pub(in crate::world) enum Life {
    Planned(Rc<plan::Process>),
    Recovery,
}

/// How the thread continues after an action.
pub(super) enum Then {
    GoOn,
    /// The main thread returns.
    Return,
}

/// The main thread of a process.
pub(in crate::world) struct Main {
    pub(super) world: Rc<World>,
    process: Process,
    pub(super) number: u32,
    pub(super) memory: OnceCell<Rc<dyn Memory>>,
    pub(super) program: OnceCell<Rc<dyn Program>>,
    pub(super) handles_sigterm: Cell<bool>,
    pub(super) parents: RefCell<BTreeMap<SessionId, Parent>>,
    /// Threads and work that the plan started beside the main thread.
    pub(super) started: RefCell<Vec<Task>>,
    /// Whether a thread beside the main one was told to change the session: which one is open is not known from then on.
    pub(super) adrift: Cell<bool>,
}

impl Main {
    pub(in crate::world) fn new(world: Rc<World>, process: Process, number: u32) -> Self {
        let (memory, program) = <(OnceCell<_>, OnceCell<_>)>::default();
        let (handles_sigterm, adrift) = <(Cell<bool>, Cell<bool>)>::default();
        let (parents, started) = <(RefCell<_>, RefCell<_>)>::default();
        Self { world, process, number, memory, program, handles_sigterm, parents, started, adrift }
    }

    pub(in crate::world) async fn run(self: Rc<Self>, life: Life) {
        match life {
            Life::Planned(plan) => self.live(&plan, self.load().await).await,
            Life::Recovery => {
                let in_time = self.recovers_in_time().await;
                // What was stored is read only after the last request may have been applied.
                if self.world.ground.clock.now() + self.world.scenario.longest_journey() >= LONGEST_RUN {
                    pending::<()>().await;
                }
                self.record(Fact::Converged { in_time });
            }
        }
    }

    async fn load(&self) -> &Rc<dyn Memory> {
        let config = self.world.scenario.memory();
        let memory = match &self.world.outside {
            Some(outside) => outside.memory(self.host(), config, Rc::new(self.berth())).await,
            None => self.world.subject.code().memory(self.host(), config).await,
        };
        self.memory.get_or_init(|| memory)
    }

    fn berth(&self) -> Mooring {
        Mooring { world: Rc::clone(&self.world), process: self.process.clone(), number: self.number }
    }

    /// The parts that the host gets: the memory, the commits and the chats.
    async fn loaded(&self, memory: &Rc<dyn Memory>, settings: &Settings) -> Loaded {
        let (code, host) = (self.world.subject.code(), self.properties());
        let patience = Patience {
            drain: settings.drain_timeout,
            stop: settings.stop_timeout,
            memory: self.world.scenario.config.memory.stop_budget,
        };
        Loaded {
            memory: Rc::clone(memory),
            commits: if host.commits { Some(code.commits(self.host()).await) } else { None },
            chats: if host.chats { code.chats(self.host(), patience) } else { None },
        }
    }

    /// Whether the earlier processes' work is completed, without a pause longer than the limit in which no turn arrives.
    async fn recovers_in_time(&self) -> bool {
        let (host, patience) = (self.host(), self.world.scenario.patience());
        let (mut recovery, mut arrived) = (pin!(self.recover()), self.world.history.arrived());
        while host.timeout(patience, recovery.as_mut()).await.is_none() {
            let before = std::mem::replace(&mut arrived, self.world.history.arrived());
            if before == arrived {
                return false;
            }
        }
        true
    }

    /// Completes the work that earlier processes have left, first for the host, if it leaves any, and then for the memory.
    async fn recover(&self) {
        let memory = self.load().await;
        let config = &self.world.scenario.config;
        if self.properties().recovers {
            let loaded = self.loaded(memory, &config.hosting).await;
            config.host.start(self.host(), loaded, &config.hosting, &SessionId::from("")).await.settled().await;
        }
        memory.drained().await;
        declare(&self.host(), &**memory);
    }

    async fn live(self: &Rc<Self>, plan: &plan::Process, memory: &Rc<dyn Memory>) {
        self.record(Fact::Started { session: plan.session.clone() });
        let config = &self.world.scenario.config;
        let hosting = self.world.scenario.hosting();
        let loaded = self.loaded(memory, &hosting).await;
        let program = config.host.start(self.host(), loaded, &hosting, &plan.session).await;
        let program = self.program.get_or_init(|| program);
        if program.handles_sigterm() {
            self.install_handler();
        }
        let mut session = plan.session.clone();
        let mut rest = &plan.actions[..];
        while let Some((step, later)) = rest.split_first() {
            tracing::info!(?step, "step");
            self.process.begins_an_action();
            self.world.counts.begins_an_action(self.number);
            rest = later;
            if let Then::Return = self.take(step, later, &mut session, &**program).await {
                memory.exit().await;
                return;
            }
        }
        match self.finish(&session, &**program).await {
            Departure::Return => memory.exit().await,
            Departure::OsExit => self.end(Ending::OsExit).await,
        }
    }

    /// Ends the process after the last step of its plan.
    async fn finish(&self, session: &SessionId, program: &dyn Program) -> Departure {
        if !self.properties().finishes {
            return program.finish().await;
        }
        let mut departure = Departure::Return;
        let finish = self.command(Word::Exit, session, async { departure = program.finish().await });
        self.within_its_budget(finish).await;
        departure
    }

    /// Makes a call that ends a session or the memory. The host waits for it only so long, on a clock of its own, and then kills the process. A
    /// hook is such a process as a whole.
    pub(super) async fn within_its_budget(&self, made: impl Future<Output = ()>) {
        let budget = self.world.scenario.config.end_hook_budget.filter(|_| !self.properties().hooks);
        let Some(budget) = budget else { return made.await };
        // Whatever ends the call ends its budget: it returns, or an interrupt drops it.
        let call = Rc::new(());
        let (world, process, lasts) = (Rc::clone(&self.world), self.process.clone(), Rc::downgrade(&call));
        self.process.drive(Box::pin(async move {
            world.clock.sleep(budget).await;
            if lasts.upgrade().is_some() {
                world.reached(Mark::EndHookKilled);
                process.strike(Ending::Sigkill, OUT_OF_BUDGET);
            }
        }));
        made.await;
        drop(call);
    }

    /// The properties of this host.
    pub(super) fn properties(&self) -> Properties {
        self.world.scenario.config.host.properties()
    }

    pub(in crate::world) fn host(&self) -> Machine {
        let ground = &self.world.ground;
        Machine {
            network: Rc::clone(&ground.network),
            disk: Rc::new(self.world.disk_of(self.number)),
            clock: Rc::new(WatchedClock { clock: self.world.clock.clone(), meter: Rc::clone(&self.world.meter) }),
            tasks: Rc::new(self.process.clone()),
            witness: Rc::new(Listener::new(Rc::clone(&self.world), self.number)),
        }
    }

    pub(super) fn record(&self, what: Fact) {
        self.world.record(Who::Process(self.number), what);
    }

    /// Records a call, makes it, and records its return.
    async fn call(&self, call: Call, made: impl Future<Output = ()>) {
        self.record(Fact::Called(call.clone()));
        made.await;
        self.record(Fact::Returned(call));
    }

    pub(super) async fn command(&self, word: Word, session: &SessionId, made: impl Future<Output = ()>) {
        self.call(Call::Command { word, session: session.clone() }, made).await;
    }

    /// Records the origin of a session of this process: unknown, unless the host has one agent whose user states it.
    pub(super) fn lineage(&self, session: &SessionId, parent: Parent) {
        let parent = if self.properties().knows_lineage { parent } else { Parent::Unknown };
        self.parents.borrow_mut().insert(session.clone(), parent.clone());
        self.record(Fact::Lineage { session: session.clone(), parent });
    }

    /// From now on a SIGTERM at any step suspends the main thread where it is, as a signal does, and runs the handler.
    pub(super) fn install_handler(self: &Rc<Self>) {
        self.handles_sigterm.set(true);
        let main = Rc::clone(self);
        self.process.on_sigterm(Box::pin(async move { main.handle_sigterm().await }));
    }

    /// The handler of SIGTERM, and the exit that follows it: the process ends. Its supervisor waits only so long for both.
    pub(super) async fn handle_sigterm(&self) {
        let program = self.program.get().expect("it is started before the first step");
        self.process.handles_sigterm_now();
        let word = if self.properties().closes { Word::SigShutdown } else { Word::SigStop };
        let call = Call::Command { word, session: SessionId::from("") };
        self.record(Fact::Called(call.clone()));
        let limit = self.world.scenario.config.stop_timeout.or(program.stop_timeout()).unwrap_or(STOP_TIMEOUT);
        let stops = async {
            let departure = program.sigterm().await;
            self.record(Fact::Returned(call));
            if departure == Departure::OsExit {
                return Ending::OsExit;
            }
            self.memory.get().expect("it is loaded before the first step").exit().await;
            Ending::Exit
        };
        let ending = self.host().timeout(limit, stops).await.unwrap_or(Ending::Sigkill);
        self.end(ending).await;
    }

    /// Ends the process. Never returns.
    pub(super) async fn end(&self, ending: Ending) {
        self.process.end(ending);
        pending().await
    }
}
