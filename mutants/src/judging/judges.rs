//! Who judges the mutants of a part, the quickest first.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::outcome::Prints;
use super::process::Task;
use crate::failure::{At, Failure};
use crate::target::Target;
use crate::weaving::{self, Copy};

/// A judge.
pub(crate) struct Judge {
    /// Its name in the results.
    pub(crate) name: String,
    /// What it runs.
    pub(crate) task: Task,
    /// How its output is read.
    pub(crate) prints: Prints,
}

/// The profiles of the campaigns that judge the reference, with their numbers of seeds.
const CAMPAIGNS: &[(&str, u32)] = &[("default", 3_000), ("gateway", 2_000), ("webui", 2_000), ("storage", 2_000)];

/// The tests of the whole that judge the judges, by their names in the root package.
const TESTS: &[&str] = &["verdicts", "causes", "evidence", "judgements", "scenarios", "invariants", "second_judge"];

/// What makes an optimized build quick. The code is the same, and so are its checks.
const QUICK: &[&str] = &["lto=\"off\"", "codegen-units=16", "opt-level=2", "debug=0", "incremental=true"];

/// How the copy is built.
pub(crate) struct Build<'a> {
    /// The profile: `release`, or `dev`.
    pub(crate) profile: &'a str,
    /// The folder for what the compiler makes.
    pub(crate) builds: &'a Path,
    /// The first seed of the campaigns.
    pub(crate) start: u64,
}

impl Build<'_> {
    /// Builds the woven copy, and returns its judges.
    ///
    /// # Errors
    ///
    /// If it does not build.
    pub(crate) fn judges(&self, copy: &Copy) -> Result<Vec<Judge>, Failure> {
        match copy.of {
            Target::Reference => {
                let program = self.program(copy)?;
                Ok([replay(copy, &program, true)].into_iter().chain(self.campaigns(copy, &program)).collect())
            }
            Target::Hermes => {
                let program = self.program(copy)?;
                let fidelity = judge(copy, "fidelity", &program, &["fidelity", "--jobs", "1"], Prints::Cells);
                Ok(vec![fidelity, replay(copy, &program, false)])
            }
            Target::Judging => self.tests(copy),
        }
    }

    fn campaigns(&self, copy: &Copy, program: &Path) -> Vec<Judge> {
        let campaign = |(profile, seeds): &(&str, u32)| {
            let (start, seeds) = (self.start.to_string(), seeds.to_string());
            let arguments =
                ["fuzz", "--release", "reference", "--profile", profile, "--seeds", &seeds, "--start", &start];
            let rest = ["--jobs", "1", "--shard", "0/1", "--shrink", "0", "--json", "--out", "{scratch}"];
            judge(copy, &format!("fuzz {profile}"), program, &[&arguments[..], &rest].concat(), Prints::Runs)
        };
        CAMPAIGNS.iter().map(campaign).collect()
    }

    fn tests(&self, copy: &Copy) -> Result<Vec<Judge>, Failure> {
        let mut judges = Vec::new();
        for program in self.cargo(copy, &["test", "--no-run", "-p", "sim", "--lib"])? {
            let mut judge = judge(copy, "sim", &program, &["judging"], Prints::Tests);
            judge.task.folder = copy.folder.join("sim");
            judges.push(judge);
        }
        let chosen: Vec<&str> = TESTS.iter().flat_map(|test| ["--test", test]).collect();
        let programs = self.cargo(copy, &[&["test", "--no-run", "-p", "forget-me-not"], &*chosen].concat())?;
        for test in TESTS {
            let is_it = |program: &&PathBuf| {
                let name = program.file_name().and_then(OsStr::to_str);
                name.and_then(|name| name.rsplit_once('-')).is_some_and(|(name, _)| name == *test)
            };
            let program =
                programs.iter().find(is_it).ok_or_else(|| Failure(format!("cargo has built no test {test}")))?;
            judges.push(judge(copy, test, program, &[], Prints::Tests));
        }
        for judge in &mut judges {
            judge.task.arguments.push("--test-threads=1".to_owned());
        }
        Ok(judges)
    }

    fn program(&self, copy: &Copy) -> Result<PathBuf, Failure> {
        let name = weaving::program(copy.of, &copy.folder);
        let built = self.cargo(copy, &["build", "-p", "sim", "--bin", &name])?;
        built.into_iter().next().ok_or_else(|| Failure(format!("cargo has built no {name}")))
    }

    /// Runs cargo in the copy, and returns the programs that it has built.
    fn cargo(&self, copy: &Copy, arguments: &[&str]) -> Result<Vec<PathBuf>, Failure> {
        let mut command = Command::new("cargo");
        command.args(arguments).args(["--locked", "--quiet", "--message-format=json", "--profile", self.profile]);
        if self.profile == "release" {
            command
                .args(QUICK.iter().flat_map(|setting| ["--config".to_owned(), format!("profile.release.{setting}")]));
        }
        command.arg("--target-dir").arg(self.builds).current_dir(&copy.folder).stdin(Stdio::null());
        let output = command.stderr(Stdio::inherit()).output().at(Path::new("cargo"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let messages: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !output.status.success() {
            let error = messages.iter().find_map(|message| message["message"]["rendered"].as_str());
            return Err(Failure(format!("the woven copy does not build: {}", error.unwrap_or("cargo says why"))));
        }
        Ok(messages.iter().filter_map(|message| message["executable"].as_str()).map(PathBuf::from).collect())
    }
}

fn judge(copy: &Copy, name: &str, program: &Path, arguments: &[&str], prints: Prints) -> Judge {
    let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
    let task = Task { program: program.to_owned(), arguments, folder: copy.folder.clone() };
    Judge { name: name.to_owned(), task, prints }
}

/// The scenarios: with the reference alone, which must never fail, or with all releases, as each scenario expects.
fn replay(copy: &Copy, program: &Path, reference: bool) -> Judge {
    let arguments = ["replay", "scenarios", "--json", "--release", "reference"];
    let (arguments, prints) =
        if reference { (&arguments[..], Prints::Runs) } else { (&arguments[..3], Prints::ExpectedRuns) };
    judge(copy, "scenarios", program, arguments, prints)
}
