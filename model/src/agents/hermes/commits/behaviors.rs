//! The behaviors in which the WebUI's releases differ, and the behaviors of each release: its predecessor's, and what changed.

use serde::Serialize;

use crate::contracts::commits::Completes;

/// What a release does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Behaviors {
    /// When a turn counts as completed.
    pub completes: Completes,
    /// What a successful commit clears.
    pub clears: Clears,
    /// Which agents own the waiting turns.
    pub owners: Owners,
    /// Whether a commit excludes other commits of its session.
    pub guarded: bool,
    /// Whether an entry can be discarded (#3506).
    pub discards: bool,
    /// How a new session commits the one that the user leaves.
    pub on_new: OnNew,
    /// Whether an eviction closes the agent's memory and database (#3166, #3218).
    pub tears_down: bool,
    /// Whether a full cache spares agents that were at work (#3506).
    pub full_cache_spares_live_agents: bool,
    /// Whether an eviction on request spares an agent at work (#5096).
    pub eviction_spares_live_agents: bool,
    /// Whether SIGTERM has a handler (#5543).
    pub handles_sigterm: bool,
    /// How the drain is bounded.
    pub drain: Drain,
}

/// What a successful commit clears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Clears {
    /// The generations that it captured at its begin.
    WhatItCaptured,
    /// Every generation by then, as a dirty flag does.
    Everything,
}

/// Which agents own the waiting turns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Owners {
    /// Each agent owns the range of generations that it completed.
    OfSegments,
    /// The registered agent owns them all.
    Latest,
}

/// How a new session commits the one that the user leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum OnNew {
    /// Not at all.
    Nothing,
    /// On the request's own thread.
    Inline,
    /// On a daemon thread that the drain does not know.
    Untracked,
    /// On a daemon thread that the drain joins. Once a drain has begun, no such thread starts.
    Tracked,
}

/// How the drain is bounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) enum Drain {
    /// Not at all.
    Unbounded,
    /// It checks the deadline before each pass.
    CheckedBeforeAPass,
    /// The same, and it waits for a commit under way only until the deadline. Its own commits are unbounded.
    BoundedWait,
    /// It runs each commit on a thread of its own, which it joins for at most the whole rest of the budget.
    OnThreads,
}

/// 2026-05-17, #2461: the module's first version.
pub(crate) const W1: Behaviors = Behaviors {
    completes: Completes::WhenCompleted,
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

/// 2026-05-30, #3166 and #3218: an eviction tears the agent down, even if it is at work.
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
pub(crate) const BEFORE_2461: Behaviors = Behaviors { completes: Completes::Never, on_new: OnNew::Nothing, ..W1 };
