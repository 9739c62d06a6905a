//! The machine that this crate's tests run on: one small implementation of every seam.
//!
//! Its rule: time passes only when every task waits, and then it jumps to the next deadline. [`Bench::run`] polls the main
//! future first and the tasks in the order in which they were spawned, so a test has one schedule. Deliberately absent:
//! a network, a page cache (every write is durable at once), and preemption beyond [`Bench::yielding`].

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use async_trait::async_trait;

use super::{Clock, Disk, Listener, LocalFuture, Machine, Network, Stepping, Stream, Tasks, Witness};
use crate::facts::Observation;

/// A machine. The processes on it share its files, its clock and its witness.
#[derive(Default)]
pub(crate) struct Bench {
    now: Cell<Duration>,
    /// When sleeping tasks wake, some of them perhaps dropped meanwhile.
    deadlines: RefCell<Vec<Duration>>,
    spawned: RefCell<Vec<LocalFuture>>,
    files: RefCell<BTreeMap<String, Vec<u8>>>,
    /// The process that holds the lock of each locked file.
    locks: RefCell<BTreeMap<String, u32>>,
    /// How many times a process has changed or synced a file.
    writes: Cell<u32>,
    /// Which of those calls fail: bit n stands for the n-th, from 0.
    failing: u32,
    yields: bool,
    seen: RefCell<Vec<Observation>>,
}

impl Bench {
    /// A machine with no files, at time zero.
    pub(crate) fn new() -> Rc<Self> {
        Rc::default()
    }

    /// A machine on which every step lets other tasks run first, and whose disk fails at the calls that `failing` names: bit
    /// n stands for the n-th call that changes or syncs a file, from 0. A failing append writes half of its bytes.
    pub(crate) fn yielding(failing: u32) -> Rc<Self> {
        Rc::new(Self { failing, yields: true, ..Self::default() })
    }

    /// The machine as its first process sees it.
    pub(crate) fn machine(self: &Rc<Self>) -> Machine {
        self.process(1)
    }

    /// The machine as the process with this number sees it. Processes differ in the locks that they hold.
    pub(crate) fn process(self: &Rc<Self>, number: u32) -> Machine {
        Machine {
            network: Rc::new(Unplugged),
            disk: Rc::new(Files { bench: Rc::clone(self), process: number }),
            clock: Rc::<Self>::clone(self),
            tasks: Rc::<Self>::clone(self),
            witness: Rc::<Self>::clone(self),
        }
    }

    /// The process ends: its locks go.
    pub(crate) fn end(&self, process: u32) {
        self.locks.borrow_mut().retain(|_, owner| *owner != process);
    }

    /// Lets time pass while no task runs.
    pub(crate) fn pass(&self, duration: Duration) {
        self.now.set(self.now.get() + duration);
    }

    /// Writes a file behind the processes' backs.
    pub(crate) fn put(&self, path: &str, bytes: &[u8]) {
        self.files.borrow_mut().insert(path.to_owned(), bytes.to_vec());
    }

    /// The content of a file, if it exists.
    pub(crate) fn file(&self, path: &str) -> Option<Vec<u8>> {
        self.files.borrow().get(path).cloned()
    }

    /// What the processes reported, in order.
    pub(crate) fn seen(&self) -> Vec<Observation> {
        self.seen.borrow().clone()
    }

    /// Runs `main` to its end, and beside it every task that is spawned. Tasks that are still running then are dropped.
    pub(crate) fn run<T>(&self, main: impl Future<Output = T>) -> T {
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut cx = Context::from_waker(&waker);
        let mut main = pin!(main);
        let mut tasks: Vec<LocalFuture> = Vec::new();
        loop {
            woken.0.store(false, Ordering::Relaxed);
            if let Poll::Ready(value) = main.as_mut().poll(&mut cx) {
                return value;
            }
            tasks.append(&mut self.spawned.borrow_mut());
            tasks.retain_mut(|task| task.as_mut().poll(&mut cx).is_pending());
            if !woken.0.load(Ordering::Relaxed) && self.spawned.borrow().is_empty() {
                self.jump();
            }
        }
    }

    /// Goes on at the next deadline.
    fn jump(&self) {
        let now = self.now.get();
        let mut deadlines = self.deadlines.borrow_mut();
        deadlines.retain(|deadline| *deadline > now);
        self.now.set(*deadlines.iter().min().expect("some task sleeps, or the test would wait for ever"));
    }

    /// A call that changes or syncs a file.
    fn write(&self) -> io::Result<()> {
        let call = self.writes.replace(self.writes.get() + 1);
        match call < u32::BITS && self.failing & (1 << call) != 0 {
            true => Err(io::Error::other("planned")),
            false => Ok(()),
        }
    }
}

/// Whether anything was woken since the last round.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[async_trait(?Send)]
impl Clock for Bench {
    fn now(&self) -> Duration {
        self.now.get()
    }

    async fn sleep(&self, duration: Duration) {
        let deadline = self.now.get() + duration;
        self.deadlines.borrow_mut().push(deadline);
        poll_fn(|_| if self.now.get() < deadline { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

impl Tasks for Bench {
    fn spawn(&self, _: &'static str, task: LocalFuture) {
        self.spawned.borrow_mut().push(task);
    }

    fn step(&self, _: &'static str) -> Stepping {
        if self.yields { Stepping::Yield } else { Stepping::Go }
    }

    fn effort(&self, least: Duration, _: Duration) -> Duration {
        least
    }

    fn terminate(&self) {}
}

impl Witness for Bench {
    fn saw(&self, observation: Observation) {
        self.seen.borrow_mut().push(observation);
    }
}

/// The disk as one process sees it.
struct Files {
    bench: Rc<Bench>,
    process: u32,
}

#[async_trait(?Send)]
impl Disk for Files {
    async fn read(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.bench.file(path))
    }

    async fn append(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let result = self.bench.write();
        let written = if result.is_ok() { bytes } else { &bytes[..bytes.len() / 2] };
        self.bench.files.borrow_mut().entry(path.to_owned()).or_default().extend(written);
        result
    }

    async fn sync(&self, _: &str) -> io::Result<()> {
        self.bench.write()
    }

    async fn truncate(&self, path: &str, length: u64) -> io::Result<()> {
        self.bench.write()?;
        let mut files = self.bench.files.borrow_mut();
        let file = files.get_mut(path).ok_or(io::ErrorKind::NotFound)?;
        file.truncate(usize::try_from(length).expect("a small file"));
        Ok(())
    }

    async fn replace(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        self.bench.write()?;
        self.bench.put(path, bytes);
        Ok(())
    }

    async fn remove(&self, path: &str) -> io::Result<()> {
        self.bench.write()?;
        self.bench.files.borrow_mut().remove(path);
        Ok(())
    }

    async fn try_lock(&self, path: &str) -> io::Result<bool> {
        Ok(*self.bench.locks.borrow_mut().entry(path.to_owned()).or_insert(self.process) == self.process)
    }
}

/// No network: connecting and listening fail.
struct Unplugged;

#[async_trait(?Send)]
impl Network for Unplugged {
    async fn connect(&self, _: &str, _: u16) -> io::Result<Box<dyn Stream>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn listen(&self, _: u16) -> io::Result<Box<dyn Listener>> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// The result of a future that never waits.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    poll(future, 1).expect("the future waits for something")
}

/// The result of a future that is polled at most `polls` times. `None` if it has not finished by then; it is dropped.
pub(crate) fn poll<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    (0..polls).find_map(|_| match future.as_mut().poll(&mut cx) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    })
}

#[test]
fn a_task_that_sleeps_lets_the_main_one_wait_for_it() {
    let bench = Bench::new();
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

#[test]
fn a_lock_goes_with_its_process() {
    let bench = Bench::new();
    let [first, second] = [1, 2].map(|number| bench.process(number));
    let lock = |machine: &Machine| at_once(machine.disk.try_lock("/a")).expect("the disk works");
    assert!(lock(&first) && lock(&first) && !lock(&second));
    bench.end(1);
    assert!(lock(&second));
}
