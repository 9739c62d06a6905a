//! Frames: the encoding of `docs/protocol.md`, and nothing of its meaning.
//!
//! A frame is a length, a kind and a body. Numbers are little-endian; a text or a list begins with its length. Here is what the simulator
//! sends; `heard` has what it hears.

/// The version of the protocol.
pub(super) const VERSION: u16 = 1;
/// The longest frame, kind and body.
pub(super) const FRAME_MAX: usize = 16 * 1024 * 1024;
/// No time at all.
pub(super) const NEVER: u64 = (1 << 63) - 1;

/// A frame under construction.
pub(super) struct Frame(Vec<u8>);

impl Frame {
    /// An empty frame of this kind.
    pub(super) fn of(kind: u8) -> Self {
        Self(vec![0, 0, 0, 0, kind])
    }

    /// With one byte more.
    pub(super) fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    /// With two bytes more.
    pub(super) fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    /// With four bytes more.
    pub(super) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    /// With eight bytes more.
    pub(super) fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    /// With a length, and bytes.
    pub(super) fn data(mut self, value: &[u8]) -> Self {
        self.0.extend(length(value.len()));
        self.0.extend(value);
        self
    }

    /// With a text.
    pub(super) fn text(self, value: &str) -> Self {
        self.data(value.as_bytes())
    }

    /// With names and values.
    pub(super) fn pairs<N: AsRef<str>, V: AsRef<str>>(self, pairs: &[(N, V)]) -> Self {
        self.list(pairs, |frame, (name, value)| frame.text(name.as_ref()).text(value.as_ref()))
    }

    /// With a number of items, and each of them.
    pub(super) fn list<T>(mut self, items: &[T], add: impl Fn(Self, &T) -> Self) -> Self {
        self.0.extend(length(items.len()));
        items.iter().fold(self, add)
    }

    /// The whole frame.
    pub(super) fn bytes(mut self) -> Vec<u8> {
        let size = length(self.0.len() - 4);
        self.0[..4].copy_from_slice(&size);
        self.0
    }
}

fn length(length: usize) -> [u8; 4] {
    u32::try_from(length).expect("a simulated world sends less than 4 GB at a time").to_le_bytes()
}

/// `ACCEPTED`.
pub(super) fn accepted(connection: u32) -> Vec<u8> {
    Frame::of(0x42).u32(connection).bytes()
}

/// `UNREACHABLE`.
pub(super) fn unreachable(connection: u32, errno: u32) -> Vec<u8> {
    Frame::of(0x43).u32(connection).u32(errno).bytes()
}

/// `BYTES`.
pub(super) fn bytes(connection: u32, data: &[u8]) -> Vec<u8> {
    Frame::of(0x44).u32(connection).data(data).bytes()
}

/// `END_OF_FILE`.
pub(super) fn end_of_file(connection: u32) -> Vec<u8> {
    Frame::of(0x45).u32(connection).bytes()
}

/// `RESET`.
pub(super) fn reset(connection: u32) -> Vec<u8> {
    Frame::of(0x46).u32(connection).u32(104).bytes()
}

/// `CALL`.
pub(super) fn call(number: u32, agent: &str, name: &str, arguments: &[(&str, String)]) -> Vec<u8> {
    Frame::of(0x47).u32(number).text(agent).text(name).pairs(arguments).bytes()
}

/// `SIGNAL`.
pub(super) fn signal(number: u8) -> Vec<u8> {
    Frame::of(0x48).u8(number).bytes()
}

/// `KILL`.
pub(super) fn kill() -> Vec<u8> {
    Frame::of(0x49).bytes()
}

/// `TIME`.
pub(super) fn time(now: u64, horizon: u64) -> Vec<u8> {
    Frame::of(0x4B).u64(now).u64(horizon).bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_the_bytes_of_the_page() {
        assert_eq!(kill(), [1, 0, 0, 0, 0x49]);
        assert_eq!(accepted(1), [5, 0, 0, 0, 0x42, 1, 0, 0, 0]);
        assert_eq!(bytes(2, b"hi"), [11, 0, 0, 0, 0x44, 2, 0, 0, 0, 2, 0, 0, 0, b'h', b'i']);
        assert_eq!(time(1, NEVER)[5..], [1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 127]);
        let expected = [
            &[34, 0, 0, 0, 0x47, 7, 0, 0, 0, 1, 0, 0, 0, b'1', 3, 0, 0, 0][..],
            &[b'e', b'n', b'd', 1, 0, 0, 0, 1, 0, 0, 0, b's', 1, 0, 0, 0, b'S'],
        ];
        let made = call(7, "1", "end", &[("s", "S".to_owned())]);
        assert_eq!(made[4..], expected.concat()[4..]);
        assert_eq!(made.len(), 4 + usize::from(made[0]));
    }
}
