//! Setting the clock on the wall of the agent's machine: `clock jumps -1h`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::error::did_you_mean;
use crate::plan::span::{Span, parse_duration};

/// How far the clock is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jump {
    /// Whether it is set back.
    pub back: bool,
    /// How far.
    pub by: Duration,
}

impl fmt::Display for Jump {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "jumps {}{}", if self.back { "-" } else { "" }, Span(self.by))
    }
}

impl FromStr for Jump {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, distance) = text.split_once(' ').unwrap_or((text, ""));
        let examples = "as in \"clock jumps 1h\" or \"clock jumps -1h\"";
        if word.is_empty() {
            return Err(format!("\"clock\" needs \"jumps\" and how far, {examples}"));
        }
        if word != "jumps" {
            let hint = did_you_mean(word, &["jumps"]);
            return Err(format!("the clock cannot \"{text}\"{hint} it can: jumps, forwards or back, {examples}"));
        }
        let distance = distance.trim();
        let (back, distance) = match distance.strip_prefix('-') {
            Some(distance) => (true, distance),
            None => (false, distance),
        };
        if distance.is_empty() {
            return Err(format!("\"clock jumps\" needs a duration, {examples}"));
        }
        let by = parse_duration(distance).map_err(|why| format!("{why}; a minus sets the clock back, {examples}"))?;
        Ok(Self { back, by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_jumps_forwards_or_back() {
        for text in ["jumps 1h", "jumps -90s", "jumps 0s", "jumps -24h"] {
            assert_eq!(text.parse::<Jump>().map(|jump| jump.to_string()), Ok(text.to_owned()));
        }
        for text in ["", "jumps", "jumps -", "jump 1h", "jumps --1h", "jumps 25h", "jumps 1h 2h"] {
            assert!(text.parse::<Jump>().is_err(), "{text}");
        }
    }
}
