//! The task seam: tasks stand for a process's threads, and a step is where a thread may lose its turn or its life.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// A future of one simulated process. It never leaves its thread.
pub type LocalFuture = Pin<Box<dyn Future<Output = ()>>>;

/// Tasks, which stand for a process's threads.
pub trait Tasks {
    /// Starts a task of this process. The task dies with the process, wherever it is.
    fn spawn(&self, name: &'static str, task: LocalFuture);

    /// The fate of the thread at the place called `label`.
    fn step(&self, label: &'static str) -> Stepping;

    /// How long a piece of work takes on this machine: at least `least`, usually not much more, at most `most`.
    fn effort(&self, least: Duration, most: Duration) -> Duration;

    /// Asks the supervisor to stop this process, as `systemctl restart` from inside it does: the process gets SIGTERM as soon
    /// as one of its tasks waits. A process that is already handling a SIGTERM ignores it.
    fn terminate(&self);
}

/// The fate of a thread at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepping {
    /// It continues.
    Go,
    /// Another thread may run first.
    Yield,
    /// It is preempted for a while.
    Sleep(Duration),
    /// Its process is killed here, so it never continues.
    Never,
}
