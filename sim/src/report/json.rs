//! One JSON object per run, on one line.

use std::borrow::Cow;

use serde::Serialize;

use crate::plan::Scenario;
use crate::search::matrix::{Change, Outcome, Row};
use crate::search::replay::Replayed;

/// The object that `replay --json` prints for a run, without a line end.
pub fn json_line(scenario: &Scenario, replayed: &Replayed) -> String {
    line(&Replay { path: scenario.path.to_string_lossy(), replayed })
}

/// The object that `matrix --json` prints for a cell, without a line end.
pub fn cell_line(row: &Row, outcome: &Outcome) -> String {
    line(&Cell { story: Story::of(row), outcome })
}

/// The object that `matrix --compare --json` prints for a scenario that separates two releases, without a line end.
pub fn change_line(change: Change, row: &Row) -> String {
    line(&Changed { story: Story::of(row), change, from: &row.outcomes[0], to: &row.outcomes[1] })
}

/// An object on one line, without a line end.
pub(super) fn line(object: &impl Serialize) -> String {
    serde_json::to_string(object).expect("a result always serializes")
}

#[derive(Serialize)]
struct Replay<'a> {
    path: Cow<'a, str>,
    #[serde(flatten)]
    replayed: &'a Replayed,
}

#[derive(Serialize)]
struct Story<'a> {
    scenario: &'a str,
    path: Cow<'a, str>,
    title: &'a str,
    reports: &'a [String],
}

impl<'a> Story<'a> {
    fn of(row: &'a Row) -> Self {
        let scenario = &row.scenario;
        let path = scenario.path.to_string_lossy();
        Self { scenario: &scenario.name, path, title: &scenario.title, reports: &scenario.reports }
    }
}

#[derive(Serialize)]
struct Cell<'a> {
    #[serde(flatten)]
    story: Story<'a>,
    #[serde(flatten)]
    outcome: &'a Outcome,
}

#[derive(Serialize)]
struct Changed<'a> {
    #[serde(flatten)]
    story: Story<'a>,
    change: Change,
    from: &'a Outcome,
    to: &'a Outcome,
}
