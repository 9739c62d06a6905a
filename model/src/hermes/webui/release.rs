//! The releases of the WebUI that can be run, and what was proposed or could have been built instead.

use super::super::Release as Memory;

/// A release of hermes-webui, as far as its session lifecycle and the callers of it are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// 2026-05-17: the lifecycle module's first version (#2461).
    W1,
    /// 2026-06-04, v0.51.256: entries are discarded, a full cache spares agents at work (#3506).
    W2,
    /// 2026-07-04: background commits, a handler of SIGTERM, a drain with a deadline (#5543).
    W3,
    /// Before #2461: no commit at any boundary.
    BeforePr2461,
    /// #2461's first draft: a commit behind every turn.
    CommitPerTurn,
    /// Between W1 and W2, 2026-05-30: evicted agents are torn down, at work or not (#3166, #3218).
    Pr3218,
    /// #5543 before its first gate: the background commit is a thread of which nobody knows.
    Pr5543Gate1,
    /// #5543 before its second gate: the deadline is looked at before each pass of the drain.
    Pr5543Gate2,
    /// The same, with the wait for a commit under way bounded, and the drain's own commits not.
    Pr5543Gate2b,
    /// A design without the first guarantee: turns are marked when they begin.
    MarksEarly,
    /// A design without the second: a dirty flag instead of generations.
    DirtyFlag,
    /// A design without the fourth: one owner instead of segments.
    OneOwner,
    /// A design without the fifth: commits of one session are not kept apart.
    NoGuard,
}

impl Release {
    /// All of them: what shipped, by date, then what did not.
    pub const ALL: [Self; 13] = [
        Self::W1,
        Self::W2,
        Self::W3,
        Self::BeforePr2461,
        Self::CommitPerTurn,
        Self::Pr3218,
        Self::Pr5543Gate1,
        Self::Pr5543Gate2,
        Self::Pr5543Gate2b,
        Self::MarksEarly,
        Self::DirtyFlag,
        Self::OneOwner,
        Self::NoGuard,
    ];

    /// Its name in scenarios and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::W1 => "W1",
            Self::W2 => "W2",
            Self::W3 => "W3",
            Self::BeforePr2461 => "before-webui-2461",
            Self::CommitPerTurn => "webui-commit-per-turn",
            Self::Pr3218 => "webui-3218",
            Self::Pr5543Gate1 => "webui-5543-gate-1",
            Self::Pr5543Gate2 => "webui-5543-gate-2",
            Self::Pr5543Gate2b => "webui-5543-gate-2b",
            Self::MarksEarly => "webui-marks-early",
            Self::DirtyFlag => "webui-dirty-flag",
            Self::OneOwner => "webui-one-owner",
            Self::NoGuard => "webui-no-guard",
        }
    }

    /// What it is, in one line.
    pub fn about(self) -> &'static str {
        match self {
            Self::W1 => "WebUI 2026-05-17: commits at boundaries, generations with owners (#2461)",
            Self::W2 => "WebUI 2026-06-04, v0.51.256: entries are discarded, a full cache spares live agents (#3506)",
            Self::W3 => "WebUI 2026-07-04: background commits, a SIGTERM handler, a drain with a deadline (#5543)",
            Self::BeforePr2461 => "WebUI before #2461: nothing is committed at any boundary",
            Self::CommitPerTurn => "WebUI #2461, first draft: every turn is committed at once",
            Self::Pr3218 => "WebUI 2026-05-30, between W1 and W2: evicted agents are torn down, live or not (#3218)",
            Self::Pr5543Gate1 => "WebUI #5543 as its first gate saw it: an untracked background commit",
            Self::Pr5543Gate2 => "WebUI #5543 as its second gate saw it: the deadline is looked at between passes",
            Self::Pr5543Gate2b => "WebUI #5543 after that: the wait is bounded, the drain's own commits are not",
            Self::MarksEarly => "a design on W3: turns are marked when they begin",
            Self::DirtyFlag => "a design on W3: a dirty flag instead of generations",
            Self::OneOwner => "a design on W3: one owner for all that is dirty instead of segments",
            Self::NoGuard => "a design on W3: no guard while a commit is in flight",
        }
    }

    /// Whether it shipped.
    pub fn shipped(self) -> bool {
        self <= Self::W3 || matches!(self, Self::BeforePr2461 | Self::Pr3218)
    }

    /// Which memory ran under it at its time.
    pub fn memory(self) -> Memory {
        match self {
            Self::W1 | Self::W2 | Self::BeforePr2461 | Self::CommitPerTurn | Self::Pr3218 => Memory::C,
            _ => Memory::E,
        }
    }
}
