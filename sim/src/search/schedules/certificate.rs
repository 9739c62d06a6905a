//! The certificate of an exploration: what was run and what came of it, in a file that is the same byte for byte whoever explores again.
//!
//! It stands beside those of sweeps, and has `preemptions` where they have a depth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Explored, ExploredScenario};
use crate::draw::Drawn;
use crate::judging::Invariant;
use crate::plan::Scenario;
use crate::search::sweep::certificate::plan;

/// A certificate, as its file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The program and its version.
    pub program: String,
    /// The release.
    pub subject: String,
    /// To what everything was tried, in words.
    pub extent: String,
    /// The most preemptions.
    pub preemptions: u8,
    /// All runs.
    pub schedules: u64,
    /// The scenarios.
    pub scenarios: Vec<Certified>,
}

/// A scenario in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certified {
    /// Its file.
    pub path: PathBuf,
    /// The hash of its plan under the default choices.
    pub plan: String,
    /// The server.
    pub server: String,
    /// The seed of what is no choice of the schedule.
    pub seed: u64,
    /// The runs, by their number of preemptions.
    pub runs: BTreeMap<usize, u64>,
    /// How many orders of steps they have.
    pub orders: u64,
    /// How many ways to schedule a point otherwise were pruned, because they order no steps otherwise.
    pub pruned: u64,
    /// How many schedules were not extended, because another with the same order was.
    pub not_extended: u64,
    /// The runs in which nothing could be judged.
    pub proved_nothing: u64,
    /// The runs that show something which they do not show without their last preemption.
    pub violations: u64,
    /// The hash of all outcomes.
    pub outcomes: String,
}

/// How many digits of a hash a certificate has.
const HASH: usize = 32;

impl Certified {
    fn of(explored: &ExploredScenario) -> Self {
        let Drawn { scenario, server } = &explored.drawn;
        Self {
            path: scenario.path.clone(),
            plan: plan(scenario),
            server: server.name().to_owned(),
            seed: scenario.seed,
            runs: explored.runs.clone(),
            orders: explored.orders,
            pruned: explored.left_out,
            not_extended: explored.not_extended,
            proved_nothing: explored.proved_nothing,
            violations: explored.found.len() as u64,
            outcomes: explored.outcomes.chars().take(HASH).collect(),
        }
    }

    /// Whether it is about the same scenario, server and seed.
    fn is_of(&self, other: &Self) -> bool {
        (&self.path, &self.server, self.seed) == (&other.path, &other.server, other.seed)
    }

    /// What is different now, in words.
    fn differences(&self, now: &Self) -> Vec<String> {
        if self.plan != now.plan {
            return vec!["its plan is another one".to_owned()];
        }
        let counts = |one: &Self| {
            let runs = one.runs.values().sum();
            [
                ("schedules", runs),
                ("orders of steps", one.orders),
                ("pruned", one.pruned),
                ("not extended", one.not_extended),
                ("runs that prove nothing", one.proved_nothing),
                ("runs with a violation", one.violations),
            ]
        };
        let pairs = counts(self).into_iter().zip(counts(now)).filter(|(before, now)| before != now);
        let different: Vec<String> =
            pairs.map(|((what, before), (_, now))| format!("{what}: {before}, now {now}")).collect();
        match different.is_empty() && self != now {
            true => vec!["as many runs with another outcome of some turn".to_owned()],
            false => different,
        }
    }
}

impl Certificate {
    /// The certificate of an exploration. `None` if not everything was tried.
    pub fn of(explored: &Explored) -> Option<Self> {
        explored.is_complete().then(|| Self {
            program: concat!("forget-me-not ", env!("CARGO_PKG_VERSION")).to_owned(),
            subject: explored.release.name().to_owned(),
            extent: explored.extent(),
            preemptions: explored.preemptions,
            schedules: explored.schedules(),
            scenarios: explored.scenarios.iter().map(Certified::of).collect(),
        })
    }

    /// Whether the text of a certificate is about schedules.
    pub fn is_meant(text: &str) -> bool {
        let object = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text);
        object.is_ok_and(|object| object.contains_key("preemptions"))
    }

    /// Reads a certificate from its text.
    ///
    /// # Errors
    /// If this program writes none so; the message says what is wrong, and what to do.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            format!(
                "this is no certificate of schedules ({error}); write a new one with sweep --schedules --certificate"
            )
        })
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers always encode") + "\n"
    }

    /// What another exploration of the same scenarios shows otherwise, a line each. The program's version is not compared.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut different = Vec::new();
        for certified in &self.scenarios {
            let name = certified.path.display();
            let all = match now.scenarios.iter().find(|other| certified.is_of(other)) {
                None => vec!["was not explored now".to_owned()],
                Some(now) => certified.differences(now),
            };
            different.extend(all.into_iter().map(|one| format!("{name} on {}: {one}", certified.server)));
        }
        let of_today = Self { program: now.program.clone(), ..self.clone() };
        if different.is_empty() && of_today != *now {
            different.push("its head is another one".to_owned());
        }
        different
    }

    /// The command that writes it into this file anew, from the scenarios as they are then.
    pub fn command(&self, file: &Path) -> String {
        let paths: Vec<String> = self.scenarios.iter().map(|one| one.path.display().to_string()).collect();
        let (preemptions, file) = (self.preemptions.to_string(), file.display().to_string());
        let mut words = vec!["forget-me-not", "sweep"];
        words.extend(paths.iter().map(String::as_str));
        words.extend(["--release", &self.subject, "--schedules", &preemptions, "--certificate", &file]);
        let mut servers = self.scenarios.iter().map(|one| one.server.as_str());
        if let Some(first) = servers.next().filter(|first| servers.all(|server| server == *first)) {
            words.extend(["--server", first]);
        }
        shlex::try_join(words).expect("no word has a NUL byte")
    }

    /// The scenarios that it names, as they are now.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn targets(&self) -> Result<Vec<Drawn>, String> {
        let invariants = Invariant::names();
        let target = |one: &Certified| {
            let scenario = Scenario::read(&one.path, &invariants).map_err(|error| error.to_string())?;
            Ok(Drawn { scenario: scenario.seeded(one.seed), server: one.server.parse()? })
        };
        self.scenarios.iter().map(target).collect()
    }
}
