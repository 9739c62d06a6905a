"""The test's simulator: starts templates, speaks the protocol, and keeps everything that a child sent."""

from __future__ import annotations

import array
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from typing import Any

from forget_me_not.shim import wire
from tests.world import World

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = os.environ.get("FORGET_ME_NOT_PYTHON", sys.executable)
MS, SECOND = 1_000_000, 1_000_000_000
REASONS = ("exit", "os_exit", "killed", "signaled", "not simulated", "halted")


class Broken(Exception):
    """A template or a child could not start."""


def receive(stream: socket.socket, buffer: bytearray) -> tuple[int, wire.Fields] | None:
    """The next frame; `None` at the end of the stream."""
    while True:
        found = wire.split(bytes(buffer), 0)
        if found is not None:
            kind, body, end = found
            del buffer[:end]
            return kind, wire.Fields(body)
        more = stream.recv(1 << 20)
        if not more:
            return None
        buffer += more


class Result:
    """What a run left behind."""

    def __init__(self) -> None:
        self.trace: list[str] = []
        self.ops: list[tuple[int, str, str]] = []
        self.notes: list[str] = []
        self.reason = ""
        self.text = ""
        self.code = 0
        self.time = 0
        self.points = self.switches = self.digest = 0
        self.made: list[tuple[int, int, int, int, str]] = []
        self.status = -1
        self.microseconds = 0
        self.refused: tuple[str, str, int, str] | None = None
        self.failed = ""
        self.asked = 0
        self.output = ""
        self.world: World = World({})

    @property
    def exit_code(self) -> int:
        """As a shell tells it: negative for a signal."""
        return os.waitstatus_to_exitcode(self.status)

    def answers(self) -> list[str]:
        """The answers and errors of the calls."""
        return [text for _, phase, text in self.ops if phase in ("answered", "raised")]


class Template:
    """A template process."""

    def __init__(self, adapter: str, *options: str, python: str = PYTHON) -> None:
        mine, theirs = socket.socketpair()
        self.control, self.python = mine, python
        self.folder = tempfile.mkdtemp(prefix="fmn-")
        self._errors = open(os.path.join(self.folder, "template.txt"), "w+", encoding="utf-8")
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.folder}
        self.process = subprocess.Popen(
            [python, "-S", os.path.join(ROOT, "launch.py"), "--adapter", adapter, *options],
            stdin=theirs.fileno(), stdout=self._errors, stderr=self._errors, env=environment,
        )  # fmt: skip
        theirs.close()
        first = receive(mine, bytearray())
        if first is None:
            errors = self.errors()
            self.close()
            raise Broken(f"the template ended: {errors}")
        kind, fields = first
        if kind == wire.FAILED:
            self.close()
            raise Broken(fields.text())
        assert kind == wire.READY, kind
        assert fields.u16() == wire.VERSION
        self.version, self.pid, self.flags = fields.text(), fields.u32(), fields.u8()
        self.capabilities = [fields.text() for _ in range(fields.u32())]
        self.provider = (fields.text(), fields.text(), fields.u16())
        fields.end()

    def errors(self) -> str:
        """What the template wrote."""
        self._errors.seek(0)
        return self._errors.read()

    def start(self) -> socket.socket:
        """Asks for a child."""
        mine, theirs = socket.socketpair()
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
        self.control.sendmsg([b"F"], rights)
        theirs.close()
        mine.settimeout(20)
        return mine

    def run(self, world: World, **settings: Any) -> Result:
        """A whole run."""
        folder = os.path.join(self.folder, "run")
        if not settings.pop("keep", False):
            shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, exist_ok=True)
        with self.start() as stream:
            result = Peer(stream, world, folder, settings).serve()
        path = os.path.join(folder, "output.txt")
        if os.path.exists(path):
            with open(path, encoding="utf-8", errors="replace") as file:
                result.output = file.read()
        return result

    def close(self) -> None:
        """Ends the template."""
        self.control.close()
        self.process.wait(10)
        self._errors.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_frame(folder: str, settings: dict[str, Any]) -> bytes:
    """START."""
    get = settings.get

    def pairs(items: Any) -> bytes:
        return wire.u32(len(items)) + b"".join(wire.text(key) + wire.text(value) for key, value in items)

    tape, forced, strikes = get("tape", ()), get("forced", ()), get("strikes", ())
    return wire.frame(
        wire.START,
        wire.u16(get("version", wire.VERSION)),
        wire.u64(0),
        wire.u64(1),
        wire.u64(1_785_000_000 * SECOND),
        wire.u64(get("ahead", 200_000)),
        wire.u64(get("limit", 3600 * SECOND)),
        wire.u32(1000),
        wire.u32(get("point_cost", 0)),
        wire.u32(get("import_cost", 0)),
        wire.u32(4242),
        wire.u64(get("seed", 0)),
        wire.u64(get("schedule_seed", get("seed", 0))),
        wire.u8(get("draws", 1)),
        wire.u32(get("p", 100_000)),
        wire.u32(get("line_p", 0)),
        wire.u32(get("depth", 0)),
        wire.u32(get("steps", 0)),
        wire.u8(1),
        wire.u8(get("handles_sigterm", 0)),
        wire.u8(get("end_level", 0)),
        wire.text(folder),
        wire.text(os.path.join(folder, "output.txt")),
        pairs(get("environment", ())),
        pairs([("hindsight", "10.0.0.2")]),
        pairs(list(get("options", {}).items())),
        wire.u32(len(strikes)) + b"".join(wire.u64(point) + wire.u8(signum) for point, signum in strikes),
        wire.u32(len(tape)) + b"".join(wire.u8(track) + wire.u32(gap) + wire.u32(choice) for track, gap, choice in tape),
        wire.u32(len(forced)) + b"".join(wire.u64(step) + wire.u32(choice) for step, choice in forced),
    )


class Peer:
    """Serves one child."""

    def __init__(self, stream: socket.socket, world: World, folder: str, settings: dict[str, Any]) -> None:
        self.stream, self.world = stream, world
        self.result = Result()
        self.result.world = world
        self._start = start_frame(folder, settings)
        self._handlers = {
            wire.CONNECT: self._connect, wire.SEND: self._send, wire.CLOSE: self._close, wire.OP: self._op, wire.NOTE: self._note,
            wire.IDLE: self._idle, wire.REFUSED: self._refused, wire.BYE: self._bye, wire.ENDED: self._ended, wire.FAILED: self._failed,
            wire.HELLO: self._hello,
        }  # fmt: skip

    def serve(self) -> Result:
        """Until the child's process has ended."""
        self.stream.sendall(self._start)
        buffer = bytearray()
        while self.result.status == -1:
            found = receive(self.stream, buffer)
            if found is None:
                raise Broken("the socket ended before the process")
            kind, fields = found
            self._handlers[kind](fields)
        return self.result

    def _hear(self, fields: wire.Fields) -> int:
        now = fields.u64()
        self.world.advance(now)
        self.result.time = max(self.result.time, now)
        return now

    def _log(self, now: int, *parts: object) -> None:
        self.result.trace.append(f"{now} " + " ".join(map(str, parts)))

    def _hello(self, fields: wire.Fields) -> None:
        assert fields.u16() == wire.VERSION
        fields.text(), fields.u32()
        fields.end()

    def _connect(self, fields: wire.Fields) -> None:
        now = self._hear(fields)
        number, host, port = fields.u32(), fields.text(), fields.u16()
        fields.end()
        self._log(now, "connect", number, host, port)
        self.world.connect(number, host, port)

    def _send(self, fields: wire.Fields) -> None:
        now = self._hear(fields)
        number, payload = fields.u32(), fields.data()
        fields.end()
        self._log(now, "send", number, payload)
        self.world.send(number, payload)

    def _close(self, fields: wire.Fields) -> None:
        now = self._hear(fields)
        number, how = fields.u32(), fields.u8()
        fields.end()
        self._log(now, "close", number, how)
        self.world.close(number, how)

    def _op(self, fields: wire.Fields) -> None:
        now = self._hear(fields)
        thread, number = fields.u32(), fields.u32()
        phase = ("called", "returned", "answered", "raised", "unsure", "handling")[fields.u8()]
        text = fields.text()
        fields.end()
        self._log(now, "op", thread, number, phase, text)
        self.result.ops.append((now, phase, text))
        self.world.op(phase, text)

    def _note(self, fields: wire.Fields) -> None:
        now = self._hear(fields)
        thread, kind, text = fields.u32(), fields.u8(), fields.text()
        fields.end()
        self._log(now, "note", thread, kind, text)
        if kind:
            self.result.notes.append(text)

    def _idle(self, fields: wire.Fields) -> None:
        now = self._hear(fields)
        next_one = fields.u64()
        fields.end()
        self.result.asked += 1
        events, time, horizon = self.world.wait(now, next_one)
        self.stream.sendall(b"".join(events) + wire.frame(wire.TIME, wire.u64(time), wire.u64(horizon)))

    def _refused(self, fields: wire.Fields) -> None:
        self._hear(fields)
        fields.u32()
        self.result.refused = (fields.text(), fields.text(), fields.u32(), fields.text())
        fields.end()

    def _bye(self, fields: wire.Fields) -> None:
        now = self._hear(fields)
        result = self.result
        result.reason, result.code, result.text = REASONS[fields.u8()], fields.i32(), fields.text()
        result.points, result.switches, _, result.digest = fields.u64(), fields.u64(), fields.u32(), fields.u32()
        labels = [fields.text() for _ in range(fields.u32())]
        for _ in range(fields.u32()):
            track, gap, choice, alternatives, label = fields.u32(), fields.u32(), fields.u32(), fields.u32(), fields.u32()
            result.made.append((track, gap, choice, alternatives, labels[label]))
        fields.end()
        self._log(now, "bye", result.reason, result.code, result.points, result.digest)

    def _failed(self, fields: wire.Fields) -> None:
        self.result.failed = fields.text()

    def _ended(self, fields: wire.Fields) -> None:
        self.result.status, self.result.microseconds = fields.i32(), fields.u64()
        fields.end()
        self._log(0, "ended", self.result.status)
        self.world.gone()
