//! What a fact is about: the turns and the session that it names.

use model::facts::{Observation, chats, commits};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use super::{Call, Fact, Happening};

impl Fact {
    /// The turns that it names. The content of documents at the very end names none.
    pub fn turns(&self) -> Vec<&TurnId> {
        match self {
            Self::Called(Call::Turn(turn))
            | Self::Returned(Call::Turn(turn))
            | Self::Failed(Call::Turn(turn))
            | Self::Excluded { turn, .. }
            | Self::TurnAsked { turn } => vec![turn],
            Self::Told(observation) => told(observation),
            Self::Provider(happening) => happened(happening),
            Self::Called(Call::Command { .. })
            | Self::Returned(Call::Command { .. })
            | Self::Failed(Call::Command { .. })
            | Self::Started { .. }
            | Self::AgentChanged { .. }
            | Self::Lineage { .. }
            | Self::Signaled { .. }
            | Self::Recalled { .. }
            | Self::TaskStarted { .. }
            | Self::TaskEnded { .. }
            | Self::Ended { .. }
            | Self::FaultsStopped
            | Self::Converged { .. }
            | Self::Stored { .. }
            | Self::Asked { .. }
            | Self::Answered { .. }
            | Self::Disk { .. }
            | Self::Suspended { .. }
            | Self::ClockSet { .. }
            | Self::Banks(_) => Vec::new(),
        }
    }

    /// The session, or the chat, that a report of the host is about.
    pub fn session(&self) -> Option<&SessionId> {
        match self {
            Self::Told(Observation::Commits(told)) => session_of_commits(told),
            Self::Told(Observation::Continuity(
                chats::Observation::StopAsked { chat }
                | chats::Observation::StoppedByUser { chat }
                | chats::Observation::Noted { chat, .. },
            )) => Some(chat),
            Self::Told(_)
            | Self::Called(_)
            | Self::Returned(_)
            | Self::Failed(_)
            | Self::Excluded { .. }
            | Self::TurnAsked { .. }
            | Self::Provider(_)
            | Self::Started { .. }
            | Self::AgentChanged { .. }
            | Self::Lineage { .. }
            | Self::Signaled { .. }
            | Self::Recalled { .. }
            | Self::TaskStarted { .. }
            | Self::TaskEnded { .. }
            | Self::Ended { .. }
            | Self::FaultsStopped
            | Self::Converged { .. }
            | Self::Stored { .. }
            | Self::Asked { .. }
            | Self::Answered { .. }
            | Self::Disk { .. }
            | Self::Suspended { .. }
            | Self::ClockSet { .. }
            | Self::Banks(_) => None,
        }
    }
}

fn told(observation: &Observation) -> Vec<&TurnId> {
    match observation {
        Observation::Moved { turns, .. }
        | Observation::Abandoned { turns }
        | Observation::Pending { turns }
        | Observation::Declared { turns } => turns.iter().collect(),
        Observation::TurnEnding { turn }
        | Observation::TurnAcknowledged { turn }
        | Observation::TurnUnsure { turn } => vec![turn],
        Observation::Commits(told) => of_commits(told),
        Observation::Continuity(told) => of_chats(told),
        Observation::RequestSent { .. }
        | Observation::RequestFailed { .. }
        | Observation::Holding { .. }
        | Observation::ClientOpened
        | Observation::ClientClosed
        | Observation::WaitsForLock { .. }
        | Observation::OpenedAgain => Vec::new(),
    }
}

fn of_commits(told: &commits::Observation) -> Vec<&TurnId> {
    use commits::Observation as Told;
    match told {
        Told::Marked { turn, .. }
        | Told::RunBegan { turn, .. }
        | Told::RunWorks { turn }
        | Told::RunEnded { turn, .. } => {
            vec![turn]
        }
        Told::Restored { turns, .. } | Told::Began { turns, .. } | Told::Counted { turns, .. } => {
            turns.iter().collect()
        }
        Told::Entered { .. }
        | Told::Dropped { .. }
        | Told::Boundary { .. }
        | Told::Ended { .. }
        | Told::Evicted { .. }
        | Told::Left { .. }
        | Told::Closed { .. }
        | Told::SessionEnded { .. }
        | Told::DrainBegan { .. }
        | Told::DrainEnded { .. } => Vec::new(),
    }
}

fn session_of_commits(told: &commits::Observation) -> Option<&SessionId> {
    use commits::Observation as Told;
    match told {
        Told::Entered { session }
        | Told::Dropped { session }
        | Told::Marked { session, .. }
        | Told::Restored { session, .. }
        | Told::Boundary { session }
        | Told::Began { session, .. }
        | Told::Counted { session, .. }
        | Told::Evicted { session, .. }
        | Told::Left { session, .. }
        | Told::SessionEnded { session, .. } => Some(session),
        Told::RunBegan { turn, .. } | Told::RunWorks { turn } | Told::RunEnded { turn, .. } => Some(&turn.session),
        Told::Ended { .. } | Told::Closed { .. } | Told::DrainBegan { .. } | Told::DrainEnded { .. } => None,
    }
}

/// The turn that a gateway's report is about. Those that a turn sees are not.
fn of_chats(told: &chats::Observation) -> Vec<&TurnId> {
    use chats::Observation as Told;
    match told {
        Told::Asked { turn }
        | Told::Refused { turn }
        | Told::Swallowed { turn, .. }
        | Told::Began { turn, .. }
        | Told::Finished { turn, .. }
        | Told::Replied { turn }
        | Told::AskedForRestart { turn } => vec![turn],
        Told::StopAsked { .. }
        | Told::StoppedByUser { .. }
        | Told::StopBegan
        | Told::Drained { .. }
        | Told::Noted { .. }
        | Told::Found { .. } => Vec::new(),
    }
}

fn happened(happening: &Happening) -> Vec<&TurnId> {
    match happening {
        Happening::Received { items, .. } => items.iter().flat_map(|item| &item.turns).collect(),
        Happening::Accepted { turns, .. } | Happening::Applied { turns, .. } | Happening::Lost { turns, .. } => {
            turns.iter().collect()
        }
        Happening::StrayBytes { .. }
        | Happening::Answered { .. }
        | Happening::HungUp { .. }
        | Happening::Abandoned { .. }
        | Happening::Down { .. }
        | Happening::Up
        | Happening::Deleted { .. } => Vec::new(),
    }
}
