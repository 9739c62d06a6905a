//! A preemption: a thread that could go on does not, because it is held up at a step or because another goes first.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::draw::Drawn;
use crate::plan::{Forced, Side, Strategy, Tape, Tapes, Track};

/// A preemption, as a scenario's schedule has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Preemption {
    /// A thread is held up at a step. It is written as `sleep 5ms at step 12 of process 1`.
    AtStep(Forced),
    /// A thread that has waited less goes first. It is written as `+1 at choice 3 of process 1`.
    Passed {
        /// The process, from 1.
        process: u32,
        /// The number of times that several of its threads could go on, including this one.
        choice: u64,
        /// How many of them have waited longer.
        rank: u32,
    },
}

impl Preemption {
    /// The process that it is in.
    pub fn process(&self) -> u32 {
        match self {
            Self::AtStep(forced) => forced.process,
            Self::Passed { process, .. } => *process,
        }
    }

    /// A plan under the default choices, but for what it forces itself.
    pub(super) fn none(drawn: &Drawn) -> Drawn {
        drawn.changed(|scenario| scenario.schedule.strategy = Strategy::Recorded(Tapes::default()))
    }

    /// A plan under the default choices with these preemptions.
    pub fn added(drawn: &Drawn, preemptions: &[Self]) -> Drawn {
        let mut passed: BTreeMap<u32, BTreeMap<u64, u32>> = BTreeMap::new();
        let mut forced = Vec::new();
        for preemption in preemptions {
            match preemption {
                Self::AtStep(at) => forced.push(*at),
                Self::Passed { process, choice, rank } => {
                    passed.entry(*process).or_default().insert(*choice, *rank);
                }
            }
        }
        let mut tapes = Tapes::default();
        for (process, ranks) in passed {
            let mut before = 0;
            let choice = |(choice, rank): (u64, u32)| (choice - std::mem::replace(&mut before, choice) - 1, rank);
            let next = Track(ranks.into_iter().map(choice).collect());
            tapes.insert(Side::Agent, process, Tape { next, ..Tape::default() });
        }
        drawn.changed(|scenario| {
            scenario.schedule.strategy = Strategy::Recorded(tapes);
            scenario.schedule.forced.extend(forced);
        })
    }
}

impl fmt::Display for Preemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtStep(forced) => forced.fmt(f),
            Self::Passed { process, choice, rank } => write!(f, "+{rank} at choice {choice} of process {process}"),
        }
    }
}

impl Serialize for Preemption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use model::words::server::Server;

    use super::*;
    use crate::plan::Scenario;

    #[test]
    fn a_plan_with_preemptions_reads_back_as_it_is_written() {
        let text = "title = \"t\"\nsteps = [\"turn\", \"restart\", \"turn\"]\n";
        let read = |text: &str| Scenario::parse(Path::new("a.toml"), text).expect("a scenario");
        let drawn = Drawn { scenario: read(text), server: Server::Append };
        let forced = "sleep 5ms at step 12 of process 2".parse().expect("a forced pace");
        let passed = |choice, rank| Preemption::Passed { process: 1, choice, rank };
        let preemptions = [Preemption::AtStep(forced), passed(7, 2), passed(3, 1)];
        let with = Preemption::added(&drawn, &preemptions).scenario;
        let written = with.schedule.toml().expect("a schedule");
        let expected = "{ strategy = \"recorded\", at = [\"sleep 5ms at step 12 of process 2\"], agent = { 1 = \"next 2 +1 3 +2\" } }";
        assert_eq!(written, expected);
        assert_eq!(read(&with.to_string()).schedule, with.schedule);
        let said = preemptions.map(|preemption| preemption.to_string());
        assert_eq!(said[..2], ["sleep 5ms at step 12 of process 2", "+2 at choice 7 of process 1"]);
    }
}
