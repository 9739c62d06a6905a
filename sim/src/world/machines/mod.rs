//! The machines under the hosts of a run.
//!
//! - `clock`: simulated time. - `process`: tasks, steps, kills. - `disk`: page cache and durable storage.
//! - `watched_clock`: the clock as a process reads it. - `disk_faults`: a disk that fails, is full or stalls. - `link`, `network`: packets and sockets.

pub(in crate::world) mod clock;
pub(in crate::world) mod disk;
pub(in crate::world) mod disk_faults;
pub(in crate::world) mod link;
pub(in crate::world) mod machine_clock;
pub(in crate::world) mod network;
pub(in crate::world) mod process;
pub(in crate::world) mod watched_clock;
