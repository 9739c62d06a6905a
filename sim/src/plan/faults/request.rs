//! What the provider does to a request: `500`, `drop`, `delay 4s`.
//!
//! All that the rest of the program wants to know of a fault stands here, as a row or as a match that the compiler completes:
//! its word, its family, how a client hears of it, and the values that are drawn. What it does stands with the provider.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use model::protocols::http::Doubt;
use serde::{Deserialize, Serialize};

use crate::plan::error::did_you_mean;
use crate::plan::rows::{self, Form, Row};
use crate::plan::span::Span;

/// The fault of one request.
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
    /// Applies, and answers with the status that it would answer with, and half of the body. Hindsight's generated client reads
    /// the body as JSON only after a status of success, and then raises: what was applied has failed, as far as its caller knows.
    Garbled,
}

/// The faults that do much the same to a client. A drawn scenario has faults of some families, and none of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultFamily {
    /// The provider says no.
    Refusals,
    /// The request never gets there.
    LostRequests,
    /// The request is applied, and its client does not learn that.
    LostReplies,
    /// The answer is late.
    Delays,
    /// There is no answer.
    Hangs,
    /// The provider, or its worker, dies.
    ServerRestarts,
    /// The provider accepts what fails later.
    FailedOperations,
}

/// How a client that waits hears of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// As this HTTP status.
    Status(u16),
    /// As the end of its connection.
    Disconnected,
    /// As an answer that says it worked, and of which the rest makes no sense.
    Unreadable,
    /// As silence, until it loses its patience or is closed.
    Silence,
}

/// The words; a refusal is a number.
pub(in crate::plan) const ROWS: &[Row<Fault>] = &[
    Row {
        word: "drop",
        read: |it| it.alone(Fault::Drop),
        forms: &[Form { written: &["drop"], example: "drop", means: "closes the connection, and applies nothing" }],
    },
    Row {
        word: "apply_drop",
        read: |it| it.alone(Fault::ApplyDrop),
        forms: &[Form {
            written: &["apply_drop"],
            example: "apply_drop",
            means: "applies, then closes the connection: the reply is lost",
        }],
    },
    Row {
        word: "delay",
        read: |it| it.duration().map(Fault::Delay),
        forms: &[Form {
            written: &["delay D"],
            example: "delay 4s",
            means: "applies and answers after D, even if the client has gone",
        }],
    },
    Row {
        word: "delay_if_alive",
        read: |it| it.duration().map(Fault::DelayIfAlive),
        forms: &[Form {
            written: &["delay_if_alive D"],
            example: "delay_if_alive 4s",
            means: "the same, unless the client goes first",
        }],
    },
    Row {
        word: "hang",
        read: |it| it.alone(Fault::Hang),
        forms: &[Form { written: &["hang"], example: "hang", means: "never answers, never applies" }],
    },
    Row {
        word: "restart",
        read: |it| it.duration().map(Fault::Restart),
        forms: &[Form {
            written: &["restart D"],
            example: "restart 1s",
            means: "the provider goes down instead of answering, and comes back after D",
        }],
    },
    Row {
        word: "accept_fail",
        read: |it| it.alone(Fault::AcceptFail),
        forms: &[Form {
            written: &["accept_fail"],
            example: "accept_fail",
            means: "accepts the retain and fails later: the operation ends `failed`. Other kinds of request are \
                answered with 500",
        }],
    },
    Row {
        word: "worker_crash",
        read: |it| it.alone(Fault::WorkerCrash),
        forms: &[Form {
            written: &["worker_crash"],
            example: "worker_crash",
            means: "accepts and applies the retain, but the worker dies before the operation counts as completed; \
                two seconds later another worker claims and applies it again. A request that is not an \
                asynchronous retain is applied, and its reply is lost",
        }],
    },
    Row {
        word: "garbled",
        read: |it| it.alone(Fault::Garbled),
        forms: &[Form {
            written: &["garbled"],
            example: "garbled",
            means: "applies and answers as without a fault, but the JSON of the answer breaks off in the middle: the \
                client cannot read it, and its connection stays",
        }],
    },
];

/// The form without a word.
pub(in crate::plan) const REFUSE: Form =
    Form { written: &["400` to `599"], example: "503", means: "answers with this HTTP status, and applies nothing" };

impl Fault {
    /// How long a dead worker's operation waits until it is claimed again. The real time is that of a restart; here it is longer than the
    /// pauses between two questions about an operation (500 ms), and shorter than any client's timeout.
    pub const RECLAIM: Duration = Duration::from_secs(2);

    /// The faults that are drawn, family by family.
    pub const DRAWN: &[Self] = &[
        Self::Refuse(500),
        Self::Refuse(503),
        Self::Refuse(429),
        Self::Drop,
        Self::ApplyDrop,
        Self::Garbled,
        Self::Delay(Duration::from_secs(2)),
        Self::Delay(Duration::from_secs(130)),
        Self::DelayIfAlive(Duration::from_secs(6)),
        Self::Hang,
        Self::Restart(Duration::from_secs(1)),
        Self::WorkerCrash,
        Self::AcceptFail,
    ];

    /// The faults that are tried in the place of another, to see whether that one mattered.
    pub const INSTEAD: &[Self] = &[
        Self::Refuse(500),
        Self::Drop,
        Self::ApplyDrop,
        Self::Garbled,
        Self::Hang,
        Self::Delay(Duration::from_secs(130)),
        Self::AcceptFail,
    ];

    /// Its family.
    pub fn family(self) -> FaultFamily {
        match self {
            Self::Refuse(_) => FaultFamily::Refusals,
            Self::Drop => FaultFamily::LostRequests,
            Self::ApplyDrop | Self::Garbled => FaultFamily::LostReplies,
            Self::Delay(_) | Self::DelayIfAlive(_) => FaultFamily::Delays,
            Self::Hang => FaultFamily::Hangs,
            Self::Restart(_) | Self::WorkerCrash => FaultFamily::ServerRestarts,
            Self::AcceptFail => FaultFamily::FailedOperations,
        }
    }

    /// How a client that waits hears of it, if it does.
    pub fn heard(self) -> Heard {
        match self {
            Self::Refuse(status) => Heard::Status(status),
            Self::AcceptFail => Heard::Status(500),
            Self::Drop | Self::ApplyDrop | Self::Restart(_) | Self::WorkerCrash => Heard::Disconnected,
            Self::Garbled => Heard::Unreadable,
            Self::Hang | Self::Delay(_) | Self::DelayIfAlive(_) => Heard::Silence,
        }
    }

    /// Whether it is why a client was told no, or gave up, for this reason.
    pub fn explains(self, reason: &str) -> bool {
        let is = |doubt: Doubt| doubt.to_string() == reason;
        match self.heard() {
            Heard::Status(status) => is(Doubt::Failed(status)),
            Heard::Disconnected => is(Doubt::Disconnected),
            Heard::Unreadable => is(Doubt::Garbled),
            Heard::Silence => is(Doubt::Timeout) || is(Doubt::Closed),
        }
    }

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
            Self::Garbled => "garbled",
        };
        word.to_owned()
    }

    /// Its duration, if it has one.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::Delay(duration) | Self::DelayIfAlive(duration) | Self::Restart(duration) => Some(duration),
            Self::Refuse(_)
            | Self::Drop
            | Self::ApplyDrop
            | Self::Hang
            | Self::AcceptFail
            | Self::WorkerCrash
            | Self::Garbled => None,
        }
    }

    /// The same with another duration, if it names one.
    pub fn lasting(self, duration: Duration) -> Self {
        match self {
            Self::Delay(_) => Self::Delay(duration),
            Self::DelayIfAlive(_) => Self::DelayIfAlive(duration),
            Self::Restart(_) => Self::Restart(duration),
            Self::Refuse(_)
            | Self::Drop
            | Self::ApplyDrop
            | Self::Hang
            | Self::AcceptFail
            | Self::WorkerCrash
            | Self::Garbled => self,
        }
    }

    /// How long after its sender is gone a request that meets it may still be applied.
    pub(in crate::plan) fn delay(self) -> Duration {
        match self {
            Self::Delay(duration) | Self::DelayIfAlive(duration) | Self::Restart(duration) => duration,
            Self::WorkerCrash => Self::RECLAIM,
            Self::Refuse(_) | Self::Drop | Self::ApplyDrop | Self::Hang | Self::AcceptFail | Self::Garbled => {
                Duration::ZERO
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word())?;
        self.duration().map_or(Ok(()), |duration| write!(f, " {}", Span(duration)))
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
        rows::read(ROWS, "", text).unwrap_or_else(|| {
            let words: Vec<&str> = rows::words(ROWS).collect();
            let hint = did_you_mean(text.split_whitespace().next().unwrap_or_default(), &words);
            Err(format!("unknown fault \"{text}\"{hint} faults: an HTTP status, {}", words.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_drawn() {
        let is_drawn = |word| Fault::DRAWN.iter().any(|fault| fault.word() == word);
        assert_eq!(rows::words(ROWS).find(|word| !is_drawn(*word)), None);
        assert!(Fault::DRAWN.iter().any(|fault| matches!(fault, Fault::Refuse(_))));
    }

    #[test]
    fn a_fault_explains_what_its_client_hears_of_it_and_nothing_else() {
        let reasons = [Doubt::Failed(503), Doubt::Disconnected, Doubt::Garbled, Doubt::Timeout, Doubt::Closed];
        let explained = |fault: Fault| {
            let explained = reasons.iter().map(ToString::to_string).filter(|reason| fault.explains(reason));
            explained.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(explained(Fault::Refuse(503)), "HTTP 503");
        assert_eq!(explained(Fault::Refuse(500)), "");
        assert_eq!(explained(Fault::ApplyDrop), "server disconnected");
        assert_eq!(explained(Fault::Garbled), "unreadable answer");
        assert_eq!(explained(Fault::Hang), "no answer in time, client closed under the request");
    }

    #[test]
    fn faults_are_read_and_mistakes_explained() {
        assert_eq!("500".parse(), Ok(Fault::Refuse(500)));
        assert_eq!("delay_if_alive 4s".parse(), Ok(Fault::DelayIfAlive(Duration::from_secs(4))));
        assert_eq!("worker_crash".parse(), Ok(Fault::WorkerCrash));
        let error = "aply_drop".parse::<Fault>().expect_err("a mistake");
        assert!(error.starts_with("unknown fault \"aply_drop\"; did you mean \"apply_drop\"?"), "{error}");
        for bad in ["200", "delay", "drop 4s", "worker_crash 2s", "garbled 2s", ""] {
            assert!(bad.parse::<Fault>().is_err(), "{bad}");
        }
    }
}
