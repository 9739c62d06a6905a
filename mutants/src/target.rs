//! What is mutated: a part of the project, whose judges are known.

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A part of the project.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Target {
    /// The reference, which the simulation judges.
    Reference,
    /// The ledger and the invariants, which the project's tests judge.
    Judging,
    /// The models of Hermes, which the measurements and the expectations of the scenarios judge.
    Hermes,
}

impl Target {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Reference, Self::Judging, Self::Hermes];

    /// Its name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Reference => "reference",
            Self::Judging => "judging",
            Self::Hermes => "hermes",
        }
    }

    /// The folder with its sources.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Reference => "model/src/agents/reference/",
            Self::Judging => "sim/src/judging/",
            Self::Hermes => "model/src/agents/hermes/",
        }
    }

    /// The package that its sources belong to.
    pub(crate) fn package(self) -> &'static str {
        match self {
            Self::Reference | Self::Hermes => "model",
            Self::Judging => "sim",
        }
    }

    /// Whether a file of the project is one of its sources. Tests are not.
    pub(crate) fn has(self, file: &str) -> bool {
        file.starts_with(self.folder()) && file.ends_with(".rs") && !file.ends_with("/tests.rs")
    }
}
