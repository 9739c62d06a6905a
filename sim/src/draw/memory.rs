//! The steps of agents with a memory: turns, sessions, agents, their surroundings, and the ends of processes.

use std::time::Duration;

use model::hosts::Kind;
use model::words::course::RunResult;
use model::words::profile::Template;
use model::words::server::Server;
use proptest::collection::vec;
use proptest::prelude::{Just, any, prop_oneof};
use proptest::sample::subsequence;
use proptest::strategy::{BoxedStrategy, Strategy};

use super::steps::{
    Choices, RESTART, Steps, TURN, all, disk, end_and_restart, machine, milliseconds, minutes, numbered, one, profile,
    run, session, side_by_side, sleep, to, unwanted,
};
use super::swarm::{Family, Swarm};
use super::{Profile, Setting, one_of};
use crate::plan::{
    self, AgentStep, BesideStep, Config, EndingStep, Saying, SessionStep, StartingStep, Step, SurroundingStep,
    TurnStep, Weather,
};

/// One plan in this many has far more turns than a process may hold in memory, while the provider is away. Such plans run long.
const FLOODS: u32 = 200;
/// The memory limit of such a plan, in turns: the reference holds 256 texts.
const FLOOD_LIMIT: u32 = 300;

/// The configuration, the host and the server.
pub(super) fn settings(swarm: Swarm) -> BoxedStrategy<Setting> {
    let host = one_of(vec![
        (6, Just(Kind::Cli).boxed()),
        (2, Just(Kind::ChatQ).boxed()),
        (2, Just(Kind::Oneshot).boxed()),
        (2, Just(Kind::Cron).boxed()),
        (3, Just(Kind::Gateway).boxed()),
        (2, Just(Kind::Desktop).boxed()),
        (2, Just(Kind::Tui).boxed()),
        (2, Just(Kind::ApiServer).boxed()),
        (3, Just(Kind::Hooks).boxed()),
    ]);
    let server = one_of(vec![
        (1, Just(Server::Replace).boxed()),
        (1, Just(Server::Append).boxed()),
        (1, Just(Server::Idempotent).boxed()),
    ]);
    let drawn = (1..5_u32, any::<bool>(), host, 1..3_u32, server, 0..FLOODS, rarely(), patience(), end_budget());
    drawn
        .prop_map(move |(batch, retain_async, host, agent_cache, server, flood, rare, patience, end_budget)| {
            let mut settings = vec![
                plan::Setting::Host(host),
                plan::Setting::RetainEveryNTurns(batch),
                plan::Setting::RetainAsync(retain_async),
            ];
            if host == Kind::Gateway {
                settings.push(plan::Setting::AgentCache(agent_cache as usize));
            }
            if flood == 0 {
                settings.push(plan::Setting::MemoryLimit(FLOOD_LIMIT));
                // One after the other, they arrive in little more than ten minutes.
                settings.push(plan::Setting::ConvergenceLimit(Duration::from_secs(3_600)));
            }
            if swarm.has(Family::SlowOperations) {
                settings.push(plan::Setting::OperationLag(Duration::from_millis(800)));
            }
            let again = |setting: &plan::Setting| {
                matches!(setting, plan::Setting::BankIdTemplate(_)) && swarm.has(Family::Reinit)
            };
            settings.extend(rare.into_iter().filter(|setting| !again(setting)));
            if host.properties().ends {
                settings.extend(end_budget.map(plan::Setting::EndHookBudget));
            }
            if let Some((stop_timeout, stop_budget)) = patience.filter(|_| swarm.has(Family::SignalHandler)) {
                settings.push(plan::Setting::StopTimeout(stop_timeout));
                settings.push(plan::Setting::StopBudget(stop_budget));
            }
            Setting { server, config: Config::of(&settings) }
        })
        .boxed()
}

/// Settings that are rarely drawn. The provider stops working on a request no later than twice its timeout after the client gave up, and
/// some requests here are delayed for 130 s.
fn rarely() -> impl Strategy<Value = Vec<plan::Setting>> {
    let settings = vec![
        plan::Setting::AutoRecall(false),
        plan::Setting::ColdClientImport(true),
        plan::Setting::Timeout(Duration::from_secs(90)),
        plan::Setting::Latency(Duration::from_millis(40)),
        plan::Setting::VisibilityLag(Duration::from_secs(3)),
        plan::Setting::AppendLag(Duration::from_secs(1)),
        plan::Setting::BankIdTemplate(Template::ProfileAndSession),
    ];
    prop_oneof![2 => Just(Vec::new()), 1 => subsequence(settings, 1..3)]
}

/// How long the host gives the end of a session or of the memory: too little for any request, for a slow one, and enough.
fn end_budget() -> impl Strategy<Value = Option<Duration>> {
    prop_oneof![
        6 => Just(None),
        1 => (1..60_u32).prop_map(|number| Some(milliseconds(number))),
        1 => Just(Some(Duration::from_millis(1_500))),
        1 => Just(Some(Duration::from_secs(20))),
    ]
}

/// How long a supervisor waits after SIGTERM, and the shutdown limit that must fit into it.
fn patience() -> impl Strategy<Value = Option<(Duration, Duration)>> {
    let seconds = Duration::from_secs;
    prop_oneof![
        3 => Just(None),
        1 => Just(Some((seconds(2), seconds(1)))),
        1 => Just(Some((seconds(8), seconds(3)))),
        1 => (0..500_u32).prop_map(move |budget| Some((seconds(1), milliseconds(budget)))),
    ]
}

/// The steps of one process after another; some plans have two such lanes side by side.
pub(super) fn lanes(swarm: Swarm, setting: &Setting) -> BoxedStrategy<Vec<Steps>> {
    let host = setting.config.host;
    let long = if swarm.profile() == Profile::Storage { 24 } else { 14 };
    let lane = |most: usize| vec(steps(swarm, host), 1..most).prop_map(|steps| at_least_a_turn(steps.concat())).boxed();
    let one = lane(long).prop_map(|lane| vec![lane]).boxed();
    if setting.config.memory_limit == FLOOD_LIMIT {
        let flood = [
            SurroundingStep::ServerDown(Duration::from_secs(600)).into(),
            TurnStep::Completed(2 * FLOOD_LIMIT as usize).into(),
        ];
        let beside = if swarm.has(Family::Parallel) { 0..2_usize } else { 0..1 };
        let rest = (lane(3), vec(lane(3), beside));
        return rest.prop_map(move |(rest, beside)| [vec![[&flood[..], &rest].concat()], beside].concat()).boxed();
    }
    if !swarm.has(Family::Parallel) {
        return one;
    }
    let two = (lane(9), lane(9)).prop_map(|(first, second)| vec![first, second]).boxed();
    let mut plans = vec![(8, one), (4, two)];
    if swarm.has(Family::Undo) && announces_undo(host) {
        plans.push((1, undone_elsewhere(lane(4))));
    }
    if swarm.has(Family::Identical) {
        plans.push((2, said_elsewhere(lane(5))));
    }
    one_of(plans)
}

/// A process leaves turns in its outbox, which another one adopts; it comes back, and its user undoes the last of them.
fn undone_elsewhere(rest: BoxedStrategy<Steps>) -> BoxedStrategy<Vec<Steps>> {
    let turn = one_of(vec![(2, one(TURN)), (1, all(vec![says(false); 2])), (1, all(vec![says(true); 2]))]);
    let ends = one_of([EndingStep::Sigkill, EndingStep::OsExit].map(|end| (1, Just(end).boxed())).to_vec());
    (turn, ends, 1..40_u32, 5..60_u32, rest.clone(), rest)
        .prop_map(|(turns, end, away, lives, first, second)| {
            let away = SurroundingStep::ServerDown(minutes(away)).into();
            let adopts = [away, sleep(milliseconds(3_000)), end.into(), RESTART.into()];
            let killed = [sleep(milliseconds(1_000 * lives)), EndingStep::Sigkill.into(), RESTART.into()];
            let leaves = [sleep(milliseconds(1_000)), end.into()];
            let undoes = [
                StartingStep::Restart(None, milliseconds(4_000)).into(),
                sleep(milliseconds(500)),
                TurnStep::Undo.into(),
                sleep(milliseconds(500)),
            ];
            let starts = [StartingStep::StartAfter(milliseconds(100)).into()];
            vec![[&adopts[..], &killed, &first].concat(), [&starts[..], &turns, &leaves, &undoes, &second].concat()]
        })
        .boxed()
}

/// Two processes whose users say the same, in one session or in two.
fn said_elsewhere(rest: BoxedStrategy<Steps>) -> BoxedStrategy<Vec<Steps>> {
    (0..2_u32, 1..5_000_u32, rest.clone(), rest)
        .prop_map(|(other, later, first, second)| {
            let begins =
                [StartingStep::StartAfter(milliseconds(later)).into(), SessionStep::Use(session(1 + other)).into()];
            vec![[&[says(true)][..], &first].concat(), [&begins[..], &[says(true)], &second].concat()]
        })
        .boxed()
}

/// Whether the host announces an undo. Otherwise its effect is not the memory's doing.
fn announces_undo(host: Kind) -> bool {
    !matches!(host, Kind::Cron | Kind::ApiServer | Kind::Hooks)
}

/// Whether `flush` means anything to the host.
fn waits_for_its_memory(host: Kind) -> bool {
    matches!(host, Kind::Cli | Kind::ChatQ | Kind::Oneshot | Kind::Desktop | Kind::Tui | Kind::Gateway)
}

/// A plan has at least one step.
fn at_least_a_turn(steps: Steps) -> Steps {
    if steps.is_empty() { vec![TURN.into()] } else { steps }
}

/// One step, or a few that belong together.
fn steps(swarm: Swarm, host: Kind) -> BoxedStrategy<Steps> {
    let mut choices = deeds(swarm, host);
    choices.extend(moves(swarm));
    choices.extend(surroundings(swarm));
    choices.extend(ends(swarm, host));
    one_of(choices)
}

/// The steps of an agent itself.
fn deeds(swarm: Swarm, host: Kind) -> Choices {
    let several = numbered(2..4, |times| TurnStep::Completed(times as usize));
    let many = numbered(8..12, |times| TurnStep::Completed(times as usize));
    let mut choices = vec![(10, one(TURN)), (3, one_of(vec![(5, several), (1, many)])), (4, left_alone(host))];
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(Family::Unwanted, 2, unwanted());
    let alike = vec![(2, one(says(false))), (1, all(vec![says(false); 2])), (2, one(says(true)))];
    family(Family::Identical, 4, one_of(alike));
    if announces_undo(host) {
        family(Family::Undo, 3, one(TurnStep::Undo));
    }
    family(Family::Recall, 2, one(TurnStep::Prefetch));
    family(Family::Cache, 1, one(AgentStep::End));
    if waits_for_its_memory(host) {
        family(Family::Cache, 1, one(AgentStep::Flush));
    }
    family(Family::Reinit, 1, one(AgentStep::Reinit));
    if host == Kind::ApiServer {
        choices.extend(requests());
    }
    if matches!(host, Kind::ApiServer | Kind::Gateway) {
        choices.push((3, side_by_side(swarm.has(Family::Profiles))));
    }
    choices
}

/// A turn that says the same as others.
fn says(echoed: bool) -> Step {
    TurnStep::Say(Saying { text: "ok".to_owned(), echoed }).into()
}

/// A session ends or is left behind a turn, and then nothing happens for longer than a turn may take to arrive.
fn left_alone(host: Kind) -> BoxedStrategy<Steps> {
    let behind_a_turn = |step: Step| all(vec![TURN.into(), step, sleep(Duration::from_secs(40))]);
    let mut choices = vec![
        (2, behind_a_turn(AgentStep::End.into())),
        (1, behind_a_turn(SessionStep::New(session(4)).into())),
        (1, behind_a_turn(SessionStep::Switch(session(2)).into())),
    ];
    if waits_for_its_memory(host) {
        choices.push((2, behind_a_turn(AgentStep::Flush.into())));
    }
    one_of(choices)
}

/// Requests that run beside each other.
fn requests() -> Choices {
    let start = || Step::from(BesideStep::Start(Box::new(TURN.into())));
    vec![
        (4, run(5, RunResult::Completes)),
        (1, run(5, RunResult::Fails)),
        (2, all(vec![start(), start()])),
        (2, all(vec![start(), start(), BesideStep::Join.into()])),
    ]
}

/// The steps that change sessions and agents.
fn moves(swarm: Swarm) -> Choices {
    let mut choices = Choices::new();
    if swarm.has(Family::Switches) {
        let words = [SessionStep::Switch, SessionStep::Resume, SessionStep::Branch];
        choices.extend(words.map(|word| (2, to(word, 1..4))));
    }
    if swarm.has(Family::New) {
        choices.push((2, to(SessionStep::New, 4..6)));
    }
    if swarm.has(Family::Compress) {
        choices.push((2, to(SessionStep::Compress, 1..4)));
    }
    if swarm.has(Family::Agents) {
        let agent = |name, number| Step::from(AgentStep::Agent(name, Some(session(number))));
        let other = ("[abc]", 1..4_u32).prop_map(move |(name, number)| vec![agent(name, number)]);
        let main = one(agent(model::hosts::FIRST.to_owned(), 1));
        choices.extend([(2, other.boxed()), (1, main), (1, to(SessionStep::Use, 1..4))]);
    }
    if swarm.has(Family::Profiles) && matches!(swarm.profile(), Profile::Default | Profile::Switch) {
        choices.push((3, profile()));
    }
    if swarm.has(Family::Cache) {
        let words = [SessionStep::Evict, SessionStep::Idle, SessionStep::Expire];
        choices.extend(words.map(|word| (1, to(word, 1..4))));
    }
    choices
}

/// The steps around them.
fn surroundings(swarm: Swarm) -> Choices {
    let mut choices = Choices::new();
    let mut family = |family, weight, strategy| {
        if swarm.has(family) {
            choices.push((weight, strategy));
        }
    };
    family(Family::Sleeps, 4, numbered(1..3_000, |number| sleep(milliseconds(number))));
    family(Family::LongSleeps, 2, numbered(2..40, |number| sleep(minutes(number))));
    family(Family::Outages, 1, one(SurroundingStep::ServerDown(Duration::from_secs(2))));
    family(Family::Wedge, 1, one(SurroundingStep::Wedge(Duration::from_millis(700))));
    family(Family::Network, 3, network());
    family(Family::Disk, 2, disk(100));
    family(Family::Disk, 1, disk(5_000));
    family(Family::Disk, 1, disk(600_000));
    family(Family::Machine, 3, machine(600));
    family(Family::SignalHandler, 1, one(EndingStep::OnSigterm));
    choices
}

fn network() -> BoxedStrategy<Steps> {
    let change = |weather| Step::from(SurroundingStep::Network(weather));
    one_of(vec![
        (1, all(vec![change(Weather::Hold), sleep(Duration::from_millis(300)), change(Weather::Release)])),
        (1, all(vec![change(Weather::Partition), sleep(Duration::from_secs(1)), change(Weather::Repair)])),
        (1, one_of(vec![(1, one(change(Weather::Reset))), (1, one(change(Weather::Drop(2))))])),
        (1, numbered(1..400, move |number| change(Weather::Latency(milliseconds(number))))),
    ])
}

/// The ends of processes, and the steps that follow.
fn ends(swarm: Swarm, host: Kind) -> Choices {
    if !swarm.has(Family::Restarts) {
        return Choices::new();
    }
    let weight = if swarm.profile() == Profile::Shutdown { 3 } else { 1 };
    let mut endings = vec![
        end_and_restart(&[EndingStep::Sigkill]),
        end_and_restart(&[EndingStep::PowerLoss]),
        end_and_restart(&[EndingStep::Sigterm]),
        end_and_restart(&[EndingStep::OnSigterm, EndingStep::Sigterm]),
        end_and_restart(&[EndingStep::OsExit]),
        end_and_restart(&[EndingStep::Exit]),
    ];
    // What is nothing to a host ends nothing, and a gateway goes on behind the shutdown of its agents.
    let ends: &[AgentStep] = match host {
        Kind::Cli | Kind::ChatQ | Kind::Oneshot | Kind::WebUi => &[AgentStep::Shutdown, AgentStep::CliExit],
        Kind::Desktop | Kind::Tui => &[AgentStep::Shutdown],
        Kind::Cron | Kind::Gateway | Kind::ApiServer | Kind::Hooks => &[],
    };
    endings.extend(ends.iter().map(|end| vec![end.clone().into(), RESTART.into()]));
    let mut endings: Choices = endings.into_iter().map(|steps| (1, all(steps))).collect();
    if host == Kind::Cli {
        endings.extend([(1, all(end_and_restart(&[EndingStep::Sigint]))), (1, interrupted_twice())]);
    }
    vec![(weight, one_of(endings))]
}

/// Ctrl-C, and another one while the CLI cleans up.
fn interrupted_twice() -> BoxedStrategy<Steps> {
    let sigint = || Step::from(EndingStep::Sigint);
    let between = prop_oneof![3 => 1..500_u32, 1 => 500..12_000_u32];
    between.prop_map(move |time| vec![sigint(), sleep(milliseconds(time)), sigint(), RESTART.into()]).boxed()
}
