//! The agent's host: the plan's processes live on it one after another, and after them one more that only recovers.
//!
//! Each process starts its memory, takes the plan's steps one by one on its main task, and exits as its interpreter
//! would. When all are gone the faults stop, and a last process gets the time to deliver whatever a durable outbox
//! still holds: liveness is judged from that.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use model::host::{Host, Observation, Witness};
use model::lifecycle::Lifecycle;
use model::session::SessionId;
use model::turn::Turn;

use super::World;
use super::process::{Ended, Process};
use crate::history::{Boundary, Call, Source, What};
use crate::scenario::{self, Ending, Step};

/// How long a supervisor waits before it starts the next process (systemd's `RestartSec`).
const RESTART_DELAY: Duration = Duration::from_millis(100);
/// How long `wait_retain` takes for one look: it asks the provider from outside, as an operator would.
const LOOK: Duration = Duration::from_millis(10);
/// How long it looks, before it goes on all the same.
const PATIENCE: Duration = Duration::from_secs(600);

/// Everything that happens on the agent's host.
pub(super) async fn live(world: Rc<World>) {
    let mut number = 0;
    for plan in &world.scenario.processes {
        number += 1;
        if number > 1 {
            world.ground.clock.sleep(RESTART_DELAY).await;
        }
        one_process(&world, number, Life::Planned(plan.clone())).await;
    }
    world.hindsight.stop_faults();
    world.faults_stopped.raise();
    world.ground.sky.clear();
    world.record(Source::World, What::FaultsStopped);
    world.ground.clock.sleep(RESTART_DELAY).await;
    one_process(&world, number + 1, Life::Recovery).await;
    world.ground.clock.sleep(world.scenario.longest_journey()).await;
    for document in world.hindsight.documents() {
        world.record(Source::World, What::Stored { document: document.id, entries: document.entries });
    }
}

/// What a process is there for.
enum Life {
    Planned(scenario::Process),
    Recovery,
}

async fn one_process(world: &Rc<World>, number: u32, life: Life) {
    let kills = world.scenario.faults.kills.iter().filter(|kill| kill.process == number);
    let kill = kills.min_by_key(|kill| kill.step).copied();
    let kill = kill.filter(|_| matches!(life, Life::Planned(_)));
    let listener = Rc::clone(world);
    let process = Process::new(super::AGENT, number, world.schedule(super::AGENT, number), kill, move |task| {
        listener.record(Source::Process(number), What::TaskStarted { name: task.to_owned() });
    });
    let main = Main { world: Rc::clone(world), process: process.clone(), number };
    let Ended { ending, steps, label } = process.run(main.run(life)).await;
    world.steps.set(world.steps.get() + steps);
    if ending == Ending::PowerLoss {
        world.disk.crash();
        world.ground.sky.cut_power();
    }
    let label = label.map(str::to_owned);
    world.record(Source::Process(number), What::Ended { ending, steps, label });
}

/// The main thread of a process.
struct Main {
    world: Rc<World>,
    process: Process,
    number: u32,
}

/// Writes what an implementation tells into the history.
struct Listener {
    world: Rc<World>,
    number: u32,
}

impl Witness for Listener {
    fn saw(&self, observation: Observation) {
        self.world.record(Source::Process(self.number), What::Told(observation));
    }
}

impl Main {
    async fn run(self, life: Life) {
        let config = self.world.scenario.config.memory.clone();
        match life {
            Life::Planned(plan) => {
                self.record(What::Started { session: plan.session.clone() });
                let memory = self.world.release.start(self.host(), config, &plan.session).await;
                self.take(&plan, &*memory).await;
                memory.exit().await;
            }
            Life::Recovery => {
                let session = SessionId::from("recovery");
                let memory = self.world.release.start(self.host(), config, &session).await;
                let limit = self.world.scenario.config.convergence_limit;
                let in_time = self.host().timeout(limit, memory.drained()).await.is_some();
                self.record(What::Converged { in_time });
            }
        }
    }

    fn host(&self) -> Host {
        let ground = &self.world.ground;
        Host {
            network: Rc::clone(&ground.network),
            disk: Rc::new(self.world.disk.clone()),
            clock: Rc::clone(&ground.clock),
            tasks: Rc::new(self.process.clone()),
            witness: Rc::new(Listener { world: Rc::clone(&self.world), number: self.number }),
        }
    }

    fn record(&self, what: What) {
        self.world.record(Source::Process(self.number), what);
    }

    /// Records a call, makes it, and records its return.
    async fn call(&self, call: Call, made: impl Future<Output = ()>) {
        self.record(What::Called(call.clone()));
        made.await;
        self.record(What::Returned(call));
    }

    /// Takes the plan's steps, in order, up to its end or an `exit`.
    async fn take(&self, plan: &scenario::Process, memory: &dyn Lifecycle) {
        let mut session = plan.session.clone();
        for step in &plan.steps {
            tracing::info!(?step, "step");
            match step {
                Step::Exit => return,
                Step::Turn(id) => self.call(Call::Turn(id.clone()), memory.turn(Turn::of(id.clone()))).await,
                Step::Switch(to) => {
                    session = to.clone();
                    self.boundary(Boundary::Switch, to, memory.switch(to)).await;
                }
                Step::New(to) => {
                    session = to.clone();
                    self.boundary(Boundary::New, to, memory.new_session(to)).await;
                }
                Step::Compress(to) => {
                    session = to.clone();
                    self.boundary(Boundary::Compress, to, memory.compress(to)).await;
                }
                Step::End => self.boundary(Boundary::End, &session, memory.end()).await,
                Step::Prefetch => self.prefetch(&session, memory).await,
                Step::Shutdown => self.call(Call::Shutdown, memory.shutdown()).await,
                Step::CliExit => self.call(Call::Shutdown, memory.cli_exit()).await,
                Step::Wedge(duration) => memory.wedge(*duration),
                other => self.surroundings(other).await,
            }
        }
    }

    async fn boundary(&self, word: Boundary, to: &SessionId, made: impl Future<Output = ()>) {
        self.call(Call::Boundary { word, session: to.clone() }, made).await;
    }

    async fn prefetch(&self, session: &SessionId, memory: &dyn Lifecycle) {
        let mut text = None;
        self.call(Call::Prefetch, async { text = memory.prefetch(session).await }).await;
        self.record(What::Recalled { session: session.clone(), text });
    }

    /// The steps that do not concern the memory.
    async fn surroundings(&self, step: &Step) {
        match step {
            Step::Sleep(duration) => self.world.ground.clock.sleep(*duration).await,
            Step::WaitRetain(count) => {
                let clock = &self.world.ground.clock;
                let until = clock.now() + PATIENCE;
                clock.sleep(LOOK).await;
                while self.world.hindsight.retains_received() < *count && clock.now() < until {
                    clock.sleep(LOOK).await;
                }
            }
            Step::ServerDown(duration) => self.world.hindsight.take_down(*duration),
            Step::Network(weather) => self.world.ground.sky.change(*weather),
            Step::OsExit => self.end(Ending::OsExit).await,
            Step::Sigkill => self.end(Ending::Sigkill).await,
            Step::Sigterm => self.end(Ending::Sigterm).await,
            Step::PowerLoss => self.end(Ending::PowerLoss).await,
            other => unreachable!("{other:?} is taken elsewhere"),
        }
    }

    async fn end(&self, ending: Ending) {
        self.process.end(ending);
        pending().await
    }
}
