//! A fault that a sweep adds to a plan: a kill at a step of a process, or a fault of a request, of a turn or of a commit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::draw::Drawn;
use crate::plan::{Kill, PlannedFault, Which};
use crate::run::Run;

/// A fault that a sweep adds to a plan. It is written as `sigkill at step 17 of process 1` or `retain 3: drop`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SweptFault {
    /// A kill at a step of a process.
    Kill(Kill),
    /// A fault of a request, of a turn in whatever request brings it, or of a commit.
    Planned(PlannedFault),
}

impl SweptFault {
    /// Its kind in counts: the word of the kill, the endpoint of the request, `turn` or `commit`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Kill(kill) => kill.ending.word(),
            Self::Planned(PlannedFault::Request(_, Which::Turn(_), _)) => "turn",
            Self::Planned(PlannedFault::Request(endpoint, Which::Number(_) | Which::Every, _)) => endpoint.name(),
            Self::Planned(PlannedFault::Commit(..)) => "commit",
        }
    }

    /// A scenario with these faults.
    pub fn added(drawn: &Drawn, faults: &[&Self]) -> Drawn {
        drawn.changed(|scenario| {
            for fault in faults {
                match fault {
                    Self::Kill(kill) => scenario.faults.kills.push(kill.clone()),
                    Self::Planned(fault) => scenario.faults.plan(fault.clone()),
                }
            }
        })
    }

    /// Whether it never struck in a run of a plan that has it.
    pub(super) fn missed(&self, run: &Run) -> bool {
        let missed = match self {
            Self::Kill(_) => &run.missed_kills,
            Self::Planned(_) => &run.missed_faults,
        };
        missed.contains(&self.to_string())
    }

    /// The label of the step at which it struck in a run, if it is a kill.
    pub(super) fn label(&self, run: &Run) -> Option<String> {
        let Self::Kill(kill) = self else { return None };
        let life = run.reading.lives.of(kill.process)?;
        let signaled = life.signal.as_ref().map(|stop| &stop.label);
        signaled.or_else(|| life.ended.as_ref()?.label.as_ref()).cloned()
    }
}

impl fmt::Display for SweptFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kill(kill) => kill.fmt(f),
            Self::Planned(fault) => fault.fmt(f),
        }
    }
}

impl FromStr for SweptFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let planned = || text.parse().map(Self::Planned);
        text.parse().map(Self::Kill).or_else(|_| planned())
    }
}

impl TryFrom<String> for SweptFault {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<SweptFault> for String {
    fn from(fault: SweptFault) -> Self {
        fault.to_string()
    }
}
