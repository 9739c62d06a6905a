//! Commands that make more than one run.
//!
//! - [`replay`]: runs files and compares them with their expectations. - [`matrix`]: scenarios by subjects.
//! - [`command`]: the shell command that replays a run. - [`expectations`]: what runs have shown, written into their files.
//! - [`check`]: all mistakes of many files. - [`formatting`]: the layout of files. - [`accepting`]: a scenario becomes one of the corpus.
//! - [`campaign`]: runs seeds, counts them and keeps violations. - [`shrink`]: the smallest scenario that shows the same violation.
//! - [`sweep`]: every fault of a scenario, and every pair of faults. - [`schedules`]: every schedule, up to a number of preemptions.
//! - [`explain`]: why a run fails. - [`diff`]: two runs beside each other.
//! - [`strength`]: how soon known defects are found. - [`fidelity`]: the model against the measurements.
//! - [`memories`]: what each memory plugin loses. - [`gate`]: all of them, with one verdict.
//! - [`certify`]: a report card for a real memory.

pub mod accepting;
pub mod campaign;
pub mod certify;
pub mod check;
pub mod command;
pub mod diff;
pub mod expectations;
pub mod explain;
pub mod fidelity;
pub mod formatting;
pub mod gate;
pub mod kept;
pub mod matrix;
pub mod memories;
pub mod replay;
pub mod schedules;
pub mod shrink;
pub mod strength;
pub mod sweep;
