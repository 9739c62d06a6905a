//! Where an event came from. It is kept beside the history and not in it: it decides nothing, and is part of no digest.

/// Where an event of a process came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The task of the process that ran: `main`, or the name of a thread. `None` if none did.
    pub task: Option<&'static str>,
    /// The number of the action of its plan that the process had begun last, from 1. 0 before the first.
    pub action: usize,
}
