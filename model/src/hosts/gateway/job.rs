//! A job: one message that the gateway works on, or will work on.

use crate::contracts::chats::Message;
use crate::machine::signal::Signal;
use crate::words::course::{Completion, Course};
use crate::words::turn::Turn;

/// A message that waits for its turn or runs.
pub(super) struct Job {
    pub message: Message,
    /// The message with its texts, as the agent hands it to its memory.
    pub turn: Turn,
    /// Whether the gateway took it up again by itself: no user has just sent it.
    pub resumed: bool,
    /// How often the user had stopped the chat when the message came.
    pub stops: u64,
    /// Raised when the job is over.
    pub done: Signal,
}

impl Job {
    /// A message that a user has just sent.
    pub(super) fn asked(turn: Turn, course: Course, completion: Completion) -> Self {
        let message = Message { turn: turn.id.clone(), course, completion };
        Self { message, turn, resumed: false, stops: 0, done: Signal::default() }
    }

    /// A message that a former process left unfinished.
    pub(super) fn resumed(message: Message) -> Self {
        let turn = Turn::of(message.turn.clone());
        Self { message, turn, resumed: true, stops: 0, done: Signal::default() }
    }
}
