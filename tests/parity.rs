//! Two engines, one answer: turmoil's own `Sim`, ticking, and ours, event by event, agree on the fate of every turn.

use std::path::Path;
use std::time::Duration;

use model::agents::Subject;
use model::words::server::Server;
use model::words::turn::TurnId;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use sim::judging::ledger::Fate;
use sim::plan::{Scenario, Step, SurroundingStep};
use sim::run;
use sim::search::replay::{self, Selection};
use sim::world::Engine;

const TICKS: Engine = Engine::Ticks(Duration::from_millis(1));

/// Each turn with its fate, and the number of copies that the documents hold.
type Fates = Vec<(TurnId, Fate, u32)>;

fn fates(scenario: &Scenario, release: Subject, server: Server, engine: Engine) -> (Fates, bool) {
    let run = run::run(scenario, release, server, engine);
    let turns = run.ledger.turns;
    // Turns that run at the same time have no order.
    let mut fates: Fates = turns.iter().map(|turn| (turn.id.clone(), turn.fate, turn.copies)).collect();
    fates.sort();
    (fates, run.order_broken)
}

/// Runs a scenario with all its releases on both engines. Returns how many fates were compared. A race that the scenario's seed decides is
/// skipped, because the other engine has another schedule.
fn compare(scenario: &Scenario) -> usize {
    assert!(TICKS.can_run(scenario), "{}", scenario.name);
    let pairs = replay::pairs(scenario, &Selection::default()).into_iter();
    let compared = pairs.filter(|(release, ..)| !is_a_race(scenario, *release)).map(|(release, server, _)| {
        let [events, ticks] = [Engine::Events, TICKS].map(|engine| fates(scenario, release, server, engine));
        assert_eq!(events, ticks, "{} with {release} on {server}", scenario.name);
        events.0.len()
    });
    compared.sum()
}

/// A race on one server is one on every other.
fn is_a_race(scenario: &Scenario, release: Subject) -> bool {
    let mut outcomes = Server::ALL.iter().flat_map(|&server| scenario.expect.of(release, server));
    outcomes.any(|outcome| outcome.seed.is_some())
}

/// Whether a scenario ends soon: every simulated minute takes the ticking engine 60,000 ticks, and every turn some more.
fn is_short(scenario: &Scenario) -> bool {
    let asleep = scenario.steps().filter_map(|step| {
        let Step::Around(SurroundingStep::Sleep(duration)) = step else { return None };
        Some(*duration)
    });
    asleep.sum::<Duration>() <= Duration::from_secs(30) && scenario.action_count() <= 50
}

#[test]
fn both_engines_find_the_same_fate_of_every_turn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let compared: usize =
        scenarios.par_iter().filter(|scenario| TICKS.can_run(scenario) && is_short(scenario)).map(compare).sum();
    assert!(compared > 500, "only {compared} fates were compared");
}

#[test]
fn both_engines_hold_release_partition_and_repair() {
    for steps in [
        r#"["turn", "network hold", "turn", "sleep 2s", "network release", "sleep 2s", "turn", "sleep 1s", "shutdown"]"#,
        r#"["turn", "sleep 1s", "network partition", "turn", "sleep 3s", "network repair", "sleep 130s", "turn", "shutdown"]"#,
        r#"["turn", "sleep 1s", "network hold", "turn", "sleep 1s", "sigkill"]"#,
        r#"["turn x2", "server_down 2s", "turn", "sleep 4s", "turn", "shutdown"]"#,
    ] {
        let text = format!("title = \"t\"\nsteps = {steps}\n[expect]\nreference = \"pass\"\n");
        let scenario = Scenario::parse(Path::new("parity.toml"), &text).unwrap_or_else(|error| panic!("{error}"));
        assert!(compare(&scenario) >= 6, "{steps}");
    }
}
