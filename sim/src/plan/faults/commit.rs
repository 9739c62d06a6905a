//! Faults of an agent's commits: `ok`, `fail`, `fail 500ms`, `panic`, `hang`, or a duration that it takes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use model::words::command;

use crate::plan::error::did_you_mean;
use crate::plan::rows::{self, Form, Row};
use crate::plan::span::{Span, parse_duration};

/// The fault of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommitFault(pub command::CommitFault);

/// The words; a duration alone is no word.
pub(in crate::plan) const ROWS: &[Row<CommitFault>] = &[
    Row {
        word: "ok",
        read: |it| it.alone(CommitFault(command::CommitFault::Takes(Duration::ZERO))),
        forms: &[Form { written: &["ok"], example: "ok", means: "it succeeds at once" }],
    },
    Row {
        word: "fail",
        read: |it| match it.rest() {
            None => Ok(CommitFault(command::CommitFault::Fail(Duration::ZERO))),
            Some(text) => parse_duration(text).map(|after| CommitFault(command::CommitFault::Fail(after))),
        },
        forms: &[Form { written: &["fail", "fail D"], example: "fail 500ms", means: "it raises, at once or after D" }],
    },
    Row {
        word: "panic",
        read: |it| it.alone(CommitFault(command::CommitFault::Panic)),
        forms: &[Form {
            written: &["panic"],
            example: "panic",
            means: "it raises `SystemExit`, which is no `Exception` and which no handler catches",
        }],
    },
    Row {
        word: "hang",
        read: |it| it.alone(CommitFault(command::CommitFault::Hang)),
        forms: &[Form { written: &["hang"], example: "hang", means: "it never returns" }],
    },
];

/// The form without a word.
pub(in crate::plan) const TAKES: Form = Form { written: &["D"], example: "500ms", means: "it takes D, and succeeds" };

impl CommitFault {
    /// The faults that a sweep tries: one of each form, and a commit that takes longer than a drain waits.
    pub const SWEPT: [Self; 6] = [
        Self(command::CommitFault::Fail(Duration::ZERO)),
        Self(command::CommitFault::Fail(Duration::from_millis(500))),
        Self(command::CommitFault::Panic),
        Self(command::CommitFault::Hang),
        Self(command::CommitFault::Takes(Duration::from_millis(500))),
        Self(command::CommitFault::Takes(Duration::from_secs(20))),
    ];

    /// Its word in a count of faults. All slow commits share one.
    pub fn word(self) -> &'static str {
        match self.0 {
            command::CommitFault::Takes(Duration::ZERO) => "ok",
            command::CommitFault::Takes(_) => "delay",
            command::CommitFault::Fail(_) => "fail",
            command::CommitFault::Panic => "panic",
            command::CommitFault::Hang => "hang",
        }
    }
}

impl fmt::Display for CommitFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            command::CommitFault::Takes(Duration::ZERO) => f.write_str("ok"),
            command::CommitFault::Takes(duration) => Span(duration).fmt(f),
            command::CommitFault::Fail(Duration::ZERO) => f.write_str("fail"),
            command::CommitFault::Fail(after) => write!(f, "fail {}", Span(after)),
            command::CommitFault::Panic => f.write_str("panic"),
            command::CommitFault::Hang => f.write_str("hang"),
        }
    }
}

impl FromStr for CommitFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return parse_duration(text).map(|duration| Self(command::CommitFault::Takes(duration)));
        }
        rows::read(ROWS, "", text).unwrap_or_else(|| {
            let words: Vec<&str> = rows::words(ROWS).collect();
            let hint = did_you_mean(text, &words);
            Err(format!("a commit cannot \"{text}\"{hint} it can: take a duration, as in 500ms, {}", words.join(", ")))
        })
    }
}
