//! The actions of a plan, as the main thread of a process takes them, or a thread that it started.
//!
//! The host decides what an action means to the agents ([`model::hosts`]). Recorded here is when an action begins, when it returns, and
//! what an observer knows and the memory does not: which turns are not to be kept, and which session was forked from which.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use futures_lite::future;
use model::hosts::Program;
use model::machine::marks::Mark;
use model::machine::{Clock as _, Disk as _};
use model::words::command::{Adoption, Answer, Command, GatewayRequest, WebUiRequest};
use model::words::course::Completion;
use model::words::echo;
use model::words::session::SessionId;
use model::words::thread;
use model::words::turn::Turn;

use super::main_thread::{Main, Then};
use crate::history::{Call, Exclusion, Fact, Parent, Who, Word};
use crate::plan::{Action, AgentStep, DiskFault, Ending, EndingStep, SessionStep, SurroundingStep};
use crate::world::World;

/// How long one look of `wait_retain` and `barrier` takes: they ask from outside, as an operator would.
const LOOK: Duration = Duration::from_millis(20);
/// How long they look so often. From then on they look once a second: a hundred vain waits cost no millions of looks.
const CLOSELY: Duration = Duration::from_secs(60);
/// How long one look takes from then on.
const LATE_LOOK: Duration = Duration::from_secs(1);
/// How long they look before they continue anyway.
const PATIENCE: Duration = Duration::from_secs(600);

/// A step after which another session may be open.
struct Crossing {
    /// The origin of that session from then on, if it changes.
    parent: Option<Parent>,
    /// The word that records the call. `None` if the step does not call the memory.
    word: Option<Word>,
    command: Command,
}

impl Main {
    /// Takes an action, which `later` ones follow. `session` is the one that is open for the user.
    pub(super) async fn take(
        self: &Rc<Self>,
        action: &Action,
        later: &[Action],
        session: &mut SessionId,
        program: &dyn Program,
    ) -> Then {
        match action {
            Action::Turn(id, completion) => self.turn(Turn::of(id.clone()), *completion, program).await,
            Action::Say(id, saying) => {
                let says = if saying.echoed { echo::turn } else { Turn::saying };
                self.turn(says(id.clone(), &saying.text), Completion::Completed, program).await;
            }
            Action::Review(turn) => self.review(Turn::of(turn.clone()), program),
            Action::Run(turn, course) => _ = program.take(Command::Run(Turn::of(turn.clone()), *course)).await,
            Action::Undo(None) => {}
            Action::Undo(Some(turn)) if program.passes_over(&Command::Undo(turn.clone())) => {}
            Action::Undo(Some(turn)) => {
                self.record(Fact::Excluded { turn: turn.clone(), why: Exclusion::Undone });
                self.tell(Word::Undo, session, Command::Undo(turn.clone()), program).await;
            }
            Action::Prefetch => self.prefetch(session, program).await,
            Action::Session(step) => self.session(step, session, program).await,
            Action::Agent(step) => self.agent(step, session, program).await,
            Action::Ending(step) => return self.ending(*step, later, session, program).await,
            Action::Around(step) => self.surroundings(step).await,
            Action::Start(action) => self.start(action, session),
            Action::Join => self.join().await,
            Action::WebUi(step, request) => {
                self.ask(format!("{step:#}"), Command::WebUi(request.clone()), program).await;
                if *request == WebUiRequest::SelfUpdate {
                    self.end(Ending::OsExit).await;
                    return Then::Return;
                }
            }
            Action::Gateway(step) => {
                self.ask(format!("{step:#}"), Command::Gateway(step.0.clone()), program).await;
                if step.0 == GatewayRequest::RequestRestart {
                    return Then::Return;
                }
            }
        }
        Then::GoOn
    }

    /// Sends the host a command, and records it as a call.
    async fn tell(&self, word: Word, session: &SessionId, command: Command, program: &dyn Program) {
        if !program.passes_over(&command) {
            let call = Call::Command { word, session: session.clone() };
            self.record(Fact::Called(call.clone()));
            let answer = program.take(command).await;
            self.record(if answer == Answer::Unsure { Fact::Failed(call) } else { Fact::Returned(call) });
        }
    }

    /// Takes a step on a session, which may leave another session open.
    async fn session(&self, step: &SessionStep, open: &mut SessionId, program: &dyn Program) {
        let to = step.session().clone();
        let fork = |to: &SessionId| if to == open { Parent::Unknown } else { Parent::Session(open.clone()) };
        let (parent, word, command) = match step {
            SessionStep::Evict(of) => return self.tell(Word::Evict, of, Command::Evict(to), program).await,
            SessionStep::Idle(of) => return self.tell(Word::Idle, of, Command::Idle(to), program).await,
            SessionStep::Expire(of) => return self.tell(Word::Expire, of, Command::Expire(to), program).await,
            SessionStep::Use(_) => (Some(Parent::Unknown), None, Command::Use(to)),
            SessionStep::Switch(_) => {
                (Some(Parent::Unknown), Some(Word::Switch), Command::Switch(to, Adoption::Resume))
            }
            SessionStep::Resume(_) => {
                let forked = matches!(self.parents.borrow().get(&to), Some(Parent::Session(_) | Parent::Unknown));
                let parent = if forked { Parent::Unknown } else { Parent::Nobody };
                (Some(parent), Some(Word::Switch), Command::Switch(to, Adoption::Resume))
            }
            SessionStep::Branch(_) => (Some(fork(&to)), Some(Word::Switch), Command::Switch(to, Adoption::Branch)),
            SessionStep::New(_) => (Some(Parent::Unknown), Some(Word::New), Command::New(to)),
            SessionStep::Compress(_) => ((to != *open).then(|| fork(&to)), Some(Word::Compress), Command::Compress(to)),
        };
        self.cross(Crossing { parent, word, command }, step.session(), open, program).await;
    }

    /// Takes a step on the agent at work.
    async fn agent(&self, step: &AgentStep, open: &mut SessionId, program: &dyn Program) {
        match step {
            AgentStep::Agent(name, to) => {
                self.record(Fact::AgentChanged { name: name.clone() });
                let parent = to.as_ref().map(|_| Parent::Unknown);
                let to = to.as_ref().unwrap_or(open).clone();
                let command = Command::Agent(name.clone(), Some(to.clone()));
                self.cross(Crossing { parent, word: None, command }, &to, open, program).await;
            }
            AgentStep::Profile(_) => unreachable!("the plan names the agent of a profile"),
            AgentStep::End => self.within_its_budget(self.tell(Word::End, open, Command::End, program)).await,
            AgentStep::Flush => self.tell(Word::Flush, open, Command::Flush, program).await,
            AgentStep::Shutdown => {
                self.within_its_budget(self.tell(Word::Shutdown, open, Command::Shutdown, program)).await;
            }
            AgentStep::CliExit => {
                self.within_its_budget(self.tell(Word::CliExit, open, Command::CliExit, program)).await;
            }
            AgentStep::Reinit => {
                self.lineage(open, Parent::Unknown);
                self.tell(Word::Reinit, open, Command::Reinitialize, program).await;
            }
        }
    }

    /// The process ends, unless the step only prepares for that, or means nothing to this host.
    async fn ending(
        self: &Rc<Self>,
        step: EndingStep,
        later: &[Action],
        open: &SessionId,
        program: &dyn Program,
    ) -> Then {
        match step {
            EndingStep::Exit if self.properties().returns => return Then::Return,
            EndingStep::Sigterm if self.handles_sigterm.get() => self.handle_sigterm().await,
            EndingStep::Sigint => {
                self.interrupted(later, open, program).await;
                return Then::Return;
            }
            EndingStep::Exit => {}
            EndingStep::OnSigterm => self.install_handler(),
            EndingStep::OsExit => self.end(Ending::OsExit).await,
            EndingStep::Sigkill => self.end(Ending::Sigkill).await,
            EndingStep::Sigterm => self.end(Ending::Sigterm).await,
            EndingStep::PowerLoss => self.end(Ending::PowerLoss).await,
        }
        Then::GoOn
    }

    /// Ctrl-C at the prompt: the CLI cleans up as if the user left it, while the plan's surroundings go on. A second Ctrl-C raises
    /// KeyboardInterrupt in the cleanup. Nothing there catches it (#88859), so the call never returns.
    async fn interrupted(&self, later: &[Action], open: &SessionId, program: &dyn Program) {
        let again = async {
            for action in later {
                self.world.counts.begins_an_action(self.number);
                if let Action::Around(step) = action {
                    self.surroundings(step).await;
                } else if *action == Action::Ending(EndingStep::Sigint) {
                    return;
                } else {
                    break;
                }
            }
            pending().await
        };
        let cleanup = self.tell(Word::CliExit, open, Command::CliExit, program);
        future::or(self.within_its_budget(cleanup), again).await;
    }

    /// Asks the host for something that is its own, and records the answer.
    async fn ask(&self, step: String, command: Command, program: &dyn Program) {
        let asked = self.world.ground.clock.now();
        self.record(Fact::Asked { step: step.clone() });
        let answer = program.take(command).await;
        let asked_ms = u64::try_from(asked.as_millis()).expect("a run lasts less than half a billion years");
        self.record(Fact::Answered { step, asked_ms, answer });
    }

    /// Takes an action on a thread of its own.
    fn start(self: &Rc<Self>, action: &Action, session: &SessionId) {
        if matches!(action, Action::Session(_) | Action::Agent(_)) {
            self.adrift.set(true);
        }
        let (main, action, mut session) = (Rc::clone(self), action.clone(), session.clone());
        let task = self.host().spawn(thread::REQUEST, async move {
            let program = Rc::clone(main.program.get().expect("it is started before the first step"));
            if let Then::Return = Box::pin(main.take(&action, &[], &mut session, &*program)).await {
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

    /// Continues with the session `to`.
    async fn cross(&self, crossing: Crossing, to: &SessionId, open: &mut SessionId, program: &dyn Program) {
        let Crossing { parent, word, command } = crossing;
        if let Some(parent) = parent {
            self.lineage(to, parent);
        }
        open.clone_from(to);
        match word {
            Some(word) => self.tell(word, to, command, program).await,
            None => _ = program.take(command).await,
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
        self.record(Fact::TurnAsked { turn: turn.id.clone() });
        program.take(Command::Turn(turn, completion)).await;
        if self.properties().expires_after_turn {
            self.command(Word::Expire, &session, program.after_turn()).await;
        }
    }

    /// The runtime reviews a session with an agent of its own, if that has a memory. Without one, the memory knows nothing of it.
    fn review(&self, turn: Turn, program: &dyn Program) {
        self.record(Fact::Excluded { turn: turn.id.clone(), why: Exclusion::Ephemeral });
        if self.memory.get().is_some_and(|memory| memory.habits().reviews_have_memory) {
            self.record(Fact::AgentChanged { name: thread::REVIEW.to_owned() });
            program.review(turn);
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
        if !self.adrift.get() {
            self.record(Fact::Recalled { session: session.clone(), text });
        }
    }

    /// Takes a step that does not concern the memory.
    async fn surroundings(&self, step: &SurroundingStep) {
        match step {
            SurroundingStep::Wedge(duration) => {
                self.memory.get().expect("it is loaded before the first step").wedge(*duration)
            }
            SurroundingStep::Lose(file) => self.lose(file).await,
            SurroundingStep::Sleep(_)
            | SurroundingStep::WaitRetain(_)
            | SurroundingStep::Barrier(_)
            | SurroundingStep::ServerDown(_)
            | SurroundingStep::Network(_)
            | SurroundingStep::Disk(_)
            | SurroundingStep::Suspend(_)
            | SurroundingStep::Clock(_) => around(&self.world, step).await,
        }
    }

    /// Loses a file of the host's state.
    async fn lose(&self, file: &str) {
        let disk = self.world.disk.of_process(self.number);
        if let Err(error) = disk.remove(&format!("/{file}")).await {
            tracing::warn!(%error, file, "cannot be removed");
        }
    }
}

/// Takes a step around all processes.
pub(super) async fn around(world: &World, step: &SurroundingStep) {
    match step {
        SurroundingStep::Sleep(duration) => world.clock.sleep(*duration).await,
        SurroundingStep::WaitRetain(count) => {
            look_until(world, || world.provider.deliveries_received() >= *count).await
        }
        SurroundingStep::Barrier(count) => {
            let here = &world.at_barrier;
            here.set(here.get() + 1);
            let round = here.get().div_ceil(*count) * count;
            look_until(world, || here.get() >= round).await;
        }
        SurroundingStep::ServerDown(duration) => world.provider.take_down(*duration),
        SurroundingStep::Network(weather) => world.ground.sky.change(*weather),
        SurroundingStep::Disk(fault) => {
            // One that strikes once is recorded when it does.
            if !matches!(fault, DiskFault::Once(_)) {
                world.record(Who::World, Fact::Disk { fault: *fault });
            }
            world.disk_faults.begin(*fault);
        }
        SurroundingStep::Suspend(duration) => suspend(world, *duration).await,
        SurroundingStep::Clock(jump) => {
            world.record(Who::World, Fact::ClockSet { jump: *jump });
            world.reached(Mark::ClockSet);
            world.clock.jumps(*jump);
        }
        SurroundingStep::Wedge(_) | SurroundingStep::Lose(_) => {}
    }
}

/// The machine falls asleep, with all of its processes, and wakes again.
async fn suspend(world: &World, duration: Duration) {
    world.record(Who::World, Fact::Suspended { lasts: duration });
    world.reached(Mark::MachineSlept);
    if world.ground.sky.sleep(world.ground.clock.now(), duration) {
        world.reached(Mark::SleptOverConnection);
    }
    world.clock.sleeps(duration);
    world.clock.wakes().await;
}

async fn look_until(world: &World, done: impl Fn() -> bool) {
    let clock = &world.clock;
    let began = clock.now();
    clock.sleep(LOOK).await;
    while !done() && clock.now() < began + PATIENCE {
        clock.sleep(if clock.now() < began + CLOSELY { LOOK } else { LATE_LOOK }).await;
    }
}
