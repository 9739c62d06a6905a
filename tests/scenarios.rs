//! One test per scenario file: every release behaves as the file expects.

use std::path::Path;

use libtest_mimic::{Arguments, Failed, Trial};
use sim::plan::Scenario;
use sim::report;
use sim::run::Verdict;
use sim::search::replay::{self, Selection};

fn main() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"));
    assert!(scenarios.len() >= 25, "only {} scenarios were found", scenarios.len());
    let trials =
        scenarios.into_iter().map(|scenario| Trial::test(scenario.name.clone(), move || check(scenario))).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn check(scenario: Scenario) -> Result<(), Failed> {
    let selection = Selection::default();
    let pairs = replay::pairs(&scenario, &selection);
    let replays: Vec<_> = pairs
        .into_iter()
        .map(|(release, server, seed)| replay::replay(&scenario, release, server, seed, false))
        .collect();
    if replays.len() >= 3
        && replays.iter().all(|replayed| replayed.as_expected == Some(true) && replayed.run.verdict != Verdict::Vacuous)
    {
        return Ok(());
    }
    Err(report::text(&[(scenario, replays)], &selection).into())
}
