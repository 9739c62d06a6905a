//! A second judge: another author's reading of the rules, which must agree with what every run reports.
//!
//! It reads the plan, the JSON of `replay --json`, and in the log which calls were made and returned, shares no code with the ledger, the
//! invariants and the reading, and is short enough to be checked against `docs/invariants.md`. A difference means that one of them is wrong.
//!
//! Drawn runs are 20,000: case n has seed n, and takes the subjects and profiles in turn. The environment can ask for others, with
//! `FORGET_ME_NOT_` before `CASES`, `SEED` (the first), `STEP` (from seed to seed) and `SUBJECTS` (how many; 1 is the reference alone).

mod answer;
mod excused;
mod seen;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use model::agents::Subject;
use model::words::server::Server;
use rayon::prelude::*;
use serde_json::{Value, json};
use sim::draw::{self, Profile};
use sim::plan::Scenario;
use sim::report;
use sim::search::replay::{self, Selection};

use answer::Answer;
use seen::Seen;

const SUBJECTS: [&str; 13] = [
    "reference",
    "A",
    "D",
    "F",
    "pr-34859",
    "shared-provider",
    "same-words",
    "process-setting",
    "spool",
    "W1",
    "W3",
    "E0",
    "E4",
];
struct Case {
    what: String,
    seen: Seen,
    json: Value,
}

impl Case {
    fn run(scenario: &Scenario, release: Subject, server: Server, seed: u64) -> Self {
        let replayed = replay::replay(scenario, release, server, seed, false);
        let seen = Seen::of(scenario, &replayed.run.events);
        let json = serde_json::from_str(&report::json_line(scenario, &replayed)).expect("a line of JSON");
        Self { what: format!("{scenario}\n{release} on {server}, schedule {seed}"), seen, json }
    }

    fn difference(&self) -> Option<String> {
        let (reported, judged) = (Answer::reported(&self.json), Answer::judged(&self.json, &self.seen));
        (reported != judged).then(|| format!("{}\nreported: {reported:?}\njudged:   {judged:?}\n", self.what))
    }

    /// The difference, whether the run came to its end, and whether it shows any damage.
    fn outcome(&self) -> (Option<String>, bool, bool) {
        (self.difference(), self.seen.to_the_end, Answer::reported(&self.json) != Answer::default())
    }
}

/// Fails if the judges disagree about any run, or if the runs prove little. The reference alone shows no damage.
fn agree(runs: &[(Option<String>, bool, bool)], innocent: bool) {
    let differences: Vec<&str> = runs.iter().filter_map(|(difference, ..)| difference.as_deref()).collect();
    let shown = differences[..differences.len().min(3)].join("\n");
    assert!(differences.is_empty(), "the judges disagree about {} of {} runs\n{shown}", differences.len(), runs.len());
    let (unended, damaged) = (runs.iter().filter(|run| !run.1).count(), runs.iter().filter(|run| run.2).count());
    let enough = innocent || damaged * 10 > runs.len();
    assert!(unended * 100 < runs.len() && enough, "{unended} runs have no end, {damaged} show damage");
}

#[test]
fn two_judges_agree_about_every_scenario() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let scenarios = replay::find(&[folder]).unwrap_or_else(|errors| panic!("{errors:?}"));
    let judged = scenarios.par_iter().flat_map_iter(|scenario| {
        let runs = replay::pairs(scenario, &Selection::default()).into_iter();
        runs.map(|(release, server, seed)| Case::run(scenario, release, server, seed).outcome())
    });
    agree(&judged.collect::<Vec<_>>(), false);
}

#[test]
fn two_judges_agree_about_drawn_runs() {
    let usual = [("CASES", 20_000), ("SEED", 0), ("STEP", 1), ("SUBJECTS", 11)];
    let [cases, start, step, subjects] = usual.map(|(name, usual)| asked(name).unwrap_or(usual));
    let subjects: Vec<Subject> = SUBJECTS[..subjects].iter().map(|name| name.parse().expect("a subject")).collect();
    let judged = (0..cases).into_par_iter().map(|number| {
        let (subject, profile) = (number % subjects.len(), Profile::ALL[number / subjects.len() % Profile::ALL.len()]);
        let seed = u64::try_from(start + number * step).expect("a seed");
        let drawn = draw::scenario(seed, profile);
        let case = Case::run(&drawn.scenario, subjects[subject], drawn.server, drawn.scenario.seed);
        Case { what: format!("seed {seed}, profile {profile}\n{}", case.what), ..case }.outcome()
    });
    agree(&judged.collect::<Vec<_>>(), subjects.len() == 1);
}

#[expect(clippy::disallowed_methods, reason = "a longer hunt is asked for from outside")]
fn asked(name: &str) -> Option<usize> {
    std::env::var(format!("FORGET_ME_NOT_{name}")).ok()?.parse().ok()
}

/// Three turns of S1, an interrupted one, and a turn of S2, as the reference stores them.
fn innocent() -> Case {
    let text = "title = 't'\nconfig = { retain_every_n_turns = 3 }\n\
                steps = ['turn x3', 'turn interrupted', 'switch S2', 'turn', 'shutdown']";
    let scenario = Scenario::parse(Path::new("innocent.toml"), text).unwrap_or_else(|error| panic!("{error}"));
    Case::run(&scenario, Subject::REFERENCE, Server::Append, 0)
}

#[test]
fn what_was_done_to_a_document_is_told() {
    let turn = |name: &str| BTreeSet::from([name.to_owned()]);
    let none = Answer::default;
    let twice = BTreeMap::from([("S1#2".to_owned(), 2)]);
    let taken = (r#""S1#2","#, "");
    let cases = [
        (vec![taken], Answer { lost: turn("S1#2"), ..none() }),
        (vec![(r#""S1#2""#, r#""S1#2","S1#2""#)], Answer { duplicated: twice, ..none() }),
        (vec![taken, (r#""S2#1""#, r#""S1#2","S2#1""#)], Answer { misattributed: turn("S1#2"), ..none() }),
        (vec![(r#""S1#1","S1#2""#, r#""S1#2","S1#1""#)], Answer { order_broken: true, ..none() }),
        (vec![(r#""S1#3""#, r#""S1#3","S1#4""#)], Answer { polluted: turn("S1#4"), ..none() }),
    ];
    for (changes, expected) in cases {
        let mut case = innocent();
        assert_eq!(case.difference(), None, "nothing was changed");
        let mut documents = case.json["documents"].to_string();
        changes.iter().for_each(|(from, to)| documents = documents.replacen(from, to, 1));
        case.json["documents"] = serde_json::from_str(&documents).expect("documents");
        let judged = Answer::judged(&case.json, &case.seen);
        assert_eq!(Answer { unfounded: BTreeSet::new(), ..judged }, expected, "{documents}");
        assert!(case.difference().is_some_and(|told| told.contains("reference on append, schedule 0")));
    }
}

#[test]
fn what_is_falsely_reported_is_told() {
    for (key, value) in [("lost", json!(["S1#1"])), ("polluted", json!(["S1#4"])), ("requests", json!([]))] {
        let mut case = innocent();
        case.json[key] = value;
        assert!(case.difference().is_some(), "{key}");
    }
}
