//! `list`: the names that other commands take.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use model::agents::Subject;

use super::{Failure, print, read, scenarios};
use crate::draw::Profile;
use crate::judging::Invariant;
use crate::plan::Scenario;
use crate::report::{self, Listed};

#[derive(Args)]
pub(super) struct List {
    /// What to list: releases, invariants, scenarios or profiles
    #[arg(value_enum, value_name = "WHAT", hide_possible_values = true)]
    what: What,
    /// Scenario files, or folders of them [default: scenarios]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Print one JSON object for each
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// Names for --release, and what each is
    Releases,
    /// Invariants, and what each demands
    Invariants,
    /// Scenarios, with their reports and titles
    Scenarios,
    /// Names for --profile, and what each draws
    Profiles,
}

impl List {
    pub(super) fn run(&self, out: &mut dyn Write) -> Result<u8, Failure> {
        let listed: Vec<Listed> = match self.what {
            What::Releases => Subject::all().filter(|subject| subject.making().is_none()).map(release).collect(),
            What::Invariants => Invariant::all().map(invariant).collect(),
            What::Scenarios => read(&scenarios(&self.paths, "list scenarios")?)?.iter().map(scenario).collect(),
            What::Profiles => Profile::ALL.iter().copied().map(profile).collect(),
        };
        match self.json {
            true => print(out, &report::listed_json(&listed))?,
            false => print(out, &report::listed(&listed))?,
        }
        Ok(0)
    }
}

fn release(release: Subject) -> Listed {
    let part = release.part().map_or_else(|| "every part".to_owned(), |part| part.to_string());
    Listed { name: release.name().to_owned(), of: vec![part], about: release.about().to_owned() }
}

fn invariant(row: &'static Invariant) -> Listed {
    Listed { name: row.name.to_owned(), of: vec![row.part.to_string()], about: row.rule.to_owned() }
}

fn scenario(scenario: &Scenario) -> Listed {
    Listed { name: scenario.path.display().to_string(), of: scenario.reports.clone(), about: scenario.title.clone() }
}

fn profile(profile: Profile) -> Listed {
    Listed { name: profile.name().to_owned(), of: Vec::new(), about: profile.about().to_owned() }
}
