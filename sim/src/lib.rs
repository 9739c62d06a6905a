//! The simulated world of Forget-Me-Not, and the judges of what happens in it.
//!
//! Data flows one way: file → [`scenario`] → [`world`] → [`history`] → [`ledger`] → [`checks`] → verdict → [`report`].
//! A module uses only what stands before it in that line, and [`hindsight`], the simulated provider, uses nothing of
//! the world at all: it is written on the model's seams.
//!
//! - [`scenario`]: the plan as data.
//! - [`hindsight`]: the simulated provider.
//! - [`world`]: clock, network, disk, processes; runs a scenario and returns its history.
//! - [`history`]: what was observed, append-only; its hash is the determinism digest.
//! - [`ledger`]: every turn's fate, from the history alone.
//! - [`checks`]: the invariants, one per file; each sees only history and ledger.
//! - [`observed`], [`observed_runs`]: what can be seen of a run from outside.
//! - [`runner`]: scenario to verdict. Start here. [`replay`]: files to runs, compared with what they expect.
//!   [`matrix`]: scenarios by releases.
//! - [`generate`]: scenarios drawn at random. [`campaign`]: seeds to runs, counted and kept. [`marks`]: what a campaign must have
//!   met. [`shrink`]: the smallest scenario that shows the same. [`strength`]: how soon known defects are found.
//!   [`fidelity`]: the model against what was measured. [`gate`]: all of it, with one verdict.
//! - [`report`]: text and JSON. [`trace`]: what happens inside, with simulated time. [`cli`]: the command line.

pub mod campaign;
pub mod checks;
pub mod cli;
pub mod fidelity;
pub mod gate;
pub mod generate;
pub mod hindsight;
pub mod history;
pub mod ledger;
pub mod marks;
pub mod matrix;
pub mod observed;
mod observed_commits;
pub mod observed_runs;
mod parallel;
pub mod replay;
pub mod report;
pub mod runner;
pub mod scenario;
pub mod shrink;
mod stopwatch;
pub mod strength;
pub mod trace;
pub mod world;
