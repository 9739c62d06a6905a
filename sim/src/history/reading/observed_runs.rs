//! The turns of a gateway as it ran them: the session and reason of each, and how it ended.

use model::facts::chats::{End, How};
use model::words::session::SessionId;
use model::words::turn::TurnId;
use serde::Serialize;

use super::Reading;

/// A turn that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// The turn it is planned as.
    pub turn: TurnId,
    /// The session in which it ran.
    pub session: SessionId,
    /// `asked`, `resumed`, or `continued S1#1`.
    pub how: String,
    /// The process.
    pub process: u32,
    /// When it began, in milliseconds.
    pub at_ms: u64,
    /// `completed`, `failed`, `interrupted`; `None` if its process ended first.
    pub end: Option<&'static str>,
    /// When it ended.
    pub until_ms: Option<u64>,
}

/// All turns, in the order in which they began.
pub(crate) fn ran(reading: &Reading) -> Vec<Ran> {
    let ran = reading.runs.begun.iter().map(|one| Ran {
        turn: one.turn.clone(),
        session: one.session.clone(),
        how: in_words(&one.how),
        process: one.process,
        at_ms: one.at.ms,
        end: one.end.map(|(end, _)| word(end)),
        until_ms: one.end.map(|(_, at)| at.ms),
    });
    ran.collect()
}

fn in_words(how: &How) -> String {
    match how {
        How::Asked => "asked".to_owned(),
        How::Resumed => "resumed".to_owned(),
        How::Continued(turn) => format!("continued {turn}"),
    }
}

fn word(end: End) -> &'static str {
    match end {
        End::Completed => "completed",
        End::Failed => "failed",
        End::Interrupted => "interrupted",
    }
}
