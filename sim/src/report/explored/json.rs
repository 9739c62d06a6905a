//! An exploration as objects: one for each scenario, with what it found.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::search::schedules::{Explored, ExploredScenario, Found, Preemption};
use crate::search::sweep::Shown;

/// One object for each scenario, a line each. Each schedule that was found has the whole scenario with it, ready to be replayed.
pub fn explored_json(explored: &Explored) -> String {
    let line = |one: &ExploredScenario| {
        let object = Object::of(explored, one);
        serde_json::to_string(&object).expect("texts and numbers always encode") + "\n"
    };
    explored.scenarios.iter().map(line).collect()
}

#[derive(Serialize)]
struct Object<'a> {
    scenario: &'a str,
    release: &'static str,
    server: &'static str,
    seed: u64,
    preemptions: u8,
    complete: bool,
    as_it_is: &'a BTreeSet<Shown>,
    runs: &'a BTreeMap<usize, u64>,
    orders: u64,
    pruned: u64,
    not_extended: u64,
    proved_nothing: u64,
    outcomes: &'a str,
    found: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    preemptions: &'a [Preemption],
    places: &'a [Option<(String, String)>],
    shown: &'a BTreeSet<Shown>,
    file: String,
}

impl<'a> Object<'a> {
    fn of(explored: &Explored, one: &'a ExploredScenario) -> Self {
        let line = |found: &'a Found| Line {
            preemptions: &found.preemptions,
            places: &found.places,
            shown: &found.shown,
            file: Preemption::added(&one.drawn, &found.preemptions).scenario.to_string(),
        };
        Self {
            scenario: &one.drawn.scenario.name,
            release: explored.release.name(),
            server: one.drawn.server.name(),
            seed: one.drawn.scenario.seed,
            preemptions: explored.preemptions,
            complete: one.complete,
            as_it_is: &one.known,
            runs: &one.runs,
            orders: one.orders,
            pruned: one.left_out,
            not_extended: one.not_extended,
            proved_nothing: one.proved_nothing,
            outcomes: &one.outcomes,
            found: one.found.iter().map(line).collect(),
        }
    }
}
