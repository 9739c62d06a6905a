//! Why a run was cut short. Like the origin of an event it is kept beside the history: what happened until then stands in the history itself.

use std::fmt;

use serde::Serialize;

use super::Who;

/// A run that passed one of its bounds: nothing was simulated from then on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CutShort {
    /// The bound.
    pub bound: Bound,
    /// The bound's limit: how many there may be, or for simulated time how many milliseconds.
    pub limit: u64,
    /// Who passed it.
    #[serde(skip)]
    pub who: Who,
    /// The process that passed it, if one of the agent's processes did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub process: Option<u32>,
    /// Its task.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<&'static str>,
    /// The label of the step at which it was cut short.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<&'static str>,
    /// The simulated time.
    pub at_ms: u64,
}

/// What is bounded in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bound {
    /// The steps of all its processes.
    Steps,
    /// The steps of all its processes while the clock stands still.
    StepsAtOneTime,
    /// How often all its processes go on with a task while the clock stands still.
    TurnsAtOneTime,
    /// How often all its processes read the clock while it stands still.
    ReadsAtOneTime,
    /// The events of its history.
    Events,
    /// The names of turns in its history: a request that brings a session of a hundred turns names a hundred.
    TurnsNamed,
    /// The simulated time.
    Time,
}

impl fmt::Display for CutShort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { limit, at_ms, .. } = self;
        let limit = grouped(*limit);
        match self.bound {
            Bound::Steps => write!(f, "{} took the last of {limit} steps", self.actor())?,
            Bound::StepsAtOneTime => write!(f, "{} took {limit} steps while the clock stood still", self.actor())?,
            Bound::TurnsAtOneTime => write!(f, "{} went on {limit} times while the clock stood still", self.actor())?,
            Bound::ReadsAtOneTime => write!(f, "{} read the clock {limit} times while it stood still", self.actor())?,
            Bound::Events => write!(f, "{} recorded the last of {limit} events", self.actor())?,
            Bound::TurnsNamed => write!(f, "{} sent turns again until its history named {limit}", self.actor())?,
            Bound::Time => return write!(f, "30 days have passed, and something still waits"),
        }
        if let Some(label) = self.label {
            write!(f, ", at \"{label}\"")?;
        }
        write!(f, ", at {at_ms} ms")
    }
}

impl Bound {
    /// Whether a task that passed it goes round in circles.
    pub fn is_of_a_circle(self) -> bool {
        match self {
            Self::StepsAtOneTime | Self::TurnsAtOneTime | Self::ReadsAtOneTime => true,
            Self::Steps | Self::Events | Self::TurnsNamed | Self::Time => false,
        }
    }
}

impl CutShort {
    /// `process 1, task main`.
    fn actor(&self) -> String {
        let task = self.task.map(|task| format!(", task {task},")).unwrap_or_default();
        format!("{}{task}", self.who)
    }
}

/// `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_who_did_what_and_where() {
        let cut = CutShort {
            bound: Bound::Steps,
            limit: 2_000_000,
            who: Who::Process(1),
            process: Some(1),
            task: Some("main"),
            label: Some("append"),
            at_ms: 30,
        };
        assert_eq!(cut.to_string(), "process 1, task main, took the last of 2,000,000 steps, at \"append\", at 30 ms");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
    }
}
