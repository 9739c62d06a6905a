//! `check`: reads many scenario files at once, and runs none.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::replay;
use crate::judging::Invariant;
use crate::parallel;
use crate::plan::{Scenario, ScenarioError, read_text};

/// A file that was read.
pub struct Checked {
    /// Its text; empty if it cannot be read.
    pub text: String,
    /// All mistakes in it, in their order.
    pub mistakes: Vec<ScenarioError>,
}

/// Reads all files under the paths.
pub fn check(paths: &[PathBuf], jobs: NonZeroUsize) -> Vec<Checked> {
    let invariants = Invariant::names();
    let unread = |error| Checked { text: String::new(), mistakes: vec![error] };
    parallel::map(&replay::found(paths), jobs, |file| match file {
        Err(error) => unread(error.clone()),
        Ok(path) => match read_text(path) {
            Err(error) => unread(error),
            Ok(text) => {
                let mistakes = Scenario::mistakes(path, &text, &invariants);
                Checked { text, mistakes }
            }
        },
    })
}
