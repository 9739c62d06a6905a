//! The command line.
//!
//! 0: every survivor is listed. 1: it could not be done. 2: a mutant survives that the table does not list.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use crate::failure::{At, Failure};
use crate::interrupts;
use crate::judging::Session;
use crate::judging::choosing::{Shard, Touched, mixed};
use crate::judging::judges::Build;
use crate::judging::likeness;
use crate::judging::results::Results;
use crate::mutant::Mutant;
use crate::report::{self, Summary};
use crate::stopwatch::Stopwatch;
use crate::survivors::{self, TABLE, Table};
use crate::target::Target;
use crate::weaving::project::{self, Files};
use crate::weaving::{self, Copy};

/// Weaves every small mistake into one program, and says which of them no judge notices.
#[derive(Parser)]
#[command(name = "mutants", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Copy the project, with all mutants of a part woven in; mutants.json in the copy lists them
    Weave(Weave),
    /// Judge mutants, one after another, and compare the survivors with the table in mutants/survivors.toml
    ///
    /// What was judged stays in results.jsonl of the woven copy. Another call goes on from there, as long as the sources are the same.
    Judge(Judge),
}

#[derive(Args)]
struct Weave {
    /// What to mutate
    #[arg(long, value_name = "PART")]
    of: Target,
    /// Folder for the copy
    #[arg(long, value_name = "DIR")]
    into: PathBuf,
}

#[derive(Args)]
struct Judge {
    /// What to mutate
    #[arg(long, value_name = "PART", required_unless_present = "in_diff")]
    of: Option<Target>,
    /// Only mutants of lines that differ from this revision
    #[arg(long, value_name = "REV")]
    in_diff: Option<String>,
    /// Folder for the woven copy [default: mutants/PART in the compiler's folder]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Number of mutants to judge at the same time
    #[arg(long, value_name = "J", default_value = "1")]
    jobs: NonZeroUsize,
    /// Judge only one shard of the mutants, as in 0/4 for the first of four
    #[arg(long, value_name = "I/N")]
    shard: Option<Shard>,
    /// Judge only the mutants that the table lists, as with other seeds
    #[arg(long, conflicts_with = "in_diff")]
    listed: bool,
    /// Judge only so many, chosen by chance
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// The seed of that choice
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// First seed of the campaigns
    #[arg(long, value_name = "S", default_value_t = 0)]
    start: u64,
    /// Profile to build the copy with
    #[arg(long, value_name = "PROFILE", default_value = "release")]
    profile: String,
    /// Time budget, as in 3m, weaving and building included: what is not begun by then is not judged
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    limit: Option<Duration>,
    /// Compare the copy first, with no mutant on, with the project's own program: both must have the same runs and digests
    #[arg(long, value_name = "PROGRAM")]
    like: Option<PathBuf>,
    /// Put a row into the table for each survivor that has none
    #[arg(long)]
    write: bool,
}

/// `90s`, `3m` or `2h`.
fn duration(text: &str) -> Result<Duration, String> {
    let seconds = |unit: char| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3_600),
        _ => None,
    };
    let parsed = text
        .char_indices()
        .last()
        .and_then(|(end, unit)| text[..end].parse::<u64>().ok()?.checked_mul(seconds(unit)?).map(Duration::from_secs));
    parsed.ok_or_else(|| "a time is a number with s, m or h: 3m".to_owned())
}

impl Weave {
    fn run(&self, root: &Path, out: &mut dyn Write) -> Result<u8, Failure> {
        let into = std::path::absolute(&self.into).at(&self.into)?;
        let copy = weaving::weave(self.of, &project::read(root)?, &into, &builds(root), &|_| true)?;
        tell(out, &woven(&copy));
        Ok(0)
    }
}

fn woven(copy: &Copy) -> String {
    let (all, compiling, name) = (copy.mutants.len(), copy.compiling().count(), copy.of.name());
    format!("{name}: {all} mutants, {compiling} of them compile, woven into {}", copy.folder.display())
}

fn tell(out: &mut dyn Write, line: &str) {
    // Nobody reads it: what was judged is kept all the same.
    _ = writeln!(out, "{}", line.trim_end()).and_then(|()| out.flush());
}

impl Judge {
    fn run(&self, root: &Path, out: &mut dyn Write) -> Result<u8, Failure> {
        let watch = Stopwatch::start();
        let touched = self.in_diff.as_ref().map(|revision| Touched::since(root, revision)).transpose()?;
        let is_touched = |of: &Target| touched.as_ref().is_none_or(|touched| touched.any(|file| of.has(file)));
        let parts: Vec<Target> = match self.of {
            Some(of) => vec![of],
            None => Target::ALL.to_vec(),
        };
        let parts: Vec<Target> = parts.into_iter().filter(is_touched).collect();
        if parts.is_empty() {
            tell(out, "nothing has changed of what is mutated");
            return Ok(0);
        }
        let (files, table) = (project::read(root)?, Table::read(root)?);
        let mut code = 0;
        for of in parts {
            code = code.max(self.part(of, root, &files, &table, touched.as_ref(), watch, out)?);
        }
        Ok(code)
    }

    #[expect(clippy::too_many_arguments, reason = "what was read once for all parts")]
    fn part(
        &self,
        of: Target,
        root: &Path,
        files: &Files,
        table: &Table,
        touched: Option<&Touched>,
        watch: Stopwatch,
        out: &mut dyn Write,
    ) -> Result<u8, Failure> {
        let builds = builds(root);
        let found = weaving::find(of, files)?;
        let wanted = |mutant: &Mutant| touched.is_none_or(|touched| touched.has(mutant));
        if !found.mutants.iter().any(wanted) {
            tell(out, &format!("{}: no mutant in the lines that have changed", of.name()));
            return Ok(0);
        }
        let name = if touched.is_some() { format!("changed-{}", of.name()) } else { of.name().to_owned() };
        let into = self.into.clone().unwrap_or_else(|| builds.join("mutants").join(name));
        let into = std::path::absolute(&into).at(&into)?;
        let copy = weaving::weave(of, files, &into, &builds, &wanted)?;
        tell(out, &woven(&copy));
        let mut chosen: Vec<&Mutant> = copy.compiling().collect();
        chosen.retain(|mutant| self.shard.is_none_or(|shard| shard.has(mutant.number)));
        chosen.retain(|mutant| !self.listed || table.of(mutant.name()).is_some());
        // If the time is short, what is judged is a fair sample.
        if self.sample.is_some() || self.limit.is_some() {
            chosen.sort_by_key(|mutant| mixed(mutant.number, self.seed));
        }
        chosen.truncate(self.sample.unwrap_or(usize::MAX));
        let results = match self.start {
            0 => "results.jsonl".to_owned(),
            start => format!("results-{start}.jsonl"),
        };
        let mut results = Results::open(&into.join(results), &copy.mutants)?;
        self.session(&copy, &builds, &chosen, &mut results, watch, out)?;
        let summary = Summary { of, chosen: &chosen, all: &found.mutants, known: results.known(), table };
        tell(out, &summary.text());
        let unlisted = summary.unlisted();
        if self.write && !unlisted.is_empty() {
            let names = unlisted.iter().map(|outcome| (&*outcome.file, &*outcome.function, &*outcome.what));
            let path = root.join(TABLE);
            let mut file = OpenOptions::new().append(true).open(&path).at(&path)?;
            file.write_all(survivors::rows(of, names).as_bytes()).at(&path)?;
            return Ok(0);
        }
        // As long as a part's table is not whole, a change is not to blame for what survives in it.
        let is_news = touched.is_none() || table.is_whole(of);
        Ok(if is_news && !unlisted.is_empty() { 2 } else { 0 })
    }

    /// Judges those of the chosen mutants that have no result yet.
    fn session(
        &self,
        copy: &Copy,
        builds: &Path,
        chosen: &[&Mutant],
        results: &mut Results,
        watch: Stopwatch,
        out: &mut dyn Write,
    ) -> Result<(), Failure> {
        let is_new = |mutant: &&&Mutant| !results.known().contains_key(&mutant.number);
        let left: Vec<&Mutant> = chosen.iter().filter(is_new).copied().collect();
        if left.is_empty() {
            return Ok(());
        }
        let judges = Build { profile: &self.profile, builds, start: self.start }.judges(copy)?;
        interrupts::listen().at(Path::new("signals"))?;
        let scratch = copy.folder.join("scratch");
        if let Some(program) = &self.like {
            let alike = likeness::check(&judges, &std::path::absolute(program).at(program)?, &scratch)?;
            tell(out, &format!("the same as {}: {}", program.display(), alike.join(", ")));
        }
        let limit = self.limit.map(|limit| (watch, limit));
        let session = Session { judges: &judges, jobs: self.jobs, scratch: &scratch, limit };
        let of = left.len();
        session.judge(&left, results, &mut |number, outcome| tell(out, &report::line(number, of, outcome)))
    }
}

/// The folder in which the compiler puts what it makes.
fn builds(root: &Path) -> PathBuf {
    root.join(std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from))
}

/// Runs the program.
pub(crate) fn run() -> ExitCode {
    let mut out = io::stdout();
    let result = project::root().and_then(|root| match Cli::parse().command {
        Command::Weave(weave) => weave.run(&root, &mut out),
        Command::Judge(judge) => judge.run(&root, &mut out),
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            _ = writeln!(io::stderr(), "{failure}");
            ExitCode::from(1)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_page_is_accepted() {
        let page = include_str!("../../docs/mutation.md");
        let commands: Vec<&str> =
            page.lines().filter_map(|line| line.strip_prefix("cargo run -p mutants --release -- ")).collect();
        for command in &commands {
            let words = std::iter::once("mutants").chain(command.split_whitespace());
            assert!(Cli::try_parse_from(words).is_ok(), "{command}");
        }
        assert!(commands.len() >= 5, "{commands:?}");
    }

    #[test]
    fn each_row_of_the_table_names_a_mutant() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's folder");
        let files = project::read(root).unwrap_or_else(|failure| panic!("{failure}"));
        let table = Table::read(root).unwrap_or_else(|failure| panic!("{failure}"));
        for of in Target::ALL {
            let found = weaving::find(of, &files).unwrap_or_else(|failure| panic!("{failure}"));
            let gone = table.gone(of, &found.mutants);
            assert!(gone.is_empty(), "the sources have changed, and these rows of {TABLE} can go: {gone:#?}");
            assert!(found.mutants.len() > 300, "{}: only {}", of.name(), found.mutants.len());
        }
    }

    #[test]
    fn a_time_has_a_unit() {
        assert_eq!(duration("3m"), Ok(Duration::from_secs(180)));
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "3", "m", "3d", "-3m", "3.5m"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
