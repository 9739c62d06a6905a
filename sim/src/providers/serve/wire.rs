//! A connection's bytes, with one rule: bytes that a client sent before it left are read before its end is seen.
//!
//! hyper looks for the end of a connection right after it has read a request, and when it finds it, drops the request unserved. A request
//! and the end that follows it can arrive at the same moment (the client was killed as soon as it had sent), and a real server works on
//! such a request: bytes that arrived have arrived. So an end directly after bytes is held back until the reader has had time to act on
//! them.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use model::machine::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream that reports its end late.
pub(super) struct Wire {
    stream: Box<dyn Stream>,
    /// Whether bytes were read and their reader has not yet had to wait for more.
    unheard: bool,
}

impl Wire {
    pub(super) fn new(stream: Box<dyn Stream>) -> Self {
        Self { stream, unheard: false }
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let unheard = std::mem::take(&mut self.unheard);
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, buffer));
        self.unheard = buffer.filled().len() > before;
        if unheard && !self.unheard {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(read)
    }
}

impl AsyncWrite for Wire {
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
