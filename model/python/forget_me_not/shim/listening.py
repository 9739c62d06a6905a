"""The template's side of its socket to the warden, who asks for forks, and for the status of those that have ended.

Nothing here may leave a trace in the template's heap: what is made is gone in the reverse order.
"""

from __future__ import annotations

import _socket
import os
from ctypes import PyDLL
from os import _exit, waitpid

from .warden import BURY, FORK, dies_with, received

_raw_socket, _raw_pair = _socket.socket, _socket.socketpair
_PEEK = _socket.MSG_PEEK
_fork = PyDLL(None).fork
_LINK = 500
_NUMBER = 4
_close, _dup2, _open, real_pid = os.close, os.dup2, os.open, os.getpid


def fork() -> int:
    """A copy of this process, from the C library: without the hooks that code has registered for a fork of Python's. A process that has
    imported its agent by itself never runs them, and nobody but this one thread could hold a lock here."""
    process: int = _fork()
    if process < 0:
        _exit(1)
    return process


class Listening:
    """The template's socket to the warden."""

    def __init__(self, channel: int) -> None:
        self._socket = _raw_socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, channel)
        self._message = bytearray(1 + _NUMBER)
        self._template = real_pid()

    def wait(self) -> bool:
        """Waits until a fork is asked for, and leaves the request there. Returns whether the warden still is."""
        while self._socket.recv_into(self._message, 1, _PEEK) == 1:
            if self._message[0] == FORK:
                return True
            self._bury()
        return False

    def rehearse(self) -> None:
        """Buries a process before the first run does: the first time leaves traces, such as a free tuple for the next ones."""
        process = fork()
        if process == 0:
            _exit(0)
        mine, theirs = _raw_pair()
        real, self._socket = self._socket, theirs
        mine.send(bytes([BURY]) + process.to_bytes(_NUMBER, "little"))
        mine.shutdown(_socket.SHUT_WR)
        self.wait()
        self._socket = real

    def _bury(self) -> None:
        """Tells the status of a process that has ended."""
        self._socket.recv_into(self._message)
        assert self._message[0] == BURY
        self._socket.send(waitpid(int.from_bytes(self._message[1:], "little"), 0)[1].to_bytes(_NUMBER, "little"))

    def take(self) -> int:
        """In the fork: takes the request, says who it is, and returns the descriptor that came with it."""
        dies_with(self._template)
        descriptor = received(self._socket)
        assert descriptor is not None
        self._socket.send(real_pid().to_bytes(_NUMBER, "little"))
        self._socket.close()
        # Out of the way of the code under test, which counts from 3.
        _dup2(descriptor, _LINK, inheritable=False)
        _close(descriptor)
        return _LINK


def close_input() -> None:
    """The template's standard input was the simulator's control socket, which is the warden's business."""
    nothing = _open(os.devnull, os.O_RDONLY)
    _dup2(nothing, 0)
    _close(nothing)
