//! The steps of a WebUI alone: calls on its session lifecycle, and an update of itself.

use std::fmt;

use model::words::command::{Wait, WebUiRequest};
use model::words::session::SessionId;
use model::words::turn::TurnId;

use crate::plan::argument::{self, Argument};
use crate::plan::rows::{Form, Row};
use crate::plan::span::{Span, parse_duration};

/// The notation for the session without a name.
const NOBODY: &str = "\"\"";

/// A step of a WebUI alone: a call on its session lifecycle, with an agent if one is named, or an update of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebUiStep {
    /// `register_agent`.
    Register(SessionId, String),
    /// `unregister_agent`.
    Unregister(SessionId),
    /// `mark_turn_completed`, of the session's next turn.
    Mark(SessionId, Option<String>),
    /// `commit_session_memory`.
    Commit(SessionId, Option<String>, Wait),
    /// The same on a thread that the drain knows of.
    CommitInBackground(SessionId, Option<String>),
    /// `discard_session`.
    Discard(SessionId),
    /// `drain_all_on_shutdown`, with this deadline if one is named.
    Drain(Option<std::time::Duration>),
    /// `has_uncommitted_work`.
    Dirty(SessionId),
    /// It updates itself, and replaces its process by the new version.
    SelfUpdate,
}

pub(in crate::plan) const ROWS: &[Row<WebUiStep>] = &[
    Row {
        word: "register",
        read: register,
        forms: &[Form {
            written: &["register S A"],
            example: "register S1 a",
            means: "from here on A is the agent of S",
        }],
    },
    Row {
        word: "unregister",
        read: |it| whose(it).map(WebUiStep::Unregister),
        forms: &[Form { written: &["unregister S"], example: "unregister S1", means: "from here on S has no agent" }],
    },
    Row {
        word: "mark",
        read: |it| who(it, &it.words()).map(|(session, agent)| WebUiStep::Mark(session, agent)),
        forms: &[Form {
            written: &["mark S", "mark S A"],
            example: "mark S1 a",
            means: "marks the next turn of S as completed, by agent A or by the registered agent: it waits for a \
                commit, and nothing else happens to it. The answer is the number of marked turns of S",
        }],
    },
    Row {
        word: "commit",
        read: commit,
        forms: &[
            Form {
                written: &["commit S", "commit S A"],
                example: "commit S1 a",
                means: "commits the completed turns of S, with agent A if no agent owns them; the answer is `false` \
                    if a commit of S is already running",
            },
            Form {
                written: &["commit S wait", "commit S A wait D"],
                example: "commit S1 wait 200ms",
                means: "the same, but it waits for the running commit, without limit or for D",
            },
        ],
    },
    Row {
        word: "commit_in_background",
        read: |it| who(it, &it.words()).map(|(session, agent)| WebUiStep::CommitInBackground(session, agent)),
        forms: &[Form {
            written: &["commit_in_background S", "commit_in_background S A"],
            example: "commit_in_background S1",
            means: "the same as `commit S` on a thread of its own that the drain waits for; the answer is whether it \
                was accepted",
        }],
    },
    Row {
        word: "discard",
        read: |it| whose(it).map(WebUiStep::Discard),
        forms: &[Form {
            written: &["discard S"],
            example: "discard S1",
            means: "drops the entry of S if no turn waits there; the answer is whether it was dropped",
        }],
    },
    Row {
        word: "drain",
        read: |it| it.rest().map(parse_duration).transpose().map(WebUiStep::Drain),
        forms: &[Form {
            written: &["drain", "drain D"],
            example: "drain 3s",
            means: "commits everything before the process ends, with a deadline of D if the release supports \
                deadlines",
        }],
    },
    Row {
        word: "dirty",
        read: |it| whose(it).map(WebUiStep::Dirty),
        forms: &[Form {
            written: &["dirty S"],
            example: "dirty S1",
            means: "answers whether S has completed turns that are not committed",
        }],
    },
    Row {
        word: "self_update",
        read: |it| it.alone(WebUiStep::SelfUpdate),
        forms: &[Form {
            written: &["self_update"],
            example: "self_update",
            means: "the WebUI replaces its process by a newer version (`execv`); the next process follows after \
                `restart`",
        }],
    },
];

impl WebUiStep {
    /// The session and the agent that it names.
    pub(in crate::plan) fn names(&self) -> (Option<&SessionId>, Option<&String>) {
        match self {
            Self::Register(session, agent) => (Some(session), Some(agent)),
            Self::Mark(session, agent) | Self::Commit(session, agent, _) | Self::CommitInBackground(session, agent) => {
                (Some(session), agent.as_ref())
            }
            Self::Unregister(session) | Self::Discard(session) | Self::Dirty(session) => (Some(session), None),
            Self::Drain(_) | Self::SelfUpdate => (None, None),
        }
    }

    /// The request to the host. `next` names the next turn of a session.
    pub(in crate::plan) fn request(&self, next: impl FnOnce(&SessionId) -> TurnId) -> WebUiRequest {
        match self.clone() {
            Self::Register(session, agent) => WebUiRequest::Register(session, agent),
            Self::Unregister(session) => WebUiRequest::Unregister(session),
            Self::Mark(session, agent) => WebUiRequest::Mark(next(&session), agent),
            Self::Commit(session, agent, wait) => WebUiRequest::Commit(session, agent, wait),
            Self::CommitInBackground(session, agent) => WebUiRequest::CommitInBackground(session, agent),
            Self::Discard(session) => WebUiRequest::Discard(session),
            Self::Drain(deadline) => WebUiRequest::Drain(deadline),
            Self::Dirty(session) => WebUiRequest::Dirty(session),
            Self::SelfUpdate => WebUiRequest::SelfUpdate,
        }
    }
}

/// `{:#}` writes durations as a history has them.
impl fmt::Display for WebUiStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Register(..) => "register",
            Self::Unregister(_) => "unregister",
            Self::Mark(..) => "mark",
            Self::Commit(..) => "commit",
            Self::CommitInBackground(..) => "commit_in_background",
            Self::Discard(_) => "discard",
            Self::Drain(_) => "drain",
            Self::Dirty(_) => "dirty",
            Self::SelfUpdate => "self_update",
        })?;
        let (session, agent) = self.names();
        match session {
            None => {}
            Some(session) if session.is_empty() => write!(f, " {NOBODY}")?,
            Some(session) => write!(f, " {session}")?,
        }
        if let Some(agent) = agent {
            write!(f, " {agent}")?;
        }
        let limit = match self {
            Self::Commit(_, _, Wait::Until(limit)) => {
                f.write_str(" wait")?;
                limit
            }
            Self::Drain(deadline) => deadline,
            Self::Register(..)
            | Self::Unregister(_)
            | Self::Mark(..)
            | Self::Commit(_, _, Wait::No)
            | Self::CommitInBackground(..)
            | Self::Discard(_)
            | Self::Dirty(_)
            | Self::SelfUpdate => &None,
        };
        let Some(limit) = limit else { return Ok(()) };
        f.write_str(" ")?;
        Span(*limit).fmt(f)
    }
}

/// `S1`, or the session without a name.
fn whose(it: &Argument<'_>) -> Result<SessionId, String> {
    if it.rest() == Some(NOBODY) { Ok(SessionId::from("")) } else { it.session() }
}

/// `S1` or `S1 a`.
fn who(it: &Argument<'_>, words: &[&str]) -> Result<(SessionId, Option<String>), String> {
    let session = match words.first().copied() {
        Some(NOBODY) => SessionId::from(""),
        name => it.session_named(name)?,
    };
    let agent = words.get(1).map(|name| argument::agent(name)).transpose()?;
    match words.get(2) {
        None => Ok((session, agent)),
        Some(more) => Err(format!(
            "\"{0}\" takes a session and an agent, as in \"{0} S1 a\"; \"{more}\" means nothing there",
            it.word()
        )),
    }
}

fn register(it: &Argument<'_>) -> Result<WebUiStep, String> {
    match who(it, &it.words())? {
        (session, Some(agent)) => Ok(WebUiStep::Register(session, agent)),
        (_, None) => Err("\"register\" needs a session and an agent, as in \"register S1 a\"".into()),
    }
}

/// `S1`, `S1 a`, `S1 wait`, `S1 a wait 200ms`.
fn commit(it: &Argument<'_>) -> Result<WebUiStep, String> {
    let words = it.words();
    let (names, wait) = match words.iter().position(|&word| word == "wait") {
        None => (&words[..], Wait::No),
        Some(place) => match words[place + 1..] {
            [] => (&words[..place], Wait::Until(None)),
            [limit] => (&words[..place], Wait::Until(Some(parse_duration(limit)?))),
            _ => return Err("\"commit\" waits without a limit or with one, as in \"commit S1 wait 200ms\"".into()),
        },
    };
    let (session, agent) = who(it, names)?;
    Ok(WebUiStep::Commit(session, agent, wait))
}
