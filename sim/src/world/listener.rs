//! Writes what an implementation tells into the history.

use std::rc::Rc;

use model::host::{Observation, Witness};
use model::marks::Mark;

use super::World;
use crate::history::{Call, Source, What};

/// The witness of one process.
pub(super) struct Listener {
    pub(super) world: Rc<World>,
    pub(super) number: u32,
}

impl Witness for Listener {
    fn saw(&self, observation: Observation) {
        let what = match observation {
            Observation::TurnEnding { turn } => What::Called(Call::Turn(turn)),
            Observation::TurnAcknowledged { turn } => What::Returned(Call::Turn(turn)),
            other => What::Told(other),
        };
        self.world.record(Source::Process(self.number), what);
    }

    fn reached(&self, mark: Mark) {
        self.world.reached(mark);
    }
}
