//! Why a run fails, as one object: the content of the page, without its limits.

use std::collections::BTreeMap;

use model::agents::{Difference, Subject};
use model::words::server::Server;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::draw::Drawn;
use crate::judging::Violation;
use crate::plan::Whence;
use crate::report::moment::Moment;
use crate::search::explain::{Explanation, Odds, OddsBy, Turning};

/// The object, on one line.
pub fn explained_json(drawn: &Drawn, explanation: &Explanation) -> String {
    serde_json::to_string(&object(drawn, explanation)).expect("an explanation always serializes") + "\n"
}

#[derive(Serialize)]
struct Object<'a> {
    scenario: &'a str,
    title: &'a str,
    release: Subject,
    server: Server,
    seed: u64,
    outcome: String,
    promised: Promised<'a>,
    life: Vec<Moment>,
    point_of_no_return: PointOfNoReturn,
    critical_pair: Option<Pair>,
    schedules: Share,
    parts: Vec<Part>,
    releases: Vec<Release<'a>>,
    runs: u32,
    interrupted: bool,
    digest: &'a str,
}

#[derive(Serialize)]
struct Promised<'a> {
    invariant: &'a str,
    rule: &'a str,
    turn: Option<&'a TurnId>,
    violation: &'a Violation,
    besides: &'a BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct Share {
    broken: u32,
    of: u32,
}

impl From<Odds> for Share {
    fn from(Odds { broken, of }: Odds) -> Self {
        Self { broken, of }
    }
}

/// The odds at a cut point: all together, and by what was redrawn behind it.
#[derive(Serialize)]
struct Shares {
    broken: u32,
    of: u32,
    schedule: Option<Share>,
    faults: Option<Share>,
    steps: Option<Share>,
}

impl From<&OddsBy> for Shares {
    fn from(odds: &OddsBy) -> Self {
        use crate::search::explain::Freedom;
        let Odds { broken, of } = Turning::together(odds);
        let [schedule, faults, steps] =
            Freedom::ALL.map(|freedom: Freedom| odds.get(&freedom).copied().map(Share::from));
        Self { broken, of, schedule, faults, steps }
    }
}

#[derive(Serialize)]
struct PointOfNoReturn {
    event: Option<Moment>,
    shown: Option<Moment>,
    at_the_start: Shares,
    before: Shares,
    after: Shares,
    helps_before: Option<String>,
    points_looked_at: u32,
}

#[derive(Serialize)]
struct Pair {
    difference: String,
    event: usize,
    here: Option<Moment>,
    there: Option<Moment>,
    outcome_there: String,
    scenario: Option<String>,
}

#[derive(Serialize)]
struct Part {
    part: String,
    is_a_fault: bool,
    is_needed: Option<bool>,
    without_it: Share,
}

#[derive(Serialize)]
struct Release<'a> {
    release: Subject,
    passes: bool,
    keeps_the_promise: bool,
    differences: &'a [Difference],
}

fn object<'a>(drawn: &'a Drawn, explanation: &'a Explanation) -> Object<'a> {
    let Explanation { run, promise, violation, besides, turning, .. } = explanation;
    let steps = Whence::of(&drawn.scenario);
    let about = promise.turn.as_ref();
    let moment = |place| Moment::of(run, &steps, place, about);
    Object {
        scenario: &drawn.scenario.name,
        title: &drawn.scenario.title,
        release: run.release,
        server: run.server,
        seed: run.seed,
        outcome: run.damage().summary(),
        promised: Promised { invariant: promise.invariant, rule: promise.rule(), turn: about, violation, besides },
        life: explanation.life.iter().filter_map(|place| moment(*place)).collect(),
        point_of_no_return: PointOfNoReturn {
            event: turning.event.and_then(moment),
            shown: explanation.shown.and_then(moment),
            at_the_start: (&turning.at_the_start).into(),
            before: (&turning.before).into(),
            after: (&turning.after).into(),
            helps_before: turning
                .saved
                .as_ref()
                .map(|saved| saved.otherwise.clone().unwrap_or_else(|| "with another schedule".to_owned())),
            points_looked_at: turning.looked,
        },
        critical_pair: pair(drawn, explanation),
        schedules: explanation.as_it_is.into(),
        parts: parts(explanation),
        releases: releases(explanation),
        runs: explanation.runs,
        interrupted: explanation.interrupted,
        digest: &run.digest,
    }
}

fn pair(drawn: &Drawn, explanation: &Explanation) -> Option<Pair> {
    let pair = explanation.pair.as_ref()?;
    let (here, there) = (Whence::of(&drawn.scenario), Whence::of(&pair.drawn.scenario));
    let about = explanation.promise.turn.as_ref();
    Some(Pair {
        difference: pair.difference.clone(),
        event: pair.parts + 1,
        here: Moment::of(&explanation.run, &here, pair.parts, about),
        there: Moment::of(&pair.run, &there, pair.parts, about),
        outcome_there: pair.run.damage().summary(),
        scenario: pair.change.as_ref().map(|_| pair.drawn.scenario.to_string()),
    })
}

fn parts(explanation: &Explanation) -> Vec<Part> {
    let part = |part: &crate::search::explain::Part| Part {
        part: part.change.subject(),
        is_a_fault: part.is_a_fault,
        is_needed: part.is_needed(),
        without_it: part.without_it.into(),
    };
    explanation.parts.iter().map(part).collect()
}

fn releases(explanation: &Explanation) -> Vec<Release<'_>> {
    let others = explanation.others.iter();
    others
        .map(|other| Release {
            release: other.release,
            passes: other.passes,
            keeps_the_promise: other.keeps,
            differences: &other.differences,
        })
        .collect()
}
