//! `matrix`: every scenario with every release on one server, and the differences between two releases: the tournament in which a pull
//! request is judged.
//!
//! Each run is the one that `replay` makes of the same scenario, release and server; only its outcome is kept. Absent: expectations. The
//! scenario author's knowledge of a release does not affect the result.

mod comparison;
mod violated;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use model::agents::Subject;
use model::agents::outside::Failure;
use serde::Serialize;

use crate::history::CutShort;
use crate::parallel;
use crate::plan::{Damage, Scenario};
use crate::run;
use crate::run::{Run, Verdict};
use crate::world::Engine;
use model::words::server::Server;

pub use comparison::{Change, Comparison};
pub use violated::Violated;

/// Scenarios by releases, on one server.
pub struct Matrix {
    /// The columns.
    pub releases: Vec<Subject>,
    /// The server of all runs.
    pub server: Server,
    /// The rows, in the order in which the scenarios were given.
    pub rows: Vec<Row>,
}

/// The outcomes of one scenario.
pub struct Row {
    /// The scenario.
    pub scenario: Scenario,
    /// One outcome per release, in the order of [`Matrix::releases`].
    pub outcomes: Vec<Outcome>,
}

/// Why a cell has no result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoResult {
    /// The agent lacks what the scenario needs.
    Skipped(String),
    /// The agent broke.
    Broken(String),
}

impl From<Failure> for NoResult {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Lacks(why) => Self::Skipped(why),
            Failure::Broken(why) => Self::Broken(why),
        }
    }
}

/// The outcome of one release in one scenario. Serializes to its part of `matrix --json`.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// The release.
    pub release: Subject,
    /// The server.
    pub server: Server,
    /// The seed of every random stream.
    pub seed: u64,
    /// The verdict.
    pub verdict: Verdict,
    /// The damage, as a scenario states it.
    #[serde(flatten)]
    pub damage: Damage,
    /// Planned kills that missed: the process had fewer steps.
    pub missed_kills: Vec<String>,
    /// The bound at which the run was cut short, if it passed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cut_short: Option<CutShort>,
    /// The invariants that were not judged, because the subject does not testify to their evidence.
    pub not_judged: Vec<&'static str>,
    /// Hash of the history.
    pub digest: String,
    /// Why there is no result, if a real agent broke or lacks something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_result: Option<NoResult>,
    /// The same damage as one set, for comparison.
    #[serde(skip)]
    pub violated: Violated,
}

impl Outcome {
    /// The outcome of a run, without its history.
    pub(crate) fn of(run: &Run) -> Self {
        Self {
            release: run.release,
            server: run.server,
            seed: run.seed,
            verdict: run.verdict,
            damage: run.damage(),
            violated: Violated::of(run),
            missed_kills: run.missed_kills.clone(),
            cut_short: run.cut_short.clone(),
            not_judged: run.not_judged.clone(),
            digest: run.digest.clone(),
            no_result: run.failure.clone().map(NoResult::from),
        }
    }

    /// Whether every invariant held.
    pub fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// Whether an invariant was violated.
    pub fn fails(&self) -> bool {
        matches!(self.verdict, Verdict::Violation | Verdict::NotConverged)
    }

    /// Whether it proves nothing about the release, though nothing went wrong: no turn was judged, or a kill missed.
    pub fn is_doubtful(&self) -> bool {
        !self.fails() && (self.verdict == Verdict::Vacuous || !self.missed_kills.is_empty())
    }
}

impl Matrix {
    /// Runs every scenario with every release, each under the first schedule that the scenario names for it, or under its own.
    /// The histories are not kept.
    pub fn run(scenarios: Vec<Scenario>, releases: Vec<Subject>, server: Server, jobs: NonZeroUsize) -> Self {
        let outcomes = parallel::map(&scenarios, jobs, |scenario| {
            let run = |&release| {
                let named = scenario.expect.of(release, server).first().and_then(|outcome| outcome.seed);
                let scheduled = scenario.seeded(named.unwrap_or(scenario.seed));
                Outcome::of(&run::run(&scheduled, release, server, Engine::Events))
            };
            releases.iter().map(run).collect()
        });
        let rows = scenarios.into_iter().zip(outcomes).map(|(scenario, outcomes)| Row { scenario, outcomes }).collect();
        Self { releases, server, rows }
    }

    /// The rows by the first report of their scenario, reports in the order of repository and number; unreported scenarios come last.
    pub fn groups(&self) -> Vec<(Option<&str>, Vec<&Row>)> {
        let mut groups: BTreeMap<_, (Option<&str>, Vec<&Row>)> = BTreeMap::new();
        for row in &self.rows {
            let report = row.scenario.reports.first().map(String::as_str);
            let key = match report.map(|report| (report, report.rsplit_once('#'))) {
                Some((_, Some((repository, number)))) => (0, repository, number.parse().unwrap_or(u64::MAX), number),
                Some((report, None)) => (0, report, 0, ""),
                None => (1, "", 0, ""),
            };
            groups.entry(key).or_insert((report, Vec::new())).1.push(row);
        }
        groups.into_values().collect()
    }

    /// The cells without a result, with their scenarios.
    pub fn without_result(&self) -> impl Iterator<Item = (&Scenario, Subject, &NoResult)> {
        let cells = self.rows.iter().flat_map(|row| row.outcomes.iter().map(move |outcome| (row, outcome)));
        cells.filter_map(|(row, outcome)| Some((&row.scenario, outcome.release, outcome.no_result.as_ref()?)))
    }

    /// The release of each cell, and the invariants that were not judged.
    pub fn not_judged(&self) -> impl Iterator<Item = (Subject, &[&'static str])> {
        self.rows.iter().flat_map(|row| &row.outcomes).map(|outcome| (outcome.release, &outcome.not_judged[..]))
    }

    /// 0 if there are results: a table is no verdict. 5 if no run proved anything.
    pub fn exit_code(&self) -> u8 {
        let proved = self.rows.iter().flat_map(|row| &row.outcomes).any(|outcome| outcome.verdict != Verdict::Vacuous);
        if proved { 0 } else { Verdict::Vacuous.exit_code() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An outcome in which these invariants are violated, each with the copies of a turn.
    pub(crate) fn outcome(violated: &[(&'static str, u32)]) -> Outcome {
        let one = |&(invariant, copies): &(&'static str, u32)| ((invariant, None), copies);
        let violated = Violated(violated.iter().map(one).collect());
        Outcome {
            release: Subject::REFERENCE,
            server: Server::Append,
            seed: 0,
            verdict: if violated.is_empty() { Verdict::Pass } else { Verdict::Violation },
            damage: Damage::default(),
            violated,
            missed_kills: Vec::new(),
            cut_short: None,
            not_judged: Vec::new(),
            digest: String::new(),
            no_result: None,
        }
    }

    #[test]
    fn groups_are_in_the_order_of_their_numbers_and_the_unreported_come_last() {
        let row = |report: &str| {
            let text = format!("title = \"t\"\nsteps = [\"turn\"]\nreports = [{report}]\n");
            let scenario = Scenario::parse(std::path::Path::new("a.toml"), &text).expect("a scenario");
            Row { scenario, outcomes: Vec::new() }
        };
        let reports = ["", "\"a/b#100\"", "\"a/b#20\", \"a/a#1\"", "\"a/a#3\"", "\"a mail\"", "\"a/b#100\""];
        let matrix = Matrix { releases: Vec::new(), server: Server::Append, rows: reports.map(row).into() };
        let groups: Vec<_> = matrix.groups().into_iter().map(|(report, rows)| (report, rows.len())).collect();
        let expected = [(Some("a mail"), 1), (Some("a/a#3"), 1), (Some("a/b#20"), 1), (Some("a/b#100"), 2), (None, 1)];
        assert_eq!(groups, expected);
    }
}
