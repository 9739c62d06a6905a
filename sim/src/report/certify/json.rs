//! A card as one JSON object.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::{file, story};
use crate::search::certify::{Broken, Card, Line, Smallest, Standing};
use crate::search::command;

#[derive(Serialize)]
struct Whole<'a> {
    memory: &'a str,
    versions: BTreeMap<&'a str, &'a str>,
    exit_code: u8,
    runs: Runs,
    guarantees: Vec<Told<'a>>,
    /// Turns that the host lost before the memory had them.
    never_had: u64,
    skipped: &'a BTreeMap<String, usize>,
    without_result: &'a BTreeMap<String, usize>,
    diverged: &'a [String],
    interrupted: bool,
}

#[derive(Serialize)]
struct Runs {
    situations: usize,
    kills: usize,
    answers: usize,
    drawn: usize,
}

#[derive(Serialize)]
struct Told<'a> {
    name: &'a str,
    sentence: &'a str,
    /// `kept`, `broken` or `not judged`.
    standing: &'static str,
    judged_runs: usize,
    #[serde(flatten)]
    broken: Option<Damage<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'a str>,
}

#[derive(Serialize)]
struct Damage<'a> {
    broken_runs: usize,
    silent_runs: usize,
    known: bool,
    example: &'a str,
    ways: Vec<Way<'a>>,
    smallest: Option<Case>,
}

#[derive(Serialize)]
struct Way<'a> {
    mechanism: &'a str,
    runs: usize,
}

#[derive(Serialize)]
struct Case {
    path: String,
    replay: String,
    story: String,
    evidence: String,
    silent: bool,
    steps: usize,
    faults: usize,
    scenario: String,
}

/// The card as JSON.
pub fn certify_json(card: &Card, folder: &Path) -> String {
    let [situations, kills, answers, drawn] = card.runs;
    let versions = card.memory.making().map(|making| &making.versions).into_iter().flatten();
    let whole = Whole {
        memory: card.memory.name(),
        versions: versions.map(|(part, version)| (part.as_str(), version.as_str())).collect(),
        exit_code: card.exit_code(),
        runs: Runs { situations, kills, answers, drawn },
        guarantees: card.lines.iter().map(|line| told(card, line, folder)).collect(),
        never_had: card.never_had.0,
        skipped: &card.skipped,
        without_result: &card.without_result,
        diverged: &card.diverged,
        interrupted: card.interrupted,
    };
    serde_json::to_string(&whole).expect("a card always serializes")
}

fn told<'a>(card: &Card, line: &'a Line, folder: &Path) -> Told<'a> {
    let (standing, broken, why) = match &line.standing {
        Standing::Kept => ("kept", None, None),
        Standing::Broken(broken) => ("broken", Some(damage(card, broken, folder)), None),
        Standing::NotJudged(why) => ("not judged", None, Some(*why)),
    };
    let guarantee = line.guarantee;
    Told { name: guarantee.name, sentence: guarantee.sentence, standing, judged_runs: line.judged, broken, why }
}

fn damage<'a>(card: &Card, broken: &'a Broken, folder: &Path) -> Damage<'a> {
    let way = |(class, runs): &'a (_, usize)| {
        let class: &'a crate::search::campaign::Class = class;
        Way { mechanism: &class.mechanism, runs: *runs }
    };
    Damage {
        broken_runs: broken.runs,
        silent_runs: broken.silent,
        known: broken.known,
        example: &broken.title,
        ways: broken.ways.iter().map(way).collect(),
        smallest: broken.smallest.as_ref().map(|smallest| case(card, smallest, folder)),
    }
}

fn case(card: &Card, smallest: &Smallest, folder: &Path) -> Case {
    let scenario = &smallest.shrunk.drawn.scenario;
    let (steps, faults) = scenario.size();
    let path = file(smallest, folder);
    Case {
        replay: command::replay(&path, card.memory, None, None),
        path: path.display().to_string(),
        story: story::told(scenario),
        evidence: smallest.evidence.clone(),
        silent: smallest.silent,
        steps,
        faults,
        scenario: scenario.to_string(),
    }
}
