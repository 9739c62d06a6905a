//! A child's connections: each is one of the simulated network.
//!
//! The child's `send` never waits, so bytes that the network does not take yet wait here, as in a kernel's buffer without a limit. What was sent
//! before a connection was closed is still delivered.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};

use model::machine::Stream;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};

use super::child::Child;
use super::frames;
use super::heard::Closing;

/// How many bytes one event has.
const BYTES_AT_A_TIME: usize = 4_096;

/// All connections of a child, by its numbers.
#[derive(Default)]
pub(super) struct Connections {
    all: BTreeMap<u32, Connection>,
}

type Connecting = Pin<Box<dyn Future<Output = io::Result<Box<dyn Stream>>>>>;

struct Connection {
    state: State,
    outgoing: VecDeque<u8>,
    /// Whether more bytes may come.
    hears: bool,
    /// Whether the child sends no more.
    finished: bool,
    /// Whether the other side knows that.
    shut: bool,
    /// Whether the child has closed it.
    closed: bool,
}

enum State {
    Connecting(Connecting),
    Open(Box<dyn Stream>),
    Gone,
}

impl Connections {
    /// The child connects. Only the provider is there.
    pub(super) fn connect(&mut self, child: &Child, number: u32, host: &str, port: u16) {
        let network = child.machine.network.clone();
        let known = child.place().filter(|_| child.is_provider(host, port));
        let connecting: Connecting = Box::pin(async move {
            match known {
                Some((host, port)) => network.connect(host, port).await,
                None => Err(ErrorKind::ConnectionRefused.into()),
            }
        });
        let state = State::Connecting(connecting);
        let (finished, shut, closed) = (false, false, false);
        let connection = Connection { state, outgoing: VecDeque::new(), hears: true, finished, shut, closed };
        self.all.insert(number, connection);
    }

    /// The child sends.
    pub(super) fn send(&mut self, number: u32, data: &[u8]) {
        if let Some(connection) = self.all.get_mut(&number) {
            connection.outgoing.extend(data);
        }
    }

    /// The child closes a connection, or its half.
    pub(super) fn close(&mut self, number: u32, how: Closing) {
        let Some(connection) = self.all.get_mut(&number) else { return };
        match how {
            Closing::Half => connection.finished = true,
            Closing::Whole if matches!(connection.state, State::Connecting(_)) => connection.state = State::Gone,
            Closing::Whole => connection.closed = true,
            Closing::Reset => connection.state = State::Gone,
        }
    }

    /// Moves bytes as far as the network lets them, and tells the child what happens to its connections.
    pub(super) fn poll(&mut self, child: &Child, cx: &mut Context<'_>) {
        for (number, connection) in &mut self.all {
            connection.poll(*number, child, cx);
        }
        self.all.retain(|_, connection| !matches!(connection.state, State::Gone));
    }
}

impl Connection {
    fn poll(&mut self, number: u32, child: &Child, cx: &mut Context<'_>) {
        if let State::Connecting(connecting) = &mut self.state {
            let Poll::Ready(connected) = connecting.as_mut().poll(cx) else { return };
            match connected {
                Ok(stream) => {
                    self.state = State::Open(stream);
                    self.tell(child, &frames::accepted(number));
                }
                Err(error) => {
                    self.state = State::Gone;
                    self.tell(child, &frames::unreachable(number, errno(&error)));
                }
            }
        }
        if self.write(cx).is_err() || self.read(number, child, cx).is_err() {
            self.state = State::Gone;
            self.tell(child, &frames::reset(number));
        }
    }

    /// The child hears of what it has not closed.
    fn tell(&self, child: &Child, event: &[u8]) {
        if !self.closed {
            child.tell(event);
        }
    }

    fn write(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        let State::Open(stream) = &mut self.state else { return Ok(()) };
        while !self.outgoing.is_empty() {
            let (front, _) = self.outgoing.as_slices();
            match Pin::new(&mut *stream).poll_write(cx, front) {
                Poll::Ready(Ok(0)) => return Err(ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => drop(self.outgoing.drain(..count)),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
        if self.closed {
            self.state = State::Gone;
        } else if self.finished && !self.shut {
            match Pin::new(&mut *stream).poll_shutdown(cx) {
                Poll::Ready(ended) => {
                    self.shut = true;
                    return ended;
                }
                Poll::Pending => {}
            }
        }
        Ok(())
    }

    fn read(&mut self, number: u32, child: &Child, cx: &mut Context<'_>) -> io::Result<()> {
        let mut bytes = [0; BYTES_AT_A_TIME];
        while self.hears {
            let State::Open(stream) = &mut self.state else { return Ok(()) };
            let mut part = ReadBuf::new(&mut bytes);
            match Pin::new(&mut *stream).poll_read(cx, &mut part) {
                Poll::Ready(Ok(())) if part.filled().is_empty() => {
                    self.hears = false;
                    self.tell(child, &frames::end_of_file(number));
                }
                Poll::Ready(Ok(())) => self.tell(child, &frames::bytes(number, part.filled())),
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => return Ok(()),
            }
        }
        Ok(())
    }
}

/// The number of an error in Linux.
fn errno(error: &io::Error) -> u32 {
    if error.kind() == ErrorKind::ConnectionRefused {
        111
    } else if error.kind() == ErrorKind::TimedOut {
        110
    } else {
        113
    }
}
