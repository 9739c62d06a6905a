//! The steps about one session: which one is open, and the end of its agent.

use std::fmt;

use model::words::session::SessionId;

use crate::plan::rows::{Form, Row};

/// A step about one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionStep {
    /// `/resume` or `/branch` to a session: it does not matter which, and nothing is expected of the session's parent.
    Switch(SessionId),
    /// `/resume`: the session continues where it was left.
    Resume(SessionId),
    /// `/branch`: the session is forked from the one that is left.
    Branch(SessionId),
    /// `/new`.
    New(SessionId),
    /// Compression, to another session or in place.
    Compress(SessionId),
    /// The following steps belong to another session, which is not announced.
    Use(SessionId),
    /// The gateway's cache is full: the session's agent goes.
    Evict(SessionId),
    /// The session was idle for too long: its agent goes.
    Idle(SessionId),
    /// The session is over.
    Expire(SessionId),
}

pub(in crate::plan) const ROWS: &[Row<SessionStep>] = &[
    Row {
        word: "switch",
        read: |it| it.session().map(SessionStep::Switch),
        forms: &[Form {
            written: &["switch S"],
            example: "switch S2",
            means: "the agent goes to another session, by `/resume` or `/branch`; the step does not say which, so \
                its parent tag is not judged",
        }],
    },
    Row {
        word: "resume",
        read: |it| it.session().map(SessionStep::Resume),
        forms: &[Form {
            written: &["resume S"],
            example: "resume S2",
            means: "`/resume`: the session continues where it stopped; it has no parent",
        }],
    },
    Row {
        word: "branch",
        read: |it| it.session().map(SessionStep::Branch),
        forms: &[Form {
            written: &["branch S"],
            example: "branch S2",
            means: "`/branch`: the session is forked from the current one",
        }],
    },
    Row {
        word: "new",
        read: |it| it.session().map(SessionStep::New),
        forms: &[Form {
            written: &["new S"],
            example: "new S2",
            means: "`/new`: the session ends and a fresh one begins",
        }],
    },
    Row {
        word: "compress",
        read: |it| it.session().map(SessionStep::Compress),
        forms: &[Form {
            written: &["compress S"],
            example: "compress S2",
            means: "the conversation is committed and compressed; the agent continues as S, forked from the current \
                session, or in place if S is the open session",
        }],
    },
    Row {
        word: "use",
        read: |it| it.session().map(SessionStep::Use),
        forms: &[Form {
            written: &["use S"],
            example: "use S2",
            means: "the next steps belong to S, and no hook tells the memory",
        }],
    },
    Row {
        word: "evict",
        read: |it| it.session().map(SessionStep::Evict),
        forms: &[Form {
            written: &["evict S"],
            example: "evict S2",
            means: "the cache of agents is full: the agent of S is removed",
        }],
    },
    Row {
        word: "idle",
        read: |it| it.session().map(SessionStep::Idle),
        forms: &[Form {
            written: &["idle S"],
            example: "idle S2",
            means: "S was idle for too long: its agent is removed",
        }],
    },
    Row {
        word: "expire",
        read: |it| it.session().map(SessionStep::Expire),
        forms: &[Form { written: &["expire S"], example: "expire S2", means: "S is over" }],
    },
];

impl SessionStep {
    /// The session.
    pub fn session(&self) -> &SessionId {
        match self {
            Self::Switch(session)
            | Self::Resume(session)
            | Self::Branch(session)
            | Self::New(session)
            | Self::Compress(session)
            | Self::Use(session)
            | Self::Evict(session)
            | Self::Idle(session)
            | Self::Expire(session) => session,
        }
    }
}

impl SessionStep {
    /// The same step about the session that `name` makes of its own.
    pub(in crate::plan) fn about(&self, name: impl Fn(&SessionId) -> SessionId) -> Self {
        match self {
            Self::Switch(session) => Self::Switch(name(session)),
            Self::Resume(session) => Self::Resume(name(session)),
            Self::Branch(session) => Self::Branch(name(session)),
            Self::New(session) => Self::New(name(session)),
            Self::Compress(session) => Self::Compress(name(session)),
            Self::Use(session) => Self::Use(name(session)),
            Self::Evict(session) => Self::Evict(name(session)),
            Self::Idle(session) => Self::Idle(name(session)),
            Self::Expire(session) => Self::Expire(name(session)),
        }
    }
}

impl fmt::Display for SessionStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Switch(_) => "switch",
            Self::Resume(_) => "resume",
            Self::Branch(_) => "branch",
            Self::New(_) => "new",
            Self::Compress(_) => "compress",
            Self::Use(_) => "use",
            Self::Evict(_) => "evict",
            Self::Idle(_) => "idle",
            Self::Expire(_) => "expire",
        };
        write!(f, "{word} {}", self.session())
    }
}
