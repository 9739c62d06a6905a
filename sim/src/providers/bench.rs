//! A small machine for the tests of providers: loopback connections in memory, paused time, and a server that restarts.
//!
//! It is the second implementation of the model's seams, and far simpler than the world's: no packets, no schedule.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::io;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use model::facts::Observation;
use model::machine::{Clock, Disk, Listener, LocalFuture, Machine, Network, Stepping, Stream, Tasks, Witness};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::Instant;

use super::Provider;
use super::serve::Observer;
use crate::history::{Happening, ReceivedItem};

/// A provider whose server process is running, and the events that it has reported.
pub(super) struct Bench {
    pub(super) provider: Provider,
    host: Machine,
    loopback: Rc<Loopback>,
    told: Rc<RefCell<Vec<Happening>>>,
}

/// Runs a story against the provider that `make` makes.
pub(super) fn run(make: impl FnOnce(Observer) -> Provider, story: impl AsyncFnOnce(Bench)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime without I/O needs nothing from the system").block_on(LocalSet::new().run_until(async {
        let told: Rc<RefCell<Vec<Happening>>> = Rc::default();
        let log = Rc::clone(&told);
        let tell = Rc::new(move |happening| log.borrow_mut().push(happening));
        let provider = make(Observer { tell, reached: Rc::new(|_| {}), reader: None });
        let loopback = Rc::new(Loopback::default());
        let mut machine = JoinSet::new();
        machine.spawn_local(live(provider.clone(), Rc::clone(&loopback)));
        let host = process(&loopback).0;
        host.sleep(Duration::from_millis(1)).await;
        story(Bench { provider, host, loopback, told }).await;
        machine.shutdown().await;
    }));
}

impl Bench {
    pub(super) async fn sleep(&self, seconds: f64) {
        self.host.sleep(Duration::from_secs_f64(seconds)).await;
    }

    /// Runs beside the story.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        self.host.spawn("test", task);
    }

    pub(super) fn host(&self) -> Machine {
        self.host.clone()
    }

    pub(super) fn now(&self) -> Duration {
        self.host.now()
    }

    /// Makes the next attempts to listen find the port taken.
    pub(super) fn occupy_port(&self, attempts: u32) {
        self.loopback.occupied.set(attempts);
    }

    /// The events since the last call, one line each.
    pub(super) fn told(&self) -> Vec<String> {
        self.told.take().iter().map(line).collect()
    }

    /// The content of the containers: `S1: S1#1 S1#2
    /// S1#3`, where `|` separates entries.
    pub(super) fn stored(&self) -> Vec<String> {
        let entry = |turns: &[_]| turns.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let containers = self.provider.containers();
        let container = containers.iter().map(|container| {
            let entries: Vec<_> = container.entries.iter().map(|held| entry(&held.turns)).collect();
            format!("{}: {}", container.id, entries.join(" | "))
        });
        container.collect()
    }

    /// Sends a request byte by byte as it is given, and returns the whole answer.
    pub(super) async fn exchange(&self, request: &str) -> String {
        let mut stream = self.send(request).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("an answer");
        answer
    }

    /// Sends a request, and returns the open connection.
    pub(super) async fn send(&self, request: &str) -> Box<dyn Stream> {
        let (host, port) = (self.provider.host(), self.provider.server.api().port());
        let mut stream = self.host.network.connect(host, port).await.expect("the server listens");
        stream.write_all(request.as_bytes()).await.expect("the server reads");
        stream
    }
}

fn line(happening: &Happening) -> String {
    match happening {
        Happening::Received { endpoint, number, items, fault } => {
            let item = |item: &ReceivedItem| {
                let (mode, container) = (item.mode.as_ref(), item.container.as_ref());
                format!(" with {:?} {:?} {:?}", mode.expect("a mode"), container.expect("a container"), item.turns)
            };
            let fault = fault.map(|fault| format!(": {fault:?}")).unwrap_or_default();
            format!("received {endpoint} {number}{}{fault}", items.iter().map(item).collect::<String>())
        }
        Happening::Applied { number, container, turns, mode } => {
            format!("applied {number}: {mode:?} {container} {turns:?}")
        }
        Happening::Answered { endpoint, number, status } => format!("answered {endpoint} {number}: {status}"),
        Happening::HungUp { endpoint, number } => format!("hung up {endpoint} {number}"),
        Happening::Abandoned { endpoint, number } => format!("abandoned {endpoint} {number}"),
        Happening::Down { duration_ms } => format!("down for {duration_ms} ms"),
        Happening::Up => "up".to_owned(),
        Happening::StrayBytes { number } => format!("stray bytes in {number}"),
        Happening::Accepted { number, container, turns } => format!("accepted {number}: {container} {turns:?}"),
        Happening::Deleted { container } => format!("deleted {container}"),
        Happening::Lost { container, turns } => format!("lost {turns:?} of {container}"),
    }
}

/// The server's host: one server process after another.
async fn live(provider: Provider, loopback: Rc<Loopback>) {
    loop {
        let (host, process) = process(&loopback);
        let away = provider.serve(host.clone()).await;
        let mut tasks = process.tasks.take();
        tasks.shutdown().await;
        host.sleep(away).await;
    }
}

fn process(loopback: &Rc<Loopback>) -> (Machine, Rc<Process>) {
    let process = Rc::new(Process { tasks: RefCell::default() });
    let host = Machine {
        network: Rc::clone(loopback) as Rc<dyn Network>,
        disk: Rc::new(Nothing),
        clock: Rc::new(PausedClock(loopback.started)),
        tasks: Rc::clone(&process) as Rc<dyn Tasks>,
        witness: Rc::new(Nothing),
    };
    (host, process)
}

struct Process {
    tasks: RefCell<JoinSet<()>>,
}

impl Tasks for Process {
    fn effort(&self, least: Duration, _: Duration) -> Duration {
        least
    }

    fn terminate(&self) {}

    fn spawn(&self, _: &'static str, task: LocalFuture) {
        self.tasks.borrow_mut().spawn_local(task);
    }

    fn step(&self, _: &'static str) -> Stepping {
        Stepping::Go
    }
}

struct PausedClock(Instant);

#[async_trait(?Send)]
impl Clock for PausedClock {
    fn now(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// One port, on which at most one process listens.
struct Loopback {
    started: Instant,
    listening: RefCell<Option<UnboundedSender<DuplexStream>>>,
    occupied: Cell<u32>,
}

impl Default for Loopback {
    fn default() -> Self {
        Self { started: Instant::now(), listening: RefCell::default(), occupied: Cell::default() }
    }
}

#[async_trait(?Send)]
impl Network for Loopback {
    async fn connect(&self, _: &str, _: u16) -> io::Result<Box<dyn Stream>> {
        let (near, far) = tokio::io::duplex(1 << 16);
        match &*self.listening.borrow() {
            Some(listener) if listener.send(far).is_ok() => Ok(Box::new(near)),
            _ => Err(io::ErrorKind::ConnectionRefused.into()),
        }
    }

    async fn listen(&self, _: u16) -> io::Result<Box<dyn Listener>> {
        if self.occupied.get() > 0 {
            self.occupied.set(self.occupied.get() - 1);
            return Err(io::ErrorKind::AddrInUse.into());
        }
        let (sender, receiver) = unbounded_channel();
        self.listening.replace(Some(sender));
        Ok(Box::new(Accepting(RefCell::new(receiver))))
    }
}

struct Accepting(RefCell<UnboundedReceiver<DuplexStream>>);

#[async_trait(?Send)]
impl Listener for Accepting {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        let stream = poll_fn(|cx| self.0.borrow_mut().poll_recv(cx)).await;
        stream.map(|stream| Box::new(stream) as Box<dyn Stream>).ok_or_else(|| io::ErrorKind::NotConnected.into())
    }
}

/// The provider uses no disk, and the client has no witness.
struct Nothing;

impl Witness for Nothing {
    fn saw(&self, _: Observation) {}
}

#[async_trait(?Send)]
impl Disk for Nothing {
    async fn read(&self, _: &str) -> io::Result<Option<Vec<u8>>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn append(&self, _: &str, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn sync(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn replace(&self, _: &str, _: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn remove(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn try_lock(&self, _: &str) -> io::Result<bool> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn truncate(&self, _: &str, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
