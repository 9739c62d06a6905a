//! What happens to a host, and what it answers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::course::{Completion, Course};
use super::session::SessionId;
use super::turn::{Turn, TurnId};

/// What happens to a host.
#[derive(Clone, Debug)]
pub enum Command {
    /// An agent's turn is over.
    Turn(Turn, Completion),
    /// What follows belongs to this session; nobody announces it.
    Use(SessionId),
    /// Another agent, new or known, takes over.
    Agent(String, Option<SessionId>),
    /// `/resume` and `/branch`.
    Switch(SessionId, Adoption),
    /// `/new` and `/reset`.
    New(SessionId),
    /// The transcript is compressed, under another session id or in place.
    Compress(SessionId),
    /// `/undo` of this turn.
    Undo(TurnId),
    /// The session is committed, and nothing else.
    End,
    /// A turn begins: its recall is read.
    Prefetch,
    /// The memory is shut down.
    Shutdown,
    /// The user leaves.
    CliExit,
    /// The memory is initialized once more.
    Reinitialize,
    /// The gateway's cache is full: the session's agent goes.
    Evict(SessionId),
    /// The session was idle for too long: its agent goes.
    Idle(SessionId),
    /// The session is over.
    Expire(SessionId),
    /// A turn begins, and is over after a while: beside what follows.
    Run(Turn, Course),
    /// What happens to a WebUI only.
    WebUi(WebUiRequest),
    /// What happens to a gateway only.
    Gateway(GatewayRequest),
}

/// What happens to a WebUI only: calls on its session lifecycle, and an update of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebUiRequest {
    /// `register_agent`.
    Register(SessionId, String),
    /// `unregister_agent`.
    Unregister(SessionId),
    /// `mark_turn_completed`, by this agent if one is named.
    Mark(TurnId, Option<String>),
    /// `commit_session_memory`, with this agent if one is named.
    Commit(SessionId, Option<String>, Wait),
    /// The same on a thread that the drain knows of.
    CommitInBackground(SessionId, Option<String>),
    /// `discard_session`.
    Discard(SessionId),
    /// `drain_all_on_shutdown`, with this deadline if one is named.
    Drain(Option<Duration>),
    /// `has_uncommitted_work`.
    Dirty(SessionId),
    /// It updates itself, and replaces its process by the new version.
    SelfUpdate,
}

/// What happens to a gateway only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayRequest {
    /// `/stop` of the open chat.
    Stop,
    /// The platform is connected again.
    Reconnect,
    /// `/restart`: the gateway is asked from within to be restarted.
    RequestRestart,
    /// A scheduled job runs in it for that long.
    Cron(Duration),
    /// Somebody else ends the session's row in the database.
    Close(SessionId),
}

/// Why an agent adopts another session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adoption {
    /// `/resume`: it goes on where it was left.
    Resume,
    /// `/branch`: it is forked from the session that is left.
    Branch,
}

/// What whoever commits does about a commit of the same session that is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Gives up at once.
    No,
    /// Waits until it is over, or for that long.
    Until(Option<Duration>),
}

/// What a host answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// It was not asked, or does not know the call.
    Nothing,
    /// Whether something is so, or was done.
    Bool(bool),
    /// A number.
    Number(u64),
    /// A recall, if there is one.
    Text(Option<String>),
}

/// What becomes of the commits of one agent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitFaults {
    /// By number, from 1.
    pub by_number: BTreeMap<u32, CommitFault>,
    /// All others.
    pub every: Option<CommitFault>,
}

impl CommitFaults {
    /// What becomes of the `number`-th; it succeeds at once if nothing is said.
    pub fn of(&self, number: u32) -> Option<CommitFault> {
        self.by_number.get(&number).copied().or(self.every)
    }
}

/// What becomes of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CommitFault {
    /// The memory raises, after so long.
    Fail(Duration),
    /// The memory raises what nobody expects: `SystemExit`, which is no `Exception`.
    Panic,
    /// The memory never returns.
    Hang,
    /// The memory takes that long, and succeeds.
    Takes(Duration),
}
