//! The Hermes releases of the model do what the real ones were measured to do, case by case, within half a second.
//!
//! The data is in `measured.jsonl`, the cases are the scenarios of `scenarios/ground-truth`, and where the model is known to
//! differ `exceptions.toml` says why. A new difference fails, and so does an exception that no longer is one.

mod compare;
mod measured;
mod observed;
mod webui;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use measured::Cell;
use model::release::Release;
use serde::Deserialize;
use sim::scenario::{Scenario, Server};

/// So many exceptions are allowed.
const EXCEPTIONS_MAX: usize = 5;

fn main() {
    let exceptions = Arc::new(Exceptions::read());
    let tally = Arc::new(Mutex::new(Tally::default()));
    let mut trials: Vec<Trial> = Vec::new();
    for (case, cells) in cells() {
        let (exceptions, tally) = (Arc::clone(&exceptions), Arc::clone(&tally));
        trials.push(Trial::test(case.clone(), move || check(&case, &cells, &exceptions, &tally)));
    }
    trials.push(Trial::test("a_tampered_measurement_is_a_deviation", a_tampered_measurement_is_a_deviation));
    trials.push(Trial::test("webui::a_tampered_line_is_a_difference", webui::a_tampered_line_is_a_difference));
    trials.push(Trial::test("a_case_without_a_scenario_fails", a_case_without_a_scenario_fails));
    for (case, measured) in webui::cases() {
        let tally = Arc::clone(&tally);
        let name = format!("webui::{case}");
        let check = move || {
            let agree = webui::check(&case, &measured);
            let mut tally = tally.lock().expect("no test panics while it counts");
            tally.cells += measured.len();
            tally.agree += agree.as_ref().copied().unwrap_or(0);
            agree.map(drop)
        };
        trials.push(Trial::test(name, check));
    }
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    tally.lock().expect("no test panics while it counts").print();
    conclusion.exit();
}

/// How many cells agree, and why others do not.
#[derive(Default)]
struct Tally {
    cells: usize,
    agree: usize,
    told: Vec<String>,
}

impl Tally {
    #[expect(clippy::print_stdout, reason = "the agreement is what this test is for")]
    fn print(&self) {
        println!("fidelity: {} of {} cells agree", self.agree, self.cells);
        self.told.iter().for_each(|line| println!("  {line}"));
    }
}

/// Where the model is known to differ, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    exception: Vec<Exception>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    case: String,
    release: Release,
    server: Server,
    reason: String,
}

impl Exceptions {
    fn read() -> Self {
        let exceptions: Self = toml::from_str(&read("exceptions.toml")).expect("exceptions.toml");
        assert!(exceptions.exception.len() <= EXCEPTIONS_MAX, "more than {EXCEPTIONS_MAX} exceptions");
        exceptions
    }

    fn of(&self, cell: &Cell) -> Option<&Exception> {
        self.exception.iter().find(|known| {
            (known.case.as_str(), known.release, known.server) == (cell.case.as_str(), cell.release, cell.server)
        })
    }
}

fn read(name: &str) -> String {
    let path = folder().join("tests/fidelity").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// What was measured, by case.
fn cells() -> BTreeMap<String, Vec<Cell>> {
    let mut cells: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    for line in read("measured.jsonl").lines() {
        let cell: Cell = serde_json::from_str(line).expect("a line of measured.jsonl");
        cells.entry(cell.case.clone()).or_default().push(cell);
    }
    cells
}

fn scenario(case: &str) -> Result<Scenario, String> {
    let path = folder().join(format!("scenarios/ground-truth/{case}.toml"));
    Scenario::read(&path).map_err(|error| error.to_string())
}

/// Compares all cells of a case.
fn check(case: &str, cells: &[Cell], exceptions: &Exceptions, tally: &Mutex<Tally>) -> Result<(), Failed> {
    let scenario = scenario(case)?;
    let mut wrong = Vec::new();
    for cell in cells {
        let place = format!("{case} {} {}", cell.release, cell.server);
        let deviations = compare::deviations(cell, &scenario);
        let mut tally = tally.lock().expect("no test panics while it counts");
        tally.cells += 1;
        match (deviations.is_empty(), exceptions.of(cell)) {
            (true, None) => tally.agree += 1,
            (true, Some(_)) => {
                tally.agree += 1;
                wrong.push(format!("{place} agrees: it is no exception any more"));
            }
            (false, Some(known)) => tally.told.push(format!("{place}: {}", known.reason)),
            (false, None) => {
                tally.told.push(format!("{place}: {}", deviations[0]));
                wrong.push(format!("{place}: {}", deviations.join("\n    ")));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

type Tamper = fn(&mut Cell);

/// Each part of a line is really compared.
fn a_tampered_measurement_is_a_deviation() -> Result<(), Failed> {
    let tampers: [(&str, Tamper); 8] = [
        ("lost", |cell| cell.outcomes[0].lost.clear()),
        ("documents", |cell| cell.outcomes[0].documents.clear()),
        ("requests", |cell| cell.requests[0].items[0].turns.reverse()),
        ("requests", |cell| _ = cell.requests.pop()),
        ("recalls", |cell| cell.prefetch.push(measured::Prefetch::NOTHING)),
        ("longest turn call", |cell| cell.turn_call_max_s += 1.0),
        ("longest switch", |cell| _ = cell.op_max_s.insert("switch".into(), 0.6)),
        ("exit codes", |cell| cell.exit_codes = vec![-9]),
    ];
    let all = cells();
    let cell = all["n3_switch"].iter().find(|cell| cell.release.name() == "B").ok_or("no such cell")?;
    let scenario = scenario(&cell.case)?;
    if let Some(deviation) = compare::deviations(cell, &scenario).first() {
        return Err(format!("untouched, it deviates: {deviation}").into());
    }
    for (part, tamper) in tampers {
        let mut cell = cell.clone();
        tamper(&mut cell);
        let deviations = compare::deviations(&cell, &scenario);
        if !deviations.iter().any(|deviation| deviation.contains(part)) {
            return Err(format!("nobody noticed that {part} was changed: {deviations:?}").into());
        }
    }
    Ok(())
}

fn a_case_without_a_scenario_fails() -> Result<(), Failed> {
    let all = cells();
    let none = Exceptions { exception: Vec::new() };
    match check("no_such_case", &all["n3_switch"], &none, &Mutex::default()) {
        Err(_) => Ok(()),
        Ok(()) => Err("it was not missed".into()),
    }
}
