//! The network seam on each engine's sockets.

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use async_trait::async_trait;
use model::machine::{Listener, Network, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use turmoil_net::shim::tokio::net::{TcpListener, TcpStream};

/// Sockets of turmoil-net, on which the event-driven engine runs. Clones are the same network.
///
/// turmoil-net keeps a port in use for as long as a connection that was accepted on it is closing, and forever if the client vanished
/// during the handshake. A restarted server would never get its port back, so each `listen` really takes the next free port, and `connect`
/// goes to the port of the last `listen`. The layers above cannot see the difference.
#[derive(Clone, Default)]
pub(in crate::world) struct TurmoilNet {
    restarts: Rc<Cell<u16>>,
}

#[async_trait(?Send)]
impl Network for TurmoilNet {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>> {
        let port = port + self.restarts.get();
        Ok(Box::new(Connection(TcpStream::connect((host, port)).await?)))
    }

    async fn listen(&self, port: u16) -> io::Result<Box<dyn Listener>> {
        loop {
            match TcpListener::bind(("0.0.0.0", port + self.restarts.get())).await {
                Ok(listener) => return Ok(Box::new(TurmoilNetListener(listener))),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => self.restarts.set(self.restarts.get() + 1),
                Err(error) => return Err(error),
            }
        }
    }
}

struct TurmoilNetListener(TcpListener);

#[async_trait(?Send)]
impl Listener for TurmoilNetListener {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(Connection(self.0.accept().await?.0)))
    }
}

/// A connection of turmoil-net, read in small pieces: on every read the shim fills the whole buffer that it gets with zeros, and hyper
/// offers it eight kilobytes and more.
struct Connection(TcpStream);

/// More than most requests and answers of the provider have.
const BYTES_AT_A_TIME: usize = 1024;

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let mut bytes = [0; BYTES_AT_A_TIME];
        let room = buffer.remaining().min(BYTES_AT_A_TIME);
        let mut part = ReadBuf::new(&mut bytes[..room]);
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut part))?;
        buffer.put_slice(part.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Sockets of turmoil's own `Sim`, the second engine.
pub(in crate::world) struct TurmoilSim;

#[async_trait(?Send)]
impl Network for TurmoilSim {
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(turmoil::net::TcpStream::connect((host, port)).await?))
    }

    async fn listen(&self, port: u16) -> io::Result<Box<dyn Listener>> {
        Ok(Box::new(TurmoilSimListener(turmoil::net::TcpListener::bind(("0.0.0.0", port)).await?)))
    }
}

struct TurmoilSimListener(turmoil::net::TcpListener);

#[async_trait(?Send)]
impl Listener for TurmoilSimListener {
    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(Box::new(self.0.accept().await?.0))
    }
}
