//! madsim, in a process of its own: it simulates only in a program that is built for it, with all that it depends on.
//!
//! The program is built below the target folder when the benchmark starts, and lives as long as the benchmark.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::workload::{Outcome, Workload};

const PACKAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/engines/madsim/Cargo.toml");
const TARGET: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/madsim");

/// The program. It ends when its input does.
pub(crate) struct Madsim {
    process: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Madsim {
    /// Builds and starts the program. If it cannot be built, cargo has said why.
    pub(crate) fn start() -> Option<Self> {
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--locked", "--manifest-path", PACKAGE, "--target-dir", TARGET])
            .env("RUSTFLAGS", rustflags())
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .status();
        if !built.is_ok_and(|status| status.success()) {
            return None;
        }
        let program = format!("{TARGET}/release/engines-madsim{}", std::env::consts::EXE_SUFFIX);
        let mut process = Command::new(program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let (input, output) = (process.stdin.take(), BufReader::new(process.stdout.take()?));
        Some(Self { process, input, output })
    }

    /// Plays a round: how many runs a second, and how a run ended.
    pub(crate) fn round(&mut self, workload: Workload, round: Duration) -> (f64, Outcome) {
        let input = self.input.as_mut().expect("it is open until the end");
        writeln!(input, "{} {}", workload.pause.as_millis(), round.as_millis()).expect("the program listens");
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the program answers");
        let numbers: Vec<&str> = line.split_whitespace().collect();
        let [rate, answers, simulated] = numbers[..] else { panic!("madsim has failed: {line:?}") };
        let microseconds = simulated.parse().expect("microseconds");
        let outcome =
            Outcome { answers: answers.parse().expect("a hash"), simulated: Duration::from_micros(microseconds) };
        (rate.parse().expect("runs a second"), outcome)
    }
}

impl Drop for Madsim {
    fn drop(&mut self) {
        drop(self.input.take());
        // Whatever it says now, the figures are there.
        _ = self.process.wait();
    }
}

/// The flags with which everything else was built, if they came from the environment, and madsim's own.
#[expect(clippy::disallowed_methods, reason = "they are the user's, and steer a compiler, not a run")]
fn rustflags() -> String {
    let inherited = std::env::var("RUSTFLAGS").unwrap_or_default();
    format!("{inherited} --cfg madsim")
}
