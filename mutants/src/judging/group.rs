//! A judge and its children as one group of processes, which a user's Ctrl-C does not reach and which is ended together.

use std::process::{Child, Command};

/// The command's process becomes the head of a group.
#[cfg(unix)]
pub(super) fn lead(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

/// Ends the whole group, at once.
#[cfg(unix)]
pub(super) fn end(child: &mut Child) {
    use rustix::process::{Pid, Signal, kill_process_group};
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended in this moment.
        _ = kill_process_group(group, Signal::KILL);
    }
}

/// Elsewhere there is no group.
#[cfg(not(unix))]
pub(super) fn lead(_: &mut Command) {}

/// Elsewhere only the process itself is ended.
#[cfg(not(unix))]
pub(super) fn end(child: &mut Child) {
    _ = child.kill();
}
