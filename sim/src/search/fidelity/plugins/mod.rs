//! The memory plugins of Hermes in the simulation against what they did when they were measured.
//!
//! A case is run under seed 0. If it ends as no measurement did, more seeds are tried, because the schedule of the measured run is unknown; a row
//! names the seed. What only the process after all others delivers had not arrived when the plugins were measured, and does not count here.
//!
//! - `cell`: the measurements and their cases. - `shown`: what a run showed, in the same shape.

mod cell;
mod shown;

use std::num::NonZeroUsize;

use model::agents::Subject;
use model::agents::outside::Failure;
use model::words::server::Server;
use serde::Deserialize;

use crate::parallel;
use crate::plan::Scenario;
use crate::run::{self, Verdict};
use crate::world::Engine;

pub use cell::Cell;
pub use shown::{Difference, Shown};

/// How many more seeds are tried.
const MORE_SEEDS: u64 = 24;
const EXCEPTIONS: &str = include_str!("../../../../../providers/measured/exceptions.toml");

/// A cell, compared.
#[derive(Clone, Debug)]
pub struct Row {
    /// The measurement.
    pub cell: Cell,
    /// The seed of the run that is compared.
    pub seed: u64,
    /// The differences.
    pub differences: Vec<Difference>,
    /// Why it differs, if that is known.
    pub reason: Option<String>,
}

/// The comparison.
pub struct Compared {
    /// The agent.
    pub agent: Subject,
    /// The name of its provider, as the measurements have it.
    pub provider: String,
    /// The cells.
    pub rows: Vec<Row>,
    /// Cells without a result, with the reason.
    pub broken: Vec<String>,
    /// Exceptions that no longer apply.
    pub stale: Vec<String>,
    /// Whether the user interrupted it.
    pub interrupted: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

/// A known difference.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    provider: String,
    case: String,
    reason: String,
}

impl Row {
    /// Whether the run is that of the scenario's own seed.
    pub fn is_of_own_seed(&self) -> bool {
        self.seed == 0
    }
}

impl Compared {
    /// The exit code.
    pub fn exit_code(&self) -> u8 {
        let differs = self.rows.iter().any(|row| !row.differences.is_empty() && row.reason.is_none());
        match () {
            () if differs || !self.stale.is_empty() => Verdict::Violation.exit_code(),
            () if !self.broken.is_empty() => 1,
            () if self.rows.is_empty() || self.interrupted => Verdict::Vacuous.exit_code(),
            () => 0,
        }
    }
}

/// The measured cells of the provider that an agent speaks to. `None` if it needs no description, or was never measured.
pub fn cells(agent: Subject) -> Option<(String, Vec<Cell>)> {
    let (provider, _) = agent.making()?.provider.as_ref()?;
    let cells: Vec<Cell> = cell::all().into_iter().filter(|cell| cell.provider == *provider).collect();
    (!cells.is_empty()).then(|| (provider.clone(), cells))
}

/// Compares an agent with its cells. `tell` gets the number of cells that are done.
pub fn compare(
    agent: Subject,
    (provider, cells): (String, Vec<Cell>),
    jobs: NonZeroUsize,
    stop: &(dyn Fn() -> bool + Sync),
    tell: impl FnMut(usize),
) -> Compared {
    let cases = cell::cases();
    let of = |cell: &Cell| row(agent, cell, &cases[&cell.case]);
    let made = parallel::map_telling(&cells, jobs, stop, of, tell);
    let interrupted = made.iter().any(Option::is_none);
    let (mut rows, mut broken) = (Vec::new(), Vec::new());
    for made in made.into_iter().flatten() {
        match made {
            Ok(row) => rows.push(row),
            Err(why) => broken.push(why),
        }
    }
    let Exceptions { exception } = toml::from_str(EXCEPTIONS).expect("exceptions.toml");
    let mut stale = Vec::new();
    for Exception { case, reason, .. } in exception.into_iter().filter(|known| known.provider == provider) {
        let mut differ = rows.iter_mut().filter(|row| row.cell.case == case && !row.differences.is_empty()).peekable();
        if differ.peek().is_none() && !interrupted {
            stale.push(format!("{case}: {reason}"));
        }
        differ.for_each(|row| row.reason = Some(reason.clone()));
    }
    Compared { agent, provider, rows, broken, stale, interrupted }
}

/// The run under the scenario's seed, or under another that ends as it was measured.
fn row(agent: Subject, cell: &Cell, scenario: &Scenario) -> Result<Row, String> {
    let run = |seed: u64| {
        let run = run::run(&scenario.seeded(seed), agent, Server::Append, Engine::Events);
        match &run.failure {
            None => Ok((seed, Shown::of(&run).differences(cell))),
            Some(Failure::Broken(why) | Failure::Lacks(why)) => Err(format!("{}: {why}", cell.case)),
        }
    };
    let (mut seed, mut differences) = run(0)?;
    for other in 1..=MORE_SEEDS {
        if differences.is_empty() {
            break;
        }
        let (of, found) = run(other)?;
        if found.is_empty() {
            (seed, differences) = (of, found);
        }
    }
    Ok(Row { cell: cell.clone(), seed, differences, reason: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measured_cell_has_its_case_and_every_exception_its_cell() {
        let (cases, cells) = (cell::cases(), cell::all());
        assert!(cells.len() > 300 && cells.iter().all(|cell| cases.contains_key(&cell.case)));
        let Exceptions { exception } = toml::from_str(EXCEPTIONS).expect("exceptions.toml");
        let known =
            |known: &Exception| cells.iter().any(|cell| (&cell.provider, &cell.case) == (&known.provider, &known.case));
        assert!(exception.iter().all(known));
    }
}
