//! The session of a turn as a setting of the process, for a design that has it there, as `HERMES_HOME` and `HERMES_SESSION_ID` are.
//!
//! Its one rule: a turn's thread sets it, works, and restores what it found. A thread that sets it meanwhile decides whose turn it is, and
//! restores what has passed. Deliberately absent: any of it in the reference, where a turn carries its session by value.

use std::cell::RefCell;
use std::time::Duration;

use super::design::Sessions;
use crate::machine::Machine;
use crate::words::session::SessionId;
use crate::words::turn::{Turn, TurnId};

/// How long a thread works between the two: as long as an agent takes to start (nesquena/hermes-webui#5567 measured 170 ms).
const WORK: Duration = Duration::from_millis(170);

/// The setting.
pub(super) struct Setting {
    machine: Machine,
    sessions: Sessions,
    session: RefCell<Option<SessionId>>,
}

impl Setting {
    /// Nothing is set.
    pub(super) fn new(machine: Machine, sessions: Sessions) -> Self {
        Self { machine, sessions, session: RefCell::default() }
    }

    /// The turn, under the session that it takes itself to be of.
    pub(super) async fn identify(&self, turn: Turn) -> Turn {
        if self.sessions == Sessions::OfTheTurn {
            return turn;
        }
        let found = self.session.replace(Some(turn.id.session.clone()));
        self.machine.sleep(WORK).await;
        let session = self.session.replace(found).unwrap_or_else(|| turn.id.session.clone());
        Turn { id: TurnId { session, number: turn.id.number }, ..turn }
    }
}
