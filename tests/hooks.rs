//! A coding agent's hooks are processes beside each other, each with a budget of its own.

use std::path::Path;

use model::agents::Subject;
use model::words::server::Server;
use sim::history::{Event, Fact, Who};
use sim::plan::{Action, AgentStep, Ending, Scenario};
use sim::run::{self, Run, Verdict};
use sim::world::Engine;

fn scenario(steps: &str) -> Scenario {
    let text = format!("title = \"t\"\nconfig = {{ host = \"hooks\" }}\n{steps}\n");
    Scenario::parse(Path::new("t.toml"), &text).unwrap_or_else(|error| panic!("{error}"))
}

fn judged(steps: &str, release: &str) -> Run {
    let release: Subject = release.parse().unwrap_or_else(|error| panic!("{error}"));
    run::run(&scenario(steps), release, Server::Append, Engine::Events)
}

/// When each planned process began and ended, in milliseconds, and how.
fn lives(run: &Run) -> Vec<(u64, u64, Ending)> {
    let of = |process: u32| -> Vec<&Event> {
        run.events.iter().filter(|event| event.who == Who::Process(process)).collect()
    };
    let life = |process: u32| {
        let began = of(process).into_iter().find(|event| matches!(event.fact, Fact::Started { .. }))?;
        of(process).into_iter().find_map(|event| {
            let Fact::Ended { ending, .. } = event.fact else { return None };
            Some((began.at_ms, event.at_ms, ending))
        })
    };
    (1..).map_while(life).collect()
}

/// The processes that a plan makes: the session of each, and its first action.
fn processes(steps: &str) -> Vec<String> {
    let lives = scenario(steps).lives();
    let written = lives.iter().flatten().map(|process| {
        let hook = &process.actions[0];
        let told = if let Action::Turn(turn, _) = hook {
            format!("turn {turn}")
        } else if *hook == Action::Prefetch {
            "prefetch".to_owned()
        } else if *hook == Action::Agent(AgentStep::End) {
            "end".to_owned()
        } else {
            format!("{hook:?}")
        };
        format!("{} {told}", process.session)
    });
    written.collect()
}

#[test]
fn each_turn_and_each_end_of_a_session_is_a_process() {
    let (begin, end) = ("S1 prefetch", "S1 end");
    assert_eq!(processes("steps = ['turn', 'sleep 1s']"), [begin, "S1 turn S1#1", end]);
    let switched = [begin, end, "S2 prefetch", "S2 turn S2#1", "S2 end"];
    assert_eq!(processes("steps = ['new S2', 'turn']"), switched);
    let restarted = [begin, "S1 turn S1#1", "S3 prefetch", "S3 end"];
    assert_eq!(processes("steps = ['turn', 'sigkill', 'restart S3']"), restarted);
    let unheard = [begin, "S2 turn S2#2", "S2 end"];
    assert_eq!(processes("steps = ['use S2', 'undo', 'review', 'evict S1', 'turn']"), unheard);
}

#[test]
fn hooks_run_beside_each_other_and_each_has_its_budget() {
    let hang = "steps = ['turn', 'turn', 'sleep 5m']\nfaults = { retain = { '*' = 'hang until 4m' } }";
    // Its shutdown waits for the writer as long as a request may take.
    let patient = lives(&judged(hang, "pr-34859-exit-hook"));
    let killed = |began: u64, after: u64| (began, began + after, Ending::Sigkill);
    assert_eq!(patient[1..3], [killed(100, 60_000), killed(200, 60_000)]);
    let slow = "steps = ['turn', 'sleep 10s', 'cli_exit', 'sleep 2m']\nfaults = { retain = { '*' = 'hang until 1m' } }";
    let run = judged(slow, "reference");
    assert_eq!((run.verdict, lives(&run)[2]), (Verdict::Pass, killed(10_200, 1_500)));
}

#[test]
fn the_end_of_the_agent_strikes_the_hooks_that_run() {
    let end = |step: &str| {
        let steps = format!("steps = ['turn', 'turn', '{step}']\nfaults = {{ retain = {{ '*' = 'hang until 1m' }} }}");
        let run = judged(&steps, "reference");
        assert_eq!(run.verdict, Verdict::Pass, "{:?}", run.violations);
        lives(&run).into_iter().map(|(.., ending)| ending).collect::<Vec<_>>()
    };
    assert_eq!(end("sigkill"), [Ending::Exit, Ending::Sigkill, Ending::Sigkill]);
    assert_eq!(end("sigterm"), [Ending::Exit, Ending::Sigterm, Ending::Sigterm]);
    assert_eq!(end("power_loss"), [Ending::Exit, Ending::PowerLoss, Ending::PowerLoss]);
    assert_eq!(end("os_exit"), [Ending::Exit, Ending::Exit, Ending::Exit]);
}

#[test]
fn a_loss_of_power_between_hooks_takes_what_was_not_synced() {
    let run = judged("steps = ['turn', 'sleep 30s', 'power_loss', 'restart', 'turn', 'sleep 1s']", "reference");
    assert_eq!((run.verdict, run.violations.len()), (Verdict::Pass, 0));
    assert!(lives(&run).iter().all(|(.., ending)| *ending == Ending::Exit));
}
