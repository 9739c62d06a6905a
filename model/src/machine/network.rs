//! The network seam: TCP between hosts.

use std::io;

use async_trait::async_trait;
use tokio::io::{AsyncRead, AsyncWrite};

/// A connection's two directions of bytes.
pub trait Stream: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Stream for T {}

/// TCP between hosts.
#[async_trait(?Send)]
pub trait Network {
    /// Opens a connection to `port` of the host called `host`. Refused if nothing listens there.
    async fn connect(&self, host: &str, port: u16) -> io::Result<Box<dyn Stream>>;

    /// Listens on `port` of this host until the listener is dropped.
    async fn listen(&self, port: u16) -> io::Result<Box<dyn Listener>>;
}

/// A listening socket.
#[async_trait(?Send)]
pub trait Listener {
    /// The next connection.
    async fn accept(&self) -> io::Result<Box<dyn Stream>>;
}
