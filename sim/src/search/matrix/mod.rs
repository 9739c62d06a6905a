//! `matrix`: every scenario with every release on one server, and what separates two releases: the tournament in which
//! a pull request is judged.
//!
//! Each run is the one that `replay` makes of the same scenario, release and server; only its outcome is kept. Absent:
//! expectations. What a scenario's author knew of a release has no say in how it does here.

mod comparison;

use std::collections::BTreeMap;

use model::agents::Subject;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::judging::Invariant;
use crate::plan::{Damage, Scenario};
use crate::run;
use crate::run::{Run, Verdict};
use crate::world::Engine;
use model::words::server::Server;

pub use comparison::{Change, Comparison};

/// Scenarios by releases, on one server.
pub struct Matrix {
    /// The columns.
    pub releases: Vec<Subject>,
    /// What all of them met.
    pub server: Server,
    /// The rows, in the order in which the scenarios were given.
    pub rows: Vec<Row>,
}

/// What every release did with a scenario.
pub struct Row {
    /// The scenario.
    pub scenario: Scenario,
    /// One outcome per release, in the order of [`Matrix::releases`].
    pub outcomes: Vec<Outcome>,
}

/// What a release did with a scenario. Serializes to the part of `matrix --json` that is its own.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Who was run.
    pub release: Subject,
    /// Against what.
    pub server: Server,
    /// The seed of every random stream.
    pub seed: u64,
    /// How it ended.
    pub verdict: Verdict,
    /// The damage, as a scenario states it.
    #[serde(flatten)]
    pub damage: Damage,
    /// Planned kills that struck nobody: the process had not so many steps.
    pub missed_kills: Vec<String>,
    /// The invariants that were not judged, because the subject does not testify to what they need.
    pub not_judged: Vec<&'static str>,
    /// Hash of the history.
    pub digest: String,
    /// The same damage as one set, for comparison.
    #[serde(skip)]
    pub harm: Harm,
}

/// Damage as a set of breaches: an invariant, the turn it was breached for if there is one, and of a stored turn the
/// number of copies (otherwise 1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Harm(BTreeMap<(String, Option<TurnId>), u32>);

impl Harm {
    /// The damage, and all violations that no list of it tells.
    fn of(run: &Run) -> Self {
        let mut harm = BTreeMap::new();
        let damage = run.damage();
        for violation in &run.violations {
            harm.insert((violation.invariant.to_owned(), violation.turn.clone()), 1);
        }
        for row in Invariant::all() {
            let turns = row.data.map_or_else(Vec::new, |data| damage.turns(data));
            harm.extend(turns.into_iter().map(|(turn, copies)| ((row.name.to_owned(), Some(turn.clone())), copies)));
        }
        Self(harm)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The invariants that were breached, each with the turns it was breached for.
    pub fn by_invariant(&self) -> BTreeMap<&str, Vec<&TurnId>> {
        let mut found: BTreeMap<&str, Vec<&TurnId>> = BTreeMap::new();
        for (invariant, turn) in self.0.keys() {
            found.entry(invariant).or_default().extend(turn);
        }
        found
    }

    /// How many copies of a turn are stored, if they are too many.
    pub fn copies(&self, turn: &TurnId) -> Option<u32> {
        self.0.get(&("no-duplicate".to_owned(), Some(turn.clone()))).copied()
    }

    /// Whether `other` has all of this, and as many copies.
    fn is_within(&self, other: &Self) -> bool {
        self.0.iter().all(|(breach, copies)| other.0.get(breach).is_some_and(|others| copies <= others))
    }
}

impl Outcome {
    /// What a run came to, without its history.
    pub(crate) fn of(run: &Run) -> Self {
        Self {
            release: run.release,
            server: run.server,
            seed: run.seed,
            verdict: run.verdict,
            damage: run.damage(),
            harm: Harm::of(run),
            missed_kills: run.missed_kills.clone(),
            not_judged: run.not_judged.clone(),
            digest: run.digest.clone(),
        }
    }

    /// Whether every invariant held.
    pub fn passes(&self) -> bool {
        self.verdict == Verdict::Pass
    }

    /// Whether an invariant did not.
    pub fn fails(&self) -> bool {
        matches!(self.verdict, Verdict::Violation | Verdict::NotConverged)
    }

    /// Whether it says nothing of the release, though nothing went wrong: no turn was judged, or a kill missed.
    pub fn is_doubtful(&self) -> bool {
        !self.fails() && (self.verdict == Verdict::Vacuous || !self.missed_kills.is_empty())
    }
}

impl Matrix {
    /// Runs every scenario with every release, each under the first schedule that the scenario names for it, or under its own.
    /// The histories are not kept.
    pub fn run(scenarios: Vec<Scenario>, releases: Vec<Subject>, server: Server) -> Self {
        let outcomes = |scenario: &Scenario| {
            let run = |&release| {
                let named = scenario.expect.of(release, server).first().and_then(|outcome| outcome.seed);
                let scheduled = scenario.seeded(named.unwrap_or(scenario.seed));
                Outcome::of(&run::run(&scheduled, release, server, Engine::Events))
            };
            releases.iter().map(run).collect()
        };
        let rows =
            scenarios.into_iter().map(|scenario| Row { outcomes: outcomes(&scenario), scenario }).collect::<Vec<_>>();
        Self { releases, server, rows }
    }

    /// The rows by the first report of their scenario, reports in the order of repository and number; last those that
    /// were never reported.
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

    /// Of each cell who was run, and the invariants that were not judged.
    pub fn not_judged(&self) -> impl Iterator<Item = (Subject, &[&'static str])> {
        self.rows.iter().flat_map(|row| &row.outcomes).map(|outcome| (outcome.release, &outcome.not_judged[..]))
    }

    /// 0 when there is something to see: a table is no verdict. 5 if no run proved anything.
    pub fn exit_code(&self) -> u8 {
        let proved = self.rows.iter().flat_map(|row| &row.outcomes).any(|outcome| outcome.verdict != Verdict::Vacuous);
        if proved { 0 } else { Verdict::Vacuous.exit_code() }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An outcome with these breaches, each an invariant and the copies of a turn.
    pub(crate) fn outcome(breaches: &[(&str, u32)]) -> Outcome {
        let breach = |&(invariant, copies): &(&str, u32)| ((invariant.to_owned(), None), copies);
        let harm = Harm(breaches.iter().map(breach).collect());
        Outcome {
            release: Subject::REFERENCE,
            server: Server::Append,
            seed: 0,
            verdict: if harm.is_empty() { Verdict::Pass } else { Verdict::Violation },
            damage: Damage::default(),
            harm,
            missed_kills: Vec::new(),
            not_judged: Vec::new(),
            digest: String::new(),
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
