//! Commands that make more than one run.
//!
//! - [`replay`]: runs files and compares them with their expectations. - [`matrix`]: scenarios by subjects.
//! - [`command`]: the shell command that replays a run. - [`expectations`]: what runs have shown, written into their files.
//! - [`campaign`]: runs seeds, counts them and keeps violations. - [`shrink`]: the smallest scenario that shows the same violation.
//! - [`explore`]: the changes of a scenario that break it. - [`explain`]: why a run fails. - [`diff`]: two runs beside each other.
//! - [`strength`]: how soon known defects are found. - [`fidelity`]: the model against the measurements.
//! - [`gate`]: all of them, with one verdict.

pub mod campaign;
pub mod command;
pub mod diff;
pub mod expectations;
pub mod explain;
pub mod explore;
pub mod fidelity;
pub mod gate;
pub mod kept;
pub mod matrix;
pub mod replay;
pub mod shrink;
pub mod strength;
