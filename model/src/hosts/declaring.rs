//! What every host does alike: it tells its user which turns the provider does not take, and reviews sessions.
//!
//! It looks for such turns after each command and when it ends. A review is an agent of its own in the same process, behind the turn
//! (`_spawn_background_review`), and nothing ends it.

use std::rc::Rc;

use async_trait::async_trait;

use super::{Departure, Program, hand_over};
use crate::contracts::memory::Memory;
use crate::facts::Observation;
use crate::machine::Machine;
use crate::words::command::{Answer, Command};
use crate::words::course::Completion;
use crate::words::thread;
use crate::words::turn::Turn;

/// A host, and what its memory has to say to the user.
pub(super) struct Declaring {
    pub(super) program: Rc<dyn Program>,
    pub(super) machine: Machine,
    pub(super) memory: Rc<dyn Memory>,
}

/// Tells the user which turns the provider does not take, unless the user knows.
pub fn declare(machine: &Machine, memory: &dyn Memory) {
    let turns = memory.undeliverable();
    if !turns.is_empty() {
        machine.saw(Observation::Declared { turns });
    }
}

impl Declaring {
    fn declare(&self) {
        declare(&self.machine, &*self.memory);
    }
}

#[async_trait(?Send)]
impl Program for Declaring {
    async fn take(&self, command: Command) -> Answer {
        let answer = self.program.take(command).await;
        self.declare();
        answer
    }

    fn passes_over(&self, command: &Command) -> bool {
        self.program.passes_over(command)
    }

    fn review(&self, turn: Turn) {
        let (machine, memory) = (self.machine.clone(), Rc::clone(&self.memory));
        self.machine.spawn(thread::REVIEW, async move {
            let agent = memory.initialize(&turn.id.session).await;
            hand_over(&machine, &*agent, memory.habits(), turn, Completion::Completed, true).await;
        });
    }

    async fn after_turn(&self) {
        self.program.after_turn().await;
    }

    fn handles_sigterm(&self) -> bool {
        self.program.handles_sigterm()
    }

    fn stop_timeout(&self) -> Option<std::time::Duration> {
        self.program.stop_timeout()
    }

    async fn sigterm(&self) -> Departure {
        let departure = self.program.sigterm().await;
        self.declare();
        departure
    }

    async fn settled(&self) {
        self.program.settled().await;
    }

    async fn finish(&self) -> Departure {
        let departure = self.program.finish().await;
        self.declare();
        departure
    }
}
