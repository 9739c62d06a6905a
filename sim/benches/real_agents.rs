//! How many runs of real code a second, on one core, and how much longer the same cases take in real time.
//!
//! The cold import is paid before; a run is a fork. The example always runs, and each interpreter of `HERMES_PYTHONS` (separated by colons)
//! adds its Hermes. Each figure is the median of several rounds through the same cases. The world and the child never compute at
//! the same time, so a run takes one core. Real time is what the clocks in a run say: nobody waits for it here.
#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use model::agents::Subject;
use model::words::server::Server;
use sim::external::{Spec, engage};
use sim::judging::Invariant;
use sim::plan::Scenario;
use sim::run;
use sim::world::Engine;

/// Batches, switches, faults, a hang, kills, and two processes.
const CASES: [&str; 10] = [
    "n3_switch",
    "n3_4turns_atexit",
    "n1_switch",
    "err500_once",
    "hang_retain",
    "slow2_shutdown",
    "kill_inflight",
    "sigterm_h5_n3",
    "read_after_write",
    "two_procs_n1",
];
const ROUNDS: usize = 5;

fn main() {
    let cases = CASES.map(|case| {
        let path = project(&format!("scenarios/ground-truth/{case}.toml"));
        Scenario::read(&path, &Invariant::names()).unwrap_or_else(|error| panic!("{error}"))
    });
    let mut agents = vec![(project("model/python/examples/batching.py"), None)];
    agents.extend(pythons().into_iter().map(|python| (PathBuf::from("hermes"), Some(python))));
    for (place, (adapter, python)) in agents.iter().enumerate() {
        measure(place, adapter, python.as_deref(), &cases);
    }
}

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[expect(clippy::disallowed_methods, reason = "who measures says where Hermes is, and how python3.11 is found")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}

fn pythons() -> Vec<PathBuf> {
    variable("HERMES_PYTHONS").split(':').filter(|python| !python.is_empty()).map(PathBuf::from).collect()
}

/// Starts the agent, and prints a line for it. Two agents have two names.
fn measure(place: usize, adapter: &Path, python: Option<&Path>, cases: &[Scenario]) {
    let spec = Spec::of(&adapter.to_string_lossy(), python, None, &variable("PATH"));
    let named = |spec: Spec| Spec { name: format!("{}-{place}", spec.name), ..spec };
    let engaged = match spec.and_then(|spec| engage(&named(spec))) {
        Ok(engaged) => engaged,
        Err(why) => return say(&format!("{} is left out: {why}", adapter.display())),
    };
    let versions = engaged.subject.making().map(|making| making.versions.clone()).unwrap_or_default();
    let name = versions.get("hermes-agent").map_or("the example".to_owned(), |version| format!("Hermes {version}"));
    round(engaged.subject, cases);
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS).map(|_| round(engaged.subject, cases)).collect();
    rounds.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (rate, ratio) = rounds[ROUNDS / 2];
    say(&format!("{name:<14} {rate:>7.1} runs/s   real time takes {ratio:>6.0} times as long"));
}

/// Runs a second, and the ratio of the time that passed in the runs to the time that they took.
#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn round(agent: Subject, cases: &[Scenario]) -> (f64, f64) {
    let (started, mut simulated_ms, mut runs) = (Instant::now(), 0, 0_u32);
    for scenario in cases {
        let run = run::run(scenario, agent, Server::Append, Engine::Events);
        match run.failure {
            Some(why) => {
                assert!(matches!(why, model::agents::outside::Failure::Lacks(_)), "{}: {why:?}", scenario.name)
            }
            None => (simulated_ms, runs) = (simulated_ms + run.simulated_ms, runs + 1),
        }
    }
    let took = started.elapsed().as_secs_f64();
    let simulated = std::time::Duration::from_millis(simulated_ms).as_secs_f64();
    (f64::from(runs) / took, simulated / took)
}

#[expect(clippy::print_stdout, reason = "a benchmark's result is what it prints")]
fn say(line: &str) {
    println!("{line}");
}
