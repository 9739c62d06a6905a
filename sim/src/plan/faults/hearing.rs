//! How a client hears of a fault.

use model::protocols::http::Doubt;

use super::Fault;

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
    /// Not at all, or only if it reads the answer: the status says that it worked.
    Success,
}

impl Fault {
    /// How a client that waits hears of it, if it does.
    pub fn heard(self) -> Heard {
        match self {
            Self::Refuse(status) | Self::RetryAfter { status, .. } | Self::Redirect { status, .. } => {
                Heard::Status(status)
            }
            Self::AcceptFail => Heard::Status(500),
            Self::Drop | Self::ApplyDrop | Self::Restart(_) | Self::WorkerCrash => Heard::Disconnected,
            Self::Garbled | Self::Html | Self::Foreign { .. } => Heard::Unreadable,
            Self::AckDrop | Self::AckLose(_) | Self::Unsuccessful | Self::Partial { .. } => Heard::Success,
            Self::Hang | Self::AcceptStall | Self::Delay(_) | Self::DelayIfAlive(_) => Heard::Silence,
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
            Heard::Success => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
