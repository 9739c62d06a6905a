//! How many turns a process holds in memory. An invariant asks whether that number is bounded.

use std::cell::Cell;

use crate::facts::Observation;
use crate::machine::Machine;

/// The least number worth a report.
const LEAST: u32 = 64;

/// Counts the turns held in memory, each copy by itself. Reports the number whenever it has doubled.
pub(crate) struct Gauge {
    machine: Machine,
    held: Cell<u32>,
    next: Cell<u32>,
}

impl Gauge {
    /// A gauge at zero.
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, held: Cell::new(0), next: Cell::new(LEAST) }
    }

    /// Adds `turns`.
    pub(crate) fn add(&self, turns: usize) {
        let held = self.held.get().saturating_add(u32::try_from(turns).unwrap_or(u32::MAX));
        self.held.set(held);
        if held >= self.next.get() {
            self.next.set(held.saturating_mul(2));
            self.machine.saw(Observation::Holding { turns: held });
        }
    }

    /// Removes `turns`.
    pub(crate) fn remove(&self, turns: usize) {
        self.held.set(self.held.get().saturating_sub(u32::try_from(turns).unwrap_or(u32::MAX)));
    }
}
