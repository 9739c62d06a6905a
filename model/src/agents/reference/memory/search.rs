//! A search: an undo whose turn no journal had that its process could read, because another process had locked one.

use crate::words::turn::TurnId;

/// A search, which the journal of its process remembers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Search {
    /// The turn.
    pub turn: TurnId,
    /// The last sequence number of its own journal when the turn was undone: what stands behind it there was said later.
    pub upto: u64,
    /// The journal and the sequence number of the copy that it takes, once it is known.
    pub spotted: Option<(u32, u64)>,
}
