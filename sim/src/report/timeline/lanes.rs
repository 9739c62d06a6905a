//! The lanes of a picture: the user, each process with its tasks, the disk, the wire and the provider.
//!
//! Processes that never lived at the same time share their lanes. An event stands in the lane of its place in the world: a message of the
//! user in the user's, a write in the disk's, whoever observed it.

use std::collections::BTreeMap;

use model::facts::{Observation, Place, chats};

use crate::history::{Fact, Happening, Who};
use crate::run::Run;

/// What a lane stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Host,
    Task,
    Disk,
    Wire,
    Provider,
}

/// A lane.
#[derive(Clone, Debug)]
pub(super) struct Lane {
    /// Its name: `host`, or the name of a task.
    pub name: String,
    /// The processes that have it, as `process 1`; empty for what is no process.
    pub group: String,
    pub kind: Kind,
}

/// The lanes of a run, and which event stands in which.
#[derive(Clone, Debug)]
pub(super) struct Lanes {
    pub all: Vec<Lane>,
    /// The lane of each event.
    pub of: Vec<usize>,
    /// The lane of the task that each event came from: the same, unless the event stands with somebody else.
    pub task: Vec<usize>,
    /// The lanes of each process: the first, and the one behind the last.
    pub of_process: BTreeMap<u32, (usize, usize)>,
}

/// The most tasks of a process with lanes of their own. The others share one.
const TASKS: usize = 7;
const OTHERS: &str = "other tasks";
const MAIN: &str = "main";

/// Lanes that one process after the other has.
#[derive(Default)]
struct Berth {
    processes: Vec<u32>,
    /// The last place of the latest process.
    until: usize,
    tasks: Vec<&'static str>,
}

impl Lanes {
    pub(super) fn of(run: &Run) -> Self {
        let berths = berths(run);
        let mut all = vec![lane("user", Kind::User)];
        let mut of_process = BTreeMap::new();
        for berth in &berths {
            let numbers: Vec<String> = berth.processes.iter().map(u32::to_string).collect();
            let group = format!("process {}", numbers.join(", "));
            let first = all.len();
            all.push(Lane { name: "host".to_owned(), group: group.clone(), kind: Kind::Host });
            let tasks = berth.tasks.iter().map(|task| Lane {
                name: (*task).to_owned(),
                group: group.clone(),
                kind: Kind::Task,
            });
            all.extend(tasks);
            berth.processes.iter().for_each(|process| _ = of_process.insert(*process, (first, all.len())));
        }
        all.extend([lane("disk", Kind::Disk), lane("wire", Kind::Wire), lane("provider", Kind::Provider)]);
        let seat = |kind: Kind| all.iter().position(|lane| lane.kind == kind).unwrap_or(0);
        let mut task = Vec::with_capacity(run.events.len());
        let mut of = Vec::with_capacity(run.events.len());
        for (event, origin) in run.events.iter().zip(&run.origins) {
            let own = match event.who {
                Who::World => seat(Kind::User),
                Who::Provider => seat(Kind::Provider),
                Who::Process(process) => {
                    let (first, end) = of_process.get(&process).copied().unwrap_or((0, 1));
                    let name = origin.task.unwrap_or(MAIN);
                    let named = |name: &str| (first + 1..end).find(|lane| all[*lane].name == name);
                    if name == MAIN { first } else { named(name).or_else(|| named(OTHERS)).unwrap_or(first) }
                }
            };
            task.push(own);
            of.push(elsewhere(&event.fact).map_or(own, seat));
        }
        Self { all, of, task, of_process }
    }

    /// The first lane of this kind.
    pub(super) fn seat(&self, kind: Kind) -> usize {
        self.all.iter().position(|lane| lane.kind == kind).unwrap_or(0)
    }
}

fn lane(name: &str, kind: Kind) -> Lane {
    Lane { name: name.to_owned(), group: String::new(), kind }
}

/// The berths of the processes, each in the first one that is free.
fn berths(run: &Run) -> Vec<Berth> {
    let mut spans: BTreeMap<u32, (usize, usize)> = BTreeMap::new();
    let mut tasks: BTreeMap<u32, Vec<&'static str>> = BTreeMap::new();
    for (place, (event, origin)) in run.events.iter().zip(&run.origins).enumerate() {
        let Who::Process(process) = event.who else { continue };
        spans.entry(process).or_insert((place, place)).1 = place;
        let own = tasks.entry(process).or_default();
        if let Some(task) = origin.task.filter(|task| *task != MAIN && !own.contains(task)) {
            own.push(task);
        }
    }
    let mut by_start: Vec<(u32, (usize, usize))> = spans.into_iter().collect();
    by_start.sort_by_key(|(process, (first, _))| (*first, *process));
    let mut berths: Vec<Berth> = Vec::new();
    for (process, (first, last)) in by_start {
        let free = berths.iter().position(|berth| berth.until < first);
        let place = free.unwrap_or_else(|| {
            berths.push(Berth::default());
            berths.len() - 1
        });
        let berth = &mut berths[place];
        berth.processes.push(process);
        berth.until = last;
        for task in tasks.remove(&process).unwrap_or_default() {
            let task = if berth.tasks.len() < TASKS || berth.tasks.contains(&task) { task } else { OTHERS };
            if !berth.tasks.contains(&task) {
                berth.tasks.push(task);
            }
        }
    }
    berths
}

/// Where an event stands if not with its observer.
fn elsewhere(fact: &Fact) -> Option<Kind> {
    let with_user = matches!(
        fact,
        Fact::TurnAsked { .. }
            | Fact::Asked { .. }
            | Fact::Suspended { .. }
            | Fact::ClockSet { .. }
            | Fact::FaultsStopped
            | Fact::Told(Observation::Declared { .. })
            | Fact::Told(Observation::Continuity(
                chats::Observation::Asked { .. }
                    | chats::Observation::Replied { .. }
                    | chats::Observation::StopAsked { .. }
                    | chats::Observation::StoppedByUser { .. }
            ))
    );
    let with_disk = matches!(
        fact,
        Fact::Disk { .. }
            | Fact::Told(Observation::WaitsForLock { .. })
            | Fact::Told(Observation::Moved { place: Place::Outbox | Place::SetAside, .. })
    );
    let on_wire = matches!(fact, Fact::Provider(Happening::HungUp { .. } | Happening::Abandoned { .. }));
    let at_provider = matches!(fact, Fact::Stored { .. });
    [(with_user, Kind::User), (with_disk, Kind::Disk), (on_wire, Kind::Wire), (at_provider, Kind::Provider)]
        .into_iter()
        .find_map(|(is_there, kind)| is_there.then_some(kind))
}

/// Whether an event with the user is a message to the user.
pub(super) fn is_to_the_user(fact: &Fact) -> bool {
    matches!(
        fact,
        Fact::Told(Observation::Declared { .. })
            | Fact::Told(Observation::Continuity(
                chats::Observation::Replied { .. } | chats::Observation::StoppedByUser { .. }
            ))
    )
}
