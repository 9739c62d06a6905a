//! The command line: reads arguments, calls the library, prints, and returns the exit code that says how it went.
//!
//! 0 passed · 1 usage or bad input · 2 an invariant was violated, or an expectation not met · 3 did not converge ·
//! 4 not deterministic · 5 proved nothing · 101 a bug in the harness.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::replay::{self, Replayed, Selection};
use crate::scenario::Scenario;
use crate::{report, trace};

/// Deterministic simulation of an AI agent's memory: replays reported bugs, and judges what became of every turn.
#[derive(Parser)]
#[command(name = "forget-me-not", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  forget-me-not replay scenarios                                   every scenario, every release, compared with what is known
  forget-me-not replay scenarios --release reference               what must never fail
  forget-me-not replay scenarios/ground-truth/n3_switch.toml --release B
                                                                   what a release does with one scenario, and why it is wrong

Exit codes: 0 passed, 1 bad input, 2 violated or not as expected, 3 did not converge, 4 not deterministic, 5 proved nothing";

#[derive(Subcommand)]
enum Command {
    /// Run scenario files against releases of the memory, and show what happened, when, and why it was wrong
    Replay(Replay),
}

#[derive(Args)]
struct Replay {
    /// Scenario files, or folders of them
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only this release (reference, A, B, C, D, E, F, N), judged by the invariants instead of the expectations
    #[arg(long)]
    release: Option<String>,
    /// Only this server: replace (0.4.0), append (0.6.0) or idempotent (0.9.1)
    #[arg(long)]
    server: Option<String>,
    /// Only under this seed's schedule, instead of those that the scenarios name
    #[arg(long)]
    seed: Option<u64>,
    /// Print one JSON object per run
    #[arg(long)]
    json: bool,
    /// Run everything twice, and exit with 4 if two histories differ
    #[arg(long)]
    twice: bool,
    /// Print what happens inside, with simulated time, to standard error: debug, or model=debug,sim=info
    #[arg(long, value_name = "FILTER")]
    trace: Option<String>,
}

/// Runs the command line `arguments` (the program's name first). Returns the exit code.
pub fn run(arguments: impl Iterator<Item = OsString>, out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    let result = match Cli::try_parse_from(arguments) {
        Ok(Cli { command: Some(Command::Replay(replay)) }) => replay.run(out, err),
        Ok(Cli { command: None }) => print(out, &Cli::command().render_long_help()).map(|()| 0),
        Err(error) if error.use_stderr() => Err(Failure::Input(vec![in_one_line(&error.to_string())])),
        Err(error) => print(out, &error).map(|()| 0),
    };
    match result {
        Ok(code) => code,
        Err(Failure::Output) => 1,
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
    let words: Vec<&str> = complaint.split_whitespace().collect();
    format!("{}; see --help", words.join(" "))
}

fn print(out: &mut dyn Write, text: &dyn std::fmt::Display) -> Result<(), Failure> {
    write!(out, "{text}").and_then(|()| out.flush()).map_err(|_| Failure::Output)
}

/// Why there is no result.
enum Failure {
    /// What the user gave cannot be used; one line each.
    Input(Vec<String>),
    /// Nobody reads what we print.
    Output,
}

impl Replay {
    fn run(&self, out: &mut dyn Write, err: &mut dyn Write) -> Result<u8, Failure> {
        let (release, server) = (named(&self.release)?, named(&self.server)?);
        let selection = Selection { release, server, seed: self.seed, twice: self.twice };
        if let Some(filter) = &self.trace {
            trace::install(filter).map_err(|message| Failure::Input(vec![message]))?;
        }
        let scenarios = replay::find(&self.paths)
            .map_err(|errors| Failure::Input(errors.iter().map(ToString::to_string).collect()))?;
        let mut done: Vec<(Scenario, Vec<Replayed>)> = Vec::new();
        for scenario in scenarios {
            let mut replays = Vec::new();
            for (release, server, seed) in replay::pairs(&scenario, &selection) {
                let mut replayed = replay::replay(&scenario, release, server, seed, selection.twice);
                replayed.run.events = Vec::new();
                if self.json {
                    print(out, &format!("{}\n", report::json_line(&replayed)))?;
                }
                if let Some(divergence) = &replayed.divergence {
                    _ = write!(err, "{}", report::divergence(&scenario, &replayed.run, divergence));
                }
                replays.push(replayed);
            }
            done.push((scenario, replays));
        }
        let all: Vec<&Replayed> = done.iter().flat_map(|(_, replays)| replays).collect();
        if !self.json {
            print(out, &format!("{}{}\n", report::text(&done, &selection), report::summary(&all, &selection)))?;
        }
        Ok(replay::exit_code(&all, &selection))
    }
}

/// A name from the command line.
fn named<T: FromStr<Err = String>>(name: &Option<String>) -> Result<Option<T>, Failure> {
    name.as_deref().map(T::from_str).transpose().map_err(|message| Failure::Input(vec![message]))
}
