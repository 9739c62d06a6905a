//! Where processes are killed, and how a process ends: `sigkill at step 17 of process 2`, `sigkill at 2nd "journal sync"`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::plan::span::{Span, parse_duration};

/// Where a process is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// The process, from 1.
    pub process: u32,
    /// When.
    pub at: Moment,
    /// How it ends.
    pub ending: Ending,
}

/// When a kill strikes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// At the k-th step of the process, from 1.
    Step(u64),
    /// At the n-th of the process's steps with this label, from 1. It stays the same place when the steps before it change.
    Label(Box<str>, u32),
    /// That long after its start, wherever it is.
    After(Duration),
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// The interpreter exited normally.
    Exit,
    /// `os._exit`.
    OsExit,
    /// SIGKILL: the page cache survives.
    Sigkill,
    /// SIGTERM without a handler.
    Sigterm,
    /// Power loss: data that was not synced is gone.
    PowerLoss,
}

impl Ending {
    /// Those by which a process can be killed.
    pub const KILLS: [Self; 3] = [Self::Sigkill, Self::Sigterm, Self::PowerLoss];

    /// As `subprocess.returncode` shows it.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Exit | Self::OsExit => 0,
            Self::Sigkill | Self::PowerLoss => -9,
            Self::Sigterm => -15,
        }
    }

    /// Its word in a plan.
    pub fn word(self) -> &'static str {
        match self {
            Self::Exit => "exit",
            Self::OsExit => "os_exit",
            Self::Sigkill => "sigkill",
            Self::Sigterm => "sigterm",
            Self::PowerLoss => "power_loss",
        }
    }
}

impl fmt::Display for Ending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exit => "exited",
            Self::OsExit => "was ended by os._exit",
            Self::Sigkill => "was killed by SIGKILL",
            Self::Sigterm => "was ended by SIGTERM",
            Self::PowerLoss => "lost power",
        })
    }
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, process) = (self.ending.word(), self.process);
        match &self.at {
            Moment::Label(label, count) => {
                write!(f, "{word} at {} \"{label}\" of process {process}", ordinal(*count))
            }
            Moment::Step(step) => write!(f, "{word} at step {step} of process {process}"),
            Moment::After(after) => write!(f, "{word} {} after the start of process {process}", Span(*after)),
        }
    }
}

impl FromStr for Kill {
    type Err = String;

    /// `sigkill at step 17`, `power_loss at step 40 of process 2`, `sigkill at 2nd "journal sync"`, `sigkill 15s after the start of
    /// process 1`.
    fn from_str(text: &str) -> Result<Self, String> {
        if let [before, label, after] = text.split('"').collect::<Vec<_>>()[..] {
            return Self::at_label(before, label, after).ok_or_else(|| Self::wrong(text));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let step = |text: &str| text.parse().ok().filter(|&step| step > 0).map(Moment::Step);
        let (ending, at, process) = match words[..] {
            [ending, "at", "step", number] => (ending, step(number), "1"),
            [ending, "at", "step", number, "of", "process", process] => (ending, step(number), process),
            [ending, after, "after", "the", "start"] => (ending, Some(Moment::After(parse_duration(after)?)), "1"),
            [ending, after, "after", "the", "start", "of", "process", process] => {
                (ending, Some(Moment::After(parse_duration(after)?)), process)
            }
            _ => return Err(Self::wrong(text)),
        };
        let ending = Ending::KILLS.into_iter().find(|kill| kill.word() == ending);
        match (ending, at, process.parse()) {
            (Some(ending), Some(at), Ok(process)) if process > 0 => Ok(Self { process, at, ending }),
            _ => Err(Self::wrong(text)),
        }
    }
}

impl Kill {
    /// A kill of each form.
    pub const EXAMPLES: [&str; 4] = [
        "sigkill at step 17",
        "power_loss at step 40 of process 2",
        "sigkill at 2nd \"journal sync\"",
        "sigkill 15s after the start of process 1",
    ];

    /// The kill of these three parts of a text, the middle one in quotes.
    fn at_label(before: &str, label: &str, after: &str) -> Option<Self> {
        let (ending, count) = match before.split_whitespace().collect::<Vec<_>>()[..] {
            [ending, "at"] => (ending, 1),
            [ending, "at", count] => (ending, counted(count)?),
            _ => return None,
        };
        let process = match after.split_whitespace().collect::<Vec<_>>()[..] {
            [] => 1,
            ["of", "process", process] => process.parse().ok().filter(|&process| process > 0)?,
            _ => return None,
        };
        let ending = Ending::KILLS.into_iter().find(|kill| kill.word() == ending)?;
        let named = !label.trim().is_empty() && !label.contains(char::is_control);
        named.then(|| Self { process, at: Moment::Label(label.into(), count), ending })
    }

    fn wrong(text: &str) -> String {
        let [first, second, third, fourth] = Self::EXAMPLES;
        let words = Ending::KILLS.map(Ending::word).join(", ");
        format!("\"{text}\" is not a kill; write '{first}', '{second}', '{third}' or '{fourth}'; kills: {words}")
    }
}

/// A count in words: 1st, 2nd, 11th.
fn ordinal(count: u32) -> String {
    let ending = match (count % 100, count % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{count}{ending}")
}

/// The count that a word says.
fn counted(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    digits.parse().ok().filter(|&count| count > 0 && ordinal(count) == word)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert_eq, prop_oneof, proptest};

    use super::*;

    #[test]
    fn kills_are_read() {
        let kill = |process, at, ending| Kill { process, at, ending };
        let read = "power_loss at step 40 of process 2".parse();
        assert_eq!(read, Ok(kill(2, Moment::Step(40), Ending::PowerLoss)));
        let read = "sigkill 1.5s after the start of process 3".parse();
        assert_eq!(read, Ok(kill(3, Moment::After(Duration::from_millis(1500)), Ending::Sigkill)));
        assert_eq!(read.map(|kill: Kill| kill.to_string()), Ok("sigkill 1500ms after the start of process 3".into()));
        let read = "sigkill at 11th \"journal sync\" of process 2".parse();
        assert_eq!(read, Ok(kill(2, Moment::Label("journal sync".into(), 11), Ending::Sigkill)));
        assert_eq!(r#"sigterm at "put""#.parse(), Ok(kill(1, Moment::Label("put".into(), 1), Ending::Sigterm)));
        for example in Kill::EXAMPLES {
            assert!(example.parse::<Kill>().is_ok(), "{example}");
        }
        for bad in [
            "sigkill",
            "sigkill at step 0",
            "sigkill 15 after the start",
            "exit at step 1",
            "murder at step 1",
            "sigkill at step 1 of process 0",
            "sigkill at 2st \"put\"",
            "sigkill at 0th \"put\"",
            "sigkill at \"\"",
            "sigkill at \"put\" of process 0",
            "exit at \"put\"",
            "sigkill at \"put",
        ] {
            assert!(bad.parse::<Kill>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_kill_reads_back(
            process in 1..=u32::MAX,
            at in prop_oneof![
                (1..=u64::MAX).prop_map(Moment::Step),
                ("[a-z_]{1,9}( [a-z]{1,9}){0,2}", 1..=u32::MAX).prop_map(|(label, n)| Moment::Label(label.into(), n)),
                (0..86_400_000_u64).prop_map(|ms| Moment::After(Duration::from_millis(ms))),
            ],
            ending in any::<proptest::sample::Index>(),
        ) {
            let kill = Kill { process, at, ending: *ending.get(&Ending::KILLS) };
            prop_assert_eq!(kill.to_string().parse(), Ok(kill));
        }
    }
}
