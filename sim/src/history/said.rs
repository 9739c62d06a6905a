//! The turns that were said: those that a host has handed over, whatever became of them.

use std::collections::BTreeSet;

use model::words::turn::TurnId;

use super::{Call, Event, Fact, History};

impl History {
    /// The turns that were handed over so far.
    pub fn said(&self) -> BTreeSet<TurnId> {
        let turn =
            |event: &Event| if let Fact::Called(Call::Turn(turn)) = &event.fact { Some(turn.clone()) } else { None };
        self.events.borrow().iter().filter_map(turn).collect()
    }
}
