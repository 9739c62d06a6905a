//! When what a WebUI's sessions have learned is committed to the memory, and by whose agent.

use serde::{Deserialize, Serialize};

/// What only the implementation can know of a commit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {}
