//! Where a gateway's chats go on after a restart.

use serde::{Deserialize, Serialize};

/// What only the implementation can know of a chat's way over a restart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Observation {}
