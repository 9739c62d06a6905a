//! The command line: reads arguments, calls the library, prints, and returns the exit code that says how it went.
//!
//! 0 passed · 1 usage or bad input · 2 an invariant was violated, or an expectation not met · 3 did not converge ·
//! 4 not deterministic · 5 proved nothing · 101 a bug in the harness.

mod accept;
mod agents;
mod certify;
mod changed;
mod check;
mod completions;
mod destination;
mod diff;
mod environment;
mod explain;
mod fidelity;
mod fmt;
mod fuzz;
mod gate;
mod history;
mod interrupts;
mod judge;
mod list;
mod man;
mod matrix;
mod matrix_page;
mod memories;
mod merge;
mod new;
mod one_file;
mod page;
mod progress;
mod replay;
mod reports;
mod schema;
mod serve;
mod shrink;
mod strength;
mod sweep;
mod timeline;
mod verbosity;
mod watching;

use std::ffi::OsString;
use std::io::{ErrorKind, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};

use model::words::spelling::shortened;

use crate::plan::{Scenario, parse_real_time};
pub use environment::Environment;
use verbosity::Verbosity;

/// Deterministic simulation of an AI agent's memory: replays reported bugs and judges what became of every turn.
#[derive(Parser)]
#[command(name = "forget-me-not", version, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Show no progress; results and complaints stay
    #[arg(long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Show progress as a line each second
    #[arg(long, global = true)]
    verbose: bool,
}

const EXAMPLES: &str = "\
Examples:
  forget-me-not                                        the gate: scenarios, measurements, known defects, fuzzing
  forget-me-not gate --release F                       the gate of another release, judged by the invariants
  forget-me-not fuzz --release N --seeds 2000          find the races of a release, each shrunk to a scenario file
  forget-me-not replay scenarios                       every scenario with every release, compared with its expectations
  forget-me-not replay scenarios --release reference   the reference, which must never fail
  forget-me-not replay scenarios/ground-truth/n3_switch.toml --release B
                                                       what one release does in one scenario, with the evidence
  forget-me-not sweep scenarios/reported/partial_batch_at_session_end.toml --release F
                                                       which kills and faults break it, and how
  forget-me-not explain scenarios/reported/batch_lost_on_switch.toml --release B
                                                       why it fails, on one page
  forget-me-not matrix                                 one table: every scenario with every release and proposed fix
  forget-me-not matrix --compare F,pr-34859            what a proposed fix fixes, breaks and leaves

Exit codes: 0 passed, 1 bad usage or input, 2 an invariant violated or an expectation not met, 3 did not converge,
4 not deterministic, 5 proved nothing, 101 a bug in the harness";

#[derive(Subcommand)]
enum Command {
    /// Judge a release: replay all scenarios, compare with measurements, check that known defects are found, and fuzz
    ///
    /// This is what the program does without arguments.
    Gate(gate::Gate),
    /// Run scenario files with one or all releases, and show what went wrong, when and why
    Replay(replay::Replay),
    /// Write a new scenario file, with comments, that runs; without arguments it asks on a terminal
    New(new::New),
    /// File a shrunk scenario among the others, with its title, its reports and what each release does in it
    Accept(accept::Accept),
    /// Read scenario files without running them, and show every mistake in each, with its line and what to write instead
    Check(check::Check),
    /// Write scenario files in their canonical layout; a run of them stays the same, and so do comments and line breaks
    Fmt(fmt::Fmt),
    /// Print the format of scenario files as a JSON Schema, which editors complete and check from
    Schema(schema::Schema),
    /// Run every scenario with every release and proposed fix, as one table; or compare two releases
    ///
    /// Every release runs on the same server. Its schedule is the first that the scenario file names for it, otherwise the
    /// scenario's own. A cell shows the worst damage and the number of turns it affected. The exit code is 0 whatever the
    /// table shows, and 5 if no run proved anything.
    Matrix(matrix::Matrix),
    /// Generate scenarios from seeds, run them with one release, and shrink each kind of violation to a scenario file
    ///
    /// The folder named by --out keeps the counts and the findings, so a campaign that was killed continues with --resume.
    /// Each class of violations (the same invariant, broken by the same mechanism) is reported once, with its smallest scenario.
    Fuzz(fuzz::Fuzz),
    /// From a scenario that violates an invariant to the smallest that violates it by the same mechanism
    Shrink(shrink::Shrink),
    /// Try every single fault of a scenario, or every pair: each kill at each step, each fault of each request
    ///
    /// The result can be kept as a certificate, which the gate checks.
    Sweep(sweep::Sweep),
    /// Say why a scenario fails: what was promised, where it was decided, the nearest run that passes, and what was needed
    Explain(explain::Explain),
    /// Show two runs side by side: two releases, two schedules or two files, paired by what happened, the first difference marked
    Diff(diff::Diff),
    /// Draw a run as one HTML file: lanes, messages, faults and kills over time, and what became of each turn
    ///
    /// With --against two runs stand side by side, and the first difference is marked. The point of no return is marked where there is one.
    Timeline(timeline::Timeline),
    /// Compare the models, or a real agent, with what real releases were measured to do, cell by cell
    ///
    /// A model is compared in everything that was measured. A real agent is compared with the release that it behaves most like, in lost,
    /// duplicated and misattributed turns, documents, exit codes, and times within 0.1 s; and so is it with the model of that release.
    Fidelity(fidelity::Fidelity),
    /// Make a report card of a real memory plugin: one line for each guarantee, kept or broken, with the smallest scenario
    ///
    /// Its own code runs unchanged in everyday situations, with kills, with answers of the server that go wrong, and in scenarios drawn at
    /// random. The same memory gives the same card. The exit code is 2 if a guarantee is broken that is not known to be.
    Certify(certify::Certify),
    /// Print everything that was observed in a run of a scenario, event by event
    History(history::History),
    /// Say which real agents can be run here, with which Python and packages, and what is missing
    #[cfg(target_os = "linux")]
    Doctor(agents::doctor::Doctor),
    /// Run every memory plugin of Hermes that the project describes in the same cases, and say in plain words what each loses
    ///
    /// The page is Markdown; docs/memories.md is one. The plugins and their packages have to be installed.
    Memories(memories::Memories),
    /// Show the names that other commands take: releases, invariants, scenarios, profiles
    List(list::List),
    /// Measure how many seeds fuzzing needs to find each known defect: every wrong release, every invariant
    Strength(strength::Strength),
    /// Join the shards of one campaign; the result is the same as from one machine
    Merge(merge::Merge),
    /// Judge the log of any system: turns that were said, documents that were found
    Judge(judge::Judge),
    /// Serve the simulated provider over real HTTP, on this machine only, with faults and a log that judge reads
    ///
    /// It prints its address when it listens, and ends with Ctrl-C or SIGTERM. The log has every request, with its fate, and every
    /// text that was kept.
    Serve(serve::Serve),
    /// Print the completions of commands and options for a shell
    Completions(completions::Completions),
    /// Write the manual pages into a folder
    Man(man::Man),
}

/// The commands and options as data: the documentation is checked against them.
pub fn command() -> clap::Command {
    Cli::command()
}

/// Runs the command line `arguments` (the program's name first) in an empty environment. Returns the exit code.
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
    let parsed = Cli::try_parse_from(arguments);
    if let Ok(Cli { quiet, verbose, .. }) = &parsed {
        Verbosity::of(*quiet, *verbose).set();
    }
    let result = match parsed {
        Ok(Cli { command: Some(Command::Replay(replay)), .. }) => replay.run(environment, out, err),
        Ok(Cli { command: Some(Command::New(new)), .. }) => new.run(environment, out, err),
        Ok(Cli { command: Some(Command::Accept(accept)), .. }) => accept.run(out),
        Ok(Cli { command: Some(Command::Check(check)), .. }) => check.run(environment, out, err),
        Ok(Cli { command: Some(Command::Fmt(fmt)), .. }) => fmt.run(environment, out),
        Ok(Cli { command: Some(Command::Schema(schema)), .. }) => schema.run(out),
        Ok(Cli { command: Some(Command::Completions(completions)), .. }) => completions.run(out),
        Ok(Cli { command: Some(Command::Man(man)), .. }) => man.run(out),
        Ok(Cli { command: Some(Command::Matrix(matrix)), .. }) => matrix.run(environment, out, err),
        Ok(Cli { command: Some(Command::Fuzz(fuzz)), .. }) => fuzz.run(environment, out, err),
        Ok(Cli { command: Some(Command::Merge(merge)), .. }) => merge.run(environment, out, err),
        Ok(Cli { command: Some(Command::Shrink(shrink)), .. }) => shrink.run(environment, out, err),
        Ok(Cli { command: Some(Command::Sweep(sweep)), .. }) => sweep.run(environment, out, err),
        Ok(Cli { command: Some(Command::Explain(explain)), .. }) => explain.run(environment, out, err),
        Ok(Cli { command: Some(Command::Diff(diff)), .. }) => diff.run(environment, out),
        Ok(Cli { command: Some(Command::Fidelity(fidelity)), .. }) => fidelity.run(environment, out, err),
        Ok(Cli { command: Some(Command::History(history)), .. }) => history.run(environment, out),
        Ok(Cli { command: Some(Command::List(list)), .. }) => list.run(out),
        Ok(Cli { command: Some(Command::Judge(judge)), .. }) => judge.run(out),
        Ok(Cli { command: Some(Command::Serve(serve)), .. }) => serve.run(out, err),
        Ok(Cli { command: Some(Command::Strength(strength)), .. }) => strength.run(out, err),
        Ok(Cli { command: Some(Command::Gate(gate)), .. }) => gate.run(environment, out, err),
        Ok(Cli { command: Some(Command::Timeline(timeline)), .. }) => timeline.run(environment, out, err),
        Ok(Cli { command: Some(Command::Certify(certify)), .. }) => certify.run(environment, out, err),
        Ok(Cli { command: Some(Command::Memories(memories)), .. }) => memories.run(environment, out, err),
        #[cfg(target_os = "linux")]
        Ok(Cli { command: Some(Command::Doctor(doctor)), .. }) => doctor.run(environment, out),
        Ok(Cli { command: None, .. }) => gate::Gate::default().run(environment, out, err),
        Err(error) if error.use_stderr() => Err(Failure::Input(vec![in_one_line(&error.to_string())])),
        Err(error) => print(out, &error).map(|()| 0),
    };
    match result {
        Ok(code) => code,
        Err(Failure::Output(error)) => {
            if error.kind() != ErrorKind::BrokenPipe {
                _ = writeln!(err, "the result could not be printed: {error}");
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

/// The complaint from clap's message, without the usage after it, as one line.
fn in_one_line(message: &str) -> String {
    let complaint = message.split("\n\nUsage").next().unwrap_or(message);
    let complaint = complaint.split("\n\nFor more information").next().unwrap_or(complaint);
    let words: Vec<_> = complaint.split_whitespace().map(shortened).collect();
    format!("{}; see --help", words.join(" "))
}

fn print(out: &mut dyn Write, text: &dyn std::fmt::Display) -> Result<(), Failure> {
    write!(out, "{text}").and_then(|()| out.flush()).map_err(Failure::Output)
}

/// Why the program has no result.
enum Failure {
    /// The user's input cannot be used; one line for each mistake.
    Input(Vec<String>),
    /// The output could not be written. A broken pipe is not reported: the reader is gone.
    Output(std::io::Error),
}

fn input(message: String) -> Failure {
    Failure::Input(vec![message])
}

/// A name from the command line.
fn named<T: FromStr<Err = String>>(name: &str) -> Result<T, Failure> {
    name.parse().map_err(|message| Failure::Input(vec![message]))
}

/// The number of threads that the user asked for, or one per core. More than that would only be slower.
fn jobs(asked: Option<NonZeroUsize>, err: &mut dyn Write) -> NonZeroUsize {
    let most = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    match asked {
        Some(asked) if asked > most => {
            _ = writeln!(err, "--jobs {asked}: more threads than cores are slower, so {most} will be used");
            most
        }
        asked => asked.unwrap_or(most),
    }
}

/// The longest time budget: a week.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// A time budget, as in `--for 10m`.
fn budget(text: &str) -> Result<Duration, Failure> {
    match parse_real_time(text).map_err(input)? {
        Duration::ZERO => Err(input(format!("--for {text}: a time budget is more than 0; the shortest is 1ms"))),
        time if time > LONGEST => {
            Err(input(format!("--for {}: a time budget is at most a week, 168h", shortened(text))))
        }
        time => Ok(time),
    }
}

/// Where the scenarios are by default.
const SCENARIOS: &str = "scenarios";

/// The paths that the user named, or the project's scenarios.
fn scenarios(paths: &[PathBuf], command: &str) -> Result<Vec<PathBuf>, Failure> {
    match paths {
        [] if Path::new(SCENARIOS).is_dir() => Ok(vec![SCENARIOS.into()]),
        [] => Err(Failure::Input(vec![format!(
            "there is no folder \"scenarios\" here; run this in the project's folder, or name a path: \
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
