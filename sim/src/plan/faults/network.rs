//! What happens to the network: `network drop 2`.

use std::time::Duration;

use crate::plan::error::did_you_mean;
use crate::plan::steps::{count, duration};

const WEATHER: &[&str] = &["hold", "release", "partition", "repair", "reset", "drop", "latency"];

/// What happens to the packets between the agent and the provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Packets are held back, in order.
    Hold,
    /// What was held arrives, and packets flow again.
    Subject,
    /// Packets vanish, and with them every open connection; new ones are not answered.
    Partition,
    /// Packets flow again.
    Repair,
    /// Every open connection is reset.
    Reset,
    /// The next packets vanish.
    Drop(u32),
    /// One-way latency from here on.
    Latency(Duration),
}

impl Weather {
    /// Reads what stands behind `network`.
    pub(in crate::plan) fn parse(argument: Option<&str>) -> Result<Self, String> {
        let text = argument.ok_or_else(|| format!("\"network\" needs one of: {}", WEATHER.join(", ")))?;
        let (word, argument) = match text.split_once(' ') {
            Some((word, argument)) => (word, Some(argument.trim())),
            None => (text, None),
        };
        Ok(match (word, argument) {
            ("hold", None) => Self::Hold,
            ("release", None) => Self::Subject,
            ("partition", None) => Self::Partition,
            ("repair", None) => Self::Repair,
            ("reset", None) => Self::Reset,
            ("drop", argument) => Self::Drop(count("network drop", argument)?),
            ("latency", argument) => Self::Latency(duration("network latency", argument)?),
            _ => {
                let hint = did_you_mean(word, WEATHER);
                return Err(format!("the network cannot \"{text}\"{hint} it can: {}", WEATHER.join(", ")));
            }
        })
    }
}
