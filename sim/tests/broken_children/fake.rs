//! A fake template and its child, in Rust: it speaks the protocol until it does what its name says.

use std::io::{IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::thread;
use std::time::Duration;

use rustix::net::{RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, recvmsg};

pub(crate) const READY: u8 = 0x21;
pub(crate) const HELLO: u8 = 0x01;
pub(crate) const CONNECT: u8 = 0x02;
pub(crate) const SEND: u8 = 0x03;
pub(crate) const CLOSE: u8 = 0x04;
pub(crate) const OP: u8 = 0x05;
pub(crate) const NOTE: u8 = 0x06;
pub(crate) const IDLE: u8 = 0x07;
pub(crate) const REFUSED: u8 = 0x08;
pub(crate) const BYE: u8 = 0x09;
pub(crate) const ENDED: u8 = 0x0A;
pub(crate) const FAILED: u8 = 0x0B;
const START: u8 = 0x41;
const CALL: u8 = 0x47;
const TIME: u8 = 0x4B;
pub(crate) const NEVER: u64 = (1 << 63) - 1;

/// One end of a socket, and how frames are written on it.
pub(crate) struct Talk {
    stream: UnixStream,
    heard: Vec<u8>,
    /// The child's clock.
    pub(crate) now: u64,
}

/// The body of a frame.
#[derive(Default)]
pub(crate) struct Body(Vec<u8>);

impl Body {
    pub(crate) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    pub(crate) fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn text(mut self, value: &str) -> Self {
        self = self.u32(u32::try_from(value.len()).expect("a short text"));
        self.0.extend(value.as_bytes());
        self
    }
}

impl Talk {
    fn over(stream: UnixStream) -> Self {
        Self { stream, heard: Vec::new(), now: 0 }
    }

    /// Writes bytes as they are. A simulator that is gone ends the fake.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        if self.stream.write_all(bytes).is_err() {
            end();
        }
    }

    pub(crate) fn send(&mut self, kind: u8, body: &Body) {
        let length = u32::try_from(1 + body.0.len()).expect("a short frame").to_le_bytes();
        self.raw(&[&length[..], &[kind], &body.0].concat());
    }

    pub(crate) fn at(&self) -> Body {
        Body::default().u64(self.now)
    }

    /// The next frame of the simulator.
    pub(crate) fn hear(&mut self) -> (u8, Vec<u8>) {
        loop {
            if let Some((length, rest)) = self.heard.split_first_chunk::<4>() {
                let length = u32::from_le_bytes(*length) as usize;
                if rest.len() >= length {
                    let frame = rest[..length].to_vec();
                    self.heard.drain(..4 + length);
                    return (frame[0], frame[1..].to_vec());
                }
            }
            let mut more = [0; 65_536];
            match self.stream.read(&mut more) {
                Ok(0) | Err(_) => end(),
                Ok(count) => self.heard.extend(&more[..count]),
            }
        }
    }

    pub(crate) fn hello(&mut self) {
        self.send(HELLO, &Body::default().u16(1).text("3.11.0").u32(1));
    }

    pub(crate) fn starts(&mut self) {
        let (kind, body) = self.hear();
        assert_eq!(kind, START);
        self.now = u64::from_le_bytes(body[2..10].try_into().expect("eight bytes"));
    }

    /// Asks, and returns the numbers and names of the calls that came with the answer.
    pub(crate) fn asks(&mut self, next: u64) -> Vec<(u32, String)> {
        self.send(IDLE, &self.at().u64(next));
        let mut calls = Vec::new();
        loop {
            let (kind, body) = self.hear();
            let number = |at: usize| u32::from_le_bytes(body[at..at + 4].try_into().expect("four bytes"));
            if kind == CALL {
                let name = 8 + number(4) as usize;
                let text = &body[name + 4..name + 4 + number(name) as usize];
                calls.push((number(0), String::from_utf8_lossy(text).into_owned()));
            } else if kind == TIME {
                let now = u64::from_le_bytes(body[..8].try_into().expect("eight bytes"));
                self.now = self.now.max(now);
                return calls;
            }
        }
    }

    pub(crate) fn op(&mut self, call: u32, phase: u8, text: &str) {
        self.send(OP, &self.at().u32(1).u32(call).u8(phase).text(text));
    }

    /// Waits for a call, and returns its number and name.
    pub(crate) fn called(&mut self) -> (u32, String) {
        loop {
            if let Some(call) = self.asks(NEVER).into_iter().next() {
                self.op(call.0, 0, &call.1);
                return call;
            }
        }
    }

    pub(crate) fn bye(&mut self, reason: u8, code: u32) {
        let body = self.at().u8(reason).u32(code).text("").u64(9).u64(0).u32(1).u32(0).u32(0).u32(0);
        self.send(BYE, &body);
    }

    pub(crate) fn ended(&mut self, status: u32) {
        self.send(ENDED, &Body::default().u32(status).u64(1));
    }

    /// Carries out all calls, up to the end.
    pub(crate) fn behaves(&mut self) {
        loop {
            let (number, name) = self.called();
            if name == "exit" {
                self.bye(0, 0);
                return self.ended(0);
            }
            self.op(number, 1, "");
        }
    }

    /// Neither says a word nor ends, until the simulator has gone.
    pub(crate) fn sits(&mut self) -> ! {
        loop {
            self.hear();
        }
    }

    pub(crate) fn shuts(&self) {
        _ = self.stream.shutdown(std::net::Shutdown::Both);
    }
}

/// The end of the fake.
pub(crate) fn end() -> ! {
    std::process::exit(0)
}

#[expect(clippy::disallowed_methods, reason = "a fake that misbehaves in real time")]
pub(crate) fn pause(length: Duration) {
    thread::sleep(length);
}

/// The template: `template` may misbehave before a child is asked for, `child` is the child. One at a time.
pub(crate) fn serve(template: impl FnOnce(&mut Talk), mut child: impl FnMut(&mut Talk)) -> ! {
    let control = std::io::stdin().as_fd().try_clone_to_owned().expect("standard input is the control socket");
    let mut talk = Talk::over(UnixStream::from(control));
    template(&mut talk);
    let ready = Body::default().u16(1).text("3.11.0").u32(1).u8(1);
    let capabilities = ["initialize", "turn", "prefetch", "shutdown"];
    let ready = capabilities.iter().fold(ready.u32(4), |body, name| body.text(name));
    talk.send(READY, &ready.text("hindsight").text("hindsight").u16(8888));
    while let Some(descriptor) = request(talk.stream.as_fd()) {
        child(&mut Talk::over(UnixStream::from(descriptor)));
    }
    end()
}

fn request(control: BorrowedFd<'_>) -> Option<OwnedFd> {
    let (mut byte, mut space) = ([0], [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))]);
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    let got = recvmsg(control, &mut [IoSliceMut::new(&mut byte)], &mut rights, RecvFlags::empty()).ok()?;
    if got.bytes == 0 {
        return None;
    }
    rights.drain().find_map(|message| {
        if let RecvAncillaryMessage::ScmRights(mut descriptors) = message { descriptors.next() } else { None }
    })
}
