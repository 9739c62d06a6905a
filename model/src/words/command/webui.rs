//! The commands for a WebUI only: calls on its session lifecycle, and an update of itself.

use std::time::Duration;

use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// A command for a WebUI only. An agent that is not named is the session's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebUiRequest {
    /// `register_agent`.
    Register(SessionId, String),
    /// `unregister_agent`.
    Unregister(SessionId),
    /// `mark_turn_completed`, by this agent.
    Mark(TurnId, Option<String>),
    /// `commit_session_memory`, with this agent.
    Commit(SessionId, Option<String>, Wait),
    /// The same, on a thread that the drain knows.
    CommitInBackground(SessionId, Option<String>),
    /// `discard_session`.
    Discard(SessionId),
    /// `drain_all_on_shutdown`, with this deadline, if any.
    Drain(Option<Duration>),
    /// `has_uncommitted_work`.
    Dirty(SessionId),
    /// The WebUI updates itself: it replaces its process by the new version.
    SelfUpdate,
}

/// How a commit treats another commit of the same session that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// It gives up at once.
    No,
    /// It waits for the other commit's end, at most for this time.
    Until(Option<Duration>),
}
