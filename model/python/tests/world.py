"""The test's world: a clock, an event heap, a host that makes calls, and a provider with Hindsight's routes and a few faults."""

from __future__ import annotations

import heapq
import json
import re
from collections.abc import Callable
from typing import Any

from forget_me_not.shim import wire

LATENCY = 200_000
SECOND = 1_000_000_000
_TURN = re.compile(r"S\d+#\d+")


class World:
    """One run's world. `plan`: faults of the provider. Calls are added with `call`, and made one after another."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        self.now = 0
        self._heap: list[tuple[int, int, Callable[[], None]]] = []
        self._sequence = 0
        self.out: list[bytes] = []
        self.open: dict[int, bytearray] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.stored: list[str] = []
        self._calls: list[tuple[int, bytes]] = []
        self._busy = False
        self._number = 0
        self.halted = False

    # The host.

    def call(self, name: str, after: float = 0.0, agent: str = "main", **arguments: str) -> World:
        """A call of an agent, `after` seconds after the one before has returned."""
        self._number += 1
        pairs = wire.u32(len(arguments)) + b"".join(wire.text(key) + wire.text(value) for key, value in arguments.items())
        frame = wire.frame(wire.CALL, wire.u32(self._number), wire.text(agent), wire.text(name), pairs)
        self._calls.append((int(after * SECOND), frame))
        return self

    def turn(self, identity: str, after: float = 0.0, agent: str = "main") -> World:
        """A turn."""
        session = identity.split("#")[0]
        text = {"user": f"{identity} hello", "assistant": f"{identity} fine"}
        return self.call("turn", after, agent, identity=identity, session=session, **text)

    def exit(self, how: str = "return", code: int = 0, after: float = 0.0) -> World:
        """The end of the process."""
        return self.call("exit", after, how=how, code=str(code))

    def frame_at(self, seconds: float, frame: bytes) -> World:
        """Any frame at a time."""
        self.at(int(seconds * SECOND), lambda: self.out.append(frame))
        return self

    def op(self, phase: str, text: str) -> None:
        """A call was made or has returned."""
        if phase in ("returned", "answered", "raised", "unsure", "handling"):
            self._busy = False

    def _next_call(self) -> None:
        if not self._busy and self._calls:
            self._busy = True
            after, frame = self._calls.pop(0)
            self.at(self.now + after, lambda: self.out.append(frame))

    # Time.

    def at(self, when: int, do: Callable[[], None]) -> None:
        """Does something at a time."""
        self._sequence += 1
        heapq.heappush(self._heap, (when, self._sequence, do))

    def after(self, ns: int, do: Callable[[], None]) -> None:
        """Does something later."""
        self.at(self.now + ns, do)

    def advance(self, now: int) -> None:
        """The child has come so far by itself. Events of the world before that happen first."""
        while self._heap and self._heap[0][0] <= now:
            self.now = max(self.now, self._heap[0][0])
            heapq.heappop(self._heap)[2]()
        self.now = max(self.now, now)

    def wait(self, now: int, next_one: int) -> tuple[list[bytes], int, int]:
        """The child waits: what happens next, when, and until when nothing else does."""
        self._next_call()
        self.advance(now)
        while not self.out and self._heap and self._heap[0][0] <= next_one:
            self.advance(self._heap[0][0])
        if not self.out:
            if next_one >= wire.NEVER:
                self.halted = True
                self.out.append(wire.frame(wire.HALT, wire.text("deadlock")))
            else:
                self.now = max(self.now, next_one)
        events, self.out = self.out, []
        return events, self.now, self._heap[0][0] if self._heap else wire.NEVER

    # The network.

    def _tell(self, kind: int, number: int, *fields: bytes, delay: int = LATENCY) -> None:
        self.after(delay, lambda: self.out.append(wire.frame(kind, wire.u32(number), *fields)))

    def connect(self, number: int, host: str, port: int) -> None:
        """A connection is asked for."""
        if (host, port) != ("hindsight", 8888) or self.plan.get("down"):
            self._tell(wire.UNREACHABLE, number, wire.u32(111), delay=2 * LATENCY)
            return
        self.open[number] = bytearray()
        self._tell(wire.ACCEPTED, number, delay=2 * LATENCY)

    def send(self, number: int, payload: bytes) -> None:
        """Bytes arrive at the provider a little later."""

        def arrive() -> None:
            if number in self.open:
                self.open[number] += payload
                self._serve(number)

        self.after(LATENCY, arrive)

    def close(self, number: int, how: int) -> None:
        """The child closes a connection."""

        def arrive() -> None:
            if self.open.pop(number, None) is not None and how == 1:
                self._tell(wire.END_OF_FILE, number)

        self.after(LATENCY, arrive)

    def gone(self) -> None:
        """The child's process is gone. What is on its way still arrives."""
        while self._heap:
            self.advance(self._heap[0][0])

    # The provider.

    def _serve(self, number: int) -> None:
        buffer = self.open[number]
        while b"\r\n\r\n" in buffer:
            head, _, rest = bytes(buffer).partition(b"\r\n\r\n")
            lines = head.decode("latin1").split("\r\n")
            headers = {line.split(":", 1)[0].lower(): line.split(":", 1)[1].strip() for line in lines[1:]}
            length = int(headers.get("content-length", 0))
            if len(rest) < length:
                return
            del buffer[: len(head) + 4 + length]
            method, path, _ = lines[0].split(" ", 2)
            self._handle(number, method, path, rest[:length])

    def _handle(self, number: int, method: str, path: str, body: bytes) -> None:
        content = json.loads(body) if body else None
        self.requests.append((method, path, content))
        kind = path.rsplit("/", 1)[-1] if "/operations/" not in path else "operations"
        fault = self.plan.get(kind, {}).get(sum(one[1] == path for one in self.requests), "ok")
        if fault == "hang":
            return
        if fault == "reset":
            self._tell(wire.RESET, number, wire.u32(104))
            return
        if fault == "close":
            self._tell(wire.END_OF_FILE, number)
            return
        delay = int(float(fault.split()[1]) * SECOND) if fault.startswith("delay") else 0
        self.after(delay, lambda: self._answer(number, kind, content, fault))

    def _answer(self, number: int, kind: str, content: Any, fault: str) -> None:
        status = "500 Internal Server Error" if fault == "500" else "200 OK"
        if kind == "memories" and fault != "500":
            for item in content["items"]:
                self.stored += dict.fromkeys(_TURN.findall(item["content"]))
        answer = {
            "version": {"api_version": "0.9.1", "version": "0.9.1"},
            "memories": {"success": True, "bank_id": "b", "items_count": 1, "async": True, "operation_id": f"op-{len(self.requests)}"},
            "recall": {"results": [{"id": "1", "text": " ".join(self.stored), "type": "world"}]},
            "operations": {"operation_id": "1", "status": "completed"},
        }.get(kind, {"detail": kind})
        body = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        self._tell(wire.BYTES, number, wire.data(head + body))
