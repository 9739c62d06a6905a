//! The machine that a real server runs on: TCP on loopback, and real time.
//!
//! It is the only implementation of the model's seams that no run uses. Deliberately absent: a disk, and any address but 127.0.0.1.

use std::cell::RefCell;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use model::facts::Observation;
use model::machine::{Clock, Disk, Listener, LocalFuture, Machine, Network, Stepping, Stream, Tasks, Witness};
use model::words::timestamp::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// The most connections at a time; a further one waits until another ends.
pub const CONNECTIONS_MAX: usize = 128;

/// Real time since the server began.
#[derive(Clone, Copy)]
pub(super) struct RealClock {
    started: Instant,
    started_ms: u64,
}

impl RealClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "a real server answers real clients, in real time; no simulated run is near"
    )]
    pub(super) fn start() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), started_ms: u64::try_from(since.as_millis()).unwrap_or_default() }
    }

    /// Milliseconds since 1970. They never run backwards, whatever happens to the system's clock meanwhile.
    pub(super) fn unix_ms(self) -> u64 {
        self.started_ms + u64::try_from(self.started.elapsed().as_millis()).unwrap_or_default()
    }
}

#[async_trait(?Send)]
impl Clock for RealClock {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn wall(&self) -> Timestamp {
        Timestamp::since_1970(Duration::from_millis(self.unix_ms()))
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

/// The port of the server, in all of its lives.
pub(super) struct Loopback {
    pub(super) address: SocketAddr,
    /// What listens since the start, until the first life takes it.
    first: RefCell<Option<std::net::TcpListener>>,
    connections: Arc<Semaphore>,
}

impl Loopback {
    /// Takes a port of 127.0.0.1; 0 is any that is free.
    pub(super) fn bind(port: u16) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let (address, connections) = (listener.local_addr()?, Arc::new(Semaphore::new(CONNECTIONS_MAX)));
        Ok(Self { address, first: RefCell::new(Some(listener)), connections })
    }

    /// Listens no more, until the next life.
    pub(super) fn close(&self) {
        self.first.take();
    }
}

#[async_trait(?Send)]
impl Network for Loopback {
    async fn connect(&self, _: &str, _: u16) -> io::Result<Box<dyn Stream>> {
        Err(io::ErrorKind::Unsupported.into())
    }

    async fn listen(&self, _: u16) -> io::Result<Box<dyn Listener>> {
        let first = self.first.take();
        let listener = match first {
            Some(listener) => TcpListener::from_std(listener)?,
            None => TcpListener::bind(self.address).await?,
        };
        Ok(Box::new(Accepting { listener, connections: Arc::clone(&self.connections) }))
    }
}

struct Accepting {
    listener: TcpListener,
    connections: Arc<Semaphore>,
}

#[async_trait(?Send)]
impl Listener for Accepting {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        let permit = Arc::clone(&self.connections).acquire_owned().await.map_err(io::Error::other)?;
        let (stream, _) = self.listener.accept().await?;
        Ok(Box::new(Connected { stream, _permit: permit }))
    }
}

/// A connection, as one of those that there may be.
struct Connected {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
}

impl AsyncRead for Connected {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Connected {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// One life of the server: its tasks.
#[derive(Default)]
pub(super) struct Life {
    tasks: RefCell<JoinSet<()>>,
}

impl Life {
    /// Ends all tasks, and with them their connections.
    pub(super) async fn end(&self) {
        let mut tasks = self.tasks.take();
        tasks.shutdown().await;
    }
}

impl Tasks for Life {
    fn spawn(&self, _: &'static str, task: LocalFuture) {
        let mut tasks = self.tasks.borrow_mut();
        // What has ended is forgotten, except for a bug.
        while let Some(ended) = tasks.try_join_next() {
            if let Err(error) = ended
                && let Ok(panic) = error.try_into_panic()
            {
                std::panic::resume_unwind(panic);
            }
        }
        tasks.spawn_local(task);
    }

    fn step(&self, _: &'static str) -> Stepping {
        Stepping::Go
    }

    fn effort(&self, least: Duration, _: Duration) -> Duration {
        least
    }

    fn terminate(&self) {}
}

/// The machine of one life.
pub(super) fn machine(loopback: &Rc<Loopback>, clock: RealClock, life: &Rc<Life>) -> Machine {
    Machine {
        network: Rc::clone(loopback) as Rc<dyn Network>,
        disk: Rc::new(Nothing),
        clock: Rc::new(clock),
        tasks: Rc::clone(life) as Rc<dyn Tasks>,
        witness: Rc::new(Nothing),
    }
}

/// The provider uses no disk, and its log is written elsewhere.
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

    async fn truncate(&self, _: &str, _: u64) -> io::Result<()> {
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
}
