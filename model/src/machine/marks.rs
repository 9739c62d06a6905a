//! Marks: rare states that a campaign must reach, or a result without violations proves nothing.
//!
//! A rarely reached place in the code reports its mark in one line (`machine.reached(Mark::...)`), as with Antithesis'
//! `sometimes` and FoundationDB's `CODE_PROBE`. A mark is a bit of its run, never an event: no judgment depends on it, and it
//! changes no history. Deliberately absent: the words for a mark, and which campaign must reach it. The judging side has both.

use strum::{EnumCount, VariantArray};

/// A state worth reaching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumCount, VariantArray)]
#[repr(u8)]
#[expect(missing_docs, reason = "the judging side has a table with the words for each")]
pub enum Mark {
    // Processes: seen by the world, or read from the history.
    KilledWithTurns,
    KilledOnTheWire,
    KilledBeforeSync,
    KilledWhileStopping,
    EndHookKilled,
    PowerLost,
    UnsyncedLost,
    TailSpoiled,
    DiskFailed,
    DiskFailedAtOperation,
    MachineSlept,
    SleptOverConnection,
    ClockSet,
    SignalHandled,
    SideBySide,
    LeftBehindAndStored,
    ClosedTooEarly,
    SwitchedTooEarly,
    UndoneLate,
    SaidTwice,
    Echoed,
    HandedOverTogether,
    // Requests: at the server and in the client.
    ProviderDown,
    ReplyLost,
    AppliedLate,
    RefusedAndStored,
    AppliedByTwoWorkers,
    HeldRequestAbandoned,
    OperationRecognized,
    OperationStalled,
    KeptInPart,
    LostByProvider,
    UpdateLost,
    AnotherBank,
    AskedToWait,
    RedirectFollowed,
    TimedOut,
    ClosedUnderRequest,
    // The reference's memory.
    RecordCutShort,
    TailNotCut,
    InFlightRecovered,
    OrphanAdopted,
    OutboxLocked,
    TextSpilled,
    BatchCutShort,
    SentAgainInDoubt,
    OperationFailed,
    UndoneOnTheWay,
    TakenBackTwice,
    UndoneInTheQueue,
    UndoSought,
    RecallSuperseded,
    PauseCutShort,
    OpenedAgain,
    BudgetRanOut,
    BudgetUsedUp,
    CallerLeftUnsure,
    PatienceAtItsEnd,
    AllRequestsTaken,
    HeldByWedge,
    SetAside,
    SegmentSplit,
    FoundInDocument,
    AsideTriedAgain,
    // The WebUI and the reference's commits.
    BusyAgentSpared,
    HeirBuilt,
    OrphansTakenOver,
    OthersLeftAlone,
    CommitWaitedForCommit,
    CommitWaitedForTurn,
    CommitWithdrawn,
    CompletedDuringCommit,
    CommitFailed,
    OwnersMixed,
    AgentWaited,
    CommitCallerLeft,
    CompletedDuringDrain,
    DiscardRefused,
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
    ChatWentOnUnwritten,
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
    /// Adds a mark.
    pub fn insert(&mut self, mark: Mark) {
        self.0 |= 1 << (mark as u8);
    }

    /// Whether the set has the mark.
    pub fn contains(self, mark: Mark) -> bool {
        self.0 >> (mark as u8) & 1 == 1
    }

    /// The marks of both sets.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_the_marks_that_were_put_in() {
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
