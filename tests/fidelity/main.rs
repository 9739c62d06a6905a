//! The model behaves as the real releases were measured to behave, case by case, within half a second; and each part of a measurement is
//! really compared.

use std::path::Path;
use std::sync::{Arc, Mutex};

use libtest_mimic::{Arguments, Failed, Trial};
use sim::judging::Invariant;
use sim::plan::Scenario;
use sim::search::fidelity::measured::{Cell, Prefetch};
use sim::search::fidelity::webui::Line;
use sim::search::fidelity::{self, Agreement, Case, compare, webui};

fn main() {
    let total = Arc::new(Mutex::new(Agreement::default()));
    let mut trials: Vec<Trial> = Vec::new();
    for case in fidelity::cases() {
        let total = Arc::clone(&total);
        trials.push(Trial::test(case.scenario.replace('/', "::"), move || check(&case, &total)));
    }
    trials.push(Trial::test("a_tampered_measurement_is_a_deviation", a_tampered_measurement_is_a_deviation));
    trials.push(Trial::test("a_tampered_line_is_a_deviation", a_tampered_line_is_a_deviation));
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials);
    print(&total.lock().expect("no test panics while it counts"));
    conclusion.exit();
}

#[expect(clippy::print_stdout, reason = "the agreement is what this test is for")]
fn print(total: &Agreement) {
    println!("fidelity: {} of {} cells agree", total.agree, total.cells);
    total.excepted.iter().chain(&total.wrong).for_each(|line| println!("  {line}"));
}

fn scenario(name: &str) -> Result<Scenario, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("scenarios/{name}.toml"));
    Scenario::read(&path, &Invariant::names()).map_err(|error| error.to_string())
}

/// Compares all cells of a case.
fn check(case: &Case, total: &Mutex<Agreement>) -> Result<(), Failed> {
    let agreement = case.compare(&scenario(&case.scenario)?, None);
    let wrong = agreement.wrong.clone();
    total.lock().expect("no test panics while it counts").add(agreement);
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}

/// Each part of a memory's line is really compared.
fn a_tampered_measurement_is_a_deviation() -> Result<(), Failed> {
    type Tamper = fn(&mut Cell);
    let tampers: [(&str, Tamper); 8] = [
        ("lost", |cell| cell.outcomes[0].lost.clear()),
        ("documents", |cell| cell.outcomes[0].documents.clear()),
        ("requests", |cell| cell.requests[0].items[0].turns.reverse()),
        ("requests", |cell| _ = cell.requests.pop()),
        ("recalls", |cell| cell.prefetch.push(Prefetch::NOTHING)),
        ("longest turn call", |cell| cell.turn_call_max_s += 1.0),
        ("longest switch", |cell| _ = cell.op_max_s.insert("switch".into(), 0.6)),
        ("exit codes", |cell| cell.exit_codes = vec![-9]),
    ];
    let all = fidelity::cells();
    let cell = all["n3_switch"].iter().find(|cell| cell.release.name() == "B").ok_or("no such cell")?;
    let scenario = scenario("ground-truth/n3_switch")?;
    if let Some(deviation) = compare::deviations(cell, &scenario).first() {
        return Err(format!("untouched, it deviates: {deviation}").into());
    }
    for (part, tamper) in tampers {
        let mut cell = cell.clone();
        tamper(&mut cell);
        noticed(part, &compare::deviations(&cell, &scenario))?;
    }
    Ok(())
}

/// Each part of a WebUI's line is really compared.
fn a_tampered_line_is_a_deviation() -> Result<(), Failed> {
    type Tamper = fn(&mut Line);
    let tampers: [(&str, &str, Tamper); 8] = [
        ("fail_then_retry", "answers", |line| {
            _ = line.answers.insert("commit S1".into(), vec![Some(true), Some(true)])
        }),
        ("fail_then_retry", "commits", |line| line.commits.reverse()),
        ("fail_always_drain", "drain takes", |line| line.drain_s = Some(0.6)),
        ("hang_drain", "drain takes", |line| line.hangs = true),
        ("commit_nowait_inflight", "takes", |line| _ = line.took_s.insert("commit S1".into(), vec![Some(0.6)])),
        ("real_hindsight", "retains", |line| line.retains_on_server = Some(1)),
        ("real_hindsight", "buffered", |line| line.still_buffered = Some(0)),
        ("discard", "is answered", |line| line.unknown = Some("discard S1".into())),
    ];
    let all = fidelity::lines();
    for (case, part, tamper) in tampers {
        let line = all.get(case).and_then(|lines| lines.iter().find(|line| line.release.name() == "W3"));
        let mut line = line.ok_or("no such case")?.clone();
        tamper(&mut line);
        noticed(part, &webui::deviations(&line, &scenario(&format!("webui/{case}"))?))?;
    }
    Ok(())
}

fn noticed(part: &str, deviations: &[String]) -> Result<(), Failed> {
    match deviations.iter().any(|deviation| deviation.contains(part)) {
        true => Ok(()),
        false => Err(format!("nobody noticed that {part} was changed: {deviations:?}").into()),
    }
}
