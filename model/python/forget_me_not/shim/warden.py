"""The warden: the process that was launched, and the parent of the template. It takes requests for runs, has the template fork, waits for the
end of each run's process, and tells the simulator its status.

The template's heap must not depend on the runs before, so everything that differs from run to run is done here. The simulator's half of a
run's socket also means life: when the simulator stops writing, or is gone, the warden kills the run. No run outlives its simulator, and
none becomes a zombie.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import array
import os
import select
from ctypes import CDLL
from os import _exit, fork, kill, read, waitpid
from time import clock_gettime_ns, monotonic
from typing import NoReturn

from . import wire

_IN, _OUT, _HUP = select.POLLIN, select.POLLOUT, select.POLLRDHUP | select.POLLHUP | select.POLLERR
_raw_socket = _socket.socket
_RIGHTS, _SOCKET_LEVEL = _socket.SCM_RIGHTS, _socket.SOL_SOCKET
_AT_ONCE = _socket.MSG_DONTWAIT | _socket.MSG_NOSIGNAL
_CMSG_SPACE = _socket.CMSG_SPACE(4)
_PARENT_DEATH, _SUBREAPER = 1, 36
_KILL, _ABORT = int(_signal.SIGKILL), int(_signal.SIGABRT)
#: A process that was struck writes its stacks for so long at most, in seconds.
_PATIENCE = 2.0
_NUMBER = 4
#: What the warden asks the template for: a fork, and the status of one that has ended.
FORK, BURY = b"FB"
prctl, _real_parent = CDLL(None).prctl, os.getppid


def start(control: int) -> int:
    """Forks the template. Returns in it, with its socket to the warden; the warden never returns."""
    prctl(_SUBREAPER, 1)
    mine, theirs = _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM)
    warden = os.getpid()
    template = fork()
    if template == 0:
        mine.close()
        dies_with(warden)
        return theirs.detach()
    theirs.close()
    Warden(control, mine, template).serve()


def dies_with(parent: int) -> None:
    """This process is killed when its parent ends."""
    prctl(_PARENT_DEATH, _KILL)
    if _real_parent() != parent:
        _exit(0)


def received(stream: _socket.socket) -> int | None:
    """Takes a byte and the descriptor that comes with it. `None` at the end of the stream."""
    byte, ancillary, _, _ = stream.recvmsg(1, _CMSG_SPACE)
    for level, kind, payload in ancillary:
        if level == _SOCKET_LEVEL and kind == _RIGHTS:
            numbers = array.array("i")
            numbers.frombytes(payload[:4])
            return numbers[0]
    if byte:
        raise OSError("a request came without a descriptor")
    return None


class Run:
    """A run under way: its process, and the socket to its simulator."""

    def __init__(self, process: int, descriptor: int) -> None:
        self.process = process
        self.handle = os.pidfd_open(process)
        self.link = _raw_socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, descriptor)
        self.descriptor = descriptor
        #: When its patience ends, if it was struck.
        self.kill_at: float | None = None
        #: The last frame, when the process has ended.
        self.last = b""

    def computed(self) -> int:
        """The time that its process has computed, in microseconds: that of its clock, whose number is made of the process's."""
        return clock_gettime_ns((~self.process << 3) | 2) // 1_000

    def tell(self) -> bool:
        """Sends the last frame. Returns whether nothing is left to do."""
        try:
            self.last = self.last[self.link.send(self.last, _AT_ONCE) :]
        except BlockingIOError:
            return False
        except OSError:
            return True
        return not self.last


class Warden:
    """The parent of the template."""

    def __init__(self, control: int, channel: _socket.socket, template: int) -> None:
        self._control = _raw_socket(_socket.AF_UNIX, _socket.SOCK_STREAM, 0, control)
        self._channel, self._template = channel, template
        #: By the descriptors of their processes, and of their sockets.
        self._alive: dict[int, Run] = {}
        self._linked: dict[int, Run] = {}
        self._handle = os.pidfd_open(template)
        self._poll = select.poll()
        self._poll.register(control, _IN)
        self._poll.register(self._handle, _IN)

    def serve(self) -> NoReturn:
        """Until the template ends: it does when the simulator's control socket has ended, and the last run."""
        while True:
            for descriptor, _ in self._poll.poll(self._patience()):
                if descriptor == self._control.fileno():
                    self._take()
                elif descriptor == self._handle:
                    _, status = waitpid(self._template, 0)
                    _exit(max(os.waitstatus_to_exitcode(status), 0) or int(status != 0))
                elif descriptor in self._alive:
                    self._bury(self._alive.pop(descriptor))
                elif descriptor in self._linked:
                    self._news(self._linked[descriptor])
            for run in self._alive.values():
                if run.kill_at is not None and run.kill_at <= monotonic():
                    kill(run.process, _KILL)
            if self._control.fileno() < 0 and not self._linked:
                self._channel.close()

    def _patience(self) -> float | None:
        """Milliseconds until the first run's patience ends."""
        ends = [run.kill_at for run in self._alive.values() if run.kill_at is not None]
        return max(0.0, 1 + 1000 * (min(ends) - monotonic())) if ends else None

    def _take(self) -> None:
        """Takes a request, and has the template fork."""
        descriptor = received(self._control)
        if descriptor is None:
            self._poll.unregister(self._control)
            self._control.close()
            return
        self._channel.sendmsg([bytes([FORK])], [(_SOCKET_LEVEL, _RIGHTS, array.array("i", [descriptor]))])
        run = Run(self._asked(), descriptor)
        self._alive[run.handle] = self._linked[descriptor] = run
        self._poll.register(run.handle, _IN)
        self._poll.register(descriptor, _HUP)

    def _asked(self) -> int:
        """A number that the template, or its fork, answers."""
        answer = self._channel.recv(_NUMBER)
        if len(answer) < _NUMBER:
            _exit(1)
        return int.from_bytes(answer, "little")

    def _news(self, run: Run) -> None:
        """The simulator is gone, and the run ends; or the process is, and its last frame has room."""
        if run.last:
            self._finish(run)
        else:
            # It writes the stacks of its threads into its output first, if it still can.
            kill(run.process, _ABORT)
            run.kill_at = monotonic() + _PATIENCE
            self._poll.unregister(run.descriptor)

    def _bury(self, run: Run) -> None:
        """The process of a run has ended."""
        self._poll.unregister(run.handle)
        os.close(run.handle)
        computed = run.computed()
        self._channel.send(bytes([BURY]) + run.process.to_bytes(_NUMBER, "little"))
        status = self._asked()
        _end_orphans(self._template)
        run.last = wire.frame(wire.ENDED, wire.i32(status), wire.u64(computed))
        self._poll.register(run.descriptor, _OUT)
        self._finish(run)

    def _finish(self, run: Run) -> None:
        if run.tell():
            self._poll.unregister(run.descriptor)
            del self._linked[run.descriptor]
            run.link.close()


def _end_orphans(template: int) -> None:
    """Kills the processes that a run has left behind. There are none, unless code in C has forked."""
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as children:
        for child in map(int, children.read().split()):
            if child != template:
                kill(child, _KILL)
                waitpid(child, 0)
