//! Two engines, one answer: turmoil's own `Sim`, ticking, and ours, event by event, agree on the fate of every turn.

use std::path::Path;
use std::time::Duration;

use model::turn::TurnId;
use sim::ledger::{Fate, Ledger};
use sim::replay::{self, Selection};
use sim::runner;
use sim::world::Engine;

const TICKS: Engine = Engine::Ticks(Duration::from_millis(1));

#[test]
fn both_engines_find_the_same_fate_of_every_turn() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let mut compared = 0;
    for scenario in scenarios.iter().filter(|scenario| TICKS.can_run(scenario)) {
        for (release, server) in replay::pairs(scenario, &Selection::default()) {
            let [events, ticks] = [Engine::Events, TICKS].map(|engine| {
                let run = runner::run(scenario, release, server, engine);
                let fates = Ledger::read(&run.events).turns.iter().map(|turn| (turn.id.clone(), turn.fate)).collect();
                (fates, run.documents)
            });
            let _: &Vec<(TurnId, Fate)> = &events.0;
            assert_eq!(events.0, ticks.0, "{} with {release} on {server}", scenario.name);
            compared += events.0.len();
        }
    }
    assert!(compared > 500, "only {compared} fates were compared");
}
