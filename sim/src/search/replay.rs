//! `replay`: runs scenario files against releases, and compares the runs with the files' expectations.

use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

use model::agents::Subject;
use serde::Serialize;

use super::kept;
use crate::history::Event;
use crate::judging::Invariant;
use crate::plan::{Damage, Scenario, ScenarioError, Schedule, Strategy};
use crate::run;
use crate::run::{Run, Verdict};
use crate::world::Engine;
use model::words::server::Server;

/// The runs to make.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only this release; otherwise every release that a scenario names.
    pub release: Option<Subject>,
    /// The real agents that the files name. Such a file runs with its own agent, unless a release is given.
    pub agents: Vec<Subject>,
    /// Only this server; otherwise every server that a scenario names.
    pub server: Option<Server>,
    /// The schedules of these seeds; otherwise of every seed that a scenario names.
    pub seeds: Option<Range<u64>>,
    /// Run everything twice, and compare the histories.
    pub twice: bool,
}

/// One run, and its expectation. Serializes to the object that `replay --json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Replayed {
    /// The run.
    #[serde(flatten)]
    pub run: Run,
    /// The scenario's expectation, if it has one.
    pub expected: Option<Damage>,
    /// Whether the run met the expectation; `None` if the scenario has none.
    pub as_expected: Option<bool>,
    /// The choices of its schedule, as the value of a scenario's key `schedule`, if they were recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<String>,
    /// The first difference in a second run, if there is one.
    #[serde(skip)]
    pub divergence: Option<Divergence>,
}

impl Replayed {
    /// Whether the run did the damage that was expected, and not all steps of its plan.
    pub fn misses_only_a_step(&self) -> bool {
        let same = self.expected.as_ref().is_some_and(|expected| expected.sorted() == self.run.damage().sorted());
        same && self.as_expected == Some(false)
    }
}

/// The first event in which two runs of the same scenario differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// Its place in the history, from 0.
    pub index: usize,
    /// The event of the first run, if it had one there.
    pub first: Option<Event>,
    /// The event of the second run.
    pub second: Option<Event>,
}

/// All scenarios under the paths, each once: files as they are, folders searched in the order of their names.
pub fn find(paths: &[PathBuf]) -> Result<Vec<Scenario>, Vec<ScenarioError>> {
    let invariants = Invariant::names();
    let read = found(paths).into_iter().map(|file| Scenario::read(&file?, &invariants));
    let (mut scenarios, mut errors) = (Vec::new(), Vec::new());
    read.for_each(|one| one.map_or_else(|error| errors.push(error), |scenario| scenarios.push(scenario)));
    if errors.is_empty() { Ok(scenarios) } else { Err(errors) }
}

/// The files under the paths, each once, in the order of [`find`]; an error for a path that has none.
pub fn found(paths: &[PathBuf]) -> Vec<Result<PathBuf, ScenarioError>> {
    let (mut all, mut seen) = (Vec::new(), BTreeSet::new());
    for path in paths {
        match files(path) {
            Ok(files) => all.extend(files.into_iter().filter_map(|file| {
                let is_new = seen.insert(std::fs::canonicalize(&file).unwrap_or_else(|_| file.clone()));
                is_new.then_some(Ok(file))
            })),
            Err(error) => all.push(Err(error)),
        }
    }
    all
}

fn files(path: &Path) -> Result<Vec<PathBuf>, ScenarioError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    search(path, &mut found)?;
    match found.is_empty() {
        true => Err(ScenarioError::whole_file(path, "holds no scenarios; they are files that end in .toml".into())),
        false => Ok(found),
    }
}

fn search(folder: &Path, found: &mut Vec<PathBuf>) -> Result<(), ScenarioError> {
    let unreadable = |error: std::io::Error| ScenarioError::whole_file(folder, format!("may not be read: {error}"));
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>().map_err(unreadable)?;
    paths.sort();
    for path in paths {
        if path.is_dir() && !path.is_symlink() {
            search(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
    Ok(())
}

/// The scenarios with a report of this name: `NousResearch/hermes-agent#17447`, `#17447` or `17447`.
pub fn reported(scenarios: Vec<Scenario>, report: &str) -> Vec<Scenario> {
    let number = report.trim_start_matches('#');
    let is_it = |own: &String| own == report || own.rsplit_once('#').is_some_and(|(_, own)| own == number);
    scenarios.into_iter().filter(|scenario| scenario.reports.iter().any(is_it)).collect()
}

/// The releases, servers and seeds with which a scenario is run.
pub fn pairs(scenario: &Scenario, selection: &Selection) -> Vec<(Subject, Server, u64)> {
    let releases = match selection.release {
        Some(release) => vec![release],
        None if kept::agent_of(scenario, &selection.agents).is_some() => {
            kept::agent_of(scenario, &selection.agents).into_iter().collect()
        }
        None if scenario.expect.releases().is_empty() => vec![Subject::REFERENCE],
        None => scenario.expect.releases(),
    };
    let mut pairs = Vec::new();
    for release in releases {
        let mut servers = scenario.expect.servers(release);
        servers.extend(scenario.agent.as_ref().filter(|_| release.making().is_some()).map(|agent| agent.server));
        if servers.is_empty() {
            servers = release.servers().to_vec();
        }
        match selection.server {
            Some(server) if selection.release.is_some() || release.making().is_some() || servers.contains(&server) => {
                pairs.push((release, server))
            }
            Some(_) => {}
            None => pairs.extend(servers.into_iter().map(|server| (release, server))),
        }
    }
    let seeded = |(release, server)| {
        let seeds = seeds(scenario, release, server, selection.seeds.clone());
        seeds.into_iter().map(move |seed| (release, server, seed))
    };
    pairs.into_iter().flat_map(seeded).collect()
}

/// The seeds from the command line, or those of the outcomes, or the scenario's own.
fn seeds(scenario: &Scenario, release: Subject, server: Server, wanted: Option<Range<u64>>) -> Vec<u64> {
    let outcomes = scenario.expect.of(release, server);
    match wanted {
        Some(seeds) => seeds.collect(),
        None if outcomes.is_empty() => vec![scenario.seed],
        None => outcomes.iter().map(|outcome| outcome.seed.unwrap_or(scenario.seed)).collect(),
    }
}

/// Runs a scenario with one release against one server under one seed, twice if `twice` is set.
pub fn replay(scenario: &Scenario, release: Subject, server: Server, seed: u64, twice: bool) -> Replayed {
    let seeded = scenario.seeded(seed);
    let mut run = run::run(&seeded, release, server, Engine::Events);
    let again = (twice && run.failure.is_none()).then(|| run::run(&seeded, release, server, Engine::Events));
    let divergence = again.as_ref().and_then(|again| diverges(&run.events, &again.events));
    run.failure = run.failure.or_else(|| again?.failure);
    let expected = expected(scenario, &run);
    let as_expected = expected.as_ref().map(|expected| meets(scenario, &run, expected));
    Replayed { run, expected, as_expected, schedule: None, divergence }
}

/// Whether a run met an expectation. One that is expected to pass does all that its plan says.
fn meets(scenario: &Scenario, run: &Run, expected: &Damage) -> bool {
    let passes_without_a_step = *expected == Damage::default() && run.misses_a_step() && !scenario.may_miss_steps;
    expected.sorted() == run.damage().sorted() && !passes_without_a_step
}

/// The choices that the schedule makes in a run: as the scenario's own schedule they give the same history.
pub fn recorded(scenario: &Scenario, release: Subject, server: Server, seed: u64) -> Schedule {
    let (_, tapes) = run::run_recorded(&scenario.seeded(seed), release, server, Engine::Events);
    Schedule { strategy: Strategy::Recorded(tapes), forced: Vec::new() }
}

/// The expected outcome that names the run's seed; for any other seed one that the run has shown, if there is one.
fn expected(scenario: &Scenario, run: &Run) -> Option<Damage> {
    let outcomes = scenario.expect.of(run.release, run.server);
    let damage = run.damage().sorted();
    let named = outcomes.iter().find(|outcome| outcome.seed.unwrap_or(scenario.seed) == run.seed);
    let shown = || outcomes.iter().find(|outcome| outcome.damage.sorted() == damage);
    named.or_else(shown).or(outcomes.first()).map(|outcome| outcome.damage.clone())
}

/// The first difference between two histories, if there is one.
pub fn diverges(first: &[Event], second: &[Event]) -> Option<Divergence> {
    let length = first.len().max(second.len());
    let index = (0..length).find(|&index| first.get(index) != second.get(index))?;
    Some(Divergence { index, first: first.get(index).cloned(), second: second.get(index).cloned() })
}

impl std::fmt::Display for Divergence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let event = |event: &Option<Event>| event.as_ref().map_or("(the history ends)".to_owned(), ToString::to_string);
        let Self { index, first, second } = self;
        write!(f, "event {index}\n  first run:  {}\n  second run: {}", event(first), event(second))
    }
}

/// The planned kills and faults that struck in none of these runs: whatever they stand for was not tried.
pub fn never_struck(replays: &[Replayed]) -> Vec<&String> {
    let missed = |run: &'_ Run, name: &String| run.missed_kills.contains(name) || run.missed_faults.contains(name);
    let Some((first, rest)) = replays.split_first() else { return Vec::new() };
    let of_first = first.run.missed_kills.iter().chain(&first.run.missed_faults);
    of_first.filter(|name| rest.iter().all(|replayed| missed(&replayed.run, name))).collect()
}

/// The exit code of a whole replay. With a release given the verdicts count, without one the expectations.
pub fn exit_code(replays: &[&Replayed], selection: &Selection) -> u8 {
    if replays.iter().any(|replayed| replayed.divergence.is_some()) {
        return 4;
    }
    if replays.is_empty() {
        return Verdict::Vacuous.exit_code();
    }
    let code = |replayed: &&Replayed| match replayed.as_expected {
        _ if replayed.run.verdict == Verdict::Vacuous => replayed.run.exit_code,
        Some(true) if selection.release.is_none() => 0,
        Some(false) if selection.release.is_none() => Verdict::Violation.exit_code(),
        _ => replayed.run.exit_code,
    };
    let codes: Vec<u8> = replays.iter().map(code).collect();
    let worst_first = [Verdict::Violation, Verdict::NotConverged, Verdict::Vacuous].map(Verdict::exit_code);
    worst_first.into_iter().find(|code| codes.contains(code)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Fact, Who};

    #[test]
    fn a_report_is_found_by_its_number_alone_and_never_by_a_part_of_it() {
        let scenario = |reports: &str| {
            let text = format!("title = \"t\"\nsteps = [\"turn\"]\nreports = [{reports}]\n");
            Scenario::parse(Path::new("a.toml"), &text).expect("a scenario")
        };
        let all = ["\"a/b#17447\"", "\"a/b#174471\", \"c/d#9\"", "\"c/d#17447\"", ""].map(scenario).to_vec();
        let found = |report| {
            let places = reported(all.clone(), report);
            places.iter().map(|found| all.iter().position(|one| one == found).expect("one of them")).collect::<Vec<_>>()
        };
        assert_eq!((found("17447"), found("#17447"), found("a/b#17447")), (vec![0, 2], vec![0, 2], vec![0]));
        assert_eq!((found("9"), found("1744"), found("")), (vec![1], vec![], vec![]));
    }

    #[test]
    fn the_first_difference_of_two_histories_is_found() {
        let event = |at_ms| Event { at_ms, who: Who::World, fact: Fact::FaultsStopped };
        assert_eq!(diverges(&[event(1), event(2)], &[event(1), event(2)]), None);
        let parted = diverges(&[event(1), event(2)], &[event(1), event(3)]).expect("a difference");
        assert_eq!((parted.index, parted.first, parted.second), (1, Some(event(2)), Some(event(3))));
        let longer = diverges(&[event(1)], &[event(1), event(2)]).expect("a difference");
        assert_eq!((longer.index, longer.first, longer.second), (1, None, Some(event(2))));
    }
}
