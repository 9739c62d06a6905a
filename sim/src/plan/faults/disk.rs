//! Faults of the agent's disk: `disk full 2s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::disk_operation::DiskOperation;
use crate::plan::argument::Argument;
use crate::plan::error::did_you_mean;
use crate::plan::rows::{self, Form, Row};
use crate::plan::span::{Span, parse_duration};

/// The disk's fault from now on, for this long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskFault {
    /// Nothing can be written or synced (`EIO`). Earlier writes are still there.
    Fails(Duration),
    /// Nothing more can be written (`ENOSPC`): half of an append is written.
    Full(Duration),
    /// Writes and syncs wait until it is over.
    Stalls(Duration),
    /// Every operation of this kind fails (`EIO`), and no other, beside the fault that the disk has else.
    At(DiskOperation, Duration),
    /// The next operation of this kind fails.
    Once(DiskOperation),
}

/// The words after `disk`.
pub(in crate::plan) const ROWS: &[Row<DiskFault>] = &[
    Row {
        word: "fails",
        read: fails,
        forms: &[
            Form {
                written: &["disk fails D"],
                example: "disk fails 2s",
                means: "for D every write and sync fails (`EIO`); reads still work",
            },
            Form {
                written: &["disk fails at OPERATION", "disk fails at OPERATION for D"],
                example: "disk fails at truncate",
                means: "the next `read`, `write`, `sync`, `truncate` or `rename` fails (`EIO`), or every one for D, and no other operation. A file is \
                replaced as a whole by a `rename`",
            },
        ],
    },
    Row {
        word: "full",
        read: |it| it.duration().map(DiskFault::Full),
        forms: &[Form {
            written: &["disk full D"],
            example: "disk full 2s",
            means: "for D every write fails (`ENOSPC`); half of an append is written",
        }],
    },
    Row {
        word: "stalls",
        read: |it| it.duration().map(DiskFault::Stalls),
        forms: &[Form {
            written: &["disk stalls D"],
            example: "disk stalls 2s",
            means: "every write and sync that begins within D waits until D has passed",
        }],
    },
];

impl DiskFault {
    /// How long it lasts.
    pub fn duration(self) -> Duration {
        match self {
            Self::Fails(duration) | Self::Full(duration) | Self::Stalls(duration) | Self::At(_, duration) => duration,
            Self::Once(_) => Duration::ZERO,
        }
    }

    /// The operation that it is meant for; `None` if for all that write.
    pub fn operation(self) -> Option<DiskOperation> {
        match self {
            Self::At(operation, _) | Self::Once(operation) => Some(operation),
            Self::Fails(_) | Self::Full(_) | Self::Stalls(_) => None,
        }
    }
}

impl fmt::Display for DiskFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Fails(_) => "fails",
            Self::Full(_) => "full",
            Self::Stalls(_) => "stalls",
            Self::At(operation, duration) => return write!(f, "fails at {operation} for {}", Span(*duration)),
            Self::Once(operation) => return write!(f, "fails at {operation}"),
        };
        write!(f, "{word} {}", Span(self.duration()))
    }
}

/// `fails D`, `fails at OPERATION`, `fails at OPERATION for D`.
fn fails(it: &Argument<'_>) -> Result<DiskFault, String> {
    match it.words()[..] {
        ["at"] => Err("\"disk fails at\" needs an operation, as in \"disk fails at truncate\"".to_owned()),
        ["at", operation] => operation.parse().map(DiskFault::Once),
        ["at", operation, "for", duration] => Ok(DiskFault::At(operation.parse()?, parse_duration(duration)?)),
        ["at", operation, ..] => {
            operation.parse::<DiskOperation>()?;
            Err(format!("what follows \"disk fails at {operation}\" is nothing, or for how long, as in \"for 2s\""))
        }
        _ => it.duration().map(DiskFault::Fails),
    }
}

impl FromStr for DiskFault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = rows::words(ROWS).collect();
        if text.is_empty() {
            return Err(format!("\"disk\" needs one of: {}; and for how long", words.join(", ")));
        }
        rows::read(ROWS, "disk ", text).unwrap_or_else(|| {
            let word = text.split_whitespace().next().unwrap_or_default();
            Err(format!("the disk cannot \"{text}\"{} it can: {}", did_you_mean(word, &words), words.join(", ")))
        })
    }
}
