//! Writes the observations of an implementation into the history.

use std::cell::Cell;
use std::rc::Rc;

use model::facts::Observation;
use model::machine::Witness;
use model::machine::marks::Mark;

use crate::history::{Call, Fact, Who};
use crate::world::World;

/// The least number of turns in memory that is worth an event.
const LEAST: u32 = 64;

/// The witness of one process.
pub(in crate::world) struct Listener {
    pub(in crate::world) world: Rc<World>,
    pub(in crate::world) number: u32,
    /// The most turns in memory that the history tells of.
    held: Cell<u32>,
}

impl Listener {
    pub(in crate::world) fn new(world: Rc<World>, number: u32) -> Self {
        Self { world, number, held: Cell::new(0) }
    }

    /// Whether so many turns in memory are worth an event: they have doubled, or are more than the memory limit for the first time.
    fn is_news(&self, turns: u32) -> bool {
        let (told, limit) = (self.held.get(), self.world.scenario.config.memory_limit);
        let news = turns >= LEAST.max(told.saturating_mul(2)) || (told <= limit && limit < turns);
        if news {
            self.held.set(turns);
        }
        news
    }
}

impl Witness for Listener {
    fn saw(&self, observation: Observation) {
        tracing::debug!(?observation, "reported");
        let what = match observation {
            Observation::Holding { turns } if !self.is_news(turns) => return,
            Observation::TurnEnding { turn } => Fact::Called(Call::Turn(turn)),
            Observation::TurnAcknowledged { turn } => Fact::Returned(Call::Turn(turn)),
            Observation::TurnUnsure { turn } => Fact::Failed(Call::Turn(turn)),
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
            | Observation::OpenedAgain
            | Observation::Declared { .. }
            | Observation::WaitsForLock { .. } => Fact::Told(observation),
        };
        self.world.record(Who::Process(self.number), what);
    }

    fn reached(&self, mark: Mark) {
        self.world.reached(mark);
    }
}
