"""The frame START: everything that a run needs to know before its first instruction."""

from __future__ import annotations

from . import wire
from .schedule import PICK, STEP, Tapes


class Start:
    """The fields of START, in the order of `docs/protocol.md`."""

    __slots__ = (
        "now", "horizon", "epoch", "ahead", "limit", "clock_cost", "point_cost", "import_cost",
        "pid", "seed", "schedule_seed", "draws", "point_odds", "line_odds", "depth", "steps", "trace", "handles_sigterm", "end_level",
        "folder", "output", "environment", "hosts", "options", "strikes", "tapes",
    )  # fmt: skip

    def __init__(self, fields: wire.Fields) -> None:
        version = fields.u16()
        if version != wire.VERSION:
            raise wire.Garbage(f"the simulator speaks version {version} of the protocol, the shim version {wire.VERSION}")
        self.now, self.horizon, self.epoch = fields.u64(), fields.u64(), fields.u64()
        self.ahead, self.limit = fields.u64(), fields.u64()
        self.clock_cost, self.point_cost, self.import_cost = fields.u32(), fields.u32(), fields.u32()
        self.pid, self.seed, self.schedule_seed = fields.u32(), fields.u64(), fields.u64()
        self.draws = bool(fields.u8())
        self.point_odds, self.line_odds = fields.u32(), fields.u32()
        self.depth, self.steps = fields.u32(), fields.u32()
        self.trace, self.handles_sigterm, self.end_level = bool(fields.u8()), bool(fields.u8()), fields.u8()
        self.folder, self.output = fields.text(), fields.text()
        self.environment, self.hosts, self.options = fields.pairs(), fields.pairs(), fields.pairs()
        self.strikes = [(fields.u64(), fields.u8()) for _ in range(fields.u32())]
        self.tapes = Tapes()
        for _ in range(fields.u32()):
            track, gap, choice = fields.u8(), fields.u32(), fields.u32()
            if track not in (PICK, STEP):
                raise wire.Garbage(f"a tape has an entry of track {track}")
            (self.tapes.picks, self.tapes.steps)[track].add(gap, choice)
        for _ in range(fields.u32()):
            self.tapes.forced.append(fields.u64())
            self.tapes.forced.append(fields.u32())
        fields.end()
