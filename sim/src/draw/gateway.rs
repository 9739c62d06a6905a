//! The steps of a gateway: turns that run, chats, stops, signals, starts, and jobs beside them.

use std::time::Duration;

use model::hosts::Kind;
use model::words::command::GatewayRequest;
use model::words::course::RunResult;
use model::words::server::Server;
use proptest::collection::vec;
use proptest::prelude::Just;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::steps::{
    Choices, RESTART, Steps, TURN, disk, machine, minutes, numbered, one, profile, run, run_hangs, seconds, session,
    side_by_side, sleep, to,
};
use super::swarm::{Family, Swarm};
use super::{Setting, one_of};
use crate::plan::{
    self, BesideStep, Config, EndingStep, GatewayStep, SessionStep, StartingStep, Step, SurroundingStep,
};

/// The configuration and the server.
pub(super) fn settings(_: Swarm) -> BoxedStrategy<Setting> {
    (1..4_u32, 1..4_u32, timeout([0, 5, 60], 2), timeout([10, 30, 90], 3))
        .prop_map(|(batch, agent_cache, drain, stop)| {
            let mut settings = vec![
                plan::Setting::Host(Kind::Gateway),
                plan::Setting::ShutdownLimit(Duration::from_secs(240)),
                plan::Setting::RetainEveryNTurns(batch),
            ];
            if agent_cache < 3 {
                settings.push(plan::Setting::AgentCache(agent_cache as usize));
            }
            settings.extend(drain.map(plan::Setting::DrainTimeout));
            settings.extend(stop.map(plan::Setting::StopTimeout));
            Setting { server: Server::Append, config: Config::of(&settings) }
        })
        .boxed()
}

/// One of these seconds, or the release's own value with this weight.
fn timeout(choices: [u64; 3], releases_own: u32) -> BoxedStrategy<Option<Duration>> {
    let set = choices.map(|seconds| (1, Just(Some(Duration::from_secs(seconds))).boxed()));
    one_of(set.into_iter().chain([(releases_own, Just(None).boxed())]).collect())
}

/// The steps of one gateway after another.
pub(super) fn lanes(swarm: Swarm) -> BoxedStrategy<Vec<Steps>> {
    let lane = vec(one_of(choices(swarm)), 1..16).prop_map(|steps| steps.concat());
    lane.prop_map(|mut lane| {
        // A last start, and time for the turns that it resumes.
        let (end, turn) = (EndingStep::Sigkill.into(), TURN.into());
        lane.extend([sleep(seconds(10)), end, RESTART.into(), sleep(minutes(5)), turn, sleep(minutes(1))]);
        vec![lane]
    })
    .boxed()
}

fn choices(swarm: Swarm) -> Choices {
    let mut choices = vec![
        (4, one(TURN)),
        (5, run(90, RunResult::Completes)),
        (4, numbered(1..20, |number| sleep(seconds(number)))),
        (4, restarts()),
        (1, restart_behind_turns()),
    ];
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(Family::Hangs, 2, run_hangs());
    family(Family::Refusals, 2, run(90, RunResult::Fails));
    family(Family::ServerRestarts, 1, run(90, RunResult::Restarts));
    family(Family::Agents, 4, to(SessionStep::Use, 1..4));
    family(Family::Profiles, 2, profile());
    family(Family::Agents, 2, side_by_side(swarm.has(Family::Profiles)));
    family(Family::Agents, 1, many_agents_stop());
    family(Family::LongSleeps, 2, numbered(1..90, |number| sleep(minutes(number))));
    family(Family::New, 1, to(SessionStep::New, 4..6));
    family(Family::Unwanted, 1, one(GatewayStep(GatewayRequest::Stop)));
    family(Family::Network, 1, one(GatewayStep(GatewayRequest::Reconnect)));
    let cron = |number| GatewayStep(GatewayRequest::Cron(seconds(number)));
    family(Family::SlowOperations, 1, numbered(5..90, cron));
    family(Family::Outages, 1, one(SurroundingStep::ServerDown(Duration::from_secs(20))));
    let close = |number| GatewayStep(GatewayRequest::Close(session(number)));
    family(Family::Cache, 1, numbered(1..4, close));
    family(Family::Probes, 1, one(SurroundingStep::Lose("sessions.json".to_owned())));
    family(Family::Disk, 2, disk(100));
    family(Family::Disk, 1, disk(5_000));
    family(Family::Disk, 1, disk(600_000));
    family(Family::Machine, 3, machine(150));
    choices
}

/// A restart that waits for running turns, and a message that comes meanwhile.
fn restart_behind_turns() -> BoxedStrategy<Steps> {
    let start = |step: Step| Step::from(BesideStep::Start(Box::new(step)));
    let meanwhile = (1..20_u32, 20..60_u32);
    meanwhile
        .prop_map(move |(pause, wait)| {
            let restart = GatewayStep(GatewayRequest::RequestRestart).into();
            vec![start(restart), sleep(seconds(pause)), start(TURN.into()), sleep(seconds(wait)), RESTART.into()]
        })
        .boxed()
}

/// A stop of many agents that all have something left, while the provider is away.
fn many_agents_stop() -> BoxedStrategy<Steps> {
    let used = |number| Step::from(SessionStep::Use(session(number)));
    (3..6_u32, 20..200_u32)
        .prop_map(move |(agents, away)| {
            let turns = (1..=agents).flat_map(|number| [used(number), TURN.into()]);
            let away = SurroundingStep::ServerDown(seconds(away)).into();
            [away].into_iter().chain(turns).chain([EndingStep::Sigterm.into(), RESTART.into()]).collect()
        })
        .boxed()
}

fn restarts() -> BoxedStrategy<Steps> {
    let ends: [Step; 4] = [
        EndingStep::Sigterm.into(),
        EndingStep::Sigkill.into(),
        EndingStep::PowerLoss.into(),
        GatewayStep(GatewayRequest::RequestRestart).into(),
    ];
    let end = one_of(ends.map(|end| (1, Just(end).boxed())).to_vec());
    let after = |pause: u64| Just(Step::from(StartingStep::Restart(None, Duration::from_secs(pause)))).boxed();
    let again = one_of(vec![(4, after(0)), (1, after(30)), (1, after(2 * 3_600))]);
    (end, again).prop_map(|(end, again)| vec![end, again]).boxed()
}
