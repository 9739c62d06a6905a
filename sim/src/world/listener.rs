//! Writes what an implementation tells into the history.

use std::rc::Rc;

use model::host::{Observation, Witness};

use super::World;
use crate::history::{Source, What};

/// The witness of one process.
pub(super) struct Listener {
    pub(super) world: Rc<World>,
    pub(super) number: u32,
}

impl Witness for Listener {
    fn saw(&self, observation: Observation) {
        self.world.record(Source::Process(self.number), What::Told(observation));
    }
}
