"""The kernel's side of stream sockets: what has arrived, what was closed, and which file descriptor means which.

A connection to another host belongs to the simulator, and is a number in its frames. A socket pair is local to the process, and works
without the simulator. Descriptors of the simulation are large numbers, so that they meet none of the real ones.
"""

from __future__ import annotations

import errno

from . import wire
from .scheduler import scheduler

NEW, CONNECTING, UP, FAILED, CLOSED = range(5)
#: How a CLOSE closes: no more bytes are sent; all is closed; all is closed, and unread bytes are thrown away with a reset.
HALF, WHOLE, ABORT = 1, 2, 3
_FIRST = 100_000
#: So much fits into a socket pair, as on Linux.
PAIR_MAX = 212_992
#: A SEND is at most this long; the kernel's `send` may also take less than it is given.
SEND_MAX = 256 * 1024


class Connection:
    """One end of a stream."""

    __slots__ = ("number", "state", "arrived", "at_end", "error", "peer", "half_closed", "local", "remote", "references")

    def __init__(self) -> None:
        #: The connection's number in frames; 0 if it has none.
        self.number = 0
        self.state = NEW
        self.arrived = bytearray()
        self.at_end = False
        self.error = 0
        #: The other end of a socket pair.
        self.peer: Connection | None = None
        self.half_closed = False
        self.local: tuple[str, int] | str = ("0.0.0.0", 0)
        self.remote: tuple[str, int] | str | None = None
        self.references = 1

    def is_readable(self) -> bool:
        """Whether `recv` would return at once."""
        return bool(self.arrived) or self.at_end or self.error != 0 or self.state in (FAILED, CLOSED)

    def is_writable(self) -> bool:
        """Whether `send` would return at once."""
        if self.peer is not None:
            return len(self.peer.arrived) < PAIR_MAX or self.peer.state == CLOSED
        return self.state in (UP, FAILED, CLOSED) or self.error != 0

    def is_hung_up(self) -> bool:
        """Whether both directions have ended."""
        return self.error != 0 or self.state == FAILED or (self.at_end and self.half_closed)

    def is_settled(self) -> bool:
        """Whether a connect has succeeded or failed."""
        return self.state != CONNECTING

    def take_error(self) -> int:
        """The pending error, which is thereby told."""
        error, self.error = self.error, 0
        return error

    def connect(self, host: str, port: int) -> None:
        """Asks the simulator for a connection."""
        _last[0] += 1
        self.number = _last[0]
        self.state = CONNECTING
        self.local = ("127.0.0.1" if host.startswith("127.") else "10.0.0.1", 40_000 + self.number)
        of_simulator[self.number] = self
        scheduler.link.send(wire.CONNECT, _now(), wire.u32(self.number), wire.text(host), wire.u16(port))
        scheduler.lower_horizon(ahead[0])

    def send(self, payload: bytes) -> int:
        """Sends as much as fits. Returns how much that was."""
        if self.peer is not None:
            room = PAIR_MAX - len(self.peer.arrived)
            self.peer.arrived += payload[:room]
            return min(room, len(payload))
        payload = payload[:SEND_MAX]
        scheduler.link.send(wire.SEND, _now(), wire.u32(self.number), wire.data(payload))
        scheduler.lower_horizon(ahead[0])
        return len(payload)

    def close_sending(self) -> None:
        """`shutdown(SHUT_WR)`."""
        if self.half_closed:
            return
        self.half_closed = True
        if self.peer is not None:
            self.peer.at_end = True
        else:
            self._tell(HALF)

    def close(self, abort: bool = False) -> None:
        """The last descriptor is closed."""
        if self.peer is not None:
            self.peer.at_end = True
            if self.state != CLOSED and self.arrived:
                self.peer.error = errno.ECONNRESET
        else:
            self._tell(ABORT if abort or self.arrived else WHOLE)
            of_simulator.pop(self.number, None)
        self.state = CLOSED

    def _tell(self, how: int) -> None:
        if self.number and self.state in (CONNECTING, UP) and scheduler.active:
            scheduler.link.send(wire.CLOSE, _now(), wire.u32(self.number), wire.u8(how))
            scheduler.lower_horizon(ahead[0])


#: By descriptor, and by number.
of_descriptor: dict[int, Connection] = {}
of_simulator: dict[int, Connection] = {}
#: The least time, in ns, in which the world can react.
ahead = [0]
_last = [0]
_descriptors = [_FIRST]


def _now() -> bytes:
    return wire.u64(scheduler.now)


def describe(connection: Connection) -> int:
    """A new descriptor."""
    _descriptors[0] += 1
    of_descriptor[_descriptors[0]] = connection
    return _descriptors[0]


def forget(descriptor: int, abort: bool = False) -> None:
    """A descriptor is closed."""
    connection = of_descriptor.pop(descriptor, None)
    if connection is None:
        raise OSError(errno.EBADF, "Bad file descriptor")
    connection.references -= 1
    if connection.references == 0:
        connection.close(abort)


def push(descriptor: int, payload: bytes) -> None:
    """Writes to a local descriptor, as the kernel does for a signal."""
    connection = of_descriptor.get(descriptor)
    if connection is not None and connection.peer is not None:
        connection.send(payload)


def event(kind: int, fields: wire.Fields) -> None:
    """Carries out an event of the simulator. One for a connection that is closed here is too late."""
    connection = of_simulator.get(fields.u32())
    payload = fields.data() if kind == wire.BYTES else b""
    error = fields.u32() if kind in (wire.UNREACHABLE, wire.RESET) else 0
    fields.end()
    if connection is None:
        return
    if kind == wire.ACCEPTED:
        connection.state = UP
    elif kind == wire.UNREACHABLE:
        connection.state, connection.error = FAILED, error
    elif kind == wire.BYTES:
        connection.arrived += payload
    elif kind == wire.END_OF_FILE:
        connection.at_end = True
    elif kind == wire.RESET:
        connection.error, connection.at_end = error, True
        connection.arrived.clear()
        connection.half_closed = True
