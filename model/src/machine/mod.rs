//! The seams: everything the memory lifecycle may ask of the machine it runs on.
//!
//! A [`Machine`] bundles four traits (network, disk, clock, tasks) and a witness. An implementation of the lifecycle gets
//! one and uses nothing else, so whoever implements the traits decides what time it is, who runs next, what a crash
//! leaves on disk and which packet arrives. Deliberately absent: threads, real time, blocking calls, and destructors
//! with effects. A killed process is one whose seams never answer again.

pub(crate) mod gauge;
pub mod marks;
pub mod signal;

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};

use self::marks::Mark;
use self::signal::Signal;
use crate::facts::{Observation, Place};
use crate::words::turn::TurnId;

/// A future of one simulated process: never leaves its thread.
pub type LocalFuture = Pin<Box<dyn Future<Output = ()>>>;

/// A connection's two directions of bytes.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// TCP between hosts.
#[async_trait(?Send)]
pub trait Network {
    /// Opens a connection to `port` of the host called `host`; refused if nobody listens there.
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>>;

    /// Listens on `port` of this host, until the listener is dropped.
    async fn listen(&self, port: u16) -> io::Result<Box<dyn Listener>>;
}

/// A listening socket.
#[async_trait(?Send)]
pub trait Listener {
    /// The next connection.
    async fn accept(&self) -> io::Result<Box<dyn Stream>>;
}

/// Files. A write reaches the page cache, which survives the process but not a loss of power; a sync reaches the disk.
#[async_trait(?Send)]
pub trait Disk {
    /// The whole file, or nothing if it does not exist.
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>>;

    /// Appends to the file, creating it (and its entry in the directory) if need be.
    async fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Makes all that was written to the file durable, and the file's entry in its directory.
    async fn sync(&self, path: &str) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    async fn truncate(&self, path: &str, length: u64) -> io::Result<()>;

    /// Writes the whole file anew, as a temporary file that is synced and renamed does: after a kill or a loss of power it has
    /// either the old content or the new.
    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Removes the file, if it is there.
    async fn remove(&self, path: &str) -> io::Result<()>;

    /// Locks the file for this process, which need not exist. Says whether it could: another process may have locked it. The
    /// lock goes with the process, however it ends, as `flock` does.
    async fn try_lock(&self, path: &str) -> io::Result<bool>;
}

/// Time. It passes only while everybody waits.
#[async_trait(?Send)]
pub trait Clock {
    /// Time since the simulation began.
    fn now(&self) -> Duration;

    /// Returns when `duration` has passed; whole milliseconds.
    async fn sleep(&self, duration: Duration);
}

/// Tasks, which stand for a process's threads.
pub trait Tasks {
    /// Starts a task of this process. It dies with the process, wherever it is.
    fn spawn(&self, name: &'static str, task: LocalFuture);

    /// What a thread meets at the place called `label`.
    fn step(&self, label: &'static str) -> Stepping;

    /// How long a piece of work takes the machine: at least `least`, usually not much more, at most `most`.
    fn effort(&self, least: Duration, most: Duration) -> Duration;

    /// Has the supervisor stop this process (`systemctl restart`, told from inside): SIGTERM, as soon as a task waits. A
    /// process that handles one already pays no attention.
    fn terminate(&self);
}

/// What a thread meets at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stepping {
    /// It goes on.
    Go,
    /// Another thread may run first.
    Yield,
    /// It is preempted for a while.
    Sleep(Duration),
    /// Its process is killed here: it never goes on.
    Never,
}

/// What an implementation lets an observer see. It only tells: nothing it hears can change what happens next.
pub trait Witness {
    /// Records an observation.
    fn saw(&self, observation: Observation);

    /// Notes that a place in the code was reached that is worth reaching. No observation: it leaves no trace in what is judged.
    fn reached(&self, _: Mark) {}
}

/// The machine, as one process sees it. Clones are the same machine.
#[derive(Clone)]
pub struct Machine {
    /// TCP between hosts.
    pub network: Rc<dyn Network>,
    /// Files.
    pub disk: Rc<dyn Disk>,
    /// Time.
    pub clock: Rc<dyn Clock>,
    /// Tasks, which stand for threads.
    pub tasks: Rc<dyn Tasks>,
    /// The observer.
    pub witness: Rc<dyn Witness>,
}

impl Machine {
    /// Time since the simulation began.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Returns when `duration` has passed.
    pub async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    /// A place where a thread may be preempted, delayed or killed.
    pub async fn step(&self, label: &'static str) {
        match self.tasks.step(label) {
            Stepping::Go => {}
            Stepping::Yield => yield_once().await,
            Stepping::Sleep(duration) => self.clock.sleep(duration).await,
            Stepping::Never => std::future::pending().await,
        }
    }

    /// Works: takes at least `least`, usually not much more, at most `most`.
    pub async fn work(&self, least: Duration, most: Duration) {
        self.clock.sleep(self.tasks.effort(least, most)).await;
    }

    /// Starts a task and returns a handle to wait for its end.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + 'static) -> Task {
        let finished = Signal::default();
        let at_end = finished.clone();
        self.tasks.spawn(
            name,
            Box::pin(async move {
                task.await;
                at_end.raise();
            }),
        );
        Task { finished }
    }

    /// The result of `future`, or `None` if it takes longer than `limit`; what it had not finished is dropped.
    pub async fn timeout<T>(&self, limit: Duration, future: impl Future<Output = T>) -> Option<T> {
        let mut future = pin!(future);
        let mut limit = pin!(self.clock.sleep(limit));
        poll_fn(|cx| match future.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Some(value)),
            Poll::Pending => limit.as_mut().poll(cx).map(|()| None),
        })
        .await
    }

    /// Has the supervisor stop this process.
    pub fn terminate(&self) {
        self.tasks.terminate();
    }

    /// Tells the observer.
    pub fn saw(&self, observation: Observation) {
        self.witness.saw(observation);
    }

    /// Tells the observer that this place was reached.
    pub fn reached(&self, mark: Mark) {
        self.witness.reached(mark);
    }

    /// Tells the observer that the giving up of turns is reported.
    pub fn abandoned(&self, turns: &[TurnId]) {
        if !turns.is_empty() {
            self.saw(Observation::Abandoned { turns: turns.to_vec() });
        }
    }

    /// Tells the observer where turns are now.
    pub fn moved(&self, turns: impl IntoIterator<Item = TurnId>, place: Place) {
        self.witness.saw(Observation::Moved { turns: turns.into_iter().collect(), place });
    }
}

/// Lets every other runnable task of the process go first.
async fn yield_once() {
    let mut yielded = false;
    poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A handle to a spawned task, as `threading.Thread` is to a thread.
#[derive(Clone)]
pub struct Task {
    finished: Signal,
}

impl Task {
    /// Whether the task has not reached its end.
    pub fn is_alive(&self) -> bool {
        !self.finished.is_raised()
    }

    /// Waits for the task's end, at most `limit`. Says whether it ended.
    pub async fn join(&self, host: &Machine, limit: Duration) -> bool {
        !self.is_alive() || host.timeout(limit, self.finished.wait()).await.is_some()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The parts of a machine of which a test has no need: no network, no disk, and nobody who listens.
    pub(crate) struct Nothing;

    fn none<T>() -> io::Result<T> {
        Err(io::ErrorKind::Unsupported.into())
    }

    #[async_trait(?Send)]
    impl Network for Nothing {
        async fn connect(&self, _: &str, _: u16) -> io::Result<Box<dyn Stream>> {
            none()
        }

        async fn listen(&self, _: u16) -> io::Result<Box<dyn Listener>> {
            none()
        }
    }

    #[async_trait(?Send)]
    impl Disk for Nothing {
        async fn read(&self, _: &str) -> io::Result<Option<Vec<u8>>> {
            none()
        }

        async fn append(&self, _: &str, _: &[u8]) -> io::Result<()> {
            none()
        }

        async fn sync(&self, _: &str) -> io::Result<()> {
            none()
        }

        async fn truncate(&self, _: &str, _: u64) -> io::Result<()> {
            none()
        }

        async fn replace(&self, _: &str, _: &[u8]) -> io::Result<()> {
            none()
        }

        async fn remove(&self, _: &str) -> io::Result<()> {
            none()
        }

        async fn try_lock(&self, _: &str) -> io::Result<bool> {
            none()
        }
    }

    impl Witness for Nothing {
        fn saw(&self, _: Observation) {}
    }
}
