//! The witness seam: what an implementation reports about itself.

use super::marks::Mark;
use crate::facts::Observation;

/// Records what an implementation reports. It returns nothing, so no report can change what happens next.
pub trait Witness {
    /// Records an observation.
    fn saw(&self, observation: Observation);

    /// Records that the code reached a rare place. This is no observation: no judgment depends on it.
    fn reached(&self, _: Mark) {}
}
