//! The parts in which Hermes was released.

use std::fmt;

use serde::Serialize;

/// The parts in which Hermes was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// The memory manager and its Hindsight provider.
    Memory,
    /// The WebUI's session lifecycle.
    WebUi,
    /// The gateway over a restart.
    Gateway,
}

impl Part {
    /// All parts.
    pub const ALL: [Self; 3] = [Self::Memory, Self::WebUi, Self::Gateway];
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Memory => "memory",
            Self::WebUi => "webui",
            Self::Gateway => "gateway",
        })
    }
}
