"""`_socket`: stream sockets on simulated connections, and local pairs.

A socket connects to a host of the simulated world, or is half of a pair. Servers, datagrams with content and Unix sockets are not simulated.
"""

from __future__ import annotations

import _socket
import errno
import os
import struct
from collections.abc import Callable, Iterable
from typing import Any

from . import connections, resolver
from .connections import CLOSED, CONNECTING, FAILED, NEW, UP, Connection
from .refusals import refuse, refusing
from .scheduler import scheduler

_INET, _INET6, _UNIX = int(_socket.AF_INET), int(_socket.AF_INET6), int(_socket.AF_UNIX)
_STREAM = int(_socket.SOCK_STREAM)
_FLAGS = int(_socket.SOCK_NONBLOCK) | int(_socket.SOCK_CLOEXEC)
_PEEK, _DONTWAIT = int(_socket.MSG_PEEK), int(_socket.MSG_DONTWAIT)
_SO_ERROR, _SO_TYPE, _SO_LINGER = int(_socket.SO_ERROR), int(_socket.SO_TYPE), int(_socket.SO_LINGER)
_SOCKET_LEVEL = int(_socket.SOL_SOCKET)
_default_timeout: list[float | None] = [None]
_exists, _strerror = os.path.exists, os.strerror
raw_socket = _socket.socket


def _error(number: int) -> OSError:
    return OSError(number, _strerror(number))


class Socket:
    """`_socket.socket`. Without `__weakref__`: `socket.socket` has a slot of that name."""

    __slots__ = ("_family", "_type", "_protocol", "_timeout", "_descriptor", "_connection", "_options")

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None) -> None:
        self._family = _INET if family == -1 else int(family)
        kind = _STREAM if type == -1 else int(type)
        self._type = kind & ~_FLAGS
        self._protocol = 0 if proto == -1 else int(proto)
        self._timeout = 0.0 if kind & int(_socket.SOCK_NONBLOCK) else _default_timeout[0]
        self._options: dict[tuple[int, int], Any] = {}
        if fileno is None:
            if self._family not in (_INET, _UNIX):
                raise _error(errno.EAFNOSUPPORT)
            self._connection = Connection()
            self._descriptor = connections.describe(self._connection)
        else:
            if fileno not in connections.of_descriptor:
                refuse("a socket on a real file descriptor")
            self._descriptor, self._connection = fileno, connections.of_descriptor[fileno]

    family = property(lambda self: self._family)
    type = property(lambda self: self._type)
    proto = property(lambda self: self._protocol)
    timeout = property(lambda self: self._timeout)

    # Settings.

    def fileno(self) -> int:
        """The descriptor, -1 after `close`."""
        return self._descriptor

    def detach(self) -> int:
        """Gives the descriptor away."""
        descriptor, self._descriptor = self._descriptor, -1
        return descriptor

    def setblocking(self, flag: bool) -> None:
        """As the original."""
        self._timeout = None if flag else 0.0

    def getblocking(self) -> bool:
        """As the original."""
        return self._timeout is None or self._timeout > 0

    def settimeout(self, value: float | None) -> None:
        """As the original."""
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self._timeout = None if value is None else float(value)

    def gettimeout(self) -> float | None:
        """As the original."""
        return self._timeout

    def setsockopt(self, level: int, option: int, value: Any, optlen: int | None = None) -> None:
        """Keeps the value. Only `SO_LINGER` has an effect."""
        self._options[int(level), int(option)] = value

    def getsockopt(self, level: int, option: int, buflen: int = 0) -> Any:
        """The pending error, the type, or what was set."""
        if level == _SOCKET_LEVEL and option == _SO_ERROR:
            return self._connection.take_error()
        if level == _SOCKET_LEVEL and option == _SO_TYPE:
            return self._type
        return self._options.get((int(level), int(option)), 0)

    def getsockname(self) -> Any:
        """The own address."""
        return self._connection.local

    def getpeername(self) -> Any:
        """The other side's address."""
        if self._connection.remote is None or self._connection.state != UP:
            raise _error(errno.ENOTCONN)
        return self._connection.remote

    def bind(self, address: Any) -> None:
        """Chooses a source address, which has no meaning here."""
        if self._family == _UNIX:
            refuse("a Unix socket that listens")
        self._connection.local = (str(address[0]), int(address[1]))

    def listen(self, backlog: int = 0) -> None:
        """Not simulated."""
        refuse("a socket that listens")

    def _accept(self) -> None:
        refuse("a socket that listens")

    # Connecting.

    def connect(self, address: Any) -> None:
        """As the original."""
        number = self._connect(address)
        if number:
            raise OSError(number, _strerror(number))

    def connect_ex(self, address: Any) -> int:
        """As the original."""
        return self._connect(address)

    def _connect(self, address: Any) -> int:
        connection = self._open()
        if connection.state == UP:
            return errno.EISCONN
        if connection.state == CONNECTING:
            return errno.EALREADY
        if self._family == _UNIX:
            if not _exists(address):
                return errno.ENOENT
            refuse("a Unix socket")
        host, port = resolver.address(str(address[0])), int(address[1])
        if self._type != _STREAM:
            # Programs ask for their own address in this way. Nothing is sent.
            connection.state, connection.remote, connection.local = UP, (host, port), ("10.0.0.1", 40_000)
            return 0
        scheduler.point("connect")
        connection.remote = (host, port)
        connection.connect(resolver.name(host), port)
        if self._timeout == 0.0:
            return errno.EINPROGRESS
        if not scheduler.block(connection.is_settled, self._timeout, "connect"):
            raise TimeoutError("timed out")
        return connection.take_error()

    # Bytes.

    def _open(self) -> Connection:
        if self._descriptor == -1:
            raise _error(errno.EBADF)
        return self._connection

    def _wait(self, ready: Callable[[], bool], label: str, flags: int = 0) -> None:
        if ready():
            return
        if self._timeout == 0.0 or flags & _DONTWAIT:
            raise _error(errno.EAGAIN)
        if not scheduler.block(ready, self._timeout, label):
            raise TimeoutError("timed out")

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        """As the original."""
        connection = self._open()
        if bufsize < 0:
            raise ValueError("negative buffersize in recv")
        if connection.state == NEW:
            raise _error(errno.ENOTCONN)
        scheduler.point("recv")
        self._wait(connection.is_readable, "recv wait", flags)
        if connection.arrived:
            payload = bytes(connection.arrived[:bufsize])
            if not flags & _PEEK:
                del connection.arrived[:bufsize]
            return payload
        if connection.error:
            raise _error(connection.take_error())
        if connection.state == CLOSED and not connection.at_end:
            raise _error(errno.EBADF)
        return b""

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """As the original."""
        view = memoryview(buffer).cast("B")
        payload = self.recv(nbytes or len(view), flags)
        view[: len(payload)] = payload
        return len(payload)

    def recvfrom(self, bufsize: int, flags: int = 0) -> tuple[bytes, Any]:
        """As the original."""
        return self.recv(bufsize, flags), self._connection.remote

    def recvfrom_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> tuple[int, Any]:
        """As the original."""
        return self.recv_into(buffer, nbytes, flags), self._connection.remote

    def recvmsg(self, bufsize: int, ancbufsize: int = 0, flags: int = 0) -> tuple[bytes, list[Any], int, Any]:
        """As the original. Nothing ancillary arrives."""
        return self.recv(bufsize, flags), [], 0, self._connection.remote

    def send(self, data: Any, flags: int = 0) -> int:
        """As the original: it may take less than it is given."""
        connection = self._open()
        if self._type != _STREAM:
            refuse("a datagram")
        payload = bytes(data)
        scheduler.point("send")
        if connection.error:
            raise _error(connection.take_error())
        if connection.state in (NEW, CONNECTING, FAILED):
            raise _error(errno.ENOTCONN if connection.state == NEW else errno.EAGAIN if connection.state == CONNECTING else errno.EPIPE)
        if connection.half_closed or connection.state == CLOSED or (connection.peer and connection.peer.state == CLOSED):
            raise _error(errno.EPIPE)
        if connection.peer is not None:
            self._wait(connection.is_writable, "send wait", flags)
        return connection.send(payload)

    def sendall(self, data: Any, flags: int = 0) -> None:
        """As the original."""
        rest = memoryview(data).cast("B")
        while True:
            rest = rest[self.send(rest, flags) :]
            if not rest:
                return

    def sendmsg(self, buffers: Iterable[Any], ancdata: Any = (), flags: int = 0, address: Any = None) -> int:
        """As the original, without anything ancillary."""
        if list(ancdata):
            refuse("a file descriptor that is sent over a socket")
        return self.send(b"".join(bytes(one) for one in buffers), flags)

    def sendto(self, *arguments: Any) -> None:
        """Not simulated."""
        refuse("a datagram")

    # The end.

    def shutdown(self, how: int) -> None:
        """As the original."""
        connection = self._open()
        if connection.state != UP:
            raise _error(errno.ENOTCONN)
        if how in (0, 2):
            connection.at_end = True
        if how in (1, 2):
            connection.close_sending()

    def close(self) -> None:
        """As the original."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor != -1:
            linger = self._options.get((_SOCKET_LEVEL, _SO_LINGER))
            abort = isinstance(linger, bytes) and len(linger) >= 8 and struct.unpack_from("ii", linger) == (1, 0)
            connections.forget(descriptor, abort)

    def __del__(self) -> None:
        if getattr(self, "_descriptor", -1) != -1 and self._descriptor in connections.of_descriptor:
            self.close()

    def __repr__(self) -> str:
        return f"<socket object, fd={self._descriptor}, family={self._family}, type={self._type}, proto={self._protocol}>"


Socket.__name__ = Socket.__qualname__ = "socket"
Socket.__module__ = "_socket"


def _pair(family: int = _UNIX, type: int = _STREAM, proto: int = 0) -> tuple[Socket, Socket]:
    """`_socket.socketpair`."""
    if int(type) & ~_FLAGS != _STREAM:
        refuse("a pair of datagram sockets")
    one, other = Socket(_UNIX, type, proto), Socket(_UNIX, type, proto)
    one._connection.state = other._connection.state = UP
    one._connection.peer, other._connection.peer = other._connection, one._connection
    one._connection.local = other._connection.local = one._connection.remote = other._connection.remote = ""
    return one, other


def _dup(descriptor: int) -> int:
    connection = connections.of_descriptor.get(descriptor)
    if connection is None:
        refuse("a socket on a real file descriptor")
    connection.references += 1
    return connections.describe(connection)


def install() -> None:
    """Replaces what is in `_socket`."""
    _socket.socket = _socket.SocketType = Socket  # type: ignore[misc,assignment]
    _socket.socketpair = _pair  # type: ignore[assignment]
    _socket.close = connections.forget  # type: ignore[assignment]
    _socket.dup = _dup  # type: ignore[assignment]
    _socket.has_ipv6 = False
    _socket.getdefaulttimeout = lambda: _default_timeout[0]
    _socket.setdefaulttimeout = lambda value: _default_timeout.__setitem__(0, value)
    _socket.sethostname = refusing("socket.sethostname")
    if hasattr(_socket, "CMSG_LEN"):
        del _socket.CMSG_LEN  # `socket` then has no `send_fds`.
    resolver.install()
