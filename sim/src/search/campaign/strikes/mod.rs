//! The faults that struck in a history, and whether each made a difference.
//!
//! A fault strikes when its request arrives, or its step is taken. It makes a difference
//!
//! - as a status, a lost request or reply, or a restart of the provider: if a client got an error, or lost its connection;
//! - as `hang` or a delay: if a client timed out, or was closed or killed while it waited;
//! - as `accept_fail` or `accept_stall`: if a client asked about an operation afterwards, or got an error at once;
//! - as `ack_drop`, `ack_lose` or `unsuccessful`: always, for what was confirmed or reported is not so;
//! - as `partial`: if turns were kept and others were not;
//! - as `worker_crash`: if the same retain was applied twice, or the reply was lost;
//! - as a commit that fails or hangs: always; as a slow commit: if anything happened to its process's sessions before it ended,
//!   or its process ended;
//! - as the end of a process: if that process had turns not yet stored, a request on its way, or a call, a turn or a commit
//!   under way.

use std::collections::BTreeSet;

use model::words::endpoint::{Endpoint, Role};

use crate::history::reading::commits::Commission;
use crate::history::reading::requests::{Exchange, Over};
use crate::history::reading::{At, Reading};
use crate::plan::{Ending, Fault, Heard};

/// A fault that has struck.
pub(super) struct Strike {
    /// The kind of its request, and the fault's own kind.
    pub kind: String,
    /// Whether it made a difference.
    pub with_effect: bool,
}

/// The faults that struck in a history.
#[derive(Default)]
pub(super) struct Struck {
    /// The faults of requests and commits.
    pub strikes: Vec<Strike>,
    /// The processes whose end made a difference: their numbers, and their exit codes.
    pub hurt: BTreeSet<(u32, i32)>,
    /// The endpoints that received any request.
    pub requests: BTreeSet<Endpoint>,
}

/// Reads the faults that struck. `kills` says whether a planned kill did: the effect of an end is examined only then.
pub(super) fn read(reading: &Reading, kills: bool) -> Struck {
    let arrived = || reading.requests.all.iter().filter(|request| request.arrived.is_some());
    let met = arrived().filter_map(|request| Some((request, request.fault()?)));
    let requests = met.map(|(request, fault)| Strike {
        kind: format!("{} {}", request.endpoint, fault.word()),
        with_effect: made_a_difference(reading, request, fault),
    });
    let commits = reading.commits.all.iter().filter(|one| one.plan != "ok").map(|one| of_commit(reading, one));
    let strikes: Vec<Strike> = requests.chain(commits).collect();
    let hurt = if kills || !strikes.is_empty() { hurt(reading) } else { BTreeSet::new() };
    Struck { strikes, hurt, requests: arrived().map(|request| request.endpoint).collect() }
}

fn made_a_difference(reading: &Reading, request: &Exchange, fault: Fault) -> bool {
    let to_its_client = match &request.over {
        Some((_, Over::Failed(reason))) => fault.explains(reason),
        Some((_, Over::Gone)) => fault.heard() == Heard::Silence,
        Some((_, Over::Answered)) | None => false,
    };
    let later = match (fault, request.arrived) {
        (Fault::AcceptFail, Some(arrived)) if request.endpoint.delivers() => {
            let mut asked = reading.requests.arrivals(Role::Follow);
            asked.any(|(operation, _)| operation.at.place > arrived.at.place)
        }
        (Fault::WorkerCrash, Some(_)) if request.endpoint.delivers() => request.applied > 1,
        (Fault::AcceptStall, Some(arrived)) if request.endpoint.delivers() => {
            let mut asked = reading.requests.arrivals(Role::Follow);
            asked.any(|(operation, _)| operation.at.place > arrived.at.place)
        }
        (Fault::AckDrop | Fault::AckLose(_), Some(_)) => request.endpoint.delivers(),
        (Fault::Partial { keeps, .. }, Some(_)) => request.applied > 0 && request.turns > keeps,
        (Fault::Unsuccessful, Some(_)) => true,
        _ => false,
    };
    to_its_client || later
}

/// The kind of a commit's fault, from its agent's plan (`fail`, `0.5`). All slow commits are one kind.
fn commit(plan: &str) -> String {
    let takes = plan.starts_with(|c: char| c.is_ascii_digit());
    format!("commit {}", if takes { "delay" } else { plan })
}

/// A slow commit makes a difference if anything happened to its process's sessions before it ended.
fn of_commit(reading: &Reading, one: &Commission) -> Strike {
    let kind = commit(&one.plan);
    let over = one.ended.map_or(usize::MAX, |(at, _)| at.place);
    let cut_off = || one.ended.is_none() && reading.lives.end_of(one.process).is_some();
    let with_effect =
        kind != "commit delay" || reading.commits.stirred(one.process, one.began.place, over) || cut_off();
    Strike { kind, with_effect }
}

/// The processes whose end, or stop, made a difference because they had something to lose.
fn hurt(reading: &Reading) -> BTreeSet<(u32, i32)> {
    let ends = reading.lives.ends().map(|(process, end)| (process, end.at, end.ending));
    let stops = reading.calls.made().filter(|(_, call, _)| call.is_a_stop());
    let stops = stops.map(|(process, _, at)| (process, at, Ending::Sigterm));
    let hurt = ends
        .chain(stops)
        .filter(|(process, at, ending)| ending.exit_code() != 0 && had_something_to_lose(reading, *process, *at));
    hurt.map(|(process, _, ending)| (process, ending.exit_code())).collect()
}

fn had_something_to_lose(reading: &Reading, process: u32, at: At) -> bool {
    reading.calls.under_way(process, at.place)
        || reading.runs.under_way(process, at.place)
        || reading.commits.under_way(process, at.place)
        || reading.requests.in_flight(process, at.place)
        || reading.turns.any_unstored_of(process, at.place)
}

#[cfg(test)]
mod tests;
