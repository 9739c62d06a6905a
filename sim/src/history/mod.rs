//! The history: one append-only log of events, whose hash is the determinism digest.
//!
//! Every judgment starts from here. An event is plain data without addresses, task ids or anything else that could differ between two runs;
//! its encoding is stable, so equal histories have equal digests on every machine.

mod about;
mod cut_short;
mod grade;
mod origin;
mod provider;
pub mod reading;
mod recalled;
mod said;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use model::facts::Observation;
use model::words::command::Answer;
use model::words::profile::Banks;
use model::words::session::{DocumentId, SessionId};
use model::words::turn::TurnId;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;

pub(crate) use cut_short::grouped;
pub use cut_short::{Bound, CutShort};
pub use grade::Grade;
pub use origin::Origin;
pub use provider::{Container, Entry, Happening, ReceivedItem, WriteMode};
pub use recalled::Recalled;

use crate::plan::{DiskFault, Ending, Jump};

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Simulated time since the start, in milliseconds.
    pub at_ms: u64,
    /// Its observer.
    pub who: Who,
    /// The fact observed.
    pub fact: Fact,
}

impl Event {
    /// A simulated time as an event states it.
    pub(crate) fn ms(at: Duration) -> u64 {
        u64::try_from(at.as_millis()).expect("a run lasts less than half a billion years")
    }
}

/// The observer of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// The world itself.
    World,
    /// The agent's n-th process, from 1.
    Process(u32),
    /// The provider.
    Provider,
}

/// The kinds of fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Fact {
    /// A process began, with this session open.
    Started {
        /// The open session.
        session: SessionId,
    },
    /// The process called its memory.
    Called(Call),
    /// The call returned; only then is a turn acknowledged.
    Returned(Call),
    /// Another agent of the process took over.
    AgentChanged {
        /// Its name.
        name: String,
    },
    /// A turn is not to be kept. The memory may not know that.
    Excluded {
        /// The turn.
        turn: TurnId,
        /// The reason.
        why: Exclusion,
    },
    /// The known origin of a session has changed.
    Lineage {
        /// The session.
        session: SessionId,
        /// The origin.
        parent: Parent,
    },
    /// SIGTERM came while a handler was installed: the main thread is suspended where it is.
    Signaled {
        /// The number of steps of the process before it.
        steps: u64,
        /// The label of the step.
        label: String,
    },
    /// A recall was read at the beginning of a turn of `session`.
    Recalled {
        /// The session that reads.
        session: SessionId,
        /// The text it read, if there was one.
        text: Option<String>,
    },
    /// The process started a task.
    TaskStarted {
        /// The task's name.
        name: String,
    },
    /// The implementation reported an observation.
    Told(Observation),
    /// The process ended.
    Ended {
        /// The cause.
        ending: Ending,
        /// The number of its steps.
        steps: u64,
        /// The step at which a kill struck, if one did.
        label: Option<String>,
    },
    /// The provider reported an event of its own.
    Provider(Happening),
    /// The plan is done; faults stop, and pending turns may arrive.
    FaultsStopped,
    /// Nothing is pending any more, or the limit has passed.
    Converged {
        /// Whether everything pending arrived in time.
        in_time: bool,
    },
    /// The content of a container at the very end.
    Stored {
        /// Its id.
        container: DocumentId,
        /// Its texts, in order.
        entries: Vec<Entry>,
    },
    /// The host received a command of its own kind.
    Asked {
        /// The plan's step.
        step: String,
    },
    /// The host answered a command of its own kind.
    Answered {
        /// The plan's step.
        step: String,
        /// When it received the command, in milliseconds.
        asked_ms: u64,
        /// The answer.
        answer: Answer,
    },
    /// From now on, for a while, the agent's disk is faulty.
    Disk {
        /// The fault.
        fault: DiskFault,
    },
    /// The call returned with an error that its caller sees: it may or may not have had its effect.
    Failed(Call),
    /// The user asked for a turn: the host has the message.
    TurnAsked {
        /// The turn.
        turn: TurnId,
    },
    /// The agent's machine fell asleep.
    Suspended {
        /// For so long.
        lasts: Duration,
    },
    /// Somebody set the clock on the wall of the agent's machine.
    ClockSet {
        /// How far.
        jump: Jump,
    },
    /// The user has more than one bank.
    Banks(Banks),
    /// A task of the process ended by itself. Those that the end of the process cuts off do not.
    TaskEnded {
        /// The task's name.
        name: String,
    },
}

/// The known origin of a session.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parent {
    /// Unknown.
    #[default]
    Unknown,
    /// It was not forked.
    Nobody,
    /// It was forked, or compressed, from this session.
    Session(SessionId),
}

/// Why a turn is not to be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is the step's own word")]
pub enum Exclusion {
    Interrupted,
    Ephemeral,
    Undone,
}

impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Interrupted => "interrupted",
            Self::Ephemeral => "made up by the runtime",
            Self::Undone => "undone",
        })
    }
}

/// The calls that a process makes on its memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// A turn was completed.
    Turn(TurnId),
    /// Another call about the session that is open at the time.
    Command {
        /// The kind of call.
        word: Word,
        /// The session that is open afterwards.
        session: SessionId,
    },
}

impl Call {
    /// Whether it ends the memory of an agent.
    pub fn is_shutdown(&self) -> bool {
        matches!(self, Self::Command { word: Word::Shutdown | Word::CliExit | Word::SigShutdown | Word::Exit, .. })
    }

    /// Whether it is the work of a SIGTERM handler.
    pub fn is_a_stop(&self) -> bool {
        matches!(self, Self::Command { word: Word::SigShutdown | Word::SigStop, .. })
    }

    /// Whether a user waits for it. No user waits while agents are evicted, sessions expire, or a signal is handled.
    pub fn has_a_caller(&self) -> bool {
        !matches!(self, Self::Command { word: Word::Evict | Word::Idle | Word::Expire, .. }) && !self.is_a_stop()
    }
}

/// The calls about a session, in the words of the plan's steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "most are the step's own word")]
pub enum Word {
    Switch,
    New,
    Compress,
    Undo,
    End,
    Prefetch,
    Reinit,
    Evict,
    Idle,
    Expire,
    Shutdown,
    CliExit,
    /// The work of a SIGTERM handler.
    SigShutdown,
    /// The host's last work on its memory before it exits.
    Exit,
    /// The work of a SIGTERM handler that shuts no memory down.
    SigStop,
    Flush,
}

impl Word {
    /// Whether a session or its agent is left by it.
    pub fn is_a_boundary(self) -> bool {
        !matches!(self, Self::Prefetch | Self::Undo | Self::Flush)
    }

    /// The word in measured data and reports.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// As many events as most runs have.
const USUAL: usize = 256;

/// The log.
#[derive(Debug)]
pub struct History {
    events: RefCell<Vec<Event>>,
    /// Where each event came from.
    origins: RefCell<Vec<Origin>>,
}

impl Default for History {
    fn default() -> Self {
        Self { events: Vec::with_capacity(USUAL).into(), origins: Vec::with_capacity(USUAL).into() }
    }
}

impl History {
    /// Appends an event.
    pub fn record(&self, at: Duration, who: Who, fact: Fact, origin: Origin) {
        self.origins.borrow_mut().push(origin);
        self.events.borrow_mut().push(Event { at_ms: Event::ms(at), who, fact });
    }

    /// How many events it has so far.
    pub fn len(&self) -> usize {
        self.events.borrow().len()
    }

    /// Whether it has no event yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many turns have arrived so far. A turn that is repeated word for word arrives in one container after the other, and counts as
    /// often as it was completed: whoever stores one turn again and again makes no progress.
    pub fn arrived(&self) -> usize {
        let events = self.events.borrow();
        let (mut stored, mut completed) = (BTreeMap::<_, BTreeSet<_>>::new(), BTreeMap::new());
        for event in &*events {
            if let Fact::Provider(Happening::Applied { container, turns, .. }) = &event.fact {
                turns.iter().for_each(|turn| _ = stored.entry(turn).or_default().insert(container));
            } else if let Fact::Called(Call::Turn(turn)) = &event.fact {
                *completed.entry(turn).or_insert(0_usize) += 1;
            }
        }
        stored.iter().map(|(turn, containers)| containers.len().min(*completed.get(turn).unwrap_or(&1))).sum()
    }

    /// Whether the provider has stored every turn that was acknowledged so far.
    pub fn all_arrived(&self) -> bool {
        let events = self.events.borrow();
        let stored = stored(&events);
        let mut acknowledged = events
            .iter()
            .filter_map(|event| if let Fact::Returned(Call::Turn(turn)) = &event.fact { Some(turn) } else { None });
        acknowledged.all(|turn| stored.contains(turn))
    }

    /// Takes all recorded events, and where each came from, and leaves the log empty.
    pub fn take(&self) -> (Vec<Event>, Vec<Origin>) {
        (self.events.take(), self.origins.take())
    }
}

/// The hash of a history, in hexadecimal: equal for equal histories, on every machine.
pub fn digest(events: &[Event]) -> String {
    let bytes = postcard::to_stdvec(events).expect("events always encode");
    blake3::hash(&bytes).to_hex()[..32].to_owned()
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::World => f.write_str("world"),
            Self::Process(number) => write!(f, "process {number}"),
            Self::Provider => f.write_str("provider"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9} ms  {:<10} {:?}", self.at_ms, self.who.to_string(), self.fact)
    }
}

/// The turns that the provider has stored.
fn stored(events: &[Event]) -> BTreeSet<&TurnId> {
    let applied = events.iter().filter_map(|event| {
        if let Fact::Provider(Happening::Applied { turns, .. }) = &event.fact { Some(turns) } else { None }
    });
    applied.flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_depends_on_every_event_and_on_nothing_else() {
        let event = |at_ms| Event { at_ms, who: Who::World, fact: Fact::FaultsStopped };
        assert_eq!(digest(&[event(1), event(2)]), digest(&[event(1), event(2)]));
        assert_ne!(digest(&[event(1), event(2)]), digest(&[event(2), event(1)]));
        assert_ne!(digest(&[event(1)]), digest(&[event(1), event(1)]));
        assert_eq!(
            digest(&[event(1)]),
            "0f2e55287d699295a2de2a7479360a1f",
            "the digest of a known history has changed"
        );
    }
}
