//! Hand-written histories to read.

use model::facts::{Observation, Place, chats, commits};
use model::words::endpoint::Endpoint;
use model::words::turn::TurnId;

use super::Reading;
use crate::history::{Call, Event, Fact, Happening, Who, WriteMode};
use crate::plan::{Ending, Fault};

/// A history. Events of the provider, and facts without a time of their own, happen at the time of the event before them.
#[derive(Clone, Default)]
pub(crate) struct Log {
    events: Vec<Event>,
}

pub(crate) fn turn(name: &str) -> TurnId {
    name.parse().expect("a turn")
}

pub(crate) fn call(name: &str) -> Call {
    Call::Turn(turn(name))
}

impl Log {
    pub(crate) fn read(&self) -> Reading {
        Reading::of(&self.events)
    }

    fn event(mut self, at_ms: u64, who: Who, fact: Fact) -> Self {
        self.events.push(Event { at_ms, who, fact });
        self
    }

    pub(crate) fn process(self, process: u32, at_ms: u64, fact: Fact) -> Self {
        self.event(at_ms, Who::Process(process), fact)
    }

    fn told(self, process: u32, observation: Observation) -> Self {
        let at_ms = self.events.last().map_or(0, |event| event.at_ms);
        self.process(process, at_ms, Fact::Told(observation))
    }

    fn provider(self, happening: Happening) -> Self {
        let at_ms = self.events.last().map_or(0, |event| event.at_ms);
        self.event(at_ms, Who::Provider, Fact::Provider(happening))
    }

    pub(crate) fn started(self, process: u32, at_ms: u64) -> Self {
        self.process(process, at_ms, Fact::Started { session: "S1".into() })
    }

    pub(crate) fn killed(self, process: u32, at_ms: u64) -> Self {
        self.process(process, at_ms, Fact::Ended { ending: Ending::Sigkill, steps: 1, label: None })
    }

    pub(crate) fn called(self, process: u32, at_ms: u64, turn: &str) -> Self {
        self.process(process, at_ms, Fact::Called(call(turn)))
    }

    pub(crate) fn returned(self, process: u32, at_ms: u64, turn: &str) -> Self {
        self.process(process, at_ms, Fact::Returned(call(turn)))
    }

    pub(crate) fn chat(self, process: u32, at_ms: u64, told: chats::Observation) -> Self {
        self.process(process, at_ms, Fact::Told(Observation::Continuity(told)))
    }

    pub(crate) fn commits(self, process: u32, told: commits::Observation) -> Self {
        self.told(process, Observation::Commits(told))
    }

    pub(crate) fn moved(self, process: u32, name: &str, place: Place) -> Self {
        self.told(process, Observation::Moved { turns: vec![turn(name)], place })
    }

    pub(crate) fn sent(self, process: u32, endpoint: Endpoint) -> Self {
        self.told(process, Observation::RequestSent { endpoint })
    }

    pub(crate) fn failed(self, process: u32, endpoint: Endpoint, reason: &str) -> Self {
        self.told(process, Observation::RequestFailed { endpoint, reason: reason.into() })
    }

    pub(crate) fn received(self, endpoint: Endpoint, number: u32, fault: Option<Fault>) -> Self {
        self.provider(Happening::Received { endpoint, number, items: Vec::new(), fault })
    }

    pub(crate) fn answered(self, endpoint: Endpoint, number: u32, status: u16) -> Self {
        self.provider(Happening::Answered { endpoint, number, status })
    }

    pub(crate) fn applied(self, number: u32, document: &str, turns: &[&str]) -> Self {
        let (container, turns) = (document.into(), turns.iter().map(|name| turn(name)).collect());
        self.provider(Happening::Applied { number, container, turns, mode: WriteMode::Append })
    }

    pub(crate) fn deleted(self, document: &str) -> Self {
        self.provider(Happening::Deleted { container: document.into() })
    }
}
