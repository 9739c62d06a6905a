//! The simulated world of Forget-Me-Not, and the judges of what happens in it.
//!
//! Data flows one way: file or seed → [`plan`] → [`world`] → [`history`] → [`judging`] → [`run`] → [`search`] → [`report`].
//! Each module uses only those above it; `tests/tidy` holds that.
//!
//! - [`plan`]: the scenario, typed. - [`draw`]: scenarios drawn from seeds.
//! - [`history`]: what was observed, append-only; its hash is the determinism digest. `history::reading`: what can be read in it.
//! - [`providers`]: the simulated servers, and what they tell the history.
//! - [`world`]: clock, network, disk, processes; runs a scenario and returns its history.
//! - [`judging`]: the ledger of every turn's fate, and the invariants, one per file; they see only history and ledger.
//! - [`run`]: scenario to verdict. Start here.
//! - [`search`]: many runs: replay, matrix, campaign, shrink, strength, fidelity, gate.
//! - [`report`]: text and JSON. [`trace`]: what happens inside, with simulated time. [`cli`]: the command line.

pub mod cli;
pub mod draw;
pub mod history;
pub mod judging;
mod parallel;
pub mod plan;
pub mod providers;
pub mod report;
pub mod run;
pub mod search;
mod stopwatch;
pub mod trace;
pub mod world;
