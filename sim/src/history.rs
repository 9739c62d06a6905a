//! What was observed: one append-only log of events, whose hash is the determinism digest.
//!
//! Everything that is judged is judged from here. An event is plain data without addresses, task ids or anything else
//! that could differ between two runs; its encoding is stable, so equal histories have equal digests on every machine.

use std::cell::RefCell;
use std::fmt;
use std::time::Duration;

use model::host::Observation;
use model::session::{DocumentId, SessionId};
use model::turn::TurnId;
use serde::{Deserialize, Serialize};

use crate::hindsight::{Entry, Happening};
use crate::scenario::Ending;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Simulated time since the start, in milliseconds.
    pub at_ms: u64,
    /// Who saw it.
    pub source: Source,
    /// What it was.
    pub what: What,
}

/// Who saw an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The world itself.
    World,
    /// The agent's n-th process, from 1.
    Process(u32),
    /// The provider.
    Provider,
}

/// The kinds of event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// A process began, with this session open.
    Started {
        /// The open session.
        session: SessionId,
    },
    /// The process called its memory.
    Called(Call),
    /// The call returned; only then is a turn acknowledged.
    Returned(Call),
    /// A recall was read at the beginning of a turn of `session`.
    Recalled {
        /// The session that reads.
        session: SessionId,
        /// What it got, if anything.
        text: Option<String>,
    },
    /// The process started a task.
    TaskStarted {
        /// The task's name.
        name: String,
    },
    /// The implementation told something.
    Told(Observation),
    /// The process came to its end.
    Ended {
        /// How.
        ending: Ending,
        /// After how many steps.
        steps: u64,
        /// The step at which a kill struck, if one did.
        label: Option<String>,
    },
    /// The provider told something.
    Provider(Happening),
    /// The plan is done; faults stop, and what is pending may arrive.
    FaultsStopped,
    /// Nothing is pending any more, or the limit has passed.
    Converged {
        /// Whether everything pending arrived in time.
        in_time: bool,
    },
    /// What a document holds at the very end.
    Stored {
        /// Its id.
        document: DocumentId,
        /// What was retained into it, in order.
        entries: Vec<Entry>,
    },
}

/// The calls that a process makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// A turn was completed.
    Turn(TurnId),
    /// The agent went on with another session (or, after compression, the same).
    Boundary {
        /// The step's word: `switch`, `new`, `compress`, `end`.
        word: Boundary,
        /// The session that is open afterwards.
        session: SessionId,
    },
    /// A recall was read.
    Prefetch,
    /// The memory was shut down.
    Shutdown,
}

/// The kinds of boundary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the step's own word")]
pub enum Boundary {
    Switch,
    New,
    Compress,
    End,
}

/// The log.
#[derive(Debug, Default)]
pub struct History {
    events: RefCell<Vec<Event>>,
}

impl History {
    /// Appends an event.
    pub fn record(&self, at: Duration, source: Source, what: What) {
        let at_ms = u64::try_from(at.as_millis()).expect("a run lasts less than half a billion years");
        self.events.borrow_mut().push(Event { at_ms, source, what });
    }

    /// Everything that was recorded, leaving the log empty.
    pub fn take(&self) -> Vec<Event> {
        self.events.take()
    }
}

/// The hash of a history, in hexadecimal: equal for equal histories, on every machine.
pub fn digest(events: &[Event]) -> String {
    let bytes = postcard::to_stdvec(events).expect("events always encode");
    blake3::hash(&bytes).to_hex()[..32].to_owned()
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            Source::World => "world".to_owned(),
            Source::Process(number) => format!("process {number}"),
            Source::Provider => "provider".to_owned(),
        };
        write!(f, "{:>9} ms  {source:<10} {:?}", self.at_ms, self.what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_depends_on_every_event_and_on_nothing_else() {
        let event = |at_ms| Event { at_ms, source: Source::World, what: What::FaultsStopped };
        assert_eq!(digest(&[event(1), event(2)]), digest(&[event(1), event(2)]));
        assert_ne!(digest(&[event(1), event(2)]), digest(&[event(2), event(1)]));
        assert_ne!(digest(&[event(1)]), digest(&[event(1), event(1)]));
        assert_eq!(
            digest(&[event(1)]),
            "61d759462dbfc1fdacba2e24734e95a5",
            "the digest of a known history has changed"
        );
    }
}
