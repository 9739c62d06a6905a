//! The simulated world of Forget-Me-Not, and the judges of what happens in it.
//!
//! A module uses only what stands before it in that line, and [`hindsight`], the simulated provider, uses nothing of
//! the world at all: it is written on the model's seams.
//!
//! - [`scenario`]: the plan as data.
//! - [`hindsight`]: the simulated provider.
//! - [`world`]: one paused runtime, network, disk, processes; runs a scenario and returns its history.
//! - [`history`]: what was observed, append-only; its hash is the determinism digest.
//! - [`ledger`]: every turn's fate, from the history alone.
//! - [`checks`]: the invariants, one per file; each sees only history and ledger.

pub mod checks;
pub mod hindsight;
pub mod history;
pub mod ledger;
pub mod runner;
pub mod scenario;
pub mod world;
