//! The main thread of a process: starts a host with its memory, takes the plan's steps one by one, and exits as its
//! interpreter would.
//!
//! What a step means is the host's business ([`model::hosts`]); what is told here is when it begins, when it returns, and
//! what an observer knows of it that the memory is not told: which turns are not to be kept, and which session was forked
//! from which.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, pending};
use std::rc::Rc;
use std::time::Duration;

use model::contracts::Loaded;
use model::contracts::chats::Patience;
use model::contracts::memory::Memory;
use model::hosts::{Departure, Kind, Program, Settings};
use model::machine::{Disk as _, Machine, Task};
use model::words::command::Adoption;
use model::words::command::{Answer, Command, GatewayRequest, WebUiRequest};
use model::words::course::Completion;
use model::words::session::SessionId;
use model::words::turn::Turn;

use super::listener::Listener;
use crate::history::{Call, Exclusion, Fact, Parent, Who, Word};
use crate::plan::{self, Ending, Step};
use crate::world::World;
use crate::world::machines::process::Process;

/// How long `wait_retain` and `barrier` take for one look: they ask from outside, as an operator would.
const LOOK: Duration = Duration::from_millis(20);
/// How long they look, before they go on all the same.
const PATIENCE: Duration = Duration::from_secs(600);

/// How long a supervisor waits for the end of a process that it stops, if neither the scenario nor the release says so.
const STOP_TIMEOUT: Duration = Duration::from_secs(60);

/// What a process is there for.
pub(in crate::world) enum Life {
    Planned(plan::Process),
    Recovery,
}

/// The main thread of a process.
pub(in crate::world) struct Main {
    world: Rc<World>,
    process: Process,
    number: u32,
    memory: OnceCell<Rc<dyn Memory>>,
    program: OnceCell<Rc<dyn Program>>,
    handles_sigterm: Cell<bool>,
    parents: RefCell<BTreeMap<SessionId, Parent>>,
    /// What runs beside the main thread because the plan started it.
    started: RefCell<Vec<Task>>,
}

/// What comes after a step.
enum Then {
    GoOn,
    /// The main thread returns.
    Return,
}

/// A step after which another session may be open.
struct Crossing {
    to: SessionId,
    /// What is known from then on about where it comes from, if that changes.
    parent: Option<Parent>,
    /// As what the call is recorded; a memory is not called at all for some.
    word: Option<Word>,
    command: Command,
}

impl Main {
    pub(in crate::world) fn new(world: Rc<World>, process: Process, number: u32) -> Self {
        let (memory, program) = <(OnceCell<_>, OnceCell<_>)>::default();
        let (handles_sigterm, parents) = <(Cell<bool>, RefCell<_>)>::default();
        Self { world, process, number, memory, program, handles_sigterm, parents, started: RefCell::default() }
    }

    pub(in crate::world) async fn run(self: Rc<Self>, life: Life) {
        match life {
            Life::Planned(plan) => self.live(&plan, self.load().await).await,
            Life::Recovery => {
                let limit = self.world.scenario.config.convergence_limit;
                let in_time = self.host().timeout(limit, self.recover()).await.is_some();
                self.record(Fact::Converged { in_time });
            }
        }
    }

    async fn load(&self) -> &Rc<dyn Memory> {
        let config = self.world.scenario.config.memory.clone();
        let memory = self.world.subject.code().memory(self.host(), config).await;
        self.memory.get_or_init(|| memory)
    }

    /// What the host is handed: the memory, and whom else it asks.
    async fn loaded(&self, memory: &Rc<dyn Memory>, settings: &Settings) -> Loaded {
        let (code, kind) = (self.world.subject.code(), self.world.scenario.config.host);
        let patience = Patience { drain: settings.drain_timeout, stop: settings.stop_timeout };
        Loaded {
            memory: Rc::clone(memory),
            commits: if kind == Kind::WebUi { Some(code.commits(self.host()).await) } else { None },
            chats: if kind == Kind::Gateway { code.chats(self.host(), patience) } else { None },
        }
    }

    /// What former processes have left for the host is done, if it leaves anything, and then what they have left for the memory.
    async fn recover(&self) {
        let memory = self.load().await;
        let config = &self.world.scenario.config;
        if config.host == Kind::WebUi {
            let settings = Settings { commits: BTreeMap::new(), ..config.hosting.clone() };
            let loaded = self.loaded(memory, &settings).await;
            config.host.start(self.host(), loaded, &settings, &SessionId::from("")).await.settled().await;
        }
        memory.drained().await;
    }

    async fn live(self: &Rc<Self>, plan: &plan::Process, memory: &Rc<dyn Memory>) {
        self.record(Fact::Started { session: plan.session.clone() });
        let config = &self.world.scenario.config;
        let loaded = self.loaded(memory, &config.hosting).await;
        let program = config.host.start(self.host(), loaded, &config.hosting, &plan.session).await;
        let program = self.program.get_or_init(|| program);
        if program.handles_sigterm() {
            self.install_handler();
        }
        let mut session = plan.session.clone();
        for step in &plan.steps {
            tracing::info!(?step, "step");
            if let Then::Return = self.take(step, &mut session, &**program).await {
                memory.exit().await;
                return;
            }
        }
        if config.host == Kind::WebUi {
            self.end(Ending::OsExit).await;
        }
        if config.host != Kind::Cli {
            let mut departure = Departure::Return;
            self.command(Word::Exit, &session, async { departure = program.finish().await }).await;
            match departure {
                Departure::Return => {}
                Departure::OsExit => self.end(Ending::OsExit).await,
            }
        }
        memory.exit().await;
    }

    pub(in crate::world) fn host(&self) -> Machine {
        let ground = &self.world.ground;
        Machine {
            network: Rc::clone(&ground.network),
            disk: Rc::new(self.world.disk_of(self.number)),
            clock: Rc::clone(&ground.clock),
            tasks: Rc::new(self.process.clone()),
            witness: Rc::new(Listener { world: Rc::clone(&self.world), number: self.number }),
        }
    }

    fn record(&self, what: Fact) {
        self.world.record(Who::Process(self.number), what);
    }

    /// Records a call, makes it, and records its return.
    async fn call(&self, call: Call, made: impl Future<Output = ()>) {
        self.record(Fact::Called(call.clone()));
        made.await;
        self.record(Fact::Returned(call));
    }

    async fn command(&self, word: Word, session: &SessionId, made: impl Future<Output = ()>) {
        self.call(Call::Command { word, session: session.clone() }, made).await;
    }

    /// Takes a step. `session` is the one that is open for the user.
    async fn take(self: &Rc<Self>, step: &Step, session: &mut SessionId, program: &dyn Program) -> Then {
        if let Some(Crossing { to, parent, word, command }) = self.crossing(step, session) {
            if let Some(parent) = parent {
                self.lineage(&to, parent);
            }
            session.clone_from(&to);
            match word {
                Some(word) => self.command(word, &to, async { _ = program.take(command).await }).await,
                None => _ = program.take(command).await,
            }
            return Then::GoOn;
        }
        let told = |word, to: &SessionId, command| {
            let to = to.clone();
            async move { self.command(word, &to, async { _ = program.take(command).await }).await }
        };
        match step {
            Step::Exit if self.world.scenario.config.host == Kind::Cli => return Then::Return,
            Step::Turn(id, completion) => self.turn(Turn::of(id.clone()), *completion, program).await,
            Step::Say(id, text) => self.turn(Turn::saying(id.clone(), text), Completion::Completed, program).await,
            Step::Run(turn, course) => _ = program.take(Command::Run(Turn::of(turn.clone()), *course)).await,
            Step::Start(step) => self.start(step, session),
            Step::WebUi(_) | Step::Gateway(_) => return self.ask(step, program).await,
            Step::Undo(Some(turn)) => {
                self.record(Fact::Excluded { turn: turn.clone(), why: Exclusion::Undone });
                told(Word::Undo, session, Command::Undo(turn.clone())).await;
            }
            Step::End => told(Word::End, session, Command::End).await,
            Step::Prefetch => self.prefetch(session, program).await,
            Step::Shutdown => told(Word::Shutdown, session, Command::Shutdown).await,
            Step::CliExit => told(Word::CliExit, session, Command::CliExit).await,
            Step::Reinit => {
                self.lineage(session, Parent::Unknown);
                told(Word::Reinit, session, Command::Reinitialize).await;
            }
            Step::Evict(of) => told(Word::Evict, of, Command::Evict(of.clone())).await,
            Step::Idle(of) => told(Word::Idle, of, Command::Idle(of.clone())).await,
            Step::Expire(of) => told(Word::Expire, of, Command::Expire(of.clone())).await,
            Step::Sigterm if self.handles_sigterm.get() => {
                self.handle_sigterm().await;
                return Then::Return;
            }
            other => self.surroundings(other).await,
        }
        Then::GoOn
    }

    /// Takes a step that is the host's own, and records its answer.
    async fn ask(&self, step: &Step, program: &dyn Program) -> Then {
        let asked = self.world.ground.clock.now();
        let command = match step {
            Step::WebUi(request) => Command::WebUi(request.clone()),
            Step::Gateway(request) => Command::Gateway(request.clone()),
            other => unreachable!("{other:?} is taken elsewhere"),
        };
        let text = step.text().expect("it is the host's own");
        self.record(Fact::Asked { step: text.clone() });
        let answer = program.take(command).await;
        let asked_ms = u64::try_from(asked.as_millis()).expect("a run lasts less than half a billion years");
        self.record(Fact::Answered { step: text, asked_ms, answer });
        match step {
            Step::WebUi(WebUiRequest::SelfUpdate) => {
                self.end(Ending::OsExit).await;
                Then::Return
            }
            Step::Gateway(GatewayRequest::RequestRestart) => Then::Return,
            _ => Then::GoOn,
        }
    }

    /// Takes a step on a thread of its own.
    fn start(self: &Rc<Self>, step: &Step, session: &SessionId) {
        let (main, step, mut session) = (Rc::clone(self), step.clone(), session.clone());
        let task = self.host().spawn("request", async move {
            let program = Rc::clone(main.program.get().expect("it is started before the first step"));
            if let Then::Return = Box::pin(main.take(&step, &mut session, &*program)).await {
                main.memory.get().expect("it is loaded before the first step").exit().await;
                main.end(Ending::Exit).await;
            }
        });
        self.started.borrow_mut().push(task);
    }

    /// Waits for everything that was started.
    async fn join(&self) {
        let started = self.started.take();
        for task in started {
            task.join(&self.host(), PATIENCE).await;
        }
    }

    /// What is known from here on about where a session of this process comes from: nothing, if it is none of those where a
    /// user tells one agent about it.
    fn lineage(&self, session: &SessionId, parent: Parent) {
        let told = matches!(self.world.scenario.config.host, Kind::Cli | Kind::ChatQ | Kind::Oneshot);
        let parent = if told { parent } else { Parent::Unknown };
        self.parents.borrow_mut().insert(session.clone(), parent.clone());
        self.record(Fact::Lineage { session: session.clone(), parent });
    }

    /// What a step means after which another session may be open.
    fn crossing(&self, step: &Step, from: &SessionId) -> Option<Crossing> {
        let crossing = |to: &SessionId, parent, word, command| Some(Crossing { to: to.clone(), parent, word, command });
        let fork = |to: &SessionId| if to == from { Parent::Unknown } else { Parent::Session(from.clone()) };
        let unknown = Some(Parent::Unknown);
        match step {
            Step::Use(to) => crossing(to, unknown, None, Command::Use(to.clone())),
            Step::Agent(name, to) => {
                self.record(Fact::AgentChanged { name: name.clone() });
                let parent = to.as_ref().map(|_| Parent::Unknown);
                crossing(to.as_ref().unwrap_or(from), parent, None, Command::Agent(name.clone(), to.clone()))
            }
            Step::Switch(to) => {
                crossing(to, unknown, Some(Word::Switch), Command::Switch(to.clone(), Adoption::Resume))
            }
            Step::Resume(to) => {
                let forked = matches!(self.parents.borrow().get(to), Some(Parent::Session(_) | Parent::Unknown));
                let parent = if forked { Parent::Unknown } else { Parent::Nobody };
                crossing(to, Some(parent), Some(Word::Switch), Command::Switch(to.clone(), Adoption::Resume))
            }
            Step::Branch(to) => {
                crossing(to, Some(fork(to)), Some(Word::Switch), Command::Switch(to.clone(), Adoption::Branch))
            }
            Step::New(to) => crossing(to, unknown, Some(Word::New), Command::New(to.clone())),
            Step::Compress(to) => {
                let parent = (to != from).then(|| fork(to));
                crossing(to, parent, Some(Word::Compress), Command::Compress(to.clone()))
            }
            _ => None,
        }
    }

    async fn turn(&self, turn: Turn, completion: Completion, program: &dyn Program) {
        let why = match completion {
            Completion::Completed => None,
            Completion::Interrupted => Some(Exclusion::Interrupted),
            Completion::Ephemeral => Some(Exclusion::Ephemeral),
        };
        if let Some(why) = why {
            self.record(Fact::Excluded { turn: turn.id.clone(), why });
        }
        let session = turn.id.session.clone();
        program.take(Command::Turn(turn, completion)).await;
        if self.world.scenario.config.host == Kind::Cron {
            self.command(Word::Expire, &session, program.after_turn()).await;
        }
    }

    async fn prefetch(&self, session: &SessionId, program: &dyn Program) {
        let mut text = None;
        let read = async {
            if let Answer::Text(found) = program.take(Command::Prefetch).await {
                text = found;
            }
        };
        self.command(Word::Prefetch, session, read).await;
        self.record(Fact::Recalled { session: session.clone(), text });
    }

    /// The steps that do not concern the memory.
    async fn surroundings(self: &Rc<Self>, step: &Step) {
        match step {
            Step::Sleep(duration) => self.world.ground.clock.sleep(*duration).await,
            Step::WaitRetain(count) => self.look_until(|| self.world.hindsight.retains_received() >= *count).await,
            Step::Barrier(count) => {
                let here = &self.world.at_barrier;
                here.set(here.get() + 1);
                let round = here.get().div_ceil(*count) * count;
                self.look_until(|| here.get() >= round).await;
            }
            Step::Wedge(duration) => self.memory.get().expect("it is loaded before the first step").wedge(*duration),
            Step::Join => self.join().await,
            Step::Lose(file) => self.lose(file).await,
            Step::OnSigterm => self.install_handler(),
            Step::ServerDown(duration) => self.world.hindsight.take_down(*duration),
            Step::Network(weather) => self.world.ground.sky.change(*weather),
            Step::Disk(fault) => {
                self.world.record(Who::World, Fact::Disk { fault: *fault });
                self.world.disk_faults.begin(*fault);
            }
            Step::OsExit => self.end(Ending::OsExit).await,
            Step::Sigkill => self.end(Ending::Sigkill).await,
            Step::Sigterm => self.end(Ending::Sigterm).await,
            Step::PowerLoss => self.end(Ending::PowerLoss).await,
            Step::Undo(None) | Step::Exit => {}
            other => unreachable!("{other:?} is taken elsewhere"),
        }
    }

    /// A file of the host's state is gone.
    async fn lose(&self, file: &str) {
        let disk = self.world.disk.of_process(self.number);
        if let Err(error) = disk.remove(&format!("/{file}")).await {
            tracing::warn!(%error, file, "cannot be removed");
        }
    }

    async fn look_until(&self, done: impl Fn() -> bool) {
        let clock = &self.world.ground.clock;
        let until = clock.now() + PATIENCE;
        clock.sleep(LOOK).await;
        while !done() && clock.now() < until {
            clock.sleep(LOOK).await;
        }
    }

    /// From here on a SIGTERM at any step suspends the main thread where it is, as a signal does, and runs the handler.
    fn install_handler(self: &Rc<Self>) {
        self.handles_sigterm.set(true);
        let main = Rc::clone(self);
        self.process.on_sigterm(Box::pin(async move {
            main.handle_sigterm().await;
            main.memory.get().expect("it is loaded before the first step").exit().await;
            main.end(Ending::Exit).await;
        }));
    }

    /// The handler of SIGTERM; its supervisor has only so much patience with it.
    async fn handle_sigterm(&self) {
        let program = self.program.get().expect("it is started before the first step");
        self.process.handles_sigterm_now();
        let call = Call::Command { word: Word::SigShutdown, session: SessionId::from("") };
        self.record(Fact::Called(call.clone()));
        let limit = self.world.scenario.config.stop_timeout.or(program.stop_timeout()).unwrap_or(STOP_TIMEOUT);
        if self.host().timeout(limit, program.sigterm()).await.is_none() {
            self.end(Ending::Sigkill).await;
        }
        self.record(Fact::Returned(call));
    }

    async fn end(&self, ending: Ending) {
        self.process.end(ending);
        pending().await
    }
}
