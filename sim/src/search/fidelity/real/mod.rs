//! Real code in the simulation against what a release was measured to do, and the model of that release against the real code.
//!
//! A case is run once for each server, under the scenario's own seed. If it ends as no measurement did, a few more seeds are tried,
//! because the schedule of the measured run is unknown; a row names the seed. The seeds of expectations say nothing here: they were
//! chosen for models. The release is the one that the real code behaves most like, unless the user names one.
//!
//! - `shown`: the parts that are compared. - `exceptions`: known differences.

mod exceptions;
mod shown;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use model::agents::Subject;
use model::agents::outside::Failure;
use model::words::server::Server;
use serde::{Deserialize, Serialize};

use super::measured::Cell;
use crate::parallel;
use crate::plan::Scenario;
use crate::run;
use crate::run::{Run, Verdict};
use crate::search::replay::{self, Selection};
use crate::world::Engine;

pub use exceptions::Exceptions;
use shown::Shown;
pub use shown::{Difference, Part};

/// How many more seeds of the real code are tried.
const MORE_SEEDS: u64 = 16;
/// How many seeds of the model are compared besides those of the scenario. A model draws how long its code computes.
const SEEDS_OF_MODEL: u64 = 8;
/// How many more seeds of the model are tried if it ends otherwise under each of these.
const MORE_SEEDS_OF_MODEL: u64 = 64;

/// What real code is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Other {
    /// What the release was measured to do.
    Measured,
    /// The model of the release.
    Model,
}

/// The cells to compare, with their scenarios.
pub struct Cells<'a> {
    cells: Vec<(Cell, &'a Scenario)>,
    against: Option<Subject>,
}

/// How many cells of a release the real code agrees with, times apart, under the scenarios' own seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Likeness {
    /// The release.
    pub release: Subject,
    /// The cells that agree.
    pub agree: usize,
    /// The cells that were compared.
    pub cells: usize,
}

/// A cell, compared.
#[derive(Clone, Debug)]
pub struct Row {
    /// The case.
    pub case: String,
    /// The server.
    pub server: Server,
    /// The seed of the run.
    pub seed: u64,
    /// Whether it is the scenario's own seed.
    pub own_seed: bool,
    measured: Vec<Difference>,
    model: Vec<Difference>,
}

/// The comparison.
pub struct Compared {
    /// The real code.
    pub agent: Subject,
    /// The release.
    pub against: Subject,
    /// The releases, the likest first.
    pub likeness: Vec<Likeness>,
    /// The cells.
    pub rows: Vec<Row>,
    /// Cells that the agent cannot be put through, with the reason.
    pub skipped: Vec<String>,
    /// Cells in which the agent broke.
    pub broken: Vec<String>,
    /// Exceptions that no longer apply.
    pub stale: Vec<String>,
    /// Whether the user interrupted it.
    pub interrupted: bool,
    exceptions: Exceptions,
}

impl Other {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Measured, Self::Model];

    /// Its name for a release.
    pub fn of(self, release: Subject) -> String {
        match self {
            Self::Measured => format!("{release} as measured"),
            Self::Model => format!("model {release}"),
        }
    }
}

/// One run for each case and server, or why there is none.
type Runs = BTreeMap<(String, Server), Result<Shown, Failure>>;

impl<'a> Cells<'a> {
    /// The measured cells of a release, or of all, whose scenarios are given.
    pub fn of(scenarios: &'a [Scenario], against: Option<Subject>) -> Self {
        let with_scenario = |(case, cells): (String, Vec<Cell>)| {
            let scenario = super::scenario_of(&format!("ground-truth/{case}"), scenarios);
            cells.into_iter().filter_map(move |cell| Some((cell, scenario?)))
        };
        let wanted = |cell: &Cell| against.is_none_or(|release| release == cell.release);
        let cells = super::cells().into_iter().flat_map(with_scenario).filter(|(cell, _)| wanted(cell)).collect();
        Self { cells, against }
    }

    /// Those on servers that the agent can meet: a described provider has one version.
    pub fn met_by(mut self, agent: Subject) -> Self {
        self.cells.retain(|(cell, _)| agent.servers().contains(&cell.server));
        self
    }

    /// The runs under the scenarios' own seeds: one for each case and server.
    pub fn runs(&self) -> usize {
        self.cases().len()
    }

    fn cases(&self) -> Vec<(&'a Scenario, &str, Server)> {
        let cases = self.cells.iter().map(|(cell, scenario)| ((&*cell.case, cell.server), *scenario));
        let cases: BTreeMap<_, _> = cases.collect();
        cases.into_iter().map(|((case, server), scenario)| (scenario, case, server)).collect()
    }

    /// Compares them with a real agent. `tell` gets the number of runs that are done.
    pub fn compare(
        &self,
        agent: Subject,
        exceptions: Exceptions,
        jobs: NonZeroUsize,
        stop: &(dyn Fn() -> bool + Sync),
        tell: impl FnMut(usize),
    ) -> Compared {
        let cases = self.cases();
        let made = parallel::map_telling(
            &cases,
            jobs,
            stop,
            |(scenario, _, server)| real(scenario, agent, *server, scenario.seed),
            tell,
        );
        let of_case = |((_, case, server), made): (&(&Scenario, &str, Server), Option<_>)| {
            Some((((*case).to_owned(), *server), made?))
        };
        let runs: Runs = cases.iter().zip(made).filter_map(of_case).collect();
        let mut likeness = self.likeness(&runs);
        likeness.sort_by(|a, b| (b.agree * a.cells, b.cells, b.release).cmp(&(a.agree * b.cells, a.cells, a.release)));
        let nearest = likeness.first().map_or(Subject::REFERENCE, |nearest| nearest.release);
        let against = self.against.unwrap_or(nearest);
        let (mut skipped, mut broken, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for (cell, scenario) in self.cells.iter().filter(|(cell, _)| cell.release == against) {
            match runs.get(&(cell.case.clone(), cell.server)) {
                Some(Ok(shown)) => rest.push((cell, *scenario, shown)),
                Some(Err(Failure::Lacks(why))) => skipped.push(format!("{} on {}: {why}", cell.case, cell.server)),
                Some(Err(Failure::Broken(why))) => broken.push(format!("{} on {}: {why}", cell.case, cell.server)),
                None => {}
            }
        }
        let rows = parallel::map_until(&rest, jobs, stop, |(cell, scenario, shown)| row(cell, scenario, shown, agent));
        let interrupted = runs.len() < cases.len() || rows.iter().any(Option::is_none);
        let rows: Vec<Row> = rows.into_iter().flatten().collect();
        // Those that are known are known of both servers.
        let is_described = agent.making().is_some_and(|making| making.provider.is_some());
        let stale = if is_described { Vec::new() } else { exceptions.stale(agent, against, &rows) };
        Compared { agent, against, likeness, rows, skipped, broken, stale, interrupted, exceptions }
    }

    fn likeness(&self, runs: &Runs) -> Vec<Likeness> {
        let mut likeness: BTreeMap<Subject, Likeness> = BTreeMap::new();
        for (cell, _) in &self.cells {
            let Some(Ok(shown)) = runs.get(&(cell.case.clone(), cell.server)) else { continue };
            let none = Likeness { release: cell.release, agree: 0, cells: 0 };
            let of_release = likeness.entry(cell.release).or_insert(none);
            of_release.cells += 1;
            of_release.agree += usize::from(!shown.closest(&Shown::measured(cell)).iter().any(is_of_outcome));
        }
        likeness.into_values().collect()
    }
}

impl Row {
    /// Its differences.
    pub fn differences(&self, from: Other) -> &[Difference] {
        match from {
            Other::Measured => &self.measured,
            Other::Model => &self.model,
        }
    }
}

impl Compared {
    /// The reason for a difference of a row, if it is known.
    pub fn reason(&self, row: &Row, from: Other, part: Part) -> Option<&str> {
        self.exceptions.reason(self.agent, self.against, row, from, part)
    }

    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        let unknown = |row: &Row, from: Other| {
            row.differences(from).iter().any(|found| self.reason(row, from, found.part).is_none())
        };
        let differs = self.rows.iter().any(|row| Other::BOTH.into_iter().any(|from| unknown(row, from)));
        match () {
            () if differs || !self.stale.is_empty() => Verdict::Violation.exit_code(),
            () if !self.broken.is_empty() => 1,
            () if self.rows.is_empty() || self.interrupted => Verdict::Vacuous.exit_code(),
            () => 0,
        }
    }
}

impl Shown {
    /// The differences from the one that this is closest to. What happened to turns weighs more than times.
    fn closest(&self, others: &[Self]) -> Vec<Difference> {
        let all = others.iter().map(|other| self.differences(other));
        let weight = |found: &Vec<Difference>| (found.iter().filter(|found| is_of_outcome(found)).count(), found.len());
        all.min_by_key(weight).expect("a cell has an outcome, and a model a run")
    }
}

fn is_of_outcome(found: &Difference) -> bool {
    found.part != Part::Times
}

fn made(scenario: &Scenario, subject: Subject, server: Server, seed: u64) -> Run {
    run::run(&scenario.seeded(seed), subject, server, Engine::Events)
}

fn real(scenario: &Scenario, agent: Subject, server: Server, seed: u64) -> Result<Shown, Failure> {
    let run = made(scenario, agent, server, seed);
    let shown = Shown::by_run(&run);
    run.failure.map_or(Ok(shown), Err)
}

fn row(cell: &Cell, scenario: &Scenario, own: &Shown, agent: Subject) -> Row {
    let measured = Shown::measured(cell);
    let (own_found, differs) = (own.closest(&measured), |found: &[Difference]| found.iter().any(is_of_outcome));
    let more = if differs(&own_found) { 0..MORE_SEEDS } else { 0..0 };
    let another = more.into_iter().find_map(|seed| {
        let shown = real(scenario, agent, cell.server, seed).ok()?;
        let found = shown.closest(&measured);
        (!differs(&found)).then_some((seed, shown, found))
    });
    let own_seed = another.is_none();
    let (seed, shown, measured) = another.unwrap_or_else(|| (scenario.seed, own.clone(), own_found));
    let model = from_model(&shown, cell, scenario);
    Row { case: cell.case.clone(), server: cell.server, seed, own_seed, measured, model }
}

/// The differences from the run of the model that is closest.
fn from_model(real: &Shown, cell: &Cell, scenario: &Scenario) -> Vec<Difference> {
    let selection = Selection { release: Some(cell.release), server: Some(cell.server), ..Selection::default() };
    let model = |seed| Shown::by_run(&made(scenario, cell.release, cell.server, seed));
    let named = replay::pairs(scenario, &selection).into_iter().map(|(_, _, seed)| seed);
    let found = real.closest(&named.chain(0..SEEDS_OF_MODEL).map(model).collect::<Vec<_>>());
    let differs = |found: &Vec<Difference>| found.iter().any(is_of_outcome);
    let more = SEEDS_OF_MODEL..if differs(&found) { MORE_SEEDS_OF_MODEL } else { SEEDS_OF_MODEL };
    more.map(|seed| real.closest(&[model(seed)])).find(|found| !differs(found)).unwrap_or(found)
}
