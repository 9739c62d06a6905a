"""Who runs: one OS thread for each Python thread, one baton, and a clock that the simulator advances.

Only the thread with the baton runs. It passes the baton on where it has to wait (`block`) and, sometimes, where it does not (`point`). When
no thread can run, the clock jumps to the next deadline, or the simulator is asked. There are no queues of waiters: a wait is a predicate,
and which of several woken threads goes on is a choice of the schedule.

Deliberately absent: what is waited for. That is in `locks`, `polling`, `clock` and `connections`.
"""

from __future__ import annotations

import sys
from _thread import allocate_lock, get_ident
from collections.abc import Callable
from os import access, sched_yield
from typing import NoReturn
from zlib import crc32

from . import wire
from .link import Link
from .refusals import refuse
from .schedule import GIVES_WAY, LINE, POINT, Schedule

#: How long a thread runs before others get their turn (`sys.setswitchinterval`), in ns.
SWITCH_INTERVAL = 5_000_000
MILLISECOND = 1_000_000
_SECOND = 1_000_000_000
_finalizing = sys.is_finalizing


def _never() -> bool:
    return False


class Thread:
    """A thread of the process, as the scheduler sees it."""

    __slots__ = ("number", "name", "baton", "os_ident", "native", "ready", "deadline", "label", "done", "ended", "sentinel")

    def __init__(self, number: int, name: str) -> None:
        self.number = number
        self.name = name
        self.baton = allocate_lock()
        self.baton.acquire()
        #: Its id for the operating system, and the kernel's.
        self.os_ident = 0
        self.native = 0
        #: What it waits for, until when, and where. No predicate: it can run.
        self.ready: Callable[[], object] | None = None
        self.deadline: int | None = None
        self.label = "start"
        self.done = False
        #: A raw lock that C code releases when the thread's state is cleared.
        self.ended: object = None
        #: What `threading` joins.
        self.sentinel: object = None


class Scheduler:
    """The threads of this process and its clock, in ns since the world began."""

    def __init__(self) -> None:
        self.main = Thread(1, "MainThread")
        self.main.os_ident = get_ident()
        self.current = self.main
        #: Threads that have not ended. The one that ran last is last.
        self.threads = [self.main]
        self.started = 1
        self.now = 0
        self.horizon = wire.NEVER
        self.limit = wire.NEVER
        self.since = 0
        #: Until when the running thread needs neither the simulator nor to give way.
        self.calm_until = 0
        self.active = False
        self.points = 0
        self.switches = 0
        self.digest = 0
        self.trace = False
        #: The next step at which garbage is collected, a signal strikes, or a choice is on the tape or forced.
        self.stop_at = wire.NEVER
        #: The point at which the next planned signal strikes, and what then happens.
        self.strike_at = wire.NEVER
        self.strike: Callable[[], None] = lambda: None
        #: Signals that wait for the main thread, and how it handles them.
        self.pending: list[int] = []
        self.handle_signals: Callable[[], None] = lambda: None
        #: What a compiled-in point costs in ns; below 0: it does nothing.
        self.line_cost = -1
        #: Garbage is collected at every so many points.
        self.collect_at = wire.NEVER
        self.collect: Callable[[], None] = lambda: None
        #: Reads one event of the simulator.
        self.event: Callable[[int, wire.Fields], None] = lambda kind, fields: None
        #: How the run ends when it cannot go on, and when the simulator sends garbage.
        self.halt: Callable[[str], NoReturn]
        self.fail: Callable[[str], NoReturn]
        self.link: Link
        self.schedule: Schedule
        self._leaver: Thread | None = None

    # Who is asking.

    def me(self) -> Thread:
        """The thread that runs. Threads of C code that call back into Python have no baton: they are refused."""
        current = self.current
        ident = get_ident()
        if ident == current.os_ident:
            return current
        leaver = self._leaver
        if leaver is not None and ident == leaver.os_ident:
            return leaver
        refuse("a thread of C code that calls Python")

    # Switch points.

    def point(self, place: str | int, which: int = POINT) -> None:
        """A place where another thread may go on, though nothing blocks. `place` is its label, or its line."""
        if not self.active:
            return
        waits = self.schedule.waits
        step = self.points + 1
        if (
            waits[which] > 1
            and step < self.stop_at
            and self.now < self.calm_until
            and not self.pending
            and get_ident() == self.current.os_ident
        ):
            # Nearly all points are such ones, and there are thousands.
            waits[which] -= 1
            self.points = step
            return
        self._visit(place, which)

    def look_ahead(self) -> None:
        """Until which step nothing is planned."""
        self.stop_at = min(self.collect_at, self.strike_at, self.schedule.forced_at, self.schedule.step_at)

    def line(self, number: int) -> None:
        """A point that is compiled into code, before the statement in this line."""
        cost = self.line_cost
        if cost < 0:
            return
        now = self.now = self.now + cost
        if not self.active:
            return
        waits = self.schedule.waits
        step = self.points + 1
        # As in `point`, whose call would cost as much again.
        if waits[LINE] > 1 and step < self.stop_at and now < self.calm_until and not self.pending and get_ident() == self.current.os_ident:
            waits[LINE] -= 1
            self.points = step
            return
        self._visit(number, LINE)

    def _visit(self, place: str | int, which: int) -> None:
        """A point at which something may happen."""
        label = place if isinstance(place, str) else f"line {place}"
        if _finalizing():
            return
        me = self.me()
        if me.done:
            return
        self.points += 1
        if self.points >= self.collect_at:
            self.collect()
        if self.points >= self.strike_at:
            self.strike()
        if self.now >= self.horizon:
            self.ask(self.now)
        if self.pending and me is self.main:
            self.handle_signals()
        if self.schedule.due(which, self.points):
            self._preempt(me, which, label)
        elif self.now - self.since > SWITCH_INTERVAL:
            self.runs_since(self.now)
            others = self._others(me)
            if others:
                self._pass(me, others[self.schedule.pick(others, "interval") if len(others) > 1 else 0], label)

    def _preempt(self, me: Thread, which: int, label: str) -> None:
        """Lets the schedule preempt the running thread: another one goes on, or it stands still and time passes."""
        others = self._others(me)
        chosen = self.schedule.preempt(which, self.points, me, others, label)
        self.look_ahead()
        if chosen > GIVES_WAY:
            me.ready, me.deadline, me.label = _never, self.now + (chosen - GIVES_WAY) * MILLISECOND, label
            try:
                self._pass(me, self._next(me, label), label)
            finally:
                me.ready = me.deadline = None
        elif chosen:
            self._pass(me, others[self.schedule.pick(others, label) if len(others) > 1 else 0], label)

    def block(self, ready: Callable[[], object], timeout: float | None, label: str) -> bool:
        """Waits until `ready()`, at most `timeout` seconds. Returns whether it is ready."""
        if not self.active:
            return self._wait_alone(ready, timeout, label)
        me = self.me()
        if me.done:
            refuse("a wait in a destructor that runs after its thread's end")
        self.points += 1
        if self.points >= self.collect_at:
            self.collect()
        if self.points >= self.strike_at:
            self.strike()
        if self.points >= self.schedule.step_at or self.points >= self.schedule.forced_at:
            self._preempt(me, POINT, label)
        deadline = None if timeout is None or timeout < 0 else self.now + int(timeout * _SECOND)
        while True:
            if self.pending and me is self.main:
                self.handle_signals()
            me.ready, me.deadline, me.label = ready, deadline, label
            try:
                self._pass(me, self._next(me, label), label)
            finally:
                me.ready = me.deadline = None
            if ready():
                return True
            if deadline is not None and self.now >= deadline:
                return False

    def leave(self, me: Thread) -> None:
        """The running thread has ended. Passes the baton on, without waiting for it."""
        me.done = True
        self.threads.remove(me)
        chosen = self._next(me, "end")
        self._note_switch(me, chosen, "end")
        self._leaver = me
        self.runs_since(self.now)
        self.current = chosen
        chosen.baton.release()

    def _others(self, me: Thread) -> list[Thread]:
        return [thread for thread in self._runnable(self.threads) if thread is not me]

    def _runnable(self, threads: list[Thread]) -> list[Thread]:
        now, signaled = self.now, self.main if self.pending else None
        return [
            thread
            for thread in threads
            if thread.ready is None or (thread.deadline is not None and now >= thread.deadline) or thread is signaled or thread.ready()
        ]

    def _next(self, me: Thread, label: str) -> Thread:
        """The thread that goes on when `me` waits. Lets time pass until there is one."""
        while True:
            threads = [self.main] if _finalizing() else self.threads
            runnable = self._runnable(threads)
            if runnable and self.now < self.horizon:
                break
            if runnable:
                self.ask(self.now)
                continue
            self._wait_for_time([thread.deadline for thread in threads if thread.deadline is not None])
        if len(runnable) == 1:
            return runnable[0]
        return runnable[self.schedule.pick(runnable, label)]

    def _pass(self, me: Thread, chosen: Thread, label: str) -> None:
        """Gives the baton to another thread and waits to get it back."""
        self._note_switch(me, chosen, label)
        self.runs_since(self.now)
        if chosen is me:
            return
        threads = self.threads
        threads.remove(me)
        threads.append(me)
        wait = me.baton.acquire
        self.current = chosen
        chosen.baton.release()
        wait()
        self.arrived()

    def arrived(self) -> None:
        """The running thread just got the baton. If it comes from a thread that has ended, that one must be gone first."""
        leaver = self._leaver
        if leaver is not None:
            leaver.ended.acquire()  # type: ignore[attr-defined]
            entry = f"/proc/self/task/{leaver.native}"
            while access(entry, 0):
                sched_yield()
            self._leaver = None

    def _note_switch(self, me: Thread, chosen: Thread, label: str) -> None:
        self.switches += 1
        line = f"{self.now} {me.number} {label} {chosen.number}"
        self.digest = crc32(line.encode(), self.digest)
        if self.trace:
            self.note(0, f"{label} -> {chosen.number}")

    # Time.

    def tick(self, ns: int) -> int:
        """The clock was read, or work was done, which takes `ns`. Returns the time."""
        if get_ident() != self.current.os_ident:
            self.me()
        self.now += ns
        if self.now - self.since > SWITCH_INTERVAL and self.active:
            self._check_limit()
            self.point("clock")
        return self.now

    def _wait_for_time(self, deadlines: list[int]) -> None:
        next_one = min(deadlines) if deadlines else wire.NEVER
        if next_one >= self.horizon:
            self.ask(next_one)
        else:
            self.now = max(self.now, next_one)
            self._check_limit()

    def ask_now(self) -> None:
        """Asks what the simulator answers at this moment, before another thread runs."""
        self.ask(self.now)
        if self.pending and self.me() is self.main:
            self.handle_signals()

    def ask(self, next_one: int) -> None:
        """Tells the simulator that nothing can go on before `next_one`. It says what time it is, and what has happened."""
        link = self.link
        link.send(wire.IDLE, wire.u64(self.now), wire.u64(next_one))
        link.flush()
        link.asked += 1
        events = []
        try:
            kind, fields = link.receive()
            while kind != wire.TIME:
                events.append((kind, fields))
                kind, fields = link.receive()
            now, horizon = fields.u64(), fields.u64()
            fields.end()
            self.now = max(self.now, now)
            self.set_horizon(max(horizon, self.now + 1))
            for kind, fields in events:
                self.event(kind, fields)
        except wire.Garbage as error:
            self.fail(f"the shim cannot read what the simulator sent: {error}")
        self._check_limit()

    def _check_limit(self) -> None:
        if self.now > self.limit:
            self.halt("limit")

    def lower_horizon(self, ahead: int) -> None:
        """Something was sent, and the world may answer `ahead` later."""
        self.set_horizon(min(self.horizon, self.now + ahead))

    def set_horizon(self, horizon: int) -> None:
        """Nothing happens to this process before."""
        self.horizon = horizon
        self.runs_since(self.since)

    def runs_since(self, since: int) -> None:
        """The running thread got its turn then."""
        self.since = since
        self.calm_until = min(self.horizon, since + SWITCH_INTERVAL + 1) if self.schedule.skips else 0

    def _wait_alone(self, ready: Callable[[], object], timeout: float | None, label: str) -> bool:
        """A wait in the template, where there is one thread and no world."""
        if ready():
            return True
        if timeout is None or timeout < 0:
            refuse(f"a wait for ever while the agent is imported ({label})")
        self.now += int(timeout * _SECOND)
        return bool(ready())

    # Reports.

    def note(self, kind: int, text: str) -> None:
        """Tells the simulator something that changes nothing."""
        if self.active:
            self.link.send(wire.NOTE, wire.u64(self.now), wire.u32(self.me().number), wire.u8(kind), wire.text(text[:1000]))


#: The scheduler of this process.
scheduler = Scheduler()
