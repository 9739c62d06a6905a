//! Continuity: what a gateway keeps of its chats from one life of its process to the next, and whom it asks for it.
//!
//! A chat is a conversation as its user sees it; the session in which its messages run is the gateway's affair, and whether the
//! two stay together over a restart is what is judged. The host calls a [`Continuity`] at fixed places of its life and does what
//! it is told; `hermes::gateway` answers as the eras of Hermes did, `reference` as it should be. Deliberately absent: the
//! platforms themselves, authorization, and what a turn does in its tools.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::facts::chats::{End, How};
use crate::words::course::{Completion, Course};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// How old an interruption may be for its turn to be run again (`HERMES_AUTO_CONTINUE_FRESHNESS`); that long is still fresh.
pub const FRESHNESS: Duration = Duration::from_secs(3_600);
/// How often a turn is tried before its chat counts as stuck (`_STUCK_LOOP_THRESHOLD`).
pub const ATTEMPTS_MAX: u32 = 3;

/// A message of a user: the turn it is planned as, and what working on it will be like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The turn. Its session is the chat's name.
    pub turn: TurnId,
    /// What happens to whoever works on it.
    pub course: Course,
    /// What its end will mean to the memory.
    pub completion: Completion,
}

impl Message {
    /// Whose message it is.
    pub fn chat(&self) -> &SessionId {
        &self.turn.session
    }
}

/// Where a message runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// In which session.
    pub session: SessionId,
    /// The turns that its transcript shows, finished or not, in order.
    pub sees: Vec<TurnId>,
    /// Why.
    pub how: How,
    /// What working on it will be like.
    pub course: Course,
    /// The turn of the transcript into whose hang it runs, if it does.
    pub into: Option<TurnId>,
}

/// What becomes of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// It runs.
    Runs(Route),
    /// It goes to a session that has ended, and nobody answers (#54878).
    Swallowed(SessionId),
    /// There is nothing to run.
    Nothing,
}

/// What a gateway does when it starts, and when a platform connects again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resumption {
    /// Messages that are run again by themselves, in order; of one chat one after another.
    pub messages: Vec<Message>,
    /// Turns whose answer was made and perhaps never sent.
    pub owed: Vec<TurnId>,
}

/// Constants of the gateway's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How long a stop waits for turns (`agent.restart_drain_timeout`).
    pub drain: Duration,
    /// How long it waits for cron jobs, if it knows of them (`agent.cron_drain_timeout`).
    pub cron: Option<Duration>,
    /// How long what was interrupted may take to end.
    pub grace: Duration,
    /// What the supervisor allows a stop (`TimeoutStopSec`).
    pub stop: Duration,
    /// How long a restart that was asked for inside the gateway waits for turns before it stops (`agent.restart_after_turn_timeout`).
    pub after_turn: Duration,
    /// Whether a chat is taken before its resumed turn is started (#45682).
    pub claims_first: bool,
}

/// How long a gateway waits, where that is configured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// How long a stop waits for running turns, if it is not what the release has.
    pub drain: Option<Duration>,
    /// What the supervisor allows a stop, if it is not what the release has.
    pub stop: Option<Duration>,
}

/// What keeps the chats of a gateway together over the lives of its process.
#[async_trait(?Send)]
pub trait Continuity {
    /// The constants.
    fn budget(&self) -> Budget;

    /// The process has started: what the last one has left is read.
    async fn boot(&self) -> Resumption;

    /// A platform has connected again: what `boot` resumes, but for chats in `busy`.
    async fn reconnect(&self, _busy: &[SessionId]) -> Vec<Message> {
        Vec::new()
    }

    /// A message has come, and perhaps waits for others of its chat. Says whether it is safe from now on, whatever happens to
    /// the process; a gateway that stops turns its user away otherwise.
    async fn accept(&self, _: &Message) -> bool {
        false
    }

    /// In which session a message runs (`get_or_create_session`).
    async fn route(&self, message: &Message, resumed: bool) -> Routed;

    /// The turn begins there.
    async fn begin(&self, message: &Message, route: &Route);

    /// It has been running for another minute.
    async fn still_running(&self, _: &Message) {}

    /// It has ended, and the memory has been told. The answer is not sent yet.
    async fn end(&self, message: &Message, session: &SessionId, end: End);

    /// The answer was sent.
    async fn replied(&self, turn: &TurnId);

    /// `/stop`: the user wants nothing more of what the chat is about.
    async fn stop_chat(&self, chat: &SessionId);

    /// Somebody else ends the row of the chat's session.
    async fn close_row(&self, _chat: &SessionId) {}

    /// A stop begins.
    async fn stop_begins(&self) {}

    /// It is about to wait for the turns of these chats.
    async fn drain_begins(&self, _running: &[SessionId]) {}

    /// The stop has waited: for all that was running, or too long for these.
    async fn drained(&self, _timed_out: bool, _running: &[SessionId]) {}

    /// The stop is done, but for the end of the process. `active` are the chats that ran when it began.
    async fn stopped(&self, _timed_out: bool, _active: &[SessionId]) {}
}
