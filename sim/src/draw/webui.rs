//! The steps of a WebUI: turns that run, sessions, evictions, commits, stops and updates, and the faults of its agents' commits.

use std::time::Duration;

use model::hosts::Kind;
use model::words::command::{self, Wait};
use model::words::course::RunResult;
use model::words::server::Server;
use model::words::session::SessionId;
use proptest::collection::{btree_map, vec};
use proptest::prelude::{Just, any, prop_oneof};
use proptest::strategy::{BoxedStrategy, Strategy};

use super::steps::{
    Choices, RESTART, Steps, TURN, all, disk, machine, milliseconds, minutes, numbered, one, run, run_hangs, seconds,
    session, side_by_side, sleep, to, unwanted,
};
use super::swarm::{Family, Swarm};
use super::{Setting, one_of};
use crate::plan::{
    self, BesideStep, CommitFault, Config, EndingStep, PlannedFault, SessionStep, StartingStep, Step, WebUiStep, Which,
};

/// The configuration and the server.
pub(super) fn settings(_: Swarm) -> BoxedStrategy<Setting> {
    // The WebUI's rows of the catalogue begin with a full cache: most plans have room for one agent, or for two.
    let agent_cache = prop_oneof![3 => Just(1_usize), 2 => Just(2), 1 => Just(3), 1 => Just(4)];
    let stop = prop_oneof![5 => Just(None), 1 => (1..20_u32, 0..40_u32).prop_map(Some)];
    (1..4_u32, agent_cache, any::<bool>(), stop)
        .prop_map(|(batch, agent_cache, raises, stop)| {
            let mut settings = vec![
                plan::Setting::Host(Kind::WebUi),
                plan::Setting::RetainEveryNTurns(batch),
                plan::Setting::AgentRaises(raises),
            ];
            if agent_cache < 4 {
                settings.push(plan::Setting::AgentCache(agent_cache));
            }
            if let Some((stop, drain)) = stop {
                settings.push(plan::Setting::StopTimeout(seconds(stop)));
                settings.push(plan::Setting::StopBudget(seconds(stop.min(10)) / 2));
                let drain = (drain < stop).then(|| plan::Setting::DrainTimeout(seconds(drain)));
                settings.extend(drain);
            }
            Setting { server: Server::Append, config: Config::of(&settings) }
        })
        .boxed()
}

/// The steps of one WebUI after another.
pub(super) fn lanes(swarm: Swarm) -> BoxedStrategy<Vec<Steps>> {
    let lane = |most: usize| vec(one_of(choices(swarm)), 1..most).prop_map(|steps| steps.concat());
    let one = finished(lane(16).boxed()).prop_map(|lane| vec![lane]).boxed();
    if !swarm.has(Family::Parallel) {
        return one;
    }
    let two = (finished(lane(9).boxed()), finished(lane(9).boxed()), 0..9_000_u32);
    let two = two.prop_map(|(first, second, later)| vec![first, beside(second, milliseconds(later))]).boxed();
    one_of(vec![(2, one), (1, two)])
}

/// The steps of a WebUI beside another one, on the same disk and with sessions of its own.
fn beside(mut lane: Steps, later: Duration) -> Steps {
    lane.iter_mut().for_each(|step| {
        let text = step.to_string();
        let words =
            text.split(' ').map(|word| match word.strip_prefix('S').filter(|rest| rest.parse::<u32>().is_ok()) {
                Some(number) => format!("S2{number}"),
                None => word.to_owned(),
            });
        let moved = words.collect::<Vec<_>>().join(" ");
        *step = moved.parse().expect("another session in the place of one");
        if *step == RESTART.into() {
            *step = StartingStep::Restart(Some(session(21)), Duration::ZERO).into();
        }
    });
    let begins = [StartingStep::StartAfter(later).into(), SessionStep::Use(session(21)).into()];
    [&begins[..], &lane].concat()
}

/// The steps, and an end of them.
fn finished(lane: BoxedStrategy<Steps>) -> BoxedStrategy<Steps> {
    lane.prop_map(|mut lane| {
        // Compression makes a session with a new name.
        let compressions = lane.iter_mut().filter_map(|step| {
            let Step::Session(SessionStep::Compress(session)) = step else { return None };
            Some(session)
        });
        for (number, fresh) in (10..).zip(compressions) {
            *fresh = session(number);
        }
        // A stop, and a start that finds the turns it left.
        lane.extend([sleep(seconds(10)), EndingStep::Sigterm.into(), RESTART.into(), sleep(minutes(5))]);
        lane
    })
    .boxed()
}

fn choices(swarm: Swarm) -> Choices {
    let mut choices = vec![
        (5, one(TURN)),
        (3, run(20, RunResult::Completes)),
        (3, numbered(1..8_000, |number| sleep(milliseconds(number)))),
        (3, to(SessionStep::Use, 1..4)),
    ];
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(Family::Parallel, 2, started());
    family(Family::Parallel, 1, side_by_side(false));
    family(Family::New, 2, to(SessionStep::New, 4..7));
    family(Family::Compress, 1, one(SessionStep::Compress(SessionId::from("S10"))));
    family(Family::Cache, 2, to(SessionStep::Evict, 1..4));
    family(Family::Cache, 1, call(WebUiStep::Unregister));
    family(Family::Questions, 3, questions());
    family(Family::Recall, 1, call(|session| WebUiStep::CommitInBackground(session, None)));
    family(Family::Unwanted, 1, unwanted());
    family(Family::Hangs, 1, run_hangs());
    family(Family::Restarts, 2, restarts());
    family(Family::Disk, 2, disk(100));
    family(Family::Machine, 2, machine(150));
    choices
}

/// A call about one of the first three sessions.
fn call(call: fn(SessionId) -> WebUiStep) -> BoxedStrategy<Steps> {
    numbered(1..4, move |number| call(session(number)))
}

/// Calls that are answered. A commit waits for another one without a limit, or for up to three seconds. After a commit of what certainly
/// waits, whether anything is left can be asked.
fn questions() -> BoxedStrategy<Steps> {
    let waits = |number, limit| WebUiStep::Commit(session(number), None, Wait::Until(limit));
    let asks = |number: u32| {
        let of = session(number);
        vec![SessionStep::Use(of.clone()).into(), TURN.into(), commit(of.clone()).into(), WebUiStep::Dirty(of).into()]
    };
    one_of(vec![
        (2, (1..4_u32).prop_map(asks).boxed()),
        (2, call(commit)),
        (1, numbered(1..4, move |number| waits(number, None))),
        (
            1,
            (1..4_u32, 1..3_000_u32)
                .prop_map(move |(of, limit)| vec![waits(of, Some(milliseconds(limit))).into()])
                .boxed(),
        ),
        (2, call(WebUiStep::Discard)),
        (2, call(WebUiStep::Dirty)),
    ])
}

fn commit(session: SessionId) -> WebUiStep {
    WebUiStep::Commit(session, None, Wait::No)
}

/// A call that runs beside the following steps.
fn started() -> BoxedStrategy<Steps> {
    let start = |step: Step| BesideStep::Start(Box::new(step));
    one_of(vec![
        (2, one(start(TURN.into()))),
        (1, numbered(1..4, move |number| start(commit(session(number)).into()))),
        (1, numbered(1..4, move |number| start(SessionStep::Evict(session(number)).into()))),
    ])
}

fn restarts() -> BoxedStrategy<Steps> {
    let ends: [Step; 4] = [
        EndingStep::Sigterm.into(),
        EndingStep::Sigkill.into(),
        EndingStep::PowerLoss.into(),
        WebUiStep::SelfUpdate.into(),
    ];
    one_of(ends.map(|end| (1, all(vec![end, RESTART.into()]))).to_vec())
}

/// The faults of commits by the sessions' agents.
pub(super) fn faults(swarm: Swarm) -> BoxedStrategy<Vec<PlannedFault>> {
    let takes = |duration| command::CommitFault::Takes(duration);
    let mut faults = vec![takes(Duration::from_millis(500)), takes(Duration::from_secs(2))];
    if swarm.has(Family::Refusals) {
        faults.push(command::CommitFault::Fail(Duration::ZERO));
    }
    if swarm.has(Family::Hangs) {
        faults.push(command::CommitFault::Hang);
    }
    if swarm.has(Family::Delays) {
        faults.push(takes(Duration::from_secs(20)));
    }
    let fault = one_of(faults.into_iter().map(|fault| (1, Just(CommitFault(fault)).boxed())).collect());
    let table = || btree_map(1..4_u32, fault.clone(), 0..4);
    (table(), table())
        .prop_map(|(first, second)| {
            let tables = [(1, first), (2, second)];
            let faults = tables.into_iter().flat_map(|(agent, table)| {
                table.into_iter().map(move |(commit, fault)| {
                    PlannedFault::Commit(session(agent).to_string(), Which::Number(commit), fault)
                })
            });
            faults.collect()
        })
        .boxed()
}
