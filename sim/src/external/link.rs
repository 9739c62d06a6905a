//! The socket to a template or a child. It blocks: simulated time stands still meanwhile.
//!
//! A watchdog in real time ends a wait, however little by little a child says what it says.

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use super::broken::Broken;
use super::frames::FRAME_MAX;
use super::heard::Heard;

/// The most frames that a child may send before it asks.
const FRAMES_AT_A_TIME: usize = 1_000_000;

/// How long a process that was given up may take to end, in real time.
const LAST_WORDS: Duration = Duration::from_secs(3);

/// One end of a socket pair.
pub(super) struct Link {
    stream: UnixStream,
    buffer: Vec<u8>,
    patience: Duration,
    /// How long a read may last.
    reads_for: Duration,
}

impl Link {
    /// A link that waits so long for everything that is said before a question.
    pub(super) fn over(stream: UnixStream, patience: Duration) -> Result<Self, Broken> {
        stream.set_read_timeout(Some(patience)).map_err(Broken::Socket)?;
        stream.set_write_timeout(Some(patience)).map_err(Broken::Socket)?;
        Ok(Self { stream, buffer: Vec::new(), patience, reads_for: patience })
    }

    /// Its socket.
    pub(super) fn stream(&self) -> &UnixStream {
        &self.stream
    }

    /// Sends these frames.
    pub(super) fn send(&mut self, frames: &[u8]) -> Result<(), Broken> {
        self.stream.write_all(frames).map_err(|error| self.named(error))
    }

    /// The next frame.
    pub(super) fn hear(&mut self) -> Result<Heard, Broken> {
        let watch = Watch::started();
        self.hear_while(&watch)
    }

    fn hear_while(&mut self, watch: &Watch) -> Result<Heard, Broken> {
        loop {
            if let Some(heard) = self.split()? {
                return Ok(heard);
            }
            self.limit(watch.left(self.patience))?;
            let mut more = [0; 65_536];
            match self.stream.read(&mut more) {
                Ok(0) => return Err(Broken::Died("its socket has ended".to_owned())),
                Ok(count) => self.buffer.extend(&more[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.named(error)),
            }
        }
    }

    /// Everything that a child says before it asks or ends.
    pub(super) fn hear_out(&mut self) -> Result<Vec<Heard>, Broken> {
        let watch = Watch::started();
        let mut heard = Vec::new();
        while heard.len() < FRAMES_AT_A_TIME {
            heard.push(self.hear_while(&watch)?);
            if let Some(Heard::Idle { .. } | Heard::Ended { .. }) = heard.last() {
                return Ok(heard);
            }
        }
        Err(Broken::Garbage(format!("{FRAMES_AT_A_TIME} frames without a question")))
    }

    /// Gives up. The warden then ends the process, at the latest two seconds later, and closes the other end.
    pub(super) fn abandon(mut self) {
        _ = self.stream.shutdown(Shutdown::Write);
        let watch = Watch::started();
        while self.limit(watch.left(LAST_WORDS)).is_ok() && matches!(self.stream.read(&mut [0; 65_536]), Ok(1..)) {}
    }

    /// The next read lasts no longer than this.
    fn limit(&mut self, left: Duration) -> Result<(), Broken> {
        if left.is_zero() {
            return Err(Broken::Silent(self.patience.as_secs()));
        }
        // Nearly every read is the first of its wait, and needs no call of the system.
        if left + GRAIN < self.reads_for || self.reads_for < left {
            self.reads_for = left;
            self.stream.set_read_timeout(Some(left)).map_err(Broken::Socket)?;
        }
        Ok(())
    }

    fn split(&mut self) -> Result<Option<Heard>, Broken> {
        let Some((length, rest)) = self.buffer.split_first_chunk::<4>() else { return Ok(None) };
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 || length > FRAME_MAX {
            return Err(Broken::Garbage(format!("a frame of {length} bytes")));
        }
        let Some((frame, _)) = rest.split_at_checked(length) else { return Ok(None) };
        let heard = Heard::read(frame[0], &frame[1..])?;
        self.buffer.drain(..4 + length);
        Ok(Some(heard))
    }

    fn named(&self, error: std::io::Error) -> Broken {
        let kind = error.kind();
        if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&kind) {
            Broken::Silent(self.patience.as_secs())
        } else if [ErrorKind::BrokenPipe, ErrorKind::ConnectionReset].contains(&kind) {
            Broken::Died("it has closed its socket".to_owned())
        } else {
            Broken::Socket(error)
        }
    }
}

/// A shorter time is not worth a call of the system.
const GRAIN: Duration = Duration::from_millis(1);

/// Measures a wait in real time.
struct Watch(Instant);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "a watchdog in real time; what it ends has no verdict")]
    fn started() -> Self {
        Self(Instant::now())
    }

    /// What is left of this much time.
    fn left(&self, of: Duration) -> Duration {
        of.saturating_sub(self.0.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::super::frames::NEVER;
    use super::*;

    /// What a link says of a child that sends this, and then closes its end if it is `gone`.
    fn check(sent: &[u8], gone: bool, expected: &str) {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let mut link = Link::over(ours, Duration::from_millis(20)).expect("a link");
        theirs.write_all(sent).expect("there is room");
        let theirs = (!gone).then_some(theirs);
        let told = link.hear_out().map(|heard| heard.len()).map_err(|broken| broken.to_string());
        assert_eq!(told, Err(expected.to_owned()));
        drop(theirs);
    }

    #[test]
    fn a_child_that_misbehaves_is_told_by_its_name() {
        check(&[], true, "the child died: its socket has ended");
        check(&[9, 0, 0], true, "the child died: its socket has ended");
        check(&[], false, "the child stopped answering: 0 s of real time without a question");
        check(&[9, 0, 0, 0, 7, 1], false, "the child stopped answering: 0 s of real time without a question");
        check(&[0, 0, 0, 0], false, "the child sent garbage: a frame of 0 bytes");
        check(b"Traceback", false, "the child sent garbage: a frame of 1667330644 bytes");
        check(&[1, 0, 0, 0, 0x55], false, "the child sent garbage: a frame of the unknown kind 0x55");
        check(&[2, 0, 0, 0, 7, 1], false, "the child sent garbage: a frame is too short");
    }

    #[test]
    fn a_frame_may_come_in_pieces() {
        let (ours, mut theirs) = UnixStream::pair().expect("a pair");
        let mut link = Link::over(ours, Duration::from_secs(1)).expect("a link");
        let idle = [&[17, 0, 0, 0, 7][..], &5_u64.to_le_bytes(), &NEVER.to_le_bytes()].concat();
        let twice = [&idle[..], &idle[..]].concat();
        theirs.write_all(&twice[..25]).expect("there is room");
        assert_eq!(link.hear_out().expect("a frame"), [Heard::Idle { at: 5, next: NEVER }]);
        theirs.write_all(&twice[25..]).expect("there is room");
        assert_eq!(link.hear().expect("a frame"), Heard::Idle { at: 5, next: NEVER });
    }
}
