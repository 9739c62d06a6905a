//! What can be read in a history.

pub mod observed;
pub(crate) mod observed_commits;
pub mod observed_runs;
