//! Many runs: what is done with more than one of them.
//!
//! - [`replay`]: files to runs, compared with what they expect. - [`matrix`]: scenarios by subjects.
//! - [`command`]: how a run is replayed from a shell.
//! - [`campaign`]: seeds to runs, counted and kept. - [`shrink`]: the smallest scenario that shows the same.
//! - [`strength`]: how soon known defects are found. - [`fidelity`]: the model against what was measured.
//! - [`gate`]: all of it, with one verdict.

pub mod campaign;
pub mod command;
pub mod fidelity;
pub mod gate;
pub mod matrix;
pub mod replay;
pub mod shrink;
pub mod strength;
