//! What the plugins did, and in which cases. `providers/measured/README.md` says how it was measured.

use std::collections::BTreeMap;
use std::path::Path;

use model::words::turn::TurnId;
use serde::Deserialize;

use crate::plan::Scenario;

const CELLS: &str = include_str!("../../../../../providers/measured/cells.jsonl");
const CASES: &str = include_str!("../../../../../providers/measured/cases.toml");

/// One provider in one case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// The provider, with its variant.
    pub provider: String,
    /// The case.
    pub case: String,
    /// Whether it was measured on plain Python in real time. Otherwise it was measured with a prototype of the simulation.
    pub real_time: bool,
    /// The outcomes that were seen, as `L1 D0 M0 O U2`: how many turns were lost, duplicated and misattributed, whether order was broken, and how
    /// many were never committed. Several if a race decides.
    pub(super) outcomes: Vec<String>,
    /// The turns of the first of them.
    pub(super) lost: Vec<TurnId>,
    /// With the number of their copies.
    pub(super) duplicated: BTreeMap<TurnId, u32>,
    /// `None` where the store has no sessions, or one for all by design: then only the number is known.
    pub(super) misattributed: Option<Vec<TurnId>>,
    pub(super) uncommitted: Vec<TurnId>,
    pub(super) order_broken: bool,
}

/// All cells.
pub(super) fn all() -> Vec<Cell> {
    CELLS.lines().map(|line| serde_json::from_str(line).expect("a line of what was measured")).collect()
}

/// The scenarios of the cases.
pub(super) fn cases() -> BTreeMap<String, Scenario> {
    let cases: BTreeMap<String, toml::Table> = toml::from_str(CASES).expect("cases.toml");
    let scenario = |(name, mut table): (String, toml::Table)| {
        table.insert("title".to_owned(), name.clone().into());
        let text = toml::to_string(&table).expect("what was TOML is TOML");
        let scenario = Scenario::parse(Path::new(&format!("{name}.toml")), &text);
        (name, scenario.unwrap_or_else(|error| panic!("providers/measured/cases.toml: {error}")))
    };
    cases.into_iter().map(scenario).collect()
}
