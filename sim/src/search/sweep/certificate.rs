//! The certificate of a sweep: what was swept and what came of it, in a file that is the same byte for byte whoever sweeps again.
//!
//! Only a sweep that has tried everything has one. It is about the release, the scenarios and the program of its time: when one of them
//! changes, a new sweep says what became of the certificate.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use model::words::server::Server;
use serde::{Deserialize, Serialize};

use super::{Counted, Swept, SweptScenario};
use crate::draw::Drawn;
use crate::plan::{Expectations, Scenario};

/// A certificate, as its file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certificate {
    /// The program and its version.
    pub program: String,
    /// The release, or the real agent.
    pub subject: String,
    /// The versions of a real agent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub versions: BTreeMap<String, String>,
    /// To which depth everything was tried.
    pub extent: String,
    /// That depth.
    pub depth: u8,
    /// How many places that are alike were tried.
    pub alike: usize,
    /// All runs with swept faults.
    pub runs: u64,
    /// The scenarios.
    pub scenarios: Vec<Certified>,
}

/// A scenario in a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Certified {
    /// Its file.
    pub path: PathBuf,
    /// The hash of its plan.
    pub plan: String,
    /// The server.
    pub server: String,
    /// The seed of its schedule.
    pub seed: u64,
    /// Its single faults.
    pub singles: Enumerated,
    /// Its pairs of faults, if they were swept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Enumerated>,
}

/// What was tried, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Enumerated {
    /// The runs, by the kind of their first fault.
    pub runs: BTreeMap<String, u64>,
    /// The faults that were left out, because too many places are alike.
    #[serde(default, skip_serializing_if = "is_none")]
    pub left_out: u64,
    /// The runs in which nothing could be judged.
    pub proved_nothing: u64,
    /// The runs that show a violation which the scenario does not show as it is.
    pub violations: u64,
    /// The hash of all outcomes.
    pub outcomes: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_none(left_out: &u64) -> bool {
    *left_out == 0
}

impl Enumerated {
    fn of(counted: &Counted) -> Self {
        Self {
            runs: counted.kinds.clone(),
            left_out: counted.left_out,
            proved_nothing: counted.proved_nothing,
            violations: counted.found.len() as u64,
            outcomes: counted.outcomes.chars().take(HASH).collect(),
        }
    }

    /// What is different now, in words.
    fn differences(&self, now: &Self) -> Vec<String> {
        let mut different = Vec::new();
        let kinds: std::collections::BTreeSet<_> = self.runs.keys().chain(now.runs.keys()).collect();
        for kind in kinds {
            let of = |runs: &BTreeMap<String, u64>| runs.get(kind).copied().unwrap_or(0);
            count(&mut different, kind, of(&self.runs), of(&now.runs));
        }
        count(&mut different, "faults left out", self.left_out, now.left_out);
        count(&mut different, "runs that prove nothing", self.proved_nothing, now.proved_nothing);
        count(&mut different, "runs with a violation", self.violations, now.violations);
        if different.is_empty() && self.outcomes != now.outcomes {
            different.push("as many runs with another outcome of some turn".to_owned());
        }
        different
    }
}

/// How many digits of a hash a certificate has.
const HASH: usize = 32;

fn count(different: &mut Vec<String>, what: &str, before: u64, now: u64) {
    if before != now {
        different.push(format!("{what}: {before}, now {now}"));
    }
}

impl Certified {
    fn of(swept: &SweptScenario, depth: u8) -> Self {
        let Drawn { scenario, server } = &swept.base.drawn;
        Self {
            path: scenario.path.clone(),
            plan: plan(scenario),
            server: server.name().to_owned(),
            seed: scenario.seed,
            singles: Enumerated::of(&swept.singles),
            pairs: (depth > 1).then(|| Enumerated::of(&swept.pairs)),
        }
    }

    /// Whether it is about the same scenario, server and seed.
    fn is_of(&self, other: &Self) -> bool {
        (&self.path, &self.server, self.seed) == (&other.path, &other.server, other.seed)
    }

    fn differences(&self, now: &Self) -> Vec<String> {
        if self.plan != now.plan {
            return vec!["its plan is another one".to_owned()];
        }
        let singles = self.singles.differences(&now.singles);
        let pairs = match (&self.pairs, &now.pairs) {
            (Some(before), Some(now)) => before.differences(now),
            (None, None) => Vec::new(),
            (Some(_), None) | (None, Some(_)) => vec!["pairs were swept in one of the two only".to_owned()],
        };
        singles.into_iter().chain(pairs.into_iter().map(|pair| format!("pairs, {pair}"))).collect()
    }
}

impl Certificate {
    /// The certificate of a sweep. `None` if not everything was tried.
    pub fn of(swept: &Swept) -> Option<Self> {
        let has_gaps =
            swept.scenarios.iter().any(|one| !one.singles.without_result.is_empty() || one.base.run.failure.is_some());
        if !swept.is_complete() || has_gaps {
            return None;
        }
        Some(Self {
            program: concat!("forget-me-not ", env!("CARGO_PKG_VERSION")).to_owned(),
            subject: swept.release.name().to_owned(),
            versions: swept.release.making().map(|making| making.versions.clone()).unwrap_or_default(),
            extent: swept.extent(),
            depth: swept.depth,
            alike: swept.alike,
            runs: swept.runs(),
            scenarios: swept.scenarios.iter().map(|one| Certified::of(one, swept.depth)).collect(),
        })
    }

    /// Reads a certificate from its text.
    ///
    /// # Errors
    /// If this program writes none so; the message says what is wrong, and what to do.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| {
            format!("this is no certificate of a sweep ({error}); write a new one with sweep --certificate")
        })
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("texts and numbers always encode") + "\n"
    }

    /// What another sweep of the same scenarios shows otherwise, a line each. The program's version is not compared.
    pub fn differences(&self, now: &Self) -> Vec<String> {
        let mut different = Vec::new();
        for certified in &self.scenarios {
            let name = certified.path.display();
            match now.scenarios.iter().find(|other| certified.is_of(other)) {
                None => different.push(format!("{name} on {}: was not swept now", certified.server)),
                Some(now) => {
                    let all = certified.differences(now);
                    different.extend(all.into_iter().map(|one| format!("{name} on {}: {one}", certified.server)));
                }
            }
        }
        let is_new = |one: &&Certified| !self.scenarios.iter().any(|known| known.is_of(one));
        let new = now.scenarios.iter().filter(is_new);
        different.extend(new.map(|one| format!("{} on {}: is not in the certificate", one.path.display(), one.server)));
        let of_today = Self { program: now.program.clone(), ..self.clone() };
        if different.is_empty() && of_today != *now {
            different.push("its head is another one".to_owned());
        }
        different
    }

    /// The command that writes it into this file anew, from the scenarios as they are then.
    pub fn command(&self, file: &Path) -> String {
        let paths: Vec<String> = self.scenarios.iter().map(|one| one.path.display().to_string()).collect();
        let (depth, alike, file) = (self.depth.to_string(), self.alike.to_string(), file.display().to_string());
        let mut words = vec!["forget-me-not", "sweep"];
        words.extend(paths.iter().map(String::as_str));
        words.extend(["--release", &self.subject, "--depth", &depth, "--alike", &alike, "--certificate", &file]);
        let mut servers = self.scenarios.iter().map(|one| one.server.as_str());
        if let Some(first) = servers.next().filter(|first| servers.all(|server| server == *first)) {
            words.extend(["--server", first]);
        }
        shlex::try_join(words).expect("no word has a NUL byte")
    }

    /// What it is about: the file, server and seed of each scenario.
    pub fn targets(&self) -> impl Iterator<Item = (&PathBuf, Result<Server, String>, u64)> {
        self.scenarios.iter().map(|one| (&one.path, one.server.parse(), one.seed))
    }
}

/// The hash of a scenario's text without what decides nothing in a run: title, reports and expectations.
pub(in crate::search) fn plan(scenario: &Scenario) -> String {
    let bare = Scenario {
        title: String::new(),
        reports: Vec::new(),
        may_miss_steps: false,
        expect: Expectations::default(),
        ..scenario.clone()
    };
    blake3::hash(bare.to_string().as_bytes()).to_hex().chars().take(HASH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(sigkill: u64, outcomes: &str) -> Certificate {
        let runs = BTreeMap::from([("retain".to_owned(), 30), ("sigkill".to_owned(), sigkill)]);
        let singles = Enumerated { runs, left_out: 0, proved_nothing: 9, violations: 0, outcomes: outcomes.to_owned() };
        let scenario = Certified {
            path: "a.toml".into(),
            plan: "0123".to_owned(),
            server: "append".to_owned(),
            seed: 0,
            singles,
            pairs: None,
        };
        Certificate {
            program: "forget-me-not 0".to_owned(),
            subject: "reference".to_owned(),
            versions: BTreeMap::new(),
            extent: "complete to depth 1".to_owned(),
            depth: 1,
            alike: 32,
            runs: 30 + sigkill,
            scenarios: vec![scenario],
        }
    }

    #[test]
    fn a_certificate_reads_back_and_another_version_of_the_program_is_no_difference() {
        let first = certificate(40, "aa");
        assert_eq!(Certificate::read(&first.text()), Ok(first.clone()));
        let later = Certificate { program: "forget-me-not 1".to_owned(), ..first.clone() };
        assert!(first.differences(&later).is_empty());
        let wrong = Certificate::read("{}").expect_err("no certificate");
        assert!(wrong.contains("write a new one with sweep --certificate"), "{wrong}");
    }

    #[test]
    fn what_changed_is_said() {
        let first = certificate(40, "aa");
        assert_eq!(first.differences(&certificate(42, "bb")), ["a.toml on append: sigkill: 40, now 42"]);
        let other = first.differences(&certificate(40, "bb"));
        assert_eq!(other, ["a.toml on append: as many runs with another outcome of some turn"]);
        let none = Certificate { scenarios: Vec::new(), ..first.clone() };
        assert_eq!(first.differences(&none), ["a.toml on append: was not swept now"]);
        assert_eq!(none.differences(&first), ["a.toml on append: is not in the certificate"]);
        let mut replanned = first.clone();
        replanned.scenarios[0].plan = "4567".to_owned();
        assert_eq!(first.differences(&replanned), ["a.toml on append: its plan is another one"]);
    }
}
