//! Changes of the network: `network drop 2`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::plan::error::did_you_mean;
use crate::plan::rows::{self, Form, Row};
use crate::plan::span::Span;

/// A change of the network between the agent and the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Packets are held back, in order.
    Hold,
    /// Held packets arrive, and packets flow again.
    Release,
    /// Packets vanish, and with them every open connection; new ones are not answered.
    Partition,
    /// Packets flow again.
    Repair,
    /// Every open connection is reset.
    Reset,
    /// The next packets vanish.
    Drop(u32),
    /// One-way latency from now on.
    Latency(Duration),
}

/// The words after `network`.
pub(in crate::plan) const ROWS: &[Row<Weather>] = &[
    Row {
        word: "hold",
        read: |it| it.alone(Weather::Hold),
        forms: &[Form {
            written: &["network hold"],
            example: "network hold",
            means: "packets are held back, in order",
        }],
    },
    Row {
        word: "release",
        read: |it| it.alone(Weather::Release),
        forms: &[Form {
            written: &["network release"],
            example: "network release",
            means: "the held packets arrive, and packets flow again",
        }],
    },
    Row {
        word: "partition",
        read: |it| it.alone(Weather::Partition),
        forms: &[Form {
            written: &["network partition"],
            example: "network partition",
            means: "packets are dropped, and every open connection breaks",
        }],
    },
    Row {
        word: "repair",
        read: |it| it.alone(Weather::Repair),
        forms: &[Form { written: &["network repair"], example: "network repair", means: "packets flow again" }],
    },
    Row {
        word: "reset",
        read: |it| it.alone(Weather::Reset),
        forms: &[Form {
            written: &["network reset"],
            example: "network reset",
            means: "every open connection is reset",
        }],
    },
    Row {
        word: "drop",
        read: |it| it.count().map(Weather::Drop),
        forms: &[Form {
            written: &["network drop N"],
            example: "network drop 2",
            means: "the next N packets are dropped",
        }],
    },
    Row {
        word: "latency",
        read: |it| it.duration().map(Weather::Latency),
        forms: &[Form {
            written: &["network latency D"],
            example: "network latency 40ms",
            means: "the one-way latency from here on, less than a quarter of the `timeout`",
        }],
    },
];

impl fmt::Display for Weather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hold => f.write_str("hold"),
            Self::Release => f.write_str("release"),
            Self::Partition => f.write_str("partition"),
            Self::Repair => f.write_str("repair"),
            Self::Reset => f.write_str("reset"),
            Self::Drop(packets) => write!(f, "drop {packets}"),
            Self::Latency(latency) => write!(f, "latency {}", Span(*latency)),
        }
    }
}

impl FromStr for Weather {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = rows::words(ROWS).collect();
        if text.is_empty() {
            return Err(format!("\"network\" needs one of: {}", words.join(", ")));
        }
        rows::read(ROWS, "network ", text).unwrap_or_else(|| {
            let word = text.split_whitespace().next().unwrap_or_default();
            Err(format!("the network cannot \"{text}\"{} it can: {}", did_you_mean(word, &words), words.join(", ")))
        })
    }
}
