"""The fence around C code: system calls that reach the real network, wait for real, or make another process, end the run.

Python code is refused by name. A library in C or Rust that brings its own sockets would really connect, and one that brings its own event
loop would really wait. The kernel stops it (seccomp): the process dies of SIGSYS, with the stacks of its threads in its output. Nothing is fenced on
other machines than x86-64 and 64-bit ARM.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import faulthandler
import os
from ctypes import CDLL, POINTER, Structure, byref, c_ubyte, c_uint, c_ushort, cast

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _ANY, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _TRAP, _NO_SUCH_CALL = 0x7FFF0000, 0x00030000, 0x00050000 | 38
_CALL, _MACHINE, _ARGUMENT = 0, 4, 16
_INET, _INET6, _THREAD = 2, 10, 0x10000
#: By machine: its number, socket, clone, clone3, and what is never allowed: fork, vfork, execve, execveat; then nanosleep, clock_nanosleep,
#: poll, ppoll, select, pselect6, epoll_wait, epoll_pwait, epoll_pwait2.
_MACHINES = {
    "x86_64": (0xC000003E, 41, 56, 435, (57, 58, 59, 322, 35, 230, 7, 271, 23, 270, 232, 281, 441)),
    "aarch64": (0xC00000B7, 198, 220, 435, (221, 281, 101, 115, 73, 72, 22, 441)),
}
_machine = os.uname().machine


class _Instruction(Structure):
    _fields_ = [("code", c_ushort), ("then", c_ubyte), ("otherwise", c_ubyte), ("value", c_uint)]


class _Program(Structure):
    _fields_ = [("length", c_ushort), ("instructions", POINTER(_Instruction))]


def _instructions() -> list[tuple[int, int, int, int]]:
    machine, socket, clone, clone3, never = _MACHINES[_machine]
    found = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _CALL)]
    for number in never:
        found += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _TRAP)]
    # The C library then makes its threads with `clone`, whose flags can be seen.
    found += [(_EQUAL, 0, 1, clone3), (_RETURN, 0, 0, _NO_SUCH_CALL)]
    found += [(_EQUAL, 0, 4, clone), (_LOAD, 0, 0, _ARGUMENT), (_ANY, 0, 1, _THREAD), (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _TRAP)]
    found += [(_EQUAL, 0, 4, socket), (_LOAD, 0, 0, _ARGUMENT), (_EQUAL, 1, 0, _INET), (_EQUAL, 0, 1, _INET6), (_RETURN, 0, 0, _TRAP)]
    return [*found, (_RETURN, 0, 0, _ALLOW)]


def _program() -> _Program | None:
    if _machine not in _MACHINES:
        return None
    found = _instructions()
    return _Program(len(found), cast((_Instruction * len(found))(*(_Instruction(*one) for one in found)), POINTER(_Instruction)))


_fence = _program()
_prctl = CDLL(None).prctl


def close() -> bool:
    """Closes the fence around this process. Returns whether the kernel agreed."""
    faulthandler.enable(file=2, all_threads=True)
    faulthandler.register(_signal.SIGSYS, file=2, all_threads=True, chain=True)
    if _fence is None or _prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    return bool(_prctl(_SECCOMP, _FILTER, byref(_fence), 0, 0) == 0)
