//! What the provider does to a request: `500`, `drop`, `delay 4s`.
//!
//! All that the rest of the program wants to know of a fault stands here, as a match that the compiler completes: its word, its
//! family, and the values that are drawn. How it is written stands in `words`, how a client hears of it in `hearing`, what it does with the
//! provider.

use std::fmt;
use std::time::Duration;

use model::protocols::http;
use serde::{Deserialize, Serialize};

use super::words;
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
    /// Answers with this HTTP status, applies nothing, and asks to be left alone for that long (`Retry-After`).
    RetryAfter {
        /// The status.
        status: u16,
        /// How long to stay away.
        after: Duration,
        /// Whether the header is a date; otherwise a number of seconds.
        dated: bool,
    },
    /// Accepts, and never works on it: the operation is pending for ever. Any other request is not answered.
    AcceptStall,
    /// Confirms, and keeps nothing: the operation counts as completed.
    AckDrop,
    /// Keeps and confirms, and has lost it after that long.
    AckLose(Duration),
    /// A proxy answers 200 with a page of HTML, and the provider never hears of the request.
    Html,
    /// Answers 200, with `success` false, and applies nothing.
    Unsuccessful,
    /// Keeps the first turns of a retain, and refuses the others.
    Partial {
        /// How many it keeps.
        keeps: u32,
        /// Whether it confirms them all; otherwise its answer names those that it refuses.
        silent: bool,
    },
    /// Answers 200 in the name of somebody else, and the provider never hears of the request.
    Foreign {
        /// Whether the body is empty; otherwise it is an error in JSON, in no words of the provider's.
        empty: bool,
    },
    /// Answers with this status, one of [`Fault::REDIRECTS`], applies nothing, and says where to ask instead (`Location`).
    Redirect {
        /// The status.
        status: u16,
        /// Whether that is another path, where the request meets no redirect; otherwise it is the request's own.
        elsewhere: bool,
    },
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

impl Fault {
    /// How long a dead worker's operation waits until it is claimed again. The real time is that of a restart; here it is longer than the
    /// pauses between two questions about an operation (500 ms), and shorter than any client's timeout.
    pub const RECLAIM: Duration = Duration::from_secs(2);

    /// How long Hindsight asks to be left alone when it is unavailable.
    pub const UNAVAILABLE: Duration = Duration::from_secs(30);

    /// The statuses that lead elsewhere. The first three make a `POST` a `GET` (aiohttp 3.14), the others keep it.
    pub const REDIRECTS: &[u16] = &[301, 302, 303, 307, 308];

    /// The faults that are drawn, family by family.
    pub const DRAWN: &[Self] = &[
        Self::Refuse(500),
        Self::Refuse(503),
        Self::Refuse(429),
        Self::Refuse(400),
        Self::Refuse(413),
        Self::RetryAfter { status: 429, after: Duration::from_secs(5), dated: false },
        Self::RetryAfter { status: 503, after: Duration::from_secs(40), dated: true },
        Self::Unsuccessful,
        Self::Html,
        Self::Foreign { empty: false },
        Self::Foreign { empty: true },
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
        Self::AcceptStall,
        Self::AckDrop,
        Self::AckLose(Duration::from_secs(3)),
        Self::Partial { keeps: 1, silent: false },
        Self::Partial { keeps: 2, silent: false },
        Self::Partial { keeps: 1, silent: true },
        Self::Redirect { status: 307, elsewhere: false },
        Self::Redirect { status: 302, elsewhere: true },
        Self::Redirect { status: 308, elsewhere: true },
    ];

    /// Those that a turn is drawn to meet in whatever request brings it.
    pub const OF_TURNS: &[Self] = &[
        Self::Refuse(413),
        Self::Refuse(400),
        Self::AcceptFail,
        Self::AcceptStall,
        Self::Partial { keeps: 1, silent: false },
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
            Self::Refuse(_)
            | Self::RetryAfter { .. }
            | Self::Redirect { .. }
            | Self::Html
            | Self::Foreign { .. }
            | Self::Unsuccessful => FaultFamily::Refusals,
            Self::Drop => FaultFamily::LostRequests,
            Self::ApplyDrop | Self::Garbled => FaultFamily::LostReplies,
            Self::Delay(_) | Self::DelayIfAlive(_) => FaultFamily::Delays,
            Self::Hang => FaultFamily::Hangs,
            Self::Restart(_) | Self::WorkerCrash => FaultFamily::ServerRestarts,
            Self::AcceptFail | Self::AcceptStall | Self::AckDrop | Self::AckLose(_) | Self::Partial { .. } => {
                FaultFamily::FailedOperations
            }
        }
    }

    /// Whether a provider that answers with this status refuses for good.
    pub fn is_final_status(status: u16) -> bool {
        http::is_final(status)
    }

    /// Whether it is a refusal by a status.
    pub fn refuses(self) -> bool {
        matches!(self, Self::Refuse(_) | Self::RetryAfter { .. })
    }

    /// Whether only a retain is answered otherwise with it than without, and perhaps only one of several turns.
    pub fn may_need_a_retain(self) -> bool {
        match self {
            Self::Partial { .. } | Self::AckDrop | Self::AckLose(_) => true,
            Self::Refuse(_)
            | Self::RetryAfter { .. }
            | Self::Drop
            | Self::ApplyDrop
            | Self::Delay(_)
            | Self::DelayIfAlive(_)
            | Self::Hang
            | Self::Restart(_)
            | Self::AcceptFail
            | Self::WorkerCrash
            | Self::Garbled
            | Self::AcceptStall
            | Self::Html
            | Self::Unsuccessful
            | Self::Foreign { .. }
            | Self::Redirect { .. } => false,
        }
    }

    /// Whether what meets it is refused for good, or never finished: it would not help to send the same again.
    pub fn is_final(self) -> bool {
        match self {
            Self::Refuse(status) => http::is_final(status),
            Self::AcceptFail | Self::AcceptStall => true,
            Self::RetryAfter { .. }
            | Self::Drop
            | Self::ApplyDrop
            | Self::Delay(_)
            | Self::DelayIfAlive(_)
            | Self::Hang
            | Self::Restart(_)
            | Self::WorkerCrash
            | Self::Garbled
            | Self::AckDrop
            | Self::AckLose(_)
            | Self::Html
            | Self::Unsuccessful
            | Self::Partial { .. }
            | Self::Foreign { .. }
            | Self::Redirect { .. } => false,
        }
    }

    /// How long its answer asks to be left alone.
    pub fn wait(self) -> Option<Duration> {
        match self {
            Self::RetryAfter { after, .. } => Some(after),
            Self::Refuse(503) => Some(Self::UNAVAILABLE),
            Self::Refuse(_)
            | Self::Drop
            | Self::ApplyDrop
            | Self::Delay(_)
            | Self::DelayIfAlive(_)
            | Self::Hang
            | Self::Restart(_)
            | Self::AcceptFail
            | Self::WorkerCrash
            | Self::Garbled
            | Self::AcceptStall
            | Self::AckDrop
            | Self::AckLose(_)
            | Self::Html
            | Self::Unsuccessful
            | Self::Partial { .. }
            | Self::Foreign { .. }
            | Self::Redirect { .. } => None,
        }
    }

    /// Its word, without its duration or number; a refusal's is its status.
    pub fn word(self) -> String {
        let word = match self {
            Self::Refuse(status) => return status.to_string(),
            Self::RetryAfter { status, dated, .. } => {
                return format!("{status} {}", if dated { words::RETRY_AT } else { words::RETRY_AFTER });
            }
            Self::Redirect { status, elsewhere } => {
                return format!("{status} {} {}", words::TO, if elsewhere { words::ELSEWHERE } else { words::ITSELF });
            }
            Self::Drop => "drop",
            Self::ApplyDrop => "apply_drop",
            Self::Delay(_) => "delay",
            Self::DelayIfAlive(_) => "delay_if_alive",
            Self::Hang => "hang",
            Self::Restart(_) => "restart",
            Self::AcceptFail => "accept_fail",
            Self::WorkerCrash => "worker_crash",
            Self::Garbled => "garbled",
            Self::AcceptStall => "accept_stall",
            Self::AckDrop => "ack_drop",
            Self::AckLose(_) => "ack_lose",
            Self::Html => "html",
            Self::Foreign { empty: false } => "foreign",
            Self::Foreign { empty: true } => "empty",
            Self::Unsuccessful => "unsuccessful",
            Self::Partial { silent: false, .. } => "partial",
            Self::Partial { silent: true, .. } => "partial silent",
        };
        word.to_owned()
    }

    /// Its duration, if it has one.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::Delay(duration)
            | Self::DelayIfAlive(duration)
            | Self::Restart(duration)
            | Self::RetryAfter { after: duration, .. }
            | Self::AckLose(duration) => Some(duration),
            Self::Refuse(_)
            | Self::Drop
            | Self::ApplyDrop
            | Self::Hang
            | Self::AcceptFail
            | Self::WorkerCrash
            | Self::Garbled
            | Self::AcceptStall
            | Self::AckDrop
            | Self::Html
            | Self::Unsuccessful
            | Self::Partial { .. }
            | Self::Foreign { .. }
            | Self::Redirect { .. } => None,
        }
    }

    /// The same with another duration, if it names one.
    pub fn lasting(mut self, duration: Duration) -> Self {
        if let Self::Delay(own)
        | Self::DelayIfAlive(own)
        | Self::Restart(own)
        | Self::RetryAfter { after: own, .. }
        | Self::AckLose(own) = &mut self
        {
            *own = duration;
        }
        self
    }

    /// How long after its sender is gone a request that meets it may still be applied.
    pub(in crate::plan) fn delay(self) -> Duration {
        match self {
            Self::Delay(duration) | Self::DelayIfAlive(duration) | Self::Restart(duration) => duration,
            Self::WorkerCrash => Self::RECLAIM,
            Self::Refuse(_)
            | Self::RetryAfter { .. }
            | Self::Drop
            | Self::ApplyDrop
            | Self::Hang
            | Self::AcceptFail
            | Self::Garbled
            | Self::AcceptStall
            | Self::AckDrop
            | Self::AckLose(_)
            | Self::Html
            | Self::Unsuccessful
            | Self::Partial { .. }
            | Self::Foreign { .. }
            | Self::Redirect { .. } => Duration::ZERO,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Partial { keeps, silent } = self {
            return write!(f, "partial {keeps}{}", if *silent { " silent" } else { "" });
        }
        f.write_str(&self.word())?;
        self.duration().map_or(Ok(()), |duration| write!(f, " {}", Span(duration)))
    }
}
