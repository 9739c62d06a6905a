"""The child's end of the socket to the simulator: frames go out in bundles, and a question waits for its answer.

The child talks until it asks; only then the simulator answers. A child whose simulator is gone, or whose socket was closed by the code
under test, ends at once: nobody would judge it.
"""

from __future__ import annotations

from os import _exit, getpid, read, write

from . import wire

#: Exit codes of a child that cannot go on, seen by the simulator in the status.
SIMULATOR_GONE, LINK_BROKEN, ENDED_BY_SHIM = 96, 98, 97
_BUNDLE = 64 * 1024


class Link:
    """Buffered frames over one file descriptor."""

    __slots__ = ("_out", "_size", "_in", "_at", "descriptor", "unbuffered", "asked", "_owner")

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self.unbuffered = False
        self.asked = 0
        self._owner = getpid()
        self._out: list[bytes] = []
        self._size = 0
        self._in = bytearray()
        self._at = 0

    def send(self, kind: int, *fields: bytes) -> None:
        """Sends a frame, soon."""
        whole = wire.frame(kind, *fields)
        self._out.append(whole)
        self._size += len(whole)
        if self.unbuffered or self._size > _BUNDLE:
            self.flush()

    def flush(self) -> None:
        """Sends what is in the buffer, now."""
        if getpid() != self._owner:
            # Code in C has forked, and this is the copy.
            _exit(LINK_BROKEN)
        rest = b"".join(self._out)
        self._out.clear()
        self._size = 0
        try:
            while rest:
                rest = rest[write(self.descriptor, rest) :]
        except OSError:
            _exit(LINK_BROKEN)

    def receive(self) -> tuple[int, wire.Fields]:
        """The next frame from the simulator."""
        while True:
            found = wire.split(self._in, self._at)
            if found is not None:
                kind, body, self._at = found
                return kind, wire.Fields(body)
            try:
                more = read(self.descriptor, _BUNDLE)
            except OSError:
                _exit(LINK_BROKEN)
            if not more:
                _exit(SIMULATOR_GONE)
            del self._in[: self._at]
            self._in += more
            self._at = 0
