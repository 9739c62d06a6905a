//! Writes the observations of an implementation into the history.

use std::rc::Rc;

use model::facts::Observation;
use model::machine::Witness;
use model::machine::marks::Mark;

use crate::history::{Call, Fact, Who};
use crate::world::World;

/// The witness of one process.
pub(in crate::world) struct Listener {
    pub(in crate::world) world: Rc<World>,
    pub(in crate::world) number: u32,
}

impl Witness for Listener {
    fn saw(&self, observation: Observation) {
        let what = match observation {
            Observation::TurnEnding { turn } => Fact::Called(Call::Turn(turn)),
            Observation::TurnAcknowledged { turn } => Fact::Returned(Call::Turn(turn)),
            Observation::Moved { .. }
            | Observation::RequestSent { .. }
            | Observation::RequestFailed { .. }
            | Observation::Abandoned { .. }
            | Observation::Holding { .. }
            | Observation::ClientOpened
            | Observation::ClientClosed
            | Observation::Pending { .. }
            | Observation::Commits(_)
            | Observation::Continuity(_)
            | Observation::WaitsForLock { .. } => Fact::Told(observation),
        };
        self.world.record(Who::Process(self.number), what);
    }

    fn reached(&self, mark: Mark) {
        self.world.reached(mark);
    }
}
