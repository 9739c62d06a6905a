//! The seams: everything the memory lifecycle may ask of the machine it runs on.
//!
//! A [`Machine`] bundles four traits (network, disk, clock, tasks) and a witness. An implementation of the lifecycle gets
//! one and uses nothing else. The implementation of the traits therefore decides what time it is, which task runs next,
//! what a crash leaves on disk and which packet arrives. Deliberately absent: threads, real time, blocking calls, and
//! destructors with effects. A killed process is one whose seams never answer again.
//!
//! - `network`, `disk`, `clock`, `tasks`, `witness`: one seam each. - [`signal`]: an event that tasks can wait for.
//! - `unless`: a future with an end. - [`marks`]: rare states that a campaign must reach. - `gauge`: how many turns a process holds in memory.
//! - `bench`: the machine that this crate's tests run on.

#[cfg(test)]
pub(crate) mod bench;
mod clock;
mod disk;
pub(crate) mod gauge;
pub mod marks;
mod network;
pub mod signal;
mod tasks;
mod unless;
mod witness;

use std::rc::Rc;
use std::time::Duration;

pub use clock::Clock;
pub use disk::Disk;
pub use network::{Listener, Network, Stream};
pub use tasks::{LocalFuture, Stepping, Tasks};
pub use witness::Witness;

use futures_lite::future;

use self::marks::Mark;
use self::signal::Signal;
use self::unless::Unless;
use crate::facts::{Observation, Place};
use crate::words::timestamp::Timestamp;
use crate::words::turn::TurnId;

/// The machine as one process sees it. Clones are the same machine.
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
    /// Time since the simulation began, less the time that the machine slept: what durations are measured by.
    pub fn now(&self) -> Duration {
        self.clock.now()
    }

    /// The time of day, which somebody may set.
    pub fn wall(&self) -> Timestamp {
        self.clock.wall()
    }

    /// Returns when `duration` has passed.
    pub async fn sleep(&self, duration: Duration) {
        self.clock.sleep(duration).await;
    }

    /// A place where a thread may be preempted, delayed or killed.
    pub async fn step(&self, label: &'static str) {
        match self.tasks.step(label) {
            Stepping::Go => {}
            Stepping::Yield => future::yield_now().await,
            Stepping::Sleep(duration) => self.clock.sleep(duration).await,
            Stepping::Never => std::future::pending().await,
        }
    }

    /// Works for at least `least`, usually not much longer, at most `most`.
    pub async fn work(&self, least: Duration, most: Duration) {
        self.clock.sleep(self.tasks.effort(least, most)).await;
    }

    /// Starts a task. The handle waits for its end.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + 'static) -> Task {
        let finished = Signal::default();
        let at_end = finished.clone();
        // Boxed: a future that awaits another by value is twice as large, and is moved as a whole.
        let task = Box::pin(task);
        self.tasks.spawn(
            name,
            Box::pin(async move {
                task.await;
                at_end.raise();
            }),
        );
        Task { finished }
    }

    /// The result of `future`. `None` if it takes longer than `limit`; the unfinished future is then dropped.
    pub fn timeout<T>(&self, limit: Duration, future: impl Future<Output = T>) -> impl Future<Output = Option<T>> {
        Unless::new(future, self.sleep(limit))
    }

    /// Asks the supervisor to stop this process.
    pub fn terminate(&self) {
        self.tasks.terminate();
    }

    /// Reports an observation.
    pub fn saw(&self, observation: Observation) {
        self.witness.saw(observation);
    }

    /// Reports that the code reached a rare place.
    pub fn reached(&self, mark: Mark) {
        self.witness.reached(mark);
    }

    /// Reports that these turns were given up and that their caller knows.
    pub fn abandoned(&self, turns: &[TurnId]) {
        if !turns.is_empty() {
            self.saw(Observation::Abandoned { turns: turns.to_vec() });
        }
    }

    /// Reports where turns are now.
    pub fn moved(&self, turns: impl IntoIterator<Item = TurnId>, place: Place) {
        self.witness.saw(Observation::Moved { turns: turns.into_iter().collect(), place });
    }
}

/// A handle to a spawned task, as `threading.Thread` is to a thread.
#[derive(Clone)]
pub struct Task {
    finished: Signal,
}

impl Task {
    /// Whether the task is still running.
    pub fn is_alive(&self) -> bool {
        !self.finished.is_raised()
    }

    /// Waits at most `limit` for the task's end. Returns whether it ended.
    pub async fn join(&self, machine: &Machine, limit: Duration) -> bool {
        !self.is_alive() || machine.timeout(limit, self.finished.wait()).await.is_some()
    }
}
