//! The turns of a gateway as it ran them: which began where, why, and how each ended.

use model::facts::chats::{End, How, Observation};
use model::words::session::SessionId;
use model::words::turn::TurnId;
use serde::Serialize;

use crate::history::{Event, Fact, Who};

/// A turn that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ran {
    /// The turn it is planned as.
    pub turn: TurnId,
    /// The session in which it ran.
    pub session: SessionId,
    /// `asked`, `resumed`, or `continued S1#1`.
    pub how: String,
    /// In which process.
    pub process: u32,
    /// When it began, in milliseconds.
    pub at_ms: u64,
    /// `completed`, `failed`, `interrupted`; nothing if its process ended first.
    pub end: Option<&'static str>,
    /// When it ended.
    pub until_ms: Option<u64>,
}

/// All of them, in order.
pub(crate) fn ran(events: &[Event]) -> Vec<Ran> {
    let mut ran: Vec<Ran> = Vec::new();
    for event in events {
        let (Fact::Told(model::facts::Observation::Continuity(told)), Who::Process(process)) = (&event.fact, event.who)
        else {
            continue;
        };
        match told {
            Observation::Began { turn, session, how, .. } => ran.push(Ran {
                turn: turn.clone(),
                session: session.clone(),
                how: in_words(how),
                process,
                at_ms: event.at_ms,
                end: None,
                until_ms: None,
            }),
            Observation::Finished { turn, end } => {
                let mut open = ran.iter_mut().rev().filter(|one| one.process == process && one.end.is_none());
                if let Some(one) = open.find(|one| one.turn == *turn) {
                    one.end = Some(word(*end));
                    one.until_ms = Some(event.at_ms);
                }
            }
            _ => {}
        }
    }
    ran
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
