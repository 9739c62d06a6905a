//! Frames from a template or a child, as `docs/protocol.md` has them.
//!
//! Every read checks its bounds, and bytes that are left over are garbage.

use model::agents::outside::{Choice, Track};

use super::broken::Broken;

/// A note of what was logged as a warning or worse.
pub(super) const LOGGED: u8 = 5;
/// A note of a turn that the code under test has.
pub(super) const TAKEN: u8 = 6;

/// A frame from a template or a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// The template has imported the agent.
    Ready(Ready),
    /// A child begins.
    Hello { version: u16 },
    /// It connects.
    Connect { at: u64, connection: u32, host: String, port: u16 },
    /// It sends bytes.
    Send { at: u64, connection: u32, data: Vec<u8> },
    /// It closes a connection, or its writing half.
    Close { at: u64, connection: u32, how: Closing },
    /// A call begins or ends.
    Op { at: u64, call: u32, phase: Phase, text: String },
    /// A thread begins or ends, or stands somewhere; a record is logged; a turn is taken.
    Note { at: u64, thread: u32, what: u8, text: String },
    /// All threads wait, or have come to the horizon.
    Idle { at: u64, next: u64 },
    /// It did what is not simulated.
    Refused { at: u64, what: String },
    /// It ends.
    Bye(Bye),
    /// Its process has ended.
    Ended { status: i32 },
    /// It cannot start or continue.
    Failed(String),
}

/// `READY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ready {
    /// The version of the protocol.
    pub(super) version: u16,
    /// The version of the interpreter.
    pub(super) python: String,
    /// Whether its address randomization is off.
    pub(super) fixed: bool,
    /// The calls that the adapter has.
    pub(super) capabilities: Vec<String>,
    /// The protocol that the agent speaks to its provider; empty if it is imported later.
    pub(super) protocol: String,
    /// Where the agent believes its provider to be.
    pub(super) host: String,
    /// The port there.
    pub(super) port: u16,
}

/// How a connection is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// No more bytes follow; others may still come.
    Half,
    /// Closed.
    Whole,
    /// Closed with a reset.
    Reset,
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It begins.
    Begins,
    /// It returned nothing.
    Returned,
    /// It returned a text.
    Answered,
    /// It raised an exception.
    Raised,
    /// It could not make sure.
    Unsure,
    /// The host's handler of SIGTERM begins.
    Handling,
}

/// `BYE`, as far as it is used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bye {
    /// When.
    pub(super) at: u64,
    /// Why.
    pub(super) reason: Reason,
    /// The exit code, or the signal.
    pub(super) code: i32,
    /// What is not simulated, or why it was halted.
    pub(super) text: String,
    /// Switch points passed.
    pub(super) points: u64,
    /// The choices of its schedule.
    pub(super) choices: Vec<Choice>,
}

/// Why a child ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// The interpreter ends.
    Interpreter,
    /// `os._exit`.
    OsExit,
    /// SIGKILL, as planned.
    Killed,
    /// A signal that nothing handled.
    Signaled,
    /// It did what is not simulated.
    NotSimulated,
    /// It was halted.
    Halted,
}

impl Heard {
    /// The time of a frame, if it has one and the world has to wait for it.
    pub(super) fn at(&self) -> Option<u64> {
        match self {
            Self::Note { what: LOGGED | TAKEN, .. } => None,
            Self::Connect { at, .. }
            | Self::Send { at, .. }
            | Self::Close { at, .. }
            | Self::Op { at, .. }
            | Self::Note { at, .. }
            | Self::Idle { at, .. }
            | Self::Refused { at, .. }
            | Self::Bye(Bye { at, .. }) => Some(*at),
            Self::Ready(_) | Self::Hello { .. } | Self::Ended { .. } | Self::Failed(_) => None,
        }
    }

    /// Reads a frame without its length.
    pub(super) fn read(kind: u8, body: &[u8]) -> Result<Self, Broken> {
        let mut fields = Fields { rest: body };
        let heard = fields.heard(kind)?;
        match fields.rest.len() {
            0 => Ok(heard),
            left => Err(Broken::Garbage(format!("{left} bytes behind a frame of kind {kind:#04x}"))),
        }
    }
}

/// The fields of a frame, read in their order.
struct Fields<'a> {
    rest: &'a [u8],
}

impl Fields<'_> {
    fn take(&mut self, count: usize) -> Result<&[u8], Broken> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| Broken::Garbage("a frame is too short".to_owned()))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Broken> {
        let mut bytes = [0; N];
        bytes.copy_from_slice(self.take(N)?);
        Ok(bytes)
    }

    fn u8(&mut self) -> Result<u8, Broken> {
        self.array().map(u8::from_le_bytes)
    }

    fn u16(&mut self) -> Result<u16, Broken> {
        self.array().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Result<u32, Broken> {
        self.array().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Result<u64, Broken> {
        self.array().map(u64::from_le_bytes)
    }

    fn i32(&mut self) -> Result<i32, Broken> {
        self.array().map(i32::from_le_bytes)
    }

    fn data(&mut self) -> Result<Vec<u8>, Broken> {
        let count = self.u32()?;
        self.take(count as usize).map(<[u8]>::to_vec)
    }

    fn text(&mut self) -> Result<String, Broken> {
        String::from_utf8(self.data()?).map_err(|_| Broken::Garbage("a text is not UTF-8".to_owned()))
    }

    fn texts(&mut self) -> Result<Vec<String>, Broken> {
        (0..self.u32()?).map(|_| self.text()).collect()
    }

    fn heard(&mut self, kind: u8) -> Result<Heard, Broken> {
        Ok(match kind {
            0x21 => Heard::Ready(self.ready()?),
            0x01 => {
                let version = self.u16()?;
                _ = (self.text()?, self.u32()?);
                Heard::Hello { version }
            }
            0x02 => {
                let (at, connection) = (self.u64()?, self.u32()?);
                Heard::Connect { at, connection, host: self.text()?, port: self.u16()? }
            }
            0x03 => Heard::Send { at: self.u64()?, connection: self.u32()?, data: self.data()? },
            0x04 => Heard::Close { at: self.u64()?, connection: self.u32()?, how: self.closing()? },
            0x05 => {
                let (at, _, call) = (self.u64()?, self.u32()?, self.u32()?);
                Heard::Op { at, call, phase: self.phase()?, text: self.text()? }
            }
            0x06 => Heard::Note { at: self.u64()?, thread: self.u32()?, what: self.u8()?, text: self.text()? },
            0x07 => Heard::Idle { at: self.u64()?, next: self.u64()? },
            0x08 => {
                let (at, _, what) = (self.u64()?, self.u32()?, self.text()?);
                let (file, line, function) = (self.text()?, self.u32()?, self.text()?);
                Heard::Refused { at, what: format!("{what}, called by {function} ({file}:{line})") }
            }
            0x09 => Heard::Bye(self.bye()?),
            0x0A => {
                let (status, _) = (self.i32()?, self.u64()?);
                Heard::Ended { status }
            }
            0x0B => Heard::Failed(self.text()?),
            other => return Err(Broken::Garbage(format!("a frame of the unknown kind {other:#04x}"))),
        })
    }

    fn ready(&mut self) -> Result<Ready, Broken> {
        let (version, python) = (self.u16()?, self.text()?);
        let (_, fixed) = (self.u32()?, self.u8()? == 1);
        let (capabilities, protocol, host) = (self.texts()?, self.text()?, self.text()?);
        Ok(Ready { version, python, fixed, capabilities, protocol, host, port: self.u16()? })
    }

    fn closing(&mut self) -> Result<Closing, Broken> {
        match self.u8()? {
            1 => Ok(Closing::Half),
            2 => Ok(Closing::Whole),
            3 => Ok(Closing::Reset),
            other => Err(Broken::Garbage(format!("a connection closed in the unknown way {other}"))),
        }
    }

    fn phase(&mut self) -> Result<Phase, Broken> {
        match self.u8()? {
            0 => Ok(Phase::Begins),
            1 => Ok(Phase::Returned),
            2 => Ok(Phase::Answered),
            3 => Ok(Phase::Raised),
            4 => Ok(Phase::Unsure),
            5 => Ok(Phase::Handling),
            other => Err(Broken::Garbage(format!("a call in the unknown phase {other}"))),
        }
    }

    fn bye(&mut self) -> Result<Bye, Broken> {
        let at = self.u64()?;
        let reason = match self.u8()? {
            0 => Reason::Interpreter,
            1 => Reason::OsExit,
            2 => Reason::Killed,
            3 => Reason::Signaled,
            4 => Reason::NotSimulated,
            5 => Reason::Halted,
            other => return Err(Broken::Garbage(format!("an end for the unknown reason {other}"))),
        };
        let (code, text, points) = (self.i32()?, self.text()?, self.u64()?);
        _ = (self.u64()?, self.u32()?, self.u32()?, self.texts()?);
        let choices = (0..self.u32()?).map(|_| self.choice()).collect::<Result<_, _>>()?;
        Ok(Bye { at, reason, code, text, points, choices })
    }

    fn choice(&mut self) -> Result<Choice, Broken> {
        let track = match self.u32()? {
            0 => Track::Next,
            1 => Track::Step,
            other => return Err(Broken::Garbage(format!("a choice of the unknown track {other}"))),
        };
        let (gap, choice) = (self.u32()?, self.u32()?);
        _ = (self.u32()?, self.u32()?);
        Ok(Choice { track, gap, choice })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_read_as_the_page_has_it() {
        let check = |kind, body: &[&[u8]], expected| {
            assert_eq!(Heard::read(kind, &body.concat()).expect("a frame"), expected);
        };
        let at = 9_u64.to_le_bytes();
        check(0x07, &[&at, &at], Heard::Idle { at: 9, next: 9 });
        check(0x04, &[&at, &[3, 0, 0, 0, 2]], Heard::Close { at: 9, connection: 3, how: Closing::Whole });
        check(0x0A, &[&[9, 0, 0, 0], &at], Heard::Ended { status: 9 });
        let connect = Heard::Connect { at: 9, connection: 1, host: "h".to_owned(), port: 8888 };
        check(0x02, &[&at, &[1, 0, 0, 0, 1, 0, 0, 0, b'h', 0xB8, 0x22]], connect);
        let op = Heard::Op { at: 9, call: 4, phase: Phase::Answered, text: "x".to_owned() };
        check(0x05, &[&at, &[1, 0, 0, 0, 4, 0, 0, 0, 2, 1, 0, 0, 0, b'x']], op);
    }

    #[test]
    fn garbage_has_a_reason() {
        let check = |kind, body: &[u8], expected: &str| {
            let error = Heard::read(kind, body).expect_err("garbage").to_string();
            assert_eq!(error, format!("the child sent garbage: {expected}"));
        };
        check(0x07, &[0; 15], "a frame is too short");
        check(0x07, &[0; 17], "1 bytes behind a frame of kind 0x07");
        check(0x70, &[], "a frame of the unknown kind 0x70");
        check(0x0B, &[1, 0, 0, 0, 0xFF], "a text is not UTF-8");
        check(0x0B, &[255, 255, 255, 255], "a frame is too short");
    }
}
