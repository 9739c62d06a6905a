//! The simulated world of Forget-Me-Not, and the judges of its runs.
//!
//! Data flows one way: file or seed → [`plan`] → [`world`] → [`history`] → [`judging`] → [`run`] → [`search`] → [`report`].
//! Each module uses only those above it; `tests/tidy` checks that.
//!
//! - [`plan`]: the scenario, typed. - [`draw`]: scenarios drawn from seeds.
//! - [`history`]: the append-only log; its hash is the determinism digest. `history::reading`: its contents, read once for all.
//! - [`providers`]: the simulated servers, and the events that they report. [`description`]: the protocol of one as data.
//! - [`world`]: clock, network, disk, processes; runs a scenario and returns its history.
//! - `external`: real agents, as child processes.
//! - [`judging`]: the ledger of every turn's fate, and the invariants, one per file; they see only history and ledger.
//! - [`run`]: scenario to verdict. Start here.
//! - [`search`]: many runs: replay, matrix, campaign, shrink, strength, fidelity, gate.
//! - [`foreign`]: the log of another system, as a history. [`hearing`]: its judgment. [`serve`]: the simulated provider over real HTTP.
//! - [`report`]: text and JSON. [`trace`]: what happens inside, with simulated time. [`cli`]: the command line.

pub mod cli;
pub mod description;
pub mod draw;
#[cfg(target_os = "linux")]
pub mod external;
mod files;
pub mod foreign;
pub mod hearing;
pub mod history;
pub mod judging;
mod parallel;
pub mod plan;
pub mod providers;
pub mod report;
pub mod run;
pub mod search;
pub mod serve;
mod stopwatch;
pub mod trace;
pub mod world;
