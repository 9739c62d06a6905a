//! The life of a turn: the events that decided what became of it, in order.
//!
//! It has the turn's own stations, the answers to the requests that brought it, the commands of its process, the ends of processes, and
//! what failed around them. A violation about no turn has all of that until it became true.

use std::collections::BTreeSet;

use model::facts::{Observation, chats, commits};
use model::words::part::Part;
use model::words::turn::TurnId;

use super::promise::Promise;
use crate::history::{Call, Fact, Happening, Who, Word};
use crate::judging::Invariant;
use crate::run::Run;

/// The places of the events in the history. Where it was decided before the turn began, the life begins there.
pub(super) fn of(run: &Run, promise: &Promise, broken: usize, decided: Option<usize>) -> Vec<usize> {
    match &promise.turn {
        Some(turn) => {
            let of_memory = Invariant::named(promise.invariant).is_some_and(|row| row.part == Part::Memory);
            of_turn(run, turn, broken, (decided, of_memory))
        }
        None => (0..=broken.min(run.events.len().saturating_sub(1))).filter(|&place| is_around(run, place)).collect(),
    }
}

/// A host takes a turn up again in later processes; a memory's turn is with its own.
fn of_turn(run: &Run, turn: &TurnId, broken: usize, (decided, of_memory): (Option<usize>, bool)) -> Vec<usize> {
    let names = |place: &usize| run.events[*place].fact.turns().contains(&turn);
    let all = 0..run.events.len();
    let Some(first) = all.clone().find(names) else { return vec![broken] };
    let processes = processes(run, turn);
    let mut places: BTreeSet<usize> = all.clone().filter(|place| names(place) && !is_an_echo(run, *place)).collect();
    places.extend(answers(run, turn));
    let last = places.last().copied().unwrap_or(first).max(broken);
    let ends = processes.iter().filter_map(|process| run.reading.lives.end_of(*process)).map(|end| end.at.place);
    let last = if of_memory { ends.max().unwrap_or(last).max(last) } else { run.events.len() };
    let start = decided.map_or(first, |decided| decided.min(first));
    for place in start..=last.min(run.events.len().saturating_sub(1)) {
        let of_its_process = match run.events[place].who {
            Who::Process(process) => !of_memory || place < first || processes.contains(&process),
            Who::World | Who::Provider => true,
        };
        let about = run.events[place].fact.session().is_none_or(|session| session.chat() == turn.session.chat());
        if of_its_process && about && is_around(run, place) {
            places.insert(place);
        }
    }
    places.insert(broken.min(run.events.len().saturating_sub(1)));
    places.into_iter().collect()
}

/// The processes that had the turn.
fn processes(run: &Run, turn: &TurnId) -> BTreeSet<u32> {
    let naming = run.events.iter().filter(|event| event.fact.turns().contains(&turn));
    naming.filter_map(|event| if let Who::Process(process) = event.who { Some(process) } else { None }).collect()
}

/// Whether the event says again what another one says: the host's words beside a call and its return, what an outbox holds in the end.
fn is_an_echo(run: &Run, place: usize) -> bool {
    matches!(
        run.events[place].fact,
        Fact::Told(
            Observation::TurnEnding { .. }
                | Observation::TurnAcknowledged { .. }
                | Observation::TurnUnsure { .. }
                | Observation::Pending { .. }
        )
    )
}

/// How the requests that brought the turn ended, at the provider and for their clients.
fn answers(run: &Run, turn: &TurnId) -> Vec<usize> {
    let brought = |number: u32| {
        run.events.iter().any(|event| {
            let Fact::Provider(Happening::Received { endpoint, number: own, items, .. }) = &event.fact else {
                return false;
            };
            endpoint.delivers() && *own == number && items.iter().any(|item| item.turns.contains(turn))
        })
    };
    let requests = run.reading.requests.all.iter().filter(|exchange| exchange.endpoint.delivers());
    let its_own = requests.filter(|exchange| exchange.arrived.is_some_and(|arrived| brought(arrived.number)));
    its_own
        .flat_map(|exchange| {
            let done = exchange.done.as_ref().map(|(at, _)| at.place);
            [done, exchange.over.as_ref().map(|(at, _)| at.place)]
        })
        .flatten()
        .collect()
}

/// Whether the event may decide about turns that it does not name.
pub fn is_around(run: &Run, place: usize) -> bool {
    match &run.events[place].fact {
        Fact::Called(Call::Command { word, .. }) => !matches!(word, Word::Prefetch),
        Fact::Ended { .. }
        | Fact::Signaled { .. }
        | Fact::Started { .. }
        | Fact::Disk { .. }
        | Fact::Suspended { .. }
        | Fact::ClockSet { .. }
        | Fact::Excluded { .. }
        | Fact::Asked { .. } => true,
        Fact::Provider(happening) => matches!(
            happening,
            Happening::Down { .. } | Happening::Up | Happening::Deleted { .. } | Happening::Lost { .. }
        ),
        Fact::Told(Observation::Commits(told)) => !matches!(told, commits::Observation::Entered { .. }),
        Fact::Told(Observation::Continuity(told)) => !matches!(
            told,
            chats::Observation::Asked { .. } | chats::Observation::Finished { .. } | chats::Observation::Replied { .. }
        ),
        Fact::Told(_)
        | Fact::Called(Call::Turn(_))
        | Fact::Returned(_)
        | Fact::Failed(_)
        | Fact::TurnAsked { .. }
        | Fact::AgentChanged { .. }
        | Fact::Lineage { .. }
        | Fact::Recalled { .. }
        | Fact::TaskStarted { .. }
        | Fact::TaskEnded { .. }
        | Fact::FaultsStopped
        | Fact::Converged { .. }
        | Fact::Stored { .. }
        | Fact::Answered { .. }
        | Fact::Banks(_) => false,
    }
}
