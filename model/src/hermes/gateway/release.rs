//! The gateway's eras, and fixes that were proposed for them.

use super::behaviors::Behaviors;
use super::{candidate, shipped};
use crate::hermes;
use crate::hermes::Difference;

/// An era of the gateway's stops and starts, or a fix that was proposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// Until 2026-04-17: no receipt, and recent chats are suspended.
    E0,
    /// 2026-04-18: chats interrupted by a drain's end are marked (#11852, #12301).
    E1,
    /// 2026-05: marked before the drain, taken up again at the start (#21192, #28576).
    E2,
    /// 2026-06 and 07: expiry, durable routes, a breaker, a ledger, no drain.
    E3,
    /// 2026-08 and 09: a mark for every turn.
    E4,
    /// #11099 on E0: the receipt before the drain.
    Pr11099,
    /// #9128 on E0: the same.
    Pr9128,
    /// The receipt before the drain, on E4.
    EarlyReceipt,
    /// E4 with a failure counter that a start keeps (#20030).
    KeepCounter,
    /// E4 with resumptions counted before they are started (#96204).
    CountFirst,
}

impl Release {
    /// All of them: what shipped, by date, then what was proposed.
    pub const ALL: [Self; 10] = [
        Self::E0,
        Self::E1,
        Self::E2,
        Self::E3,
        Self::E4,
        Self::Pr11099,
        Self::Pr9128,
        Self::EarlyReceipt,
        Self::KeepCounter,
        Self::CountFirst,
    ];

    /// The era, or the pull request.
    pub fn name(self) -> &'static str {
        match self {
            Self::E0 => "E0",
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::E3 => "E3",
            Self::E4 => "E4",
            Self::Pr11099 => "pr-11099",
            Self::Pr9128 => "pr-9128",
            Self::EarlyReceipt => "early-receipt",
            Self::KeepCounter => "keep-counter",
            Self::CountFirst => "count-first",
        }
    }

    /// What it is, in one line: when it shipped, or on what it was proposed.
    pub fn about(self) -> &'static str {
        match self {
            Self::E0 => "until 2026-04-17: a start without receipt suspends recent chats",
            Self::E1 => "2026-04-18, cb4adda: what a drain gives up is marked pending (#11852)",
            Self::E2 => "2026-05: marked before the drain, resumed at the start (#28576)",
            Self::E3 => "2026-06: expiry, durable routes, a breaker, a ledger, no drain",
            Self::E4 => "2026-08: a mark for every turn instead of the sweep",
            Self::Pr11099 => "proposed on E0: the receipt is written before the drain",
            Self::Pr9128 => "proposed on E0: the same, earlier",
            Self::EarlyReceipt => "proposed on E4: the receipt is written before the drain",
            Self::KeepCounter => "proposed on E4: a start keeps the counts of failures (#20030)",
            Self::CountFirst => "proposed on E4: attempts count before they start (#96204)",
        }
    }

    /// Whether it shipped, rather than being a proposal.
    pub fn shipped(self) -> bool {
        self <= Self::E4
    }

    /// Which memory ran under it at its time.
    pub fn memory(self) -> hermes::Release {
        match self {
            Self::E0 | Self::E1 | Self::Pr11099 | Self::Pr9128 => hermes::Release::A,
            Self::E2 => hermes::Release::C,
            Self::E3 => hermes::Release::E,
            Self::E4 | Self::EarlyReceipt | Self::KeepCounter | Self::CountFirst => hermes::Release::F,
        }
    }

    /// In what `other` differs from it, behavior by behavior.
    pub fn differences(self, other: Self) -> Vec<Difference> {
        Difference::between(&self.behaviors(), &other.behaviors())
    }

    pub(super) fn behaviors(self) -> Behaviors {
        match self {
            Self::E0 => shipped::E0,
            Self::E1 => shipped::E1,
            Self::E2 => shipped::E2,
            Self::E3 => shipped::E3,
            Self::E4 => shipped::E4,
            Self::Pr11099 | Self::Pr9128 => candidate::PR_11099,
            Self::EarlyReceipt => candidate::EARLY_RECEIPT,
            Self::KeepCounter => candidate::KEEP_COUNTER,
            Self::CountFirst => candidate::COUNT_FIRST,
        }
    }
}
