//! The faults of the provider, and the kills of processes.

use std::collections::BTreeMap;
use std::time::Duration;

use model::words::endpoint::{Endpoint, Role};
use model::words::turn::TurnId;
use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, prop_oneof};
use proptest::strategy::{BoxedStrategy, Strategy};

use super::swarm::{Family, Swarm};
use super::{Profile, one_of};
use crate::plan::{Ending, Fault, FaultFamily, Kill, Moment, PROTOCOL, PlannedFault, RequestFault, Tail, Which};

/// Faults of each kind of request.
pub(super) fn faults(swarm: Swarm) -> BoxedStrategy<Vec<PlannedFault>> {
    let Some(fault) = one_of_these(swarm, Fault::DRAWN) else { return Just(Vec::new()).boxed() };
    let table = |requests: u32, most: usize| btree_map(1..requests, (fault.clone(), until()), 0..most);
    let most = if swarm.profile() == Profile::Storage { 8 } else { 5 };
    let none = || Just(BTreeMap::new()).boxed();
    let probes = if swarm.has(Family::Probes) { table(4, 2).boxed() } else { none() };
    let questions = if swarm.has(Family::Questions) { table(9, 3).boxed() } else { none() };
    let recalls = if swarm.has(Family::Recall) { table(9, 2).boxed() } else { none() };
    let tables = [
        (Role::Deliver, table(12, most).boxed()),
        (Role::Probe, probes),
        (Role::Follow, questions),
        (Role::Recall, recalls),
    ];
    let of_an_endpoint = |(role, table): (Role, BoxedStrategy<Table>)| {
        PROTOCOL.with(role).map(move |endpoint| table.clone().prop_map(move |table| planned(endpoint, table)).boxed())
    };
    let mut faults: Vec<_> = tables.into_iter().flat_map(of_an_endpoint).collect();
    if let Some(fault) = one_of_these(swarm, Fault::OF_TURNS) {
        faults.extend(PROTOCOL.with(Role::Deliver).map(|endpoint| of_turns(endpoint, fault.clone())));
    }
    faults.prop_map(|faults| faults.concat()).boxed()
}

/// Faults by the numbers of requests, each with the time at which it ends.
type Table = BTreeMap<u32, (Fault, Option<Duration>)>;

fn planned(endpoint: Endpoint, table: Table) -> Vec<PlannedFault> {
    let fault = |(number, (fault, until)): (u32, _)| {
        PlannedFault::Request(endpoint, Which::Number(number), RequestFault { fault, until })
    };
    table.into_iter().map(fault).collect()
}

/// Most faults stand as long as the faults of the run do.
fn until() -> BoxedStrategy<Option<Duration>> {
    let seconds = proptest::sample::select(&[5, 40, 120][..]);
    one_of(vec![(7, Just(None).boxed()), (1, seconds.prop_map(|end| Some(Duration::from_secs(end))).boxed())])
}

/// The fault of a turn that the provider does not take, in half of the scenarios.
fn of_turns(endpoint: Endpoint, fault: BoxedStrategy<Fault>) -> BoxedStrategy<Vec<PlannedFault>> {
    // Few plans have many turns in a session, and the first session is in all of them.
    let turn = (proptest::sample::select(&["S1", "S1", "S1", "S2"][..]), 1..4_u32);
    let planned = (turn, fault, until()).prop_map(move |((session, number), fault, until)| {
        let turn = TurnId { session: session.into(), number };
        PlannedFault::Request(endpoint, Which::Turn(turn), RequestFault { fault, until })
    });
    vec(planned, 0..2).boxed()
}

/// One of these faults whose families take part, or `None` if none does.
fn one_of_these(swarm: Swarm, faults: &[Fault]) -> Option<BoxedStrategy<Fault>> {
    let part = faults.iter().filter(|fault| swarm.has(family(fault.family())));
    let faults: Vec<_> = part.map(|fault| (1, Just(*fault).boxed())).collect();
    (!faults.is_empty()).then(|| one_of(faults))
}

fn family(family: FaultFamily) -> Family {
    match family {
        FaultFamily::Refusals => Family::Refusals,
        FaultFamily::LostRequests => Family::LostRequests,
        FaultFamily::LostReplies => Family::LostReplies,
        FaultFamily::Delays => Family::Delays,
        FaultFamily::Hangs => Family::Hangs,
        FaultFamily::ServerRestarts => Family::ServerRestarts,
        FaultFamily::FailedOperations => Family::FailedOperations,
    }
}

/// Labels of the steps at which processes are killed: where something is half done.
pub(super) const LABELS: [&str; 24] = [
    "acknowledged",
    "before the recall",
    "client closed",
    "commit begins",
    "commit returns",
    "commits written",
    "ended",
    "evicted",
    "flush",
    "get client",
    "journal append",
    "journal sync",
    "list taken",
    "on_session_end",
    "on_session_switch",
    "put",
    "request",
    "shutdown_all",
    "switched",
    "sync_turn",
    "turn kept",
    "undone",
    "worker takes a task",
    "writer takes a job",
];

/// Where processes are killed.
pub(super) fn kills(swarm: Swarm) -> BoxedStrategy<Vec<Kill>> {
    if !swarm.has(Family::Kills) {
        return Just(Vec::new()).boxed();
    }
    let endings = [Ending::Sigkill, Ending::PowerLoss, Ending::Sigterm];
    let ending = one_of(endings.map(|ending| (1, Just(ending).boxed())).to_vec());
    let step = (1..150_u64).prop_map(Moment::Step);
    let label = (proptest::sample::select(&LABELS[..]), 1..4_u32).prop_map(|(label, n)| Moment::Label(label.into(), n));
    let time = (0..2_000_u64).prop_map(|ms| Moment::After(Duration::from_millis(ms)));
    let at = one_of(vec![(4, step.boxed()), (3, label.boxed()), (1, time.boxed())]);
    let kill = (ending, at, 1..4_u32).prop_map(|(ending, at, process)| Kill { process, at, ending });
    vec(kill, 0..3).boxed()
}

/// What a loss of power leaves of the end of a file, and in a few plans a loss between a write and its sync.
pub(super) fn tail() -> impl Strategy<Value = (Tail, Option<Kill>)> {
    let kill = (1..4_u32, 1..8_u32).prop_map(|(process, number)| {
        let at = Moment::Label("journal sync".into(), number);
        Some(Kill { process, at, ending: Ending::PowerLoss })
    });
    let tail = prop_oneof![Just(Tail::Cut), Just(Tail::Zeros), Just(Tail::Garbage)];
    (tail, prop_oneof![7 => Just(None), 1 => kill])
}
