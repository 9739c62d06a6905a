//! What a run costs on four engines: ours, turmoil's own `Sim` with two ticks, and madsim. The workload is the same to the
//! line, and so are its answers.
//!
//! The engines take turns within a round; each figure is the median of several rounds, each ratio the median of the ratios.
//! Ratios are what to quote: they hold on any machine.

mod in_process;
mod madsim;
mod workload;

use std::time::Duration;

use madsim::Madsim;
use workload::{EXCHANGES, LATENCY, Outcome, Workload};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(250);

const WORKLOADS: [(&str, Workload); 2] = [
    ("20 exchanges over one connection, 10 ms each way", Workload { pause: Duration::ZERO }),
    ("the same, one answer after a minute", Workload { pause: Duration::from_secs(60) }),
];

/// Who is measured, by name. Plays a round: how many runs a second, and how a run ended.
type Engine = (&'static str, Box<dyn FnMut(Workload, Duration) -> (f64, Outcome)>);

fn main() {
    let mut engines: Vec<Engine> = vec![
        here("this engine", in_process::ours),
        here("turmoil's Sim, tick 1 ms", |workload| in_process::turmoil_sim(Duration::from_millis(1), workload)),
        here("turmoil's Sim, tick 10 ms", |workload| in_process::turmoil_sim(Duration::from_millis(10), workload)),
    ];
    match Madsim::start() {
        Some(mut madsim) => {
            engines.push(("madsim", Box::new(move |workload, round| madsim.round(workload, round))));
        }
        None => say("madsim is left out: it could not be built or started."),
    }
    for (name, workload) in WORKLOADS {
        compare(name, workload, &mut engines);
    }
}

/// An engine that runs in this process.
fn here(name: &'static str, run: impl Fn(Workload) -> Outcome + 'static) -> Engine {
    (name, Box::new(move |workload, round| (workload::rate(round, || run(workload)), run(workload))))
}

/// Measures all engines with a workload and prints a line for each.
fn compare(name: &str, workload: Workload, engines: &mut [Engine]) {
    let outcomes: Vec<Outcome> = engines.iter_mut().map(|(_, play)| play(workload, Duration::ZERO).1).collect();
    for ((engine, _), outcome) in engines.iter().zip(&outcomes) {
        assert_comparable(engine, workload, *outcome, outcomes[0].answers);
    }
    let mut rates = vec![Vec::with_capacity(ROUNDS); engines.len()];
    for _ in 0..ROUNDS {
        for ((_, play), rates) in engines.iter_mut().zip(&mut rates) {
            rates.push(play(workload, ROUND).0);
        }
    }
    say(name);
    for (((engine, _), outcome), of_engine) in engines.iter().zip(&outcomes).zip(&rates) {
        let ratio = median(rates[0].iter().zip(of_engine).map(|(ours, theirs)| ours / theirs).collect());
        let (rate, simulated) = (median(of_engine.clone()), outcome.simulated.as_secs_f64());
        say(&format!(
            "  {engine:<26} {rate:>8.1} runs/s of {simulated:>6.3} s   this engine: {ratio:>7.2} times as fast"
        ));
    }
}

/// Another answer, or another time, would be another workload. Opening the connection may cost an engine nothing or a round
/// trip, and it may be late by a tick.
fn assert_comparable(engine: &str, workload: Workload, outcome: Outcome, answers: u64) {
    assert_eq!(outcome.answers, answers, "{engine} has other answers");
    let travel = LATENCY * 2 * EXCHANGES + workload.pause;
    let excess = outcome.simulated.checked_sub(travel).unwrap_or_else(|| panic!("{engine}: {outcome:?}"));
    assert!(excess <= LATENCY * 4, "{engine}: {outcome:?} is {excess:?} more than {travel:?}");
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]
fn say(line: &str) {
    println!("{line}");
}
