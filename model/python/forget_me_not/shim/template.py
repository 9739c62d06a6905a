"""The template: a process that has imported the agent once, and forks for each run.

Its heap must not depend on the runs before, because addresses decide the order of some sets: it does the same few things for each run, and
keeps nothing. What differs from run to run (reading requests, waiting for several ends, telling the simulator) is done by the `warden`, its
parent.
"""

from __future__ import annotations

import gc
import os
import sys
import traceback
from collections.abc import Callable
from importlib import import_module, util
from os import _exit, pipe, read, write

from ..adapter import Adapter, capabilities, points_in
from . import chance, child, destructors, install, listening, pages, wire
from .link import Link
from .scheduler import scheduler

#: Before a run begins the clock stands ten seconds before the world's beginning.
_EARLIER = -10_000_000_000


class Options:
    """The command line of `launch.py`."""

    def __init__(self, arguments: list[str]) -> None:
        self.adapter = ""
        self.cold = False
        self.imports: list[str] = []
        rest = iter(arguments)
        for argument in rest:
            if argument == "--adapter":
                self.adapter = next(rest, "")
            elif argument == "--path":
                sys.path.insert(1, next(rest, ""))
            elif argument == "--points":
                points_in(next(rest, ""))
            elif argument == "--import":
                self.imports.append(next(rest, ""))
            elif argument == "--cold":
                self.cold = True
            else:
                raise ValueError(f"unknown option {argument}")
        if not self.adapter:
            raise ValueError("--adapter FILE is missing")


def load(name: str) -> type[Adapter]:
    """The adapter of a file, or one that comes with the shim."""
    own = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), f"{name}.py")
    file = own if os.path.exists(own) and "/" not in name else os.path.abspath(name)
    points_in(file)
    spec = util.spec_from_file_location("agent_under_test", file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not a Python file")
    module = util.module_from_spec(spec)
    sys.modules["agent_under_test"] = module
    spec.loader.exec_module(module)
    found = [
        one
        for key, one in vars(module).items()
        if isinstance(one, type) and issubclass(one, Adapter) and one is not Adapter and not key.startswith("_")
    ]
    if len(found) != 1:
        raise ImportError(f"{file} defines {len(found)} adapters, not one")
    return found[0]


def serve(talk: Link, channel: int, options: Options, fixed: int) -> None:
    """Imports the agent and forks. Returns only in a child whose run has come to its end."""
    scheduler.now = _EARLIER
    chance.begin(0)
    loaded: list[type[Adapter]] = []
    try:
        if not options.cold:
            loaded.append(load(options.adapter))
            for name in options.imports:
                import_module(name)
    except BaseException:
        talk.send(wire.FAILED, wire.text(traceback.format_exc()))
        talk.flush()
        raise
    names = [] if options.cold else capabilities(loaded[0])
    protocol, host, port = ("", "", 0) if options.cold else loaded[0].provider
    version = ".".join(map(str, sys.version_info[:3]))
    talk.send(
        wire.READY,
        wire.u16(wire.VERSION),
        wire.text(version),
        wire.u32(listening.real_pid()),
        wire.u8(fixed),
        wire.u32(len(names)),
        *map(wire.text, names),
        wire.text(protocol),
        wire.text(host),
        wire.u16(port),
    )
    talk.flush()

    def find() -> type[Adapter]:
        return loaded[0] if loaded else load(options.adapter)

    _fork_for_ever(channel, find)


def _fork_for_ever(channel: int, find: Callable[[], type[Adapter]]) -> None:
    """One byte wakes the template; its fork takes it out, with the descriptor that comes with it."""
    listening.close_input()
    requests = listening.Listening(channel)
    taken, took = pipe()
    install.prepare_to_hide()
    gc.collect()
    destructors.look_at_template()
    pages.collapse()
    gc.collect()
    gc.freeze()
    requests.rehearse()
    while requests.wait():
        if listening.fork() == 0:
            descriptor = requests.take()
            write(took, b".")
            os.close(taken)
            os.close(took)
            return child.live(Link(descriptor), find)
        read(taken, 1)
    _exit(0)


