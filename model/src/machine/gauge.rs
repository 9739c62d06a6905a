//! How many turns a process holds in memory. An invariant asks whether that number is bounded.

use std::cell::Cell;

use crate::facts::Observation;
use crate::machine::Machine;

/// Counts the turns held in memory, each copy by itself. Reports the number whenever it was never so high before.
pub(crate) struct Gauge {
    machine: Machine,
    held: Cell<u32>,
    most: Cell<u32>,
}

impl Gauge {
    /// A gauge at zero.
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, held: Cell::new(0), most: Cell::new(0) }
    }

    /// Adds `turns`.
    pub(crate) fn add(&self, turns: usize) {
        let held = self.held.get().saturating_add(u32::try_from(turns).unwrap_or(u32::MAX));
        self.held.set(held);
        if held > self.most.get() {
            self.most.set(held);
            self.machine.saw(Observation::Holding { turns: held });
        }
    }

    /// Removes `turns`.
    pub(crate) fn remove(&self, turns: usize) {
        self.held.set(self.held.get().saturating_sub(u32::try_from(turns).unwrap_or(u32::MAX)));
    }
}
