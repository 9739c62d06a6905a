//! The behaviors in which the WebUI's releases differ, and which release has which: its predecessor's, and what changed.

use serde::Serialize;

use crate::contracts::commits::Marks;

/// What a release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Behaviors {
    /// When a turn is marked as completed.
    pub marks: Marks,
    /// What a commit that succeeds clears.
    pub clears: Clears,
    /// Whom the turns that wait belong to.
    pub owners: Owners,
    /// Whether a commit keeps others of its session away.
    pub guarded: bool,
    /// Whether an entry can be discarded (#3506).
    pub discards: bool,
    /// How a new session commits the one that is left.
    pub on_new: OnNew,
    /// Whether an evicted agent's memory and database are closed (#3166, #3218).
    pub tears_down: bool,
    /// Whether a full cache spares the agents that were at work (#3506).
    pub full_cache_spares_live_agents: bool,
    /// Whether an eviction on request spares an agent at work (#5096).
    pub eviction_spares_live_agents: bool,
    /// Whether SIGTERM has a handler (#5543).
    pub handles_sigterm: bool,
    /// How the drain is bounded.
    pub drain: Drain,
}

/// What a commit that succeeds clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Clears {
    /// The generations that it captured when it began.
    WhatItCaptured,
    /// Whatever there is by then: a dirty flag.
    Everything,
}

/// Whom the turns that wait belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Owners {
    /// A range of generations to the agent that completed it.
    OfSegments,
    /// All of them to the agent that is registered.
    Latest,
}

/// How a new session commits the one that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnNew {
    /// Not at all.
    Nothing,
    /// On the request's own thread.
    Inline,
    /// On a daemon thread of which nobody knows.
    Untracked,
    /// On a daemon thread that the drain joins, and that is refused once it has begun.
    Tracked,
}

/// How the drain is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Drain {
    /// It is not.
    Unbounded,
    /// The deadline is looked at before each pass.
    CheckedBeforeAPass,
    /// The same, and a commit that is under way is waited for no longer than that; the drain's own is not bounded.
    BoundedWait,
    /// Each commit is on a thread of its own, joined for the whole rest of the budget.
    OnThreads,
}

/// 2026-05-17, #2461: the module's first version.
pub(crate) const W1: Behaviors = Behaviors {
    marks: Marks::WhenCompleted,
    clears: Clears::WhatItCaptured,
    owners: Owners::OfSegments,
    guarded: true,
    discards: false,
    on_new: OnNew::Inline,
    tears_down: false,
    full_cache_spares_live_agents: false,
    eviction_spares_live_agents: false,
    handles_sigterm: false,
    drain: Drain::Unbounded,
};

/// 2026-05-30, #3166 and #3218: an evicted agent is torn down, also if it is at work.
pub(crate) const TEARDOWN: Behaviors = Behaviors { tears_down: true, ..W1 };

/// 2026-06-04, v0.51.256, #3506: entries can be discarded, and a full cache spares agents at work.
pub(crate) const W2: Behaviors = Behaviors { discards: true, full_cache_spares_live_agents: true, ..TEARDOWN };

/// 2026-07-04, #5543, after #5096: background commits, a handler of SIGTERM, a drain with a deadline.
pub(crate) const W3: Behaviors = Behaviors {
    on_new: OnNew::Tracked,
    eviction_spares_live_agents: true,
    handles_sigterm: true,
    drain: Drain::OnThreads,
    ..W2
};

/// Before #2461: no commit at any boundary.
pub(crate) const BEFORE_2461: Behaviors = Behaviors { marks: Marks::Never, on_new: OnNew::Nothing, ..W1 };
