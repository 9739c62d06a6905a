//! The eras of the gateway by name, and fixes that were proposed.

use crate::hermes;

/// An era of the gateway: how it stopped and what it made of a restart. The order is that of their dates, proposed fixes
/// last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is told by `about`")]
pub enum Release {
    E0,
    E1,
    E2,
    E3,
    E4,
    Pr11099,
}

impl Release {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::E0, Self::E1, Self::E2, Self::E3, Self::E4, Self::Pr11099];

    /// The name by which a scenario and the command line know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::E0 => "E0",
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::E3 => "E3",
            Self::E4 => "E4",
            Self::Pr11099 => "pr-11099",
        }
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::E0 => "until 2026-04-17: no receipt of a clean stop, and every recent session is suspended",
            Self::E1 => "2026-04-18, cb4adda: a drain that timed out marks its sessions to be resumed (#11852)",
            Self::E2 => "2026-05: marked before the drain, resumed at the start, nobody suspended (#21192, #28576)",
            Self::E3 => "2026-06: freshness, a breaker for restart loops, durable routing (#54442, #56240)",
            Self::E4 => "2026-08: exact turn markers, no sweep, no expiry, budgets that fit",
            Self::Pr11099 => "#11099 on E0: the receipt of a clean stop is written before the drain",
        }
    }

    /// Whether it shipped.
    pub fn shipped(self) -> bool {
        self <= Self::E4
    }

    /// The memory that ran under it at its time.
    pub fn memory(self) -> hermes::Release {
        match self {
            Self::E0 | Self::E1 | Self::Pr11099 => hermes::Release::A,
            Self::E2 => hermes::Release::C,
            Self::E3 => hermes::Release::E,
            Self::E4 => hermes::Release::F,
        }
    }
}
