//! The command line: reads arguments, calls the library, prints, and returns the exit code that says how it went.
//!
//! 0 passed · 1 usage or bad input · 2 an invariant was violated, or an expectation not met · 3 did not converge ·
//! 4 not deterministic · 5 proved nothing · 101 a bug in the harness.

mod environment;
mod fuzz;
mod gate;
mod interrupts;
mod matrix;
mod merge;
mod page;
mod progress;
mod replay;
mod strength;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Parser, Subcommand};

use model::words::spelling::shortened;

use crate::plan::Scenario;
pub use environment::Environment;

/// Deterministic simulation of an AI agent's memory: replays reported bugs, and judges what became of every turn.
#[derive(Parser)]
#[command(name = "forget-me-not", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  forget-me-not                                                    the gate: scenarios, measurements, known defects, fuzzing
  forget-me-not gate --release F                                   the same of another release, judged by the invariants
  forget-me-not fuzz --release N --seeds 2000                      the races of a release, each shrunk to a file
  forget-me-not replay scenarios                                   every scenario, every release, compared with what is known
  forget-me-not replay scenarios --release reference               what must never fail
  forget-me-not replay scenarios/ground-truth/n3_switch.toml --release B
                                                                   what a release does with one scenario, and why it is wrong
  forget-me-not matrix                                             every scenario x every release and proposed fix, one table
  forget-me-not matrix --compare F,pr-34859                        what a proposed fix mends, breaks, and leaves

Exit codes: 0 passed, 1 bad input, 2 violated or not as expected, 3 did not converge, 4 not deterministic, 5 proved nothing";

#[derive(Subcommand)]
enum Command {
    /// Replay all scenarios, compare what was measured, see whether what is known to be wrong is still caught, and fuzz: one page
    ///
    /// This is what the program does without arguments.
    Gate(gate::Gate),
    /// Run scenario files against releases of the memory, and show what happened, when, and why it was wrong
    Replay(replay::Replay),
    /// Run every scenario with every release and every proposed fix, as one table: which pull request is right?
    ///
    /// Every release meets the same server, under the first schedule that the file names for it, or else the scenario's own, whether or
    /// not the file expects anything of it.
    /// A cell is the worst damage, and to how many turns it was done. The exit code is 0 when the table was printed, for
    /// it is a table and no verdict; 5 if no run proved anything.
    Matrix(matrix::Matrix),
    /// Draw scenarios from seeds, run them with one release, and shrink what violates an invariant to a file
    ///
    /// The folder that --out names keeps what was counted and found: a campaign that is killed goes on with --resume. Every class
    /// of violations (the same invariant, broken by the same mechanism) is told once, with its smallest scenario.
    Fuzz(fuzz::Fuzz),
    /// Say how many seeds it takes until fuzzing finds each known defect: every release that is wrong, every invariant
    Strength(strength::Strength),
    /// Join the shards of one campaign: the same result as if it had run on one machine
    Merge(merge::Merge),
}

/// Runs the command line `arguments` (the program's name first) where nothing is known of the surroundings. Returns the exit
/// code.
pub fn run(arguments: impl Iterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    run_in(&Environment::default(), arguments, out, err)
}

/// Runs the command line `arguments` (the program's name first). Returns the exit code.
pub fn run_in(
    environment: &Environment,
    arguments: impl Iterator<Item = OsString>,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> u8 {
    let result = match Cli::try_parse_from(arguments) {
        Ok(Cli { command: Some(Command::Replay(replay)) }) => replay.run(out, err),
        Ok(Cli { command: Some(Command::Matrix(matrix)) }) => matrix.run(out),
        Ok(Cli { command: Some(Command::Fuzz(fuzz)) }) => fuzz.run(environment, out, err),
        Ok(Cli { command: Some(Command::Merge(merge)) }) => merge.run(out, err),
        Ok(Cli { command: Some(Command::Strength(strength)) }) => strength.run(out),
        Ok(Cli { command: Some(Command::Gate(gate)) }) => gate.run(out, err),
        Ok(Cli { command: None }) => gate::Gate::default().run(out, err),
        Err(error) if error.use_stderr() => Err(Failure::Input(vec![in_one_line(&error.to_string())])),
        Err(error) => print(out, &error).map(|()| 0),
    };
    match result {
        Ok(code) => code,
        Err(Failure::Output(error)) => {
            if error.kind() != ErrorKind::BrokenPipe {
                _ = writeln!(err, "what was found could not be written: {error}");
            }
            1
        }
        Err(Failure::Input(messages)) => {
            for message in messages {
                _ = writeln!(err, "{message}");
            }
            1
        }
    }
}

/// What clap says before it explains the usage, as one line.
fn in_one_line(message: &str) -> String {
    let complaint = message.split("\n\nUsage").next().unwrap_or(message);
    let complaint = complaint.split("\n\nFor more information").next().unwrap_or(complaint);
    let words: Vec<_> = complaint.split_whitespace().map(shortened).collect();
    format!("{}; see --help", words.join(" "))
}

fn print(out: &mut dyn Write, text: &dyn std::fmt::Display) -> Result<(), Failure> {
    write!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::Output)
}

/// Why there is no result.
enum Failure {
    /// What the user gave cannot be used; one line each.
    Input(Vec<String>),
    /// What we print does not arrive. If nobody reads any more, there is nobody to complain to.
    Output(std::io::Error),
}

fn input(message: String) -> Failure {
    Failure::Input(vec![message])
}

/// A name from the command line.
fn named<T: FromStr<Err = String>>(name: &str) -> Result<T, Failure> {
    name.parse().map_err(|message| Failure::Input(vec![message]))
}

/// As many threads as were asked for, or one for each core.
fn jobs(asked: Option<NonZeroUsize>) -> NonZeroUsize {
    const MOST: NonZeroUsize = NonZeroUsize::new(1_024).expect("it is not zero");
    asked
        .map(|jobs| jobs.min(MOST))
        .unwrap_or_else(|| std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN))
}

/// Where the scenarios are unless the user says so.
const SCENARIOS: &str = "scenarios";

/// The paths that were named, or the project's own.
fn scenarios(paths: &[PathBuf], command: &str) -> Result<Vec<PathBuf>, Failure> {
    match paths {
        [] if Path::new(SCENARIOS).is_dir() => Ok(vec![SCENARIOS.into()]),
        [] => Err(Failure::Input(vec![format!(
            "there is no folder \"scenarios\" here; go to the project's folder, or say where the scenarios are: \
             forget-me-not {command} PATH"
        )])),
        paths => Ok(paths.to_vec()),
    }
}

/// All scenarios under the paths.
fn read(paths: &[PathBuf]) -> Result<Vec<Scenario>, Failure> {
    crate::search::replay::find(paths)
        .map_err(|errors| Failure::Input(errors.iter().map(ToString::to_string).collect()))
}
