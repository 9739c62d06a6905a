//! The answer of a host to a command.

use serde::{Deserialize, Serialize};

/// The answer of a host to a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// The command asks for no answer, or the host does not know the call.
    Nothing,
    /// Whether something is so, or was done.
    Bool(bool),
    /// A number.
    Number(u64),
    /// A recall, if there is one.
    Text(Option<String>),
    /// The memory could not make sure of what it was asked for.
    Unsure,
}
