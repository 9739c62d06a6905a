//! The witness seam: the reports of an implementation about itself.

use super::marks::Mark;
use crate::facts::Observation;

/// Records the reports of an implementation. It returns nothing, so no report can change later behavior.
pub trait Witness {
    /// Records an observation.
    fn saw(&self, observation: Observation);

    /// Records that the code reached a rare place. This is no observation: no judgment depends on it.
    fn reached(&self, _: Mark) {}
}
