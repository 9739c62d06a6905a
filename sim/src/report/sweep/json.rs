//! A sweep as objects: one for each scenario, with what it found.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::search::sweep::{Counted, Found, Shown, Swept, SweptFault, SweptScenario};

/// One object for each scenario, a line each. Each fault that was found has the whole scenario with it, ready to be replayed.
pub fn swept_json(swept: &Swept) -> String {
    let line = |one: &SweptScenario| {
        let object = Object::of(swept, one);
        serde_json::to_string(&object).expect("texts and numbers always encode") + "\n"
    };
    swept.scenarios.iter().map(line).collect()
}

#[derive(Serialize)]
struct Object<'a> {
    scenario: &'a str,
    release: &'static str,
    server: &'static str,
    seed: u64,
    depth: u8,
    complete: bool,
    as_it_is: &'a BTreeSet<Shown>,
    singles: Counts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<Counts<'a>>,
    found: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Counts<'a> {
    runs: u64,
    kinds: &'a BTreeMap<String, u64>,
    proved_nothing: u64,
    never_struck: u64,
    left_out: u64,
    as_it_is: usize,
    without_result: &'a BTreeMap<String, u64>,
    outcomes: &'a str,
}

#[derive(Serialize)]
struct Line<'a> {
    faults: &'a [SweptFault],
    labels: &'a [Option<String>],
    shown: &'a BTreeSet<Shown>,
    file: String,
}

impl<'a> Object<'a> {
    fn of(swept: &Swept, one: &'a SweptScenario) -> Self {
        let drawn = &one.base.drawn;
        let line = |found: &'a Found| {
            let faults: Vec<&SweptFault> = found.faults.iter().collect();
            let file = SweptFault::added(drawn, &faults).scenario.to_string();
            Line { faults: &found.faults, labels: &found.labels, shown: &found.shown, file }
        };
        Self {
            scenario: &drawn.scenario.name,
            release: swept.release.name(),
            server: drawn.server.name(),
            seed: drawn.scenario.seed,
            depth: swept.depth,
            complete: one.complete,
            as_it_is: &one.base.known,
            singles: Counts::of(&one.singles),
            pairs: (swept.depth > 1).then(|| Counts::of(&one.pairs)),
            found: one.found().map(line).collect(),
        }
    }
}

impl<'a> Counts<'a> {
    fn of(counted: &'a Counted) -> Self {
        Self {
            runs: counted.runs,
            kinds: &counted.kinds,
            proved_nothing: counted.proved_nothing,
            never_struck: counted.never_struck,
            left_out: counted.left_out,
            as_it_is: counted.as_it_is.len(),
            without_result: &counted.without_result,
            outcomes: &counted.outcomes,
        }
    }
}
