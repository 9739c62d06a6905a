//! A machine whose time passes by itself, and agents whose commits do what the test says.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, pending, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;

use super::commits::{Agent, Raised, tell};
use crate::facts::commits::{Closing, Observation};
use crate::machine::tests::Nothing;
use crate::machine::{Clock, Disk, LocalFuture, Machine, Stepping, Tasks, Witness};
use crate::words::session::SessionId;

/// A machine: its tasks run as soon as they can, its time passes when all of them wait, its disk never fails.
#[derive(Default)]
pub(crate) struct Bench {
    spawned: RefCell<Vec<LocalFuture>>,
    started: Cell<Option<tokio::time::Instant>>,
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    /// What was observed.
    pub seen: RefCell<Vec<Observation>>,
}

impl Tasks for Bench {
    fn spawn(&self, _: &'static str, task: LocalFuture) {
        self.spawned.borrow_mut().push(task);
    }

    fn terminate(&self) {}

    fn step(&self, _: &'static str) -> Stepping {
        Stepping::Go
    }

    fn effort(&self, least: Duration, _: Duration) -> Duration {
        least
    }
}

#[async_trait(?Send)]
impl Clock for Bench {
    fn now(&self) -> Duration {
        self.started.get().map(|started| started.elapsed()).unwrap_or_default()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

impl Witness for Bench {
    fn saw(&self, observation: crate::facts::Observation) {
        if let crate::facts::Observation::Commits(observation) = observation {
            self.seen.borrow_mut().push(observation);
        }
    }
}

#[async_trait(?Send)]
impl Disk for Bench {
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.borrow().get(path).cloned())
    }

    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.files.borrow_mut().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }

    async fn remove(&self, path: &str) -> io::Result<()> {
        self.files.borrow_mut().remove(path);
        Ok(())
    }

    async fn append(&self, _: &str, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn sync(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    async fn truncate(&self, _: &str, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn try_lock(&self, _: &str) -> io::Result<bool> {
        Ok(true)
    }
}

impl Bench {
    /// What a process on it sees of it.
    pub(crate) fn machine(self: &Rc<Self>) -> Machine {
        Machine {
            network: Rc::new(Nothing),
            disk: Rc::<Self>::clone(self),
            clock: Rc::<Self>::clone(self),
            tasks: Rc::<Self>::clone(self),
            witness: Rc::<Self>::clone(self),
        }
    }

    /// The commits that began, in order: `a#1:fail`.
    pub(crate) fn commits(&self) -> Vec<String> {
        let seen = self.seen.borrow();
        seen.iter()
            .filter_map(|one| match one {
                Observation::Began { commit, plan, .. } => Some(format!("{commit}:{plan}")),
                _ => None,
            })
            .collect()
    }

    /// Runs `main`, and whatever is spawned meanwhile.
    pub(crate) fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        let mut tasks: Vec<LocalFuture> = Vec::new();
        let mut main = pin!(main);
        runtime.expect("a runtime").block_on(poll_fn(|cx| {
            self.started.set(self.started.get().or_else(|| Some(tokio::time::Instant::now())));
            let polled = main.as_mut().poll(cx);
            loop {
                tasks.append(&mut self.spawned.borrow_mut());
                tasks.retain_mut(|task| task.as_mut().poll(cx).is_pending());
                if self.spawned.borrow().is_empty() {
                    break;
                }
            }
            if polled.is_pending() { main.as_mut().poll(cx) } else { polled }
        }))
    }
}

/// An agent whose n-th commit does what the n-th word says; later ones succeed.
pub(crate) struct Scripted {
    name: &'static str,
    machine: Machine,
    script: &'static [&'static str],
    calls: Cell<u32>,
}

/// An agent called `name`.
pub(crate) fn agent(machine: &Machine, name: &'static str, script: &'static [&'static str]) -> Rc<dyn Agent> {
    Rc::new(Scripted { name, machine: machine.clone(), script, calls: Cell::new(0) })
}

impl Scripted {
    fn plan(&self, call: u32) -> &'static str {
        let place = usize::try_from(call - 1).expect("a few calls");
        self.script.get(place).copied().unwrap_or("ok")
    }
}

#[async_trait(?Send)]
impl Agent for Scripted {
    fn name(&self) -> &str {
        self.name
    }

    fn session(&self) -> Option<SessionId> {
        None
    }

    fn begin(&self) -> (u32, String) {
        let call = self.calls.get() + 1;
        self.calls.set(call);
        (call, self.plan(call).to_owned())
    }

    async fn commit(&self, call: u32) -> Result<(), Raised> {
        match self.plan(call) {
            "ok" => Ok(()),
            "fail" => Err(Raised::Exception),
            "panic" => Err(Raised::NoException),
            "hang" => pending().await,
            seconds => {
                let seconds = seconds.parse().expect("a number of seconds");
                self.machine.sleep(Duration::from_secs_f64(seconds)).await;
                Ok(())
            }
        }
    }

    fn swallows(&self) -> bool {
        false
    }

    async fn close(&self, closing: Closing) {
        let agent = self.name.to_owned();
        tell(&self.machine, Observation::Closed { agent, closing });
    }
}

#[test]
fn a_task_that_sleeps_lets_the_main_one_wait_for_it() {
    let bench = Rc::new(Bench::default());
    let machine = bench.machine();
    let took = bench.run(async {
        let sleeper = machine.clone();
        let task = machine.spawn("sleeper", async move { sleeper.sleep(Duration::from_secs(2)).await });
        assert!(!task.join(&machine, Duration::from_secs(1)).await);
        assert!(task.join(&machine, Duration::from_secs(5)).await);
        machine.now()
    });
    assert_eq!(took, Duration::from_secs(2));
}
