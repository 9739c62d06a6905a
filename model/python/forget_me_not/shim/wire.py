"""Frames, and the fields in them: the encoding of `docs/protocol.md`, and nothing of its meaning.

A frame is a length, a kind and a body. Numbers are little-endian, a text or a list begins with its length. Every read checks its bounds.
"""

from __future__ import annotations

from struct import Struct

VERSION = 1
FRAME_MAX = 16 * 1024 * 1024
NEVER = (1 << 63) - 1

# From the child.
HELLO, CONNECT, SEND, CLOSE, OP, NOTE, IDLE, REFUSED, BYE, ENDED, FAILED = range(0x01, 0x0C)
# From the simulator.
START, ACCEPTED, UNREACHABLE, BYTES, END_OF_FILE, RESET, CALL, SIGNAL, KILL, HALT, TIME = range(0x41, 0x4C)
# From the template.
READY = 0x21

_LENGTH = Struct("<I")
_U8, _U16, _U32, _U64, _I32 = Struct("<B"), Struct("<H"), Struct("<I"), Struct("<Q"), Struct("<i")


class Garbage(Exception):
    """The other side sent something that is no frame, or a frame that is too short or too long."""


def u8(value: int) -> bytes:
    """One byte."""
    return _U8.pack(value)


def u16(value: int) -> bytes:
    """Two bytes."""
    return _U16.pack(value)


def u32(value: int) -> bytes:
    """Four bytes."""
    return _U32.pack(value)


def u64(value: int) -> bytes:
    """Eight bytes."""
    return _U64.pack(value)


def i32(value: int) -> bytes:
    """Four bytes, signed."""
    return _I32.pack(value)


def data(value: bytes) -> bytes:
    """A length and bytes."""
    return _U32.pack(len(value)) + value


def text(value: str) -> bytes:
    """A length and UTF-8. A lone surrogate, which UTF-8 cannot hold, becomes a question mark."""
    return data(value.encode("utf-8", "replace"))


def frame(kind: int, *fields: bytes) -> bytes:
    """A whole frame."""
    body = b"".join(fields)
    if len(body) + 1 > FRAME_MAX:
        raise Garbage(f"a frame of {len(body) + 1} bytes is too long")
    return _LENGTH.pack(len(body) + 1) + _U8.pack(kind) + body


class Fields:
    """The fields of one frame, read in order."""

    __slots__ = ("_body", "_at")

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def _take(self, size: int) -> bytes:
        at, end = self._at, self._at + size
        if end > len(self._body):
            raise Garbage("a frame ends in the middle of a field")
        self._at = end
        return self._body[at:end]

    def u8(self) -> int:
        """One byte."""
        return self._take(1)[0]

    def u16(self) -> int:
        """Two bytes."""
        return int.from_bytes(self._take(2), "little")

    def u32(self) -> int:
        """Four bytes."""
        return int.from_bytes(self._take(4), "little")

    def u64(self) -> int:
        """Eight bytes."""
        return int.from_bytes(self._take(8), "little")

    def i32(self) -> int:
        """Four bytes, signed."""
        return int.from_bytes(self._take(4), "little", signed=True)

    def data(self) -> bytes:
        """A length and bytes."""
        return self._take(self.u32())

    def text(self) -> str:
        """A length and UTF-8."""
        try:
            return self.data().decode("utf-8")
        except UnicodeDecodeError as error:
            raise Garbage(f"a text is not UTF-8: {error}") from None

    def pairs(self) -> list[tuple[str, str]]:
        """A list of pairs of texts."""
        return [(self.text(), self.text()) for _ in range(self.u32())]

    def end(self) -> None:
        """Nothing may follow."""
        if self._at != len(self._body):
            raise Garbage(f"a frame has {len(self._body) - self._at} bytes too many")


def split(buffer: bytes | bytearray, at: int) -> tuple[int, bytes, int] | None:
    """The frame that begins at `at`: its kind, its body, and where the next one begins. `None` if it has not arrived entirely."""
    if len(buffer) - at < 4:
        return None
    (length,) = _LENGTH.unpack_from(buffer, at)
    if not 1 <= length <= FRAME_MAX:
        raise Garbage(f"a frame cannot have {length} bytes")
    end = at + 4 + length
    if len(buffer) < end:
        return None
    return buffer[at + 4], bytes(buffer[at + 5 : end]), end
