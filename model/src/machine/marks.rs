//! Marks: states that a run must come to sometimes, if its silence is to mean anything.
//!
//! A place in the code that is rarely reached says so in one line (`host.reached(Mark::...)`), as Antithesis' `sometimes` and
//! FoundationDB's `CODE_PROBE` do. A mark is a bit of its run, never an event: nothing that is judged depends on it, and no
//! history changes with it. Deliberately absent: what a mark is in words, and which campaign has to reach it; that is
//! the business of whoever counts them.

use strum::{EnumCount, VariantArray};

/// A state worth reaching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumCount, VariantArray)]
#[repr(u8)]
#[expect(missing_docs, reason = "whoever counts them has a table with the words of each")]
pub enum Mark {
    // What happens to processes, as the world and the history tell it.
    KilledWithTurns,
    KilledOnTheWire,
    KilledBeforeSync,
    KilledWhileStopping,
    PowerLost,
    UnsyncedLost,
    DiskFailed,
    SignalHandled,
    SideBySide,
    LeftBehindAndStored,
    ClosedTooEarly,
    SwitchedTooEarly,
    UndoneLate,
    SaidTwice,
    // What happens to requests, at the provider and in the client.
    ProviderDown,
    ReplyLost,
    AppliedLate,
    RefusedAndStored,
    AppliedByTwoWorkers,
    HeldRequestAbandoned,
    OperationRecognized,
    TimedOut,
    ClosedUnderRequest,
    // The reference's memory.
    RecordCutShort,
    InFlightRecovered,
    OrphanAdopted,
    OutboxLocked,
    TextSpilled,
    BatchCutShort,
    SentAgainInDoubt,
    OperationFailed,
    UndoneOnTheWay,
    TakenBackTwice,
    UndoSought,
    RecallSuperseded,
    PauseCutShort,
    OpenedAgain,
    BudgetRanOut,
    PatienceAtItsEnd,
    AllRequestsTaken,
    // The WebUI and the reference's commits.
    BusyAgentSpared,
    HeirBuilt,
    CommitWaitedForCommit,
    CommitWaitedForTurn,
    CommitWithdrawn,
    CompletedDuringCommit,
    CommitFailed,
    OwnersMixed,
    AgentWaited,
    CommitCallerLeft,
    CompletedDuringDrain,
    DrainRanOut,
    // The gateway and the reference's chats.
    MessageQueued,
    MessageWhileStopping,
    QueueCutOff,
    StoppedWhileRunning,
    TurnResumed,
    AnswerOwed,
    GivenUpStuck,
    GivenUpStale,
    TurnInterrupted,
    TurnOutlastedStop,
    JobOutlastedTurns,
    RestartWaited,
}

impl Mark {
    /// All of them, in their order.
    pub const ALL: &[Self] = Self::VARIANTS;
}

/// Which marks were reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks(u128);

const _: () = assert!(Mark::COUNT <= u128::BITS as usize, "each mark has a bit of its own");

impl Marks {
    /// The mark is reached from now on.
    pub fn insert(&mut self, mark: Mark) {
        self.0 |= 1 << (mark as u8);
    }

    /// Whether the mark was reached.
    pub fn contains(self, mark: Mark) -> bool {
        self.0 >> (mark as u8) & 1 == 1
    }

    /// Those of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let mut marks = Marks::default();
        marks.insert(Mark::PowerLost);
        marks.insert(Mark::RestartWaited);
        marks.insert(Mark::RestartWaited);
        assert!(marks.contains(Mark::PowerLost) && marks.contains(Mark::RestartWaited));
        assert!(!marks.contains(Mark::KilledWithTurns) && !marks.contains(Mark::GivenUpStale));
        let mut other = Marks::default();
        other.insert(Mark::KilledWithTurns);
        assert!(marks.union(other).contains(Mark::KilledWithTurns) && marks.union(other).contains(Mark::PowerLost));
        assert_eq!(marks.union(Marks::default()), marks);
    }
}
