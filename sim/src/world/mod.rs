//! The simulated world: puts a scenario's hosts together, runs them, and returns the history.
//!
//! Two hosts share a network: the agent's, on which the scenario's processes live, and the provider's. The world invents no action; the
//! plan is data. The engine that drives the hosts does not affect what they do, only how fast: [`Engine::Events`] is the one to use,
//! [`Engine::Ticks`] is the independent second opinion.
//!
//! - `machines`: what the hosts run on. - `actors`: the processes. - `engines`: drivers of all hosts. - `schedule`: which thread of a
//!   process continues. - `meter`: the bounds of a run. - `notes`: what its threads did, if a search asks. - `streams`: random numbers,
//!   by name.

mod actors;
mod engines;
mod machines;
mod meter;
mod notes;
mod only_for_models;
mod schedule;
mod streams;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use model::agents::Subject;
use model::agents::outside::{Aside, Failure, Outside};
use model::machine::marks::{Mark, Marks};
use model::machine::signal::Signal;
use model::machine::{self, Network};

use crate::description::{self, Description};
use crate::history::{CutShort, Event, Fact, History, Origin, Who};
use crate::plan::{Ending, EndingStep, Scenario, Side, Step, SurroundingStep, Tape, Tapes, Weather};
use crate::providers::local::{self, Held};
use crate::providers::{Provider, Settings};
pub(crate) use actors::agent::PLANNED_TIME;
pub(crate) use actors::main_thread::OUT_OF_BUDGET;
pub use machines::clock::Clock;
use machines::disk::Disk;
use machines::disk_faults::{DiskFaults, FaultyDisk};
use machines::link::Sky;
use machines::machine_clock::MachineClock;
use machines::process::Process;
use meter::Meter;
pub use meter::{EVENTS_MAX, STEPS_MAX, Taken};
use model::words::server::Server;
pub use notes::{Note, Noted, Thread};
use only_for_models::only_for_models;
pub use schedule::Redraw;
use schedule::{Recorder, Schedule};

/// The agent's host name.
const AGENT: &str = "agent";

/// The driver of the hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Event by event, on turmoil-net.
    Events,
    /// In ticks of this length, on turmoil's own `Sim`.
    Ticks(Duration),
}

impl Engine {
    /// Whether the engine supports everything in a scenario. turmoil's `Sim` cannot reset connections, count packets, change a link's
    /// latency from inside, or keep a machine without power or asleep from closing its connections.
    pub fn can_run(self, scenario: &Scenario) -> bool {
        let beyond = |step: &Step| {
            matches!(
                step,
                Step::Ending(EndingStep::PowerLoss)
                    | Step::Around(SurroundingStep::Network(Weather::Reset | Weather::Drop(_) | Weather::Latency(_)))
                    | Step::Around(SurroundingStep::Suspend(_))
            )
        };
        self == Self::Events || !scenario.steps().any(beyond)
    }

    /// Runs the hosts that `build` makes until the first of them is done. Every packet takes `latency`. The engine's own draws come from
    /// `seed`.
    pub fn run(self, seed: u64, latency: Duration, build: impl FnOnce(Ground) -> Vec<(&'static str, HostFuture)>) {
        match self {
            Self::Events => engines::events::run(latency, build),
            Self::Ticks(tick) => engines::ticks::run(seed, latency, tick, build),
        }
    }
}

/// How many actions of its plan a process began, by its number.
pub type Begun = BTreeMap<u32, usize>;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Record {
    /// Everything that was observed, in order.
    pub events: Vec<Event>,
    /// Where each event came from.
    pub origins: Vec<Origin>,
    /// Simulated time of the last event.
    pub simulated: Duration,
    /// Steps taken by the agent's processes.
    pub steps: u64,
    /// How many actions of its plan each process began.
    pub begun: Begun,
    /// How many actions its plan has for each process, in order.
    pub planned: Vec<usize>,
    /// The marks that were reached.
    pub marks: Marks,
    /// Why the run has no result, if a real agent broke.
    pub failure: Option<Failure>,
    /// What a real agent said aside.
    pub aside: Aside,
    /// The bound at which the run was cut short, if it was.
    pub cut_short: Option<CutShort>,
}

/// The target of the spans that say where an event happened. Every trace filter lets them pass.
pub(crate) const PLACE: &str = "place";

/// Runs a scenario with one release against one server.
pub fn run(scenario: &Scenario, subject: Subject, server: Server, engine: Engine) -> Record {
    observe(scenario, subject, server, engine, Variation::default()).0
}

/// The same, with another schedule from a point of the history on.
pub fn run_redrawn(scenario: &Scenario, subject: Subject, server: Server, engine: Engine, redraw: Redraw) -> Record {
    observe(scenario, subject, server, engine, Variation { redraw: Some(redraw), ..Variation::default() }).0
}

/// The same, with every step of the agent's processes, in order. A real agent takes its steps where the world does not see them.
pub fn run_noting_steps(scenario: &Scenario, subject: Subject, server: Server, engine: Engine) -> (Record, Vec<Taken>) {
    let (record, world) = observe(scenario, subject, server, engine, Variation { steps: true, ..Variation::default() });
    (record, world.meter.taken())
}

/// The same, with what the threads of the agent's processes did, in order, and what their schedules were asked. Those of a real agent are
/// not seen.
pub fn run_noting_threads(scenario: &Scenario, subject: Subject, server: Server) -> (Record, Vec<Note>) {
    let variation = Variation { threads: true, ..Variation::default() };
    let (record, world) = observe(scenario, subject, server, Engine::Events, variation);
    (record, world.meter.notes.all())
}

/// The same, with the recorded choices of its schedule: with them as its [recorded](crate::plan::Strategy::Recorded) schedule, the scenario
/// has the same history.
pub fn run_recorded(scenario: &Scenario, subject: Subject, server: Server, engine: Engine) -> (Record, Tapes) {
    let recording = Recording::default();
    let variation = Variation { recording: Some(Rc::clone(&recording)), ..Variation::default() };
    let (record, _) = observe(scenario, subject, server, engine, variation);
    let mut tapes = Tapes::default();
    for ((side, number), tape) in recording.take() {
        tapes.insert(side, number, tape.take());
    }
    (record, tapes)
}

/// The tapes of the processes that have started.
type Recording = Rc<RefCell<BTreeMap<(Side, u32), Rc<RefCell<Tape>>>>>;

/// What a run does besides following its scenario.
#[derive(Default)]
struct Variation {
    /// Where the choices of the schedules are written down.
    recording: Option<Recording>,
    /// From where on the schedules are others.
    redraw: Option<Redraw>,
    /// Whether the steps of the agent's processes are noted.
    steps: bool,
    /// Whether it is noted what their threads do.
    threads: bool,
}

fn observe(
    scenario: &Scenario,
    subject: Subject,
    server: Server,
    engine: Engine,
    variation: Variation,
) -> (Record, Rc<World>) {
    let history = Rc::new(History::default());
    let counts = Rc::new(Counts::default());
    let outside = subject.code().outside();
    let ran = outside.clone();
    if let (Some(run), Some(what)) = (&outside, only_for_models(scenario)) {
        run.cannot(what);
    }
    let mut whole = None;
    let build = |ground: Ground| {
        let mut world = World::new(scenario, subject, server, ground, Rc::clone(&history), Rc::clone(&counts));
        let (notes_steps, notes_threads) = (variation.steps, variation.threads);
        world.variation = variation;
        world.outside = outside;
        if notes_steps {
            world.meter.note_steps();
        }
        if notes_threads {
            world.meter.notes.begin();
        }
        let world = Rc::new(world);
        whole = Some(Rc::clone(&world));
        let agent: HostFuture = Box::pin(actors::agent::live_within_bounds(Rc::clone(&world)));
        let name = world.provider.host();
        let provider: HostFuture = Box::pin(actors::provider::live(world));
        vec![(AGENT, agent), (name, provider)]
    };
    engine.run(scenario.seed, scenario.config.latency, build);
    let world = whole.expect("every engine builds the hosts");
    let cut_short = world.meter.cut_short();
    let (events, origins) = history.take();
    let simulated = Duration::from_millis(events.last().map_or(0, |event| event.at_ms));
    let record = Record {
        events,
        origins,
        simulated,
        steps: counts.steps.get(),
        begun: counts.begun.take(),
        planned: counts.planned.take(),
        marks: counts.marks.get(),
        failure: ran.as_ref().and_then(|run| run.failure()),
        aside: ran.map(|run| run.aside()).unwrap_or_default(),
        cut_short,
    };
    (record, world)
}

/// The description of the provider that a real agent speaks to.
fn described(subject: Subject) -> Option<&'static Description> {
    let (name, version) = subject.making()?.provider.as_ref()?;
    Some(description::named(name, version).expect("an agent's description was read when it was engaged"))
}

/// Counters beside the history.
#[derive(Default)]
struct Counts {
    steps: Cell<u64>,
    begun: RefCell<Begun>,
    planned: RefCell<Vec<usize>>,
    marks: Cell<Marks>,
}

impl Counts {
    fn begins_an_action(&self, process: u32) {
        *self.begun.borrow_mut().entry(process).or_default() += 1;
    }

    fn reached(&self, mark: Mark) {
        let mut marks = self.marks.get();
        marks.insert(mark);
        self.marks.set(marks);
    }
}

/// Everything that happens on one host.
pub type HostFuture = Pin<Box<dyn Future<Output = ()>>>;

/// The seams that an engine gives the hosts.
pub struct Ground {
    /// The common clock.
    pub clock: Rc<dyn machine::Clock>,
    /// The network between them, which addresses a host by its name.
    pub network: Rc<dyn Network>,
    sky: Rc<dyn Sky>,
}

/// The state that the hosts of one run share.
struct World {
    scenario: Scenario,
    subject: Subject,
    ground: Ground,
    /// The clocks of the agent's machine.
    clock: MachineClock,
    disk: Disk,
    disk_faults: DiskFaults,
    provider: Provider,
    faults_stopped: Signal,
    history: Rc<History>,
    counts: Rc<Counts>,
    meter: Rc<Meter>,
    /// The agent's processes that are alive, by number.
    running: RefCell<BTreeMap<u32, Process>>,
    /// How many processes have reached a barrier.
    at_barrier: Cell<u32>,
    /// What becomes of the schedules of its processes.
    variation: Variation,
    /// The run of a subject that is no model.
    outside: Option<Rc<dyn Outside>>,
}

impl World {
    fn new(
        scenario: &Scenario,
        subject: Subject,
        server: Server,
        ground: Ground,
        history: Rc<History>,
        counts: Rc<Counts>,
    ) -> Self {
        let settings = Settings {
            server,
            faults: scenario.faults.clone(),
            visibility_lag: scenario.config.visibility_lag,
            operation_lag: scenario.config.operation_lag,
            append_lag: scenario.config.append_lag,
            echoes: scenario.echoes(),
            described: described(subject),
        };
        let (clock, log) = (Rc::clone(&ground.clock), Rc::clone(&history));
        let meter = Rc::new(Meter::new(Rc::clone(&ground.clock)));
        let measured = Rc::clone(&meter);
        let tell = move |happening| {
            let fact = Fact::Provider(happening);
            measured.event(Who::Provider, None, &fact);
            log.record(clock.now(), Who::Provider, fact, Origin::default());
        };
        let (clock, log, measured) = (Rc::clone(&ground.clock), Rc::clone(&history), Rc::clone(&meter));
        let struck = move |fault| {
            let fact = Fact::Disk { fault };
            measured.event(Who::World, None, &fact);
            log.record(clock.now(), Who::World, fact, Origin::default());
        };
        let noted = Rc::clone(&counts);
        Self {
            provider: Provider::new(settings, Rc::new(tell), Rc::new(move |mark| noted.reached(mark))),
            clock: MachineClock::new(Rc::clone(&ground.clock)),
            disk: Disk::new(scenario.seed, scenario.config.unsynced_tail),
            disk_faults: DiskFaults::new(Rc::clone(&ground.clock), Rc::clone(&counts), Rc::new(struck)),
            faults_stopped: Signal::default(),
            scenario: scenario.clone(),
            subject,
            ground,
            history,
            counts,
            meter,
            running: RefCell::default(),
            at_barrier: Cell::default(),
            variation: Variation::default(),
            outside: None,
        }
    }

    /// The machine's disk, as the `number`-th process sees it.
    fn disk_of(&self, number: u32) -> FaultyDisk {
        FaultyDisk { disk: self.disk.of_process(number), faults: self.disk_faults.clone() }
    }

    fn record(&self, source: Who, what: Fact) {
        let origin = match source {
            Who::Process(number) => self.running.borrow().get(&number).map(Process::origin),
            Who::World | Who::Provider => None,
        };
        self.record_from(origin.unwrap_or_default(), source, what);
    }

    fn record_from(&self, origin: Origin, source: Who, what: Fact) {
        self.meter.event(source, origin.task, &what);
        self.history.record(self.ground.clock.now(), source, what, origin);
    }

    fn reached(&self, mark: Mark) {
        self.counts.reached(mark);
    }

    /// The machine loses power, and all its processes with it.
    fn lose_power(&self) {
        if self.disk.crash() {
            self.reached(Mark::TailSpoiled);
        }
        self.ground.sky.cut_power();
        self.running.borrow().values().for_each(|process| process.end(Ending::PowerLoss));
    }

    /// What the agent keeps in files of its own: nothing, if its memory is at a provider.
    fn held_in_files(&self) -> Held {
        let description = described(self.subject).filter(|description| !description.keeps.is_empty());
        let (Some(description), Some(outside)) = (description, &self.outside) else { return Held::default() };
        local::held(description, &outside.kept(), &self.history.said(), &self.scenario.echoes())
    }

    /// The schedule of the `number`-th process of this side, which is recorded if the run is.
    fn schedule(&self, side: Side, number: u32) -> Box<dyn Schedule> {
        let own = schedule::of(&self.scenario, side, number);
        let schedule = match self.variation.redraw {
            None => own,
            Some(Redraw { events, seed }) => {
                let behind = schedule::behind(seed, side, number);
                Box::new(schedule::Redrawn::new(own, behind, Rc::clone(&self.history), events))
            }
        };
        match &self.variation.recording {
            None => schedule,
            Some(recording) => {
                let tape = Rc::default();
                recording.borrow_mut().insert((side, number), Rc::clone(&tape));
                Box::new(Recorder::new(schedule, tape))
            }
        }
    }
}
