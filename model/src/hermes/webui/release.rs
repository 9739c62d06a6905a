//! The releases of the WebUI by name: those that shipped and were measured, and fixes that were proposed.

use crate::hermes;

/// A release of the WebUI. The order is that of their dates, proposed fixes last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is told by `about`")]
pub enum Release {
    W1,
    W2,
    W3,
}

impl Release {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::W1, Self::W2, Self::W3];

    /// The name by which a scenario and the command line know it.
    pub fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::W3 => "W3",
        }
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::W1 => "2026-05-17, #2461: a session's memory is committed at boundaries",
            Self::W2 => "2026-06-04, 3ca1188f: clean sessions are discarded, live agents are spared (#3506)",
            Self::W3 => "2026-07-04, 19d00e35: background commits, a drain with a deadline on SIGTERM (#5543)",
        }
    }

    /// Whether it shipped.
    pub fn shipped(self) -> bool {
        self <= Self::W3
    }

    /// The memory that ran under it at its time.
    pub fn memory(self) -> hermes::Release {
        match self {
            Self::W1 | Self::W2 => hermes::Release::C,
            Self::W3 => hermes::Release::E,
        }
    }
}
