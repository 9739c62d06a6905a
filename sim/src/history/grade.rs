//! The grade of a fact: who recorded it decides what it can prove.
//!
//! The one rule: the words of the accused never acquit it of anything that was seen. A grade is a property of the kind of fact, so it is
//! not part of the log, and no digest depends on it. Deliberately absent: any trust in a single implementation. The reference is graded
//! like third-party code.

use model::facts::{Observation, chats, commits};

use super::Fact;

/// How good the evidence is, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// The world or the provider saw it: a request that arrived, a call and its return, a task, a signal, an end.
    Seen,
    /// The host recorded it: our own code, which calls the implementation.
    ToldByHost,
    /// The code under test reported it. Third-party code may report nothing, or whatever suits it.
    ToldByImplementation,
}

impl Fact {
    /// The grade of this fact.
    pub fn grade(&self) -> Grade {
        match self {
            Self::Started { .. }
            | Self::Called(_)
            | Self::Returned(_)
            | Self::TurnAsked { .. }
            | Self::AgentChanged { .. }
            | Self::Excluded { .. }
            | Self::Lineage { .. }
            | Self::Signaled { .. }
            | Self::Recalled { .. }
            | Self::TaskStarted { .. }
            | Self::TaskEnded { .. }
            | Self::Ended { .. }
            | Self::Provider(_)
            | Self::FaultsStopped
            | Self::Converged { .. }
            | Self::Stored { .. }
            | Self::Asked { .. }
            | Self::Answered { .. }
            | Self::Disk { .. }
            | Self::Failed(_)
            | Self::Suspended { .. }
            | Self::ClockSet { .. }
            | Self::Banks(_) => Grade::Seen,
            Self::Told(observation) => told(observation),
        }
    }
}

/// The grade of an observation. The provider's client counts as a part of the implementation: third-party code has its own.
fn told(observation: &Observation) -> Grade {
    match observation {
        Observation::TurnEnding { .. }
        | Observation::TurnAcknowledged { .. }
        | Observation::TurnUnsure { .. }
        | Observation::Declared { .. }
        | Observation::OpenedAgain => Grade::ToldByHost,
        Observation::Moved { .. }
        | Observation::RequestSent { .. }
        | Observation::RequestFailed { .. }
        | Observation::Abandoned { .. }
        | Observation::Holding { .. }
        | Observation::ClientOpened
        | Observation::ClientClosed
        | Observation::Pending { .. }
        | Observation::WaitsForLock { .. } => Grade::ToldByImplementation,
        Observation::Commits(observation) => of_commits(observation),
        Observation::Continuity(observation) => of_chats(observation),
    }
}

/// The implementation reports which turns a commit covers and which sessions a drain finds dirty: it hands both to the host.
fn of_commits(observation: &commits::Observation) -> Grade {
    match observation {
        commits::Observation::Boundary { .. }
        | commits::Observation::RunBegan { .. }
        | commits::Observation::RunWorks { .. }
        | commits::Observation::RunEnded { .. }
        | commits::Observation::Evicted { .. }
        | commits::Observation::Left { .. }
        | commits::Observation::Closed { .. }
        | commits::Observation::SessionEnded { .. }
        | commits::Observation::Began { .. }
        | commits::Observation::Ended { .. }
        | commits::Observation::DrainBegan { .. }
        | commits::Observation::DrainEnded { .. } => Grade::ToldByHost,
        commits::Observation::Entered { .. }
        | commits::Observation::Dropped { .. }
        | commits::Observation::Marked { .. }
        | commits::Observation::Restored { .. }
        | commits::Observation::Counted { .. } => Grade::ToldByImplementation,
    }
}

/// The host reports that a turn began. It passes on `sees`, `how` and `into` from the implementation's route.
fn of_chats(observation: &chats::Observation) -> Grade {
    match observation {
        chats::Observation::Asked { .. }
        | chats::Observation::Refused { .. }
        | chats::Observation::Swallowed { .. }
        | chats::Observation::Began { .. }
        | chats::Observation::Finished { .. }
        | chats::Observation::Replied { .. }
        | chats::Observation::StopAsked { .. }
        | chats::Observation::StoppedByUser { .. }
        | chats::Observation::AskedForRestart { .. }
        | chats::Observation::StopBegan
        | chats::Observation::Drained { .. } => Grade::ToldByHost,
        chats::Observation::Noted { .. } | chats::Observation::Found { .. } => Grade::ToldByImplementation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Call;

    #[test]
    fn a_call_is_seen_though_the_host_reports_the_end_of_a_turn() {
        let turn: model::words::turn::TurnId = "S1#1".parse().expect("a turn");
        assert_eq!(Fact::Called(Call::Turn(turn.clone())).grade(), Grade::Seen);
        assert_eq!(Fact::Told(Observation::TurnEnding { turn }).grade(), Grade::ToldByHost);
    }

    #[test]
    fn what_the_implementation_says_of_itself_is_its_own_word() {
        let pending = Observation::Pending { turns: Vec::new() };
        assert_eq!(Fact::Told(pending).grade(), Grade::ToldByImplementation);
        let noted = chats::Observation::Noted { chat: "S1".into(), note: chats::Note::Stuck };
        assert_eq!(Fact::Told(Observation::Continuity(noted)).grade(), Grade::ToldByImplementation);
        let asked = chats::Observation::StopAsked { chat: "S1".into() };
        assert_eq!(Fact::Told(Observation::Continuity(asked)).grade(), Grade::ToldByHost);
    }

    #[test]
    fn better_evidence_comes_first() {
        assert!(Grade::Seen < Grade::ToldByHost && Grade::ToldByHost < Grade::ToldByImplementation);
    }
}
