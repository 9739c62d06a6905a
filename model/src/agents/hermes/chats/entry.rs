//! `sessions.json`: for each chat the session in which its messages run, and the marks that a start reads.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::words::session::SessionId;

/// The routing index, by chat.
pub(super) type Index = BTreeMap<SessionId, SessionEntry>;

/// A chat's entry (`SessionEntry`).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SessionEntry {
    /// The session in which its messages run.
    pub session: SessionId,
    /// When the last message came, in milliseconds.
    pub updated_at_ms: i64,
    /// Whether the next message begins a new session.
    pub suspended: bool,
    /// When the chat was marked `resume_pending` (`last_resume_marked_at`). `None` if it is not.
    pub pending_since_ms: Option<i64>,
    /// The mark of the running turn (`active_turn_token`, `active_turn_started_at`).
    pub active: Option<Active>,
}

/// The mark of a running turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Active {
    /// A number of its own for each turn.
    pub token: u64,
    /// When the turn began, in milliseconds.
    pub started_at_ms: i64,
}

impl SessionEntry {
    /// An entry without marks.
    pub(super) fn new(session: SessionId, now_ms: i64) -> Self {
        Self { session, updated_at_ms: now_ms, suspended: false, pending_since_ms: None, active: None }
    }
}
