//! Faults of the agent's disk: `disk full 2s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::error::did_you_mean;
use crate::plan::rows::{self, Form, Row};
use crate::plan::span::Span;

/// The disk's fault from now on, for this long. Reading always works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskFault {
    /// Nothing can be written or synced (`EIO`). Earlier writes are still there.
    Fails(Duration),
    /// Nothing more can be written (`ENOSPC`): half of an append is written.
    Full(Duration),
    /// Writes and syncs wait until it is over.
    Stalls(Duration),
}

/// The words after `disk`.
pub(in crate::plan) const ROWS: &[Row<DiskFault>] = &[
    Row {
        word: "fails",
        read: |it| it.duration().map(DiskFault::Fails),
        forms: &[Form {
            written: &["disk fails D"],
            example: "disk fails 2s",
            means: "for D every write and sync fails (`EIO`); reads still work",
        }],
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
            Self::Fails(duration) | Self::Full(duration) | Self::Stalls(duration) => duration,
        }
    }
}

impl fmt::Display for DiskFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            Self::Fails(_) => "fails",
            Self::Full(_) => "full",
            Self::Stalls(_) => "stalls",
        };
        write!(f, "{word} {}", Span(self.duration()))
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
