//! Continuity: what a gateway keeps of its chats from one life of its process to the next.
//!
//! A chat is a conversation as its user sees it. The gateway decides in which session the chat's messages run, and an invariant
//! asks whether the two stay together across a restart. The host calls a [`Continuity`] at fixed places of its life and follows
//! its answers. Deliberately absent: the platforms, authorization, and what a turn does in its tools.

use std::time::Duration;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::facts::chats::{End, How};
use crate::words::course::{Completion, Course};
use crate::words::session::SessionId;
use crate::words::turn::TurnId;

/// How old an interruption may be for its turn to run again (`HERMES_AUTO_CONTINUE_FRESHNESS`). The bound is inclusive.
pub const FRESHNESS: Duration = Duration::from_secs(3_600);
/// How many attempts at a turn make its chat count as stuck (`_STUCK_LOOP_THRESHOLD`).
pub const ATTEMPTS_MAX: u32 = 3;

/// A user's message: the turn that the plan makes of it, and the turn's course.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The turn. Its session is the chat's name.
    pub turn: TurnId,
    /// The turn's course.
    pub course: Course,
    /// What the turn's end means to the memory.
    pub completion: Completion,
}

impl Message {
    /// The chat that the message came in.
    pub fn chat(&self) -> &SessionId {
        &self.turn.session
    }
}

/// Where a message runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The session.
    pub session: SessionId,
    /// The turns that the session's transcript shows, finished or not, in order.
    pub sees: Vec<TurnId>,
    /// Why it runs.
    pub how: How,
    /// The turn's course there.
    pub course: Course,
    /// The hanging turn of the transcript that makes this one hang too, if there is one.
    pub into: Option<TurnId>,
}

/// The gateway's decision about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// It runs.
    Runs(Route),
    /// It goes to a session that has ended, and gets no answer (#54878).
    Swallowed(SessionId),
    /// No turn runs.
    Nothing,
}

/// The messages and answers that a gateway resumes when it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resumption {
    /// Messages to run again without a user's request, in order. Those of one chat run one after another.
    pub messages: Vec<Message>,
    /// Turns whose answer was perhaps never sent.
    pub owed: Vec<TurnId>,
}

/// The time limits of a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How long a stop waits for turns (`agent.restart_drain_timeout`).
    pub drain: Duration,
    /// How long a stop waits for cron jobs (`agent.cron_drain_timeout`). `None` if it does not know of them.
    pub cron: Option<Duration>,
    /// How long interrupted turns may take to end.
    pub grace: Duration,
    /// How long the supervisor allows a stop to take (`TimeoutStopSec`).
    pub stop: Duration,
    /// How long a restart requested from inside waits for turns before the stop (`agent.restart_after_turn_timeout`).
    pub after_turn: Duration,
    /// Whether the gateway claims a chat before it starts the chat's resumed turn (#45682).
    pub claims_first: bool,
}

/// The configured time limits of a gateway.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// How long a stop waits for running turns. `None` for the release's default.
    pub drain: Option<Duration>,
    /// How long the supervisor allows a stop to take. `None` for the release's default.
    pub stop: Option<Duration>,
    /// How much of it the memory may take to stop.
    pub memory: Duration,
}

/// The gateway's memory of its chats across the lives of its process.
#[async_trait(?Send)]
pub trait Continuity {
    /// The time limits.
    fn budget(&self) -> Budget;

    /// The process has started. Reads what the last one left.
    async fn boot(&self) -> Resumption;

    /// A platform has connected again. Resumes what `boot` resumes, except for chats in `busy`.
    async fn reconnect(&self, _busy: &[SessionId]) -> Vec<Message> {
        Vec::new()
    }

    /// A message has come, and may have to wait for others of its chat. Returns whether it is safe from now on, whatever happens
    /// to the process. If not, a stopping gateway turns its user away.
    async fn accept(&self, _: &Message) -> bool {
        false
    }

    /// The user of a message that is not safe was turned away: it must not run.
    async fn refused(&self, _: &Message) {}

    /// Whether a user who writes to a busy chat while a restart waits for its turn gets the promise that the message runs afterwards, although
    /// it is not safe (#82381).
    fn promises_a_turn_after_the_restart(&self) -> bool {
        false
    }

    /// Decides in which session a message runs (`get_or_create_session`).
    async fn route(&self, message: &Message, resumed: bool) -> Routed;

    /// The message's turn begins on this route.
    async fn begin(&self, message: &Message, route: &Route);

    /// The turn has been running for another minute.
    async fn still_running(&self, _: &Message) {}

    /// The turn has ended, and the memory has it. The answer is not sent yet.
    async fn end(&self, message: &Message, session: &SessionId, end: End);

    /// The answer was sent.
    async fn replied(&self, turn: &TurnId);

    /// `/stop`: the user cancels all unfinished messages of the chat.
    async fn stop_chat(&self, chat: &SessionId);

    /// Another process ends the row of the chat's session.
    async fn close_row(&self, _chat: &SessionId) {}

    /// A stop begins.
    async fn stop_begins(&self) {}

    /// The stop is about to wait for the turns of these chats.
    async fn drain_begins(&self, _running: &[SessionId]) {}

    /// The stop has waited. If it timed out, the turns of the chats in `running` have not ended.
    async fn drained(&self, _timed_out: bool, _running: &[SessionId]) {}

    /// The stop is done, except for the end of the process. `active` are the chats that had a turn when it began.
    async fn stopped(&self, _timed_out: bool, _active: &[SessionId]) {}
}
