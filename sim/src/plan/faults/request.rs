//! Faults, tied to the n-th request of a kind or to the k-th step of a process: never to a probability at run time.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::plan::error::did_you_mean;
use crate::plan::span::parse_duration;
use crate::plan::{Faults, Mistake};

/// What the provider does to one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// Answers with this HTTP status, and applies nothing.
    Refuse(u16),
    /// Hangs up before anything was applied.
    Drop,
    /// Applies, then hangs up: the reply is lost.
    ApplyDrop,
    /// Applies and answers after a while, even if the client left.
    Delay(Duration),
    /// Applies and answers after a while, unless the client leaves first.
    DelayIfAlive(Duration),
    /// Never answers, never applies.
    Hang,
    /// The provider is restarted instead of answering, and is away for that long.
    Restart(Duration),
    /// Accepts, and fails later: the operation ends `failed`.
    AcceptFail,
    /// Accepts and applies, but the worker dies before the operation counts as completed: it is claimed again after
    /// [`Fault::RECLAIM`], and applied once more. Any other request is applied, and its reply is lost.
    WorkerCrash,
}

impl Fault {
    /// How long a dead worker's operation lies there until it is claimed again. The real time is that of a restart; here it
    /// is longer than the pauses between two questions about an operation (500 ms), and shorter than anybody's patience.
    pub const RECLAIM: Duration = Duration::from_secs(2);
}

const WORDS: &[&str] =
    &["drop", "apply_drop", "delay", "delay_if_alive", "hang", "restart", "accept_fail", "worker_crash"];

impl Fault {
    /// Its word, without its duration; a refusal's is its status.
    pub fn word(self) -> String {
        let word = match self {
            Self::Refuse(status) => return status.to_string(),
            Self::Drop => "drop",
            Self::ApplyDrop => "apply_drop",
            Self::Delay(_) => "delay",
            Self::DelayIfAlive(_) => "delay_if_alive",
            Self::Hang => "hang",
            Self::Restart(_) => "restart",
            Self::AcceptFail => "accept_fail",
            Self::WorkerCrash => "worker_crash",
        };
        word.to_owned()
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(status) = text.parse::<u16>() {
            return match (400..600).contains(&status) {
                true => Ok(Self::Refuse(status)),
                false => Err(format!("\"{text}\" is not a refusal; a refusal is an HTTP status from 400 to 599")),
            };
        }
        let (word, argument) = match text.split_once(' ') {
            Some((word, argument)) => (word, Some(argument.trim())),
            None => (text, None),
        };
        let duration = || {
            let argument = argument.ok_or_else(|| format!("\"{word}\" needs a duration, as in \"{word} 4s\""))?;
            parse_duration(argument)
        };
        match (word, argument) {
            ("drop", None) => Ok(Self::Drop),
            ("apply_drop", None) => Ok(Self::ApplyDrop),
            ("hang", None) => Ok(Self::Hang),
            ("accept_fail", None) => Ok(Self::AcceptFail),
            ("worker_crash", None) => Ok(Self::WorkerCrash),
            ("delay", _) => Ok(Self::Delay(duration()?)),
            ("delay_if_alive", _) => Ok(Self::DelayIfAlive(duration()?)),
            ("restart", _) => Ok(Self::Restart(duration()?)),
            _ => {
                let hint = did_you_mean(word, WORDS);
                Err(format!("unknown fault \"{text}\"{hint} faults: an HTTP status, {}", WORDS.join(", ")))
            }
        }
    }
}

/// Which requests of one kind meet which fault. Requests are counted from 1, as they arrive.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Occurrence {
    by_number: BTreeMap<u32, Fault>,
    every: Option<Fault>,
}

impl Occurrence {
    /// What the `number`-th request meets, if anything.
    pub fn of(&self, number: u32) -> Option<Fault> {
        self.by_number.get(&number).copied().or(self.every)
    }

    /// Whether any request meets this fault.
    pub fn has(&self, fault: Fault) -> bool {
        self.faults().any(|&planned| planned == fault)
    }

    /// All faults that can occur.
    fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.by_number.values().chain(&self.every)
    }

    pub(in crate::plan) fn read(table: &BTreeMap<String, Spanned<String>>) -> Result<Self, Mistake> {
        let mut occurrence = Self::default();
        for (key, text) in table {
            let fault = text.get_ref().parse().map_err(|message| (text.span(), message))?;
            match key.parse::<u32>() {
                Ok(number) if number > 0 => _ = occurrence.by_number.insert(number, fault),
                _ if key == "*" => occurrence.every = Some(fault),
                _ => {
                    let message =
                        format!("\"{key}\" is not a request; write its number, from 1, or \"*\" for every one");
                    return Err((text.span(), message));
                }
            }
        }
        Ok(occurrence)
    }
}

impl Faults {
    /// How many things go wrong: a measure of how much there is to read in a scenario.
    pub fn count(&self) -> usize {
        let requests =
            [&self.retain, &self.recall, &self.version, &self.operation].into_iter().flat_map(Occurrence::faults);
        requests.count() + self.kills.len() + usize::from(!self.down.is_zero())
    }

    /// How long after the last process is gone a delayed request may still be applied.
    pub fn longest_delay(&self) -> Duration {
        let delays =
            [&self.retain, &self.recall, &self.version, &self.operation].into_iter().flat_map(Occurrence::faults);
        let delays = delays.map(|fault| match fault {
            Fault::Delay(duration) | Fault::DelayIfAlive(duration) | Fault::Restart(duration) => *duration,
            Fault::WorkerCrash => Fault::RECLAIM,
            _ => Duration::ZERO,
        });
        delays.max().unwrap_or_default()
    }
}

/// Where a process is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kill {
    /// Which process, from 1.
    pub process: u32,
    /// When.
    pub at: Moment,
    /// How it ends.
    pub ending: Ending,
}

/// When a kill strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Moment {
    /// At the k-th step of the process, from 1.
    Step(u64),
    /// That long after its start, wherever it is.
    After(Duration),
}

/// How a process came to its end.
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
    /// Power loss: what was not synced is gone.
    PowerLoss,
}

impl Ending {
    /// As `subprocess.returncode` shows it.
    pub fn exit_code(self) -> i32 {
        match self {
            Self::Exit | Self::OsExit => 0,
            Self::Sigkill | Self::PowerLoss => -9,
            Self::Sigterm => -15,
        }
    }
}

impl std::fmt::Display for Ending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Exit => "exited",
            Self::OsExit => "was ended by os._exit",
            Self::Sigkill => "was killed by SIGKILL",
            Self::Sigterm => "was ended by SIGTERM",
            Self::PowerLoss => "lost power",
        })
    }
}

impl std::fmt::Display for Kill {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ending = match self.ending {
            Ending::Sigterm => "sigterm",
            Ending::PowerLoss => "power_loss",
            _ => "sigkill",
        };
        match self.at {
            Moment::Step(step) => write!(f, "{ending} at step {step} of process {}", self.process),
            Moment::After(after) => write!(f, "{ending} {after:?} after the start of process {}", self.process),
        }
    }
}

impl FromStr for Kill {
    type Err = String;

    /// `sigkill at step 17`, `power_loss at step 40 of process 2`, `sigkill 15s after the start of process 1`.
    fn from_str(text: &str) -> Result<Self, String> {
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
        let ending = match ending {
            "sigkill" => Ending::Sigkill,
            "sigterm" => Ending::Sigterm,
            "power_loss" => Ending::PowerLoss,
            _ => return Err(Self::wrong(text)),
        };
        match (at, process.parse()) {
            (Some(at), Ok(process)) if process > 0 => Ok(Self { process, at, ending }),
            _ => Err(Self::wrong(text)),
        }
    }
}

impl Kill {
    fn wrong(text: &str) -> String {
        format!(
            "\"{text}\" is not a kill; write \"sigkill at step 17\", \"power_loss at step 40 of process 2\", or \"sigkill 15s after the start of \
             process 1\"; \
             kills: sigkill, sigterm, power_loss"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read_and_mistakes_explained() {
        assert_eq!("500".parse(), Ok(Fault::Refuse(500)));
        assert_eq!("delay_if_alive 4s".parse(), Ok(Fault::DelayIfAlive(Duration::from_secs(4))));
        assert_eq!("worker_crash".parse(), Ok(Fault::WorkerCrash));
        let error = "aply_drop".parse::<Fault>().expect_err("a mistake");
        assert!(error.starts_with("unknown fault \"aply_drop\"; did you mean \"apply_drop\"?"), "{error}");
        for bad in ["200", "delay", "drop 4s", "worker_crash 2s", ""] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }

    #[test]
    fn kills_are_read() {
        let kill = |process, at, ending| Kill { process, at, ending };
        let read = "power_loss at step 40 of process 2".parse();
        assert_eq!(read, Ok(kill(2, Moment::Step(40), Ending::PowerLoss)));
        let read = "sigkill 1500ms after the start of process 3".parse();
        assert_eq!(read, Ok(kill(3, Moment::After(Duration::from_millis(1500)), Ending::Sigkill)));
        assert_eq!(read.map(|kill: Kill| kill.to_string()), Ok("sigkill 1.5s after the start of process 3".into()));
        for bad in [
            "sigkill",
            "sigkill at step 0",
            "sigkill 15 after the start",
            "murder at step 1",
            "sigkill at step 1 of process 0",
        ] {
            assert!(bad.parse::<Kill>().is_err(), "{bad}");
        }
    }
}
