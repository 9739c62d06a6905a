//! How many turns a process holds in memory, for whoever wants to know whether that is bounded.

use std::cell::Cell;

use crate::facts::Observation;
use crate::machine::Machine;

/// The least number that is worth telling.
const LEAST: u32 = 64;

/// Counts turns held in memory, each copy, and tells whenever the number has doubled.
pub(crate) struct Gauge {
    machine: Machine,
    held: Cell<u32>,
    next: Cell<u32>,
}

impl Gauge {
    /// Nothing is held.
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, held: Cell::new(0), next: Cell::new(LEAST) }
    }

    /// `turns` more.
    pub(crate) fn add(&self, turns: usize) {
        let held = self.held.get().saturating_add(u32::try_from(turns).unwrap_or(u32::MAX));
        self.held.set(held);
        if held >= self.next.get() {
            self.next.set(held.saturating_mul(2));
            self.machine.saw(Observation::Holding { turns: held });
        }
    }

    /// `turns` fewer.
    pub(crate) fn remove(&self, turns: usize) {
        self.held.set(self.held.get().saturating_sub(u32::try_from(turns).unwrap_or(u32::MAX)));
    }
}
