//! What goes wrong with the agent's disk: `disk full 2s`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::error::did_you_mean;
use crate::plan::steps::duration;

const WORDS: &[&str] = &["fails", "full", "stalls"];

/// What the disk does from here on, for so long. Reading goes on as always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DiskFault {
    /// Nothing can be written or synced (`EIO`). What was written before is still there.
    Fails(Duration),
    /// Nothing more can be written (`ENOSPC`): of what is appended, half arrives.
    Full(Duration),
    /// Whoever writes or syncs waits until it is over.
    Stalls(Duration),
}

impl DiskFault {
    /// Reads what stands behind `disk`.
    pub(in crate::plan) fn parse(argument: Option<&str>) -> Result<Self, String> {
        let text = argument.ok_or_else(|| format!("\"disk\" needs one of: {}; and for how long", WORDS.join(", ")))?;
        let (word, argument) = match text.split_once(' ') {
            Some((word, argument)) => (word, Some(argument.trim())),
            None => (text, None),
        };
        match word {
            "fails" => Ok(Self::Fails(duration("disk fails", argument)?)),
            "full" => Ok(Self::Full(duration("disk full", argument)?)),
            "stalls" => Ok(Self::Stalls(duration("disk stalls", argument)?)),
            _ => {
                let hint = did_you_mean(word, WORDS);
                Err(format!("the disk cannot \"{text}\"{hint} it can: {}", WORDS.join(", ")))
            }
        }
    }

    /// For how long.
    pub fn duration(self) -> Duration {
        match self {
            Self::Fails(duration) | Self::Full(duration) | Self::Stalls(duration) => duration,
        }
    }
}
