"""The driver: the main thread carries out the host's calls, and reports each call and its return.

After a return it asks the simulator at once: the host may call again at the same moment. A handler of SIGTERM that belongs to the host is
a loop of the same kind inside the call that it interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from traceback import print_exc
from types import FrameType

from ..adapter import Adapter, Turn, Unsure
from . import signals, wire
from .scheduler import scheduler
from .start import Start

CALLED, RETURNED, ANSWERED, RAISED, UNSURE, HANDLING = range(6)
_TERM = 15
#: An answer or an error is cut here.
_TEXT_MAX = 1_000_000
#: The arguments of the calls that take texts and nothing else, in the order of their parameters.
_PARAMETERS = {
    "initialize": ("session",),
    "prefetch": ("session",),
    "switch": ("old", "new", "adoption"),
    "new_session": ("old", "new"),
    "compress": ("old", "new"),
    "undo": ("session", "identity"),
    "end": ("session",),
    "flush_pending": (),
    "shutdown": (),
    "reinitialize": ("session",),
}


class Call:
    """A call of the host."""

    __slots__ = ("number", "agent", "name", "arguments")

    def __init__(self, fields: wire.Fields) -> None:
        self.number = fields.u32()
        self.agent, self.name = fields.text(), fields.text()
        self.arguments = dict(fields.pairs())
        fields.end()


class Driver:
    """The agents of this process, and the calls that wait."""

    #: Set before `run`. Calls may arrive before: an import takes time, too.
    adapter: type[Adapter]

    def __init__(self, start: Start) -> None:
        self._longest = start.limit
        self._options: Mapping[str, str] = dict(start.options)
        self._agents: dict[str, Adapter] = {}
        self._calls: list[Call] = []
        if start.handles_sigterm:
            signals.handlers[_TERM] = self._on_sigterm

    def take(self, fields: wire.Fields) -> None:
        """The simulator has a call."""
        self._calls.append(Call(fields))

    def run(self) -> None:
        """Carries out calls until the host lets the process end. Returns if the process is to fall off its script's end."""
        while True:
            call = self._next_call()
            if call.name == "exit":
                return self._leave(call)
            self._carry_out(call)

    def _next_call(self) -> Call:
        """The host may call again at this moment. Its thread then goes on, as code does that makes two calls in a row."""
        scheduler.limit = wire.NEVER
        if not self._calls:
            scheduler.ask_now()
        if self._calls:
            scheduler.point("host")
        else:
            scheduler.block(self._has_calls, None, "host wait")
        # A loop that polls would hide a deadlock of this call. Between calls the host may wait for days.
        scheduler.limit = scheduler.now + self._longest
        return self._calls.pop(0)

    def _has_calls(self) -> bool:
        return bool(self._calls)

    def _carry_out(self, call: Call) -> None:
        _report(call.number, CALLED, call.name)
        # A crash in the call must not take this message with it.
        scheduler.link.flush()
        try:
            answer = self._perform(call)
        except Unsure as error:
            _report(call.number, UNSURE, str(error))
        except Exception as error:
            print_exc()
            _report(call.number, RAISED, f"{type(error).__name__}: {error}")
        else:
            _report(call.number, RETURNED if answer is None else ANSWERED, answer or "")
        # The host goes on at this very moment.
        scheduler.lower_horizon(0)

    def _perform(self, call: Call) -> str | None:
        arguments = call.arguments
        if call.name == "stop":
            self.adapter.stop(list(self._agents.values()))
            return None
        if call.name == "initialize":
            agent = self._agents[call.agent] = self.adapter(self._options)
        else:
            agent = self._agents[call.agent]
        if call.name in ("turn", "warm_up"):
            turn = Turn(arguments["identity"], arguments["session"], arguments["user"], arguments["assistant"], "interrupted" in arguments)
            getattr(agent, call.name)(turn)
            return None
        if call.name == "wedge":
            agent.wedge(float(arguments["seconds"]))
            return None
        answer = getattr(agent, call.name)(*[arguments[name] for name in _PARAMETERS[call.name]])
        return answer if isinstance(answer, str) else None

    def _leave(self, call: Call) -> None:
        how, code = call.arguments.get("how", "return"), int(call.arguments.get("code", "0"))
        _report(call.number, CALLED, "exit")
        for agent in list(self._agents.values()):
            agent.leave(how)
        if how == "os_exit":
            os._exit(code)
        if how == "exit" or code:
            sys.exit(code)

    def _on_sigterm(self, signum: int, frame: FrameType | None) -> None:
        """The host's handler. Its calls come from the simulator; it ends with `resume` or with an exit."""
        _report(0, HANDLING, str(signum))
        scheduler.lower_horizon(0)
        while True:
            call = self._next_call()
            if call.name == "resume":
                return
            if call.name == "exit":
                self._leave(call)
                sys.exit(0)
            self._carry_out(call)


def _report(call: int, phase: int, text: str) -> None:
    number = scheduler.me().number
    scheduler.link.send(wire.OP, wire.u64(scheduler.now), wire.u32(number), wire.u32(call), wire.u8(phase), wire.text(text[:_TEXT_MAX]))
