"""The warden: the parent of one run. It starts the run's process, waits for its end, and tells the simulator its status.

The simulator's half of the socket also means life: when the simulator stops writing, or is gone, the warden kills the run. No run outlives
its simulator, and none becomes a zombie.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import array
import os
import resource  # noqa: F401  (`wait4` imports it: here, and not in each run)
import select
from ctypes import CDLL
from os import WNOHANG, _exit, fork, kill, wait4, waitpid

from . import wire
from .link import Link

real_pid, _real_parent = os.getpid, os.getppid
pipe = os.pipe
_signal_real = _signal.signal
_poll, _IN, _HUP = select.poll, select.POLLIN, select.POLLRDHUP | select.POLLHUP | select.POLLERR
_raw_socket = _socket.socket
_PEEK, _RIGHTS, _SOCKET_LEVEL = _socket.MSG_PEEK, _socket.SCM_RIGHTS, _socket.SOL_SOCKET
_CMSG_SPACE = _socket.CMSG_SPACE(4)
_PARENT_DEATH, _SUBREAPER = 1, 36
_LINK = 500
_KILL, _ABORT = int(_signal.SIGKILL), int(_signal.SIGABRT)
_PATIENCE_MS = 2_000
_prctl = CDLL(None).prctl
_close, _dup2, _open, _pidfd_open = os.close, os.dup2, os.open, os.pidfd_open


class Listening:
    """The template's socket to the simulator."""

    def __init__(self, control: int) -> None:
        self._socket = _raw_socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, control)
        self._byte = bytearray(1)

    def wait(self) -> bool:
        """Waits until a request is there, and leaves it there. Returns whether the simulator still is."""
        return self._socket.recv_into(self._byte, 1, _PEEK) == 1

    def take(self) -> int:
        """Takes the request, and returns the descriptor that came with it."""
        _, ancillary, _, _ = self._socket.recvmsg(1, _CMSG_SPACE)
        self._socket.detach()
        for level, kind, payload in ancillary:
            if level == _SOCKET_LEVEL and kind == _RIGHTS:
                received = array.array("i")
                received.frombytes(payload[:4])
                return _move(received[0])
        raise OSError("a request came without a descriptor")


def _move(descriptor: int) -> int:
    """A descriptor out of the way of the code under test, which counts from 3."""
    _dup2(descriptor, _LINK, inheritable=False)
    _close(descriptor)
    nothing = _open(os.devnull, os.O_RDONLY)
    if nothing != 0:
        _dup2(nothing, 0)
        _close(nothing)
    return _LINK


def ignore_children() -> None:
    """The kernel buries the wardens by itself."""
    _signal_real(_signal.SIGCHLD, _signal.SIG_IGN)


def leave() -> None:
    """The template or a warden ends, without any last words."""
    _exit(0)


def attend(descriptor: int) -> bool:
    """Forks the run's process and waits for its end. Returns whether this is that process."""
    _signal_real(_signal.SIGCHLD, _signal.SIG_DFL)
    warden = real_pid()
    _prctl(_SUBREAPER, 1)
    process = fork()
    if process == 0:
        _prctl(_PARENT_DEATH, _KILL)
        if _real_parent() != warden:
            _exit(0)
        return True
    status, microseconds = _wait(process, descriptor)
    _end_orphans()
    told = Link(descriptor)
    told.send(wire.ENDED, wire.i32(status), wire.u64(microseconds))
    told.flush()
    return False


def _end_orphans() -> None:
    """Kills the processes that the run has left behind. There are none, unless code in C has forked."""
    while True:
        try:
            if waitpid(-1, WNOHANG) == (0, 0):
                with open(f"/proc/self/task/{real_pid()}/children", encoding="ascii") as children:
                    for child in children.read().split():
                        kill(int(child), _KILL)
                waitpid(-1, 0)
        except ChildProcessError:
            return


def _wait(process: int, descriptor: int) -> tuple[int, int]:
    """The status of the run's process, and the time that it computed, in microseconds. It is killed if the simulator goes first."""
    handle = _pidfd_open(process)
    poll = _poll()
    poll.register(handle, _IN)
    poll.register(descriptor, _HUP)
    if all(number != handle for number, _ in poll.poll()):
        # It writes the stacks of its threads into its output first, if it still can.
        kill(process, _ABORT)
        poll.unregister(descriptor)
        if not poll.poll(_PATIENCE_MS):
            kill(process, _KILL)
    _, status, usage = wait4(process, 0)
    return status, int((usage.ru_utime + usage.ru_stime) * 1_000_000)
