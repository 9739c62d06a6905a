"""A run, from START to the interpreter's end: the child's settings, the simulator's events, and the host's calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from os import _exit
from traceback import format_exc
from typing import NoReturn

from ..adapter import Adapter, hearers
from . import chance, clock, collector, connections, exits, fence, files, imports, install, logs, resolver, signals, wire
from .driver import Driver
from .link import Link
from .priorities import Priorities
from .schedule import Schedule
from .scheduler import scheduler
from .start import Start
from .listening import real_pid as _real_pid

_VERSION = ".".join(map(str, sys.version_info[:3]))


def live(link: Link, find_adapter: Callable[[], type[Adapter]]) -> None:
    """The run. Returns when the process is to end by itself."""
    link.send(wire.HELLO, wire.u16(wire.VERSION), wire.text(_VERSION), wire.u32(_real_pid()))
    link.flush()
    kind, fields = link.receive()
    try:
        if kind != wire.START:
            raise wire.Garbage(f"the first frame is {kind:#x}, not START")
        start = Start(fields)
    except wire.Garbage as error:
        _fail(link, f"the shim cannot read START: {error}")
    try:
        _settle(start)
    except OSError as error:
        _fail(link, f"the run has no folder: {error}")
    _begin(link, start)
    driver = Driver(start)
    scheduler.fail = partial(_fail, link)
    scheduler.event = partial(_event, driver)
    hearers.append(partial(scheduler.note, logs.TAKEN))
    try:
        driver.adapter = find_adapter()
    except Exception:
        _fail(link, format_exc())
    install.hide()
    try:
        driver.run()
    except BaseException as error:
        exits.note_code(error)
        raise


def _settle(start: Start) -> None:
    """Puts the process into its folder, with its output and its environment."""
    if start.folder:
        os.makedirs(os.path.join(start.folder, "tmp"), exist_ok=True)
    for descriptor in (1, 2) if start.output else ():
        file = os.open(start.output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.dup2(file, descriptor)
        os.close(file)
    if start.folder:
        os.chdir(start.folder)
        os.environ["TMPDIR"] = os.path.join(start.folder, "tmp")
        os.environ["HOME"] = start.folder
    for name, value in start.environment:
        os.environ[name] = value


def _begin(link: Link, start: Start) -> None:
    """From here on the simulator owns the time, and the schedule the threads."""
    clock.Clock.epoch, clock.Clock.cost = start.epoch, start.clock_cost
    imports.cost[0] = start.import_cost
    connections.ahead[0] = start.ahead
    resolver.hosts.update(start.hosts)
    files.pid[0] = start.pid
    chance.begin(start.seed)
    scheduler.link = link
    scheduler.now, scheduler.trace = start.now, start.trace
    scheduler.schedule = _schedule(start)
    scheduler.horizon = max(start.horizon, start.now + 1)
    scheduler.runs_since(start.now)
    scheduler.line_cost = start.point_cost
    _plan_strikes(sorted(start.strikes))
    collector.begin()
    scheduler.look_ahead()
    exits.end_level[0] = start.end_level
    exits.begin()
    fence.close()
    scheduler.active = True


def _schedule(start: Start) -> Schedule:
    if start.depth > 0:
        return Priorities(start.schedule_seed, start.tapes, start.depth, start.steps)
    return Schedule(start.schedule_seed, start.tapes, start.draws, start.point_odds, start.line_odds)


def _plan_strikes(strikes: list[tuple[int, int]]) -> None:
    """Signals at certain points of the schedule."""

    def strike() -> None:
        _, signum = strikes.pop(0)
        scheduler.strike_at = strikes[0][0] if strikes else wire.NEVER
        scheduler.look_ahead()
        if signum == 9:
            signals.die("killed", signum)
        scheduler.pending.append(signum)

    if strikes:
        scheduler.strike_at, scheduler.strike = strikes[0][0], strike


def _event(driver: Driver, kind: int, fields: wire.Fields) -> None:
    if kind == wire.CALL:
        driver.take(fields)
    elif kind == wire.SIGNAL:
        signum = fields.u8()
        fields.end()
        scheduler.pending.append(signum)
    elif kind == wire.KILL:
        fields.end()
        signals.die("killed", 9)
    elif kind == wire.HALT:
        reason = fields.text()
        fields.end()
        scheduler.halt(reason)
    elif wire.ACCEPTED <= kind <= wire.RESET:
        connections.event(kind, fields)
    else:
        raise wire.Garbage(f"a frame of kind {kind:#x} has no meaning here")


def _fail(link: Link, text: str) -> NoReturn:
    link.send(wire.FAILED, wire.text(text))
    link.flush()
    sys.stderr.flush()
    _exit(95)
