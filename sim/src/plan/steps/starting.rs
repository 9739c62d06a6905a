//! The steps that begin a process. They cut a lane into lives, and no process takes them.

use std::fmt;
use std::time::Duration;

use model::words::session::SessionId;

use crate::plan::argument::{Argument, session};
use crate::plan::rows::{Form, Row};
use crate::plan::span::{Span, parse_duration};

/// A step that begins a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartingStep {
    /// A new process begins, with the session it opens (`S1` if none is named), and its delay after the end of the one before.
    Restart(Option<SessionId>, Duration),
    /// The first process of the lane begins this much later.
    StartAfter(Duration),
}

pub(in crate::plan) const ROWS: &[Row<StartingStep>] = &[
    Row {
        word: "restart",
        read: restart,
        forms: &[
            Form {
                written: &["restart", "restart S"],
                example: "restart S2",
                means: "a new process begins 100 ms after the last one ended, with `S1` or S open. A step behind an \
                    end needs a `restart` before it, and a `restart` a step before it",
            },
            Form {
                written: &["restart after D", "restart S after D"],
                example: "restart S2 after 2h",
                means: "the same, D later",
            },
        ],
    },
    Row {
        word: "start_after",
        read: |it| it.duration().map(StartingStep::StartAfter),
        forms: &[Form {
            written: &["start_after D"],
            example: "start_after 70s",
            means: "as the first step of a list: its first process begins D later",
        }],
    },
];

impl fmt::Display for StartingStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Restart(session, after) => {
                f.write_str("restart")?;
                if let Some(session) = session {
                    write!(f, " {session}")?;
                }
                if after.is_zero() { Ok(()) } else { write!(f, " after {}", Span(*after)) }
            }
            Self::StartAfter(after) => write!(f, "start_after {}", Span(*after)),
        }
    }
}

/// `restart`, `restart S2`, `restart after 2h`, `restart S2 after 2h`.
fn restart(it: &Argument<'_>) -> Result<StartingStep, String> {
    let (name, after) = match it.words()[..] {
        [] => (None, Duration::ZERO),
        [name] => (Some(name), Duration::ZERO),
        ["after", text] => (None, parse_duration(text)?),
        [name, "after", text] => (Some(name), parse_duration(text)?),
        _ => return Err("\"restart\" takes a session, a pause or both, as in \"restart S2 after 2h\"".into()),
    };
    Ok(StartingStep::Restart(name.map(session).transpose()?, after))
}
