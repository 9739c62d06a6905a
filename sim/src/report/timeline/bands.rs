//! What lasts in a picture: the lives of processes and tasks, calls, faults; and the cuts where processes end.

use std::time::Duration;

use super::lanes::{Kind, Lanes};
use crate::history::reading::requests::Exchange;
use crate::history::{Event, Fact, Happening, Who};
use crate::plan::{Ending, Scenario, Span};
use crate::run::Run;

/// What lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lasting {
    /// A process lives.
    Process,
    /// A task runs.
    Task,
    /// A call holds its caller.
    Call,
    /// A request meets a fault.
    Fault,
    /// The provider is away.
    Down,
    /// The disk is faulty.
    Disk,
    /// The machine sleeps.
    Asleep,
}

/// A stretch of some lanes, between two events.
#[derive(Clone, Debug)]
pub(super) struct Band {
    /// Its first lane, and its last.
    pub lanes: (usize, usize),
    /// Its first event, and its last.
    pub events: (usize, usize),
    pub lasting: Lasting,
    /// What it is, for faults and calls.
    pub label: String,
}

/// The end of a process.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    /// Its first lane, and its last.
    pub lanes: (usize, usize),
    pub event: usize,
    pub ending: Ending,
    pub label: String,
}

/// Everything that lasts, in the order of its kinds.
pub(super) fn of(scenario: &Scenario, run: &Run, lanes: &Lanes) -> Vec<Band> {
    let mut bands = lives(run, lanes);
    bands.extend(calls(run, lanes));
    bands.extend(run.reading.requests.all.iter().filter_map(|one| faulty(one, run, lanes)));
    bands.extend(outages(scenario, run, lanes));
    bands.extend(machine(run, lanes));
    bands
}

/// The ends of the processes.
pub(super) fn cuts(run: &Run, lanes: &Lanes) -> Vec<Cut> {
    let cut = |(event, one): (usize, &Event)| {
        let (Fact::Ended { ending, steps, .. }, Who::Process(process)) = (&one.fact, one.who) else { return None };
        let (first, end) = lanes.of_process.get(&process).copied()?;
        let label = format!("process {process} {ending}, at its step {steps}");
        Some(Cut { lanes: (first, end - 1), event, ending: *ending, label })
    };
    run.events.iter().enumerate().filter_map(cut).collect()
}

/// The lives of processes and of their tasks. A task that nobody saw start begins with its first event.
fn lives(run: &Run, lanes: &Lanes) -> Vec<Band> {
    let mut bands = Vec::new();
    for (&process, &(first, end)) in &lanes.of_process {
        let of_it = |place: &usize| run.events[*place].who == Who::Process(process);
        let mut own = (0..run.events.len()).filter(of_it);
        let Some(began) = own.next() else { continue };
        let last = own.next_back().unwrap_or(began);
        bands.push(band((first, first), (began, last), Lasting::Process));
        for lane in first + 1..end {
            bands.extend(tasks(run, lanes, (lane, process), (began, last)));
        }
    }
    bands
}

/// The stretches in which a task of this name runs in a process that lives from one event to another.
fn tasks(run: &Run, lanes: &Lanes, (lane, process): (usize, u32), (began, last): (usize, usize)) -> Vec<Band> {
    let (mut bands, mut running, mut since) = (Vec::new(), 0_u32, None);
    for place in began..=last {
        let event = &run.events[place];
        if event.who != Who::Process(process) {
            continue;
        }
        if matches!(&event.fact, Fact::TaskStarted { name } if *name == lanes.all[lane].name) {
            running += 1;
            since.get_or_insert(place);
        } else if lanes.task[place] == lane {
            let from = *since.get_or_insert(place);
            if matches!(event.fact, Fact::TaskEnded { .. }) {
                running = running.saturating_sub(1);
                if running == 0 {
                    bands.push(band((lane, lane), (from, place), Lasting::Task));
                    since = None;
                }
            }
        }
    }
    bands.extend(since.map(|from| band((lane, lane), (from, last), Lasting::Task)));
    bands
}

fn band(lanes: (usize, usize), events: (usize, usize), lasting: Lasting) -> Band {
    Band { lanes, events, lasting, label: String::new() }
}

fn calls(run: &Run, lanes: &Lanes) -> Vec<Band> {
    let call = |held: &crate::history::reading::calls::Held| {
        let lane = lanes.task[held.from.place];
        let label = match &held.call {
            crate::history::Call::Turn(turn) => format!("the call of {turn}"),
            crate::history::Call::Command { word, session } => format!("{} of {session}", word.name()),
        };
        Band { lanes: (lane, lane), events: (held.from.place, held.to.place), lasting: Lasting::Call, label }
    };
    run.reading.calls.over().iter().map(call).collect()
}

fn faulty(one: &Exchange, run: &Run, lanes: &Lanes) -> Option<Band> {
    let (arrived, fault) = (one.arrived?, one.fault()?);
    let done = one.done.as_ref().map(|(at, _)| at.place);
    let end = done.or(one.over.as_ref().map(|(at, _)| at.place)).unwrap_or(run.events.len() - 1);
    let provider = lanes.seat(Kind::Provider);
    let label = format!("{} {}: {fault}", one.endpoint, arrived.number);
    let events = (arrived.at.place, end.max(arrived.at.place));
    Some(Band { lanes: (provider, provider), events, lasting: Lasting::Fault, label })
}

/// When the provider was away: from the start, if the plan says so, and behind each fall.
fn outages(scenario: &Scenario, run: &Run, lanes: &Lanes) -> Vec<Band> {
    let mut bands = Vec::new();
    let at_first = scenario.faults.down;
    let mut down = (!at_first.is_zero()).then(|| (0, format!("the provider is away for {}", Span(at_first))));
    let over = (lanes.seat(Kind::Wire), lanes.seat(Kind::Provider));
    let mut end = |down: &mut Option<(usize, String)>, place| {
        if let Some((from, label)) = down.take() {
            bands.push(Band { lanes: over, events: (from, place), lasting: Lasting::Down, label });
        }
    };
    for (place, event) in run.events.iter().enumerate() {
        if let Fact::Provider(Happening::Down { duration_ms }) = &event.fact {
            end(&mut down, place);
            let lasts = Span(Duration::from_millis(*duration_ms));
            down = Some((place, format!("the provider is away for {lasts}")));
        } else if matches!(event.fact, Fact::Provider(Happening::Up)) {
            end(&mut down, place);
        }
    }
    end(&mut down, run.events.len().saturating_sub(1));
    bands
}

/// When the disk was faulty, and when the machine slept.
fn machine(run: &Run, lanes: &Lanes) -> Vec<Band> {
    let disk = lanes.seat(Kind::Disk);
    let until = |from: usize, lasts: Duration| {
        let over = run.events[from].at_ms.saturating_add(Event::ms(lasts));
        let behind = run.events.partition_point(|event| event.at_ms < over);
        behind.min(run.events.len() - 1).max(from)
    };
    let one = |(place, event): (usize, &Event)| {
        if let Fact::Disk { fault } = &event.fact {
            let events = (place, until(place, fault.duration()));
            return Some(Band {
                lanes: (disk, disk),
                events,
                lasting: Lasting::Disk,
                label: format!("the disk {fault}"),
            });
        }
        let Fact::Suspended { lasts } = &event.fact else { return None };
        let label = format!("the machine sleeps for {}", Span(*lasts));
        Some(Band { lanes: (1, disk), events: (place, until(place, *lasts)), lasting: Lasting::Asleep, label })
    };
    run.events.iter().enumerate().filter_map(one).collect()
}
