//! How many lifecycles a second, on one core, with everything on: HTTP, journal, kills, history, digest, all checks.
//!
//! Each figure is the median of several rounds; what is compared takes turns within a round, so that a machine that
//! slows down slows both. Ratios are what to quote: they hold on any machine.

use std::path::Path;
use std::time::{Duration, Instant};

use model::agents::Subject;
use model::words::server::Server;
use sim::plan::Scenario;
use sim::run::{self, Verdict};
use sim::world::Engine;

/// 20 turns in batches of 3, two switches, one failed retain, one SIGKILL and restart.
const LIFECYCLE: &str = r#"
title  = "one lifecycle"
config = { retain_every_n_turns = 3 }
steps  = ["turn x3", "sleep 100ms", "turn x4", "switch S2", "sleep 100ms", "turn x6", "sigkill",
          "restart S2", "turn x4", "switch S3", "turn x3", "sleep 100ms", "shutdown"]
[faults]
retain = { 2 = "500" }
"#;

/// The same, waiting 60 s for a wedged provider.
const WEDGED: &str = r#"
title  = "one lifecycle that waits a minute"
config = { retain_every_n_turns = 3 }
steps  = ["turn x3", "sleep 100ms", "turn x4", "switch S2", "sleep 100ms", "turn x6", "sigkill",
          "restart S2", "turn x4", "switch S3", "turn x3", "sleep 70s", "shutdown"]
[faults]
retain = { 2 = "500", 5 = "delay 60s" }
"#;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(500);
const TICKS: Engine = Engine::Ticks(Duration::from_millis(1));
const REFERENCE: (Subject, Server) = (Subject::REFERENCE, Server::Idempotent);
fn release_f() -> (Subject, Server) {
    ("F".parse().expect("a release"), Server::Append)
}

fn main() {
    let read = |text| Scenario::parse(Path::new("bench.toml"), text).unwrap_or_else(|error| panic!("{error}"));
    let (lifecycle, wedged) = (read(LIFECYCLE), read(WEDGED));
    let check = run::run(&lifecycle, REFERENCE.0, REFERENCE.1, Engine::Events);
    assert_eq!((check.verdict, check.turns), (Verdict::Pass, 20), "{:?}", check.violations);
    assert_eq!(run::run(&wedged, REFERENCE.0, REFERENCE.1, Engine::Events).verdict, Verdict::Pass);

    let mut rates = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        rates[0].push(rate(&lifecycle, REFERENCE, Engine::Events));
        rates[1].push(rate(&wedged, REFERENCE, Engine::Events));
        rates[2].push(rate(&lifecycle, release_f(), Engine::Events));
        rates[3].push(rate(&wedged, REFERENCE, TICKS));
    }
    let ratio = |a: usize, b: usize| median(rates[a].iter().zip(&rates[b]).map(|(a, b)| a / b).collect());
    let waiting = ratio(0, 1);
    let ticking = ratio(1, 3);
    let [plain, waits, release_f, ticks] = rates.map(median);
    report(
        "lifecycle, reference",
        plain,
        "20 turns, batches of 3, two switches, a failed retain, a SIGKILL and restart",
    );
    report("lifecycle, release F", release_f, "the same plan");
    report(
        "waiting 60 s, reference",
        waits,
        &format!("for a wedged provider: {waiting:.2} times the cost of not waiting"),
    );
    report("waiting 60 s, turmoil's Sim", ticks, &format!("tick 1 ms: our engine runs it {ticking:.0} times as fast"));
}

/// Lifecycles a second.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn rate(scenario: &Scenario, (release, server): (Subject, Server), engine: Engine) -> f64 {
    let started = Instant::now();
    let mut runs = 0;
    while started.elapsed() < ROUND {
        std::hint::black_box(run::run(scenario, release, server, engine));
        runs += 1;
    }
    f64::from(runs) / started.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

#[expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]
fn report(name: &str, rate: f64, note: &str) {
    println!("{name:<28} {rate:>9.1} lifecycles/s   {note}");
}
