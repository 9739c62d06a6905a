"""Real releases of Hermes in the simulated world. `HERMES_PYTHONS` names their interpreters, separated by colons; without it these are skipped.

The provider of these tests keeps texts and understands no documents, so they ask only whether a turn is there.
"""

from __future__ import annotations

import os
import unittest
from typing import Any

from tests.peer import Template
from tests.test_schedule import tape_of
from tests.world import World

PYTHONS = [path for path in os.environ.get("HERMES_PYTHONS", "").split(":") if path]


class Host(World):
    """A host that shuts the memory down when SIGTERM comes."""

    def op(self, phase: str, text: str) -> None:
        """A call was made or has returned."""
        if phase == "handling":
            self._calls.clear()
            self.call("shutdown").exit("exit")
        super().op(phase, text)


def host(turns: int = 3, plan: dict[str, Any] | None = None) -> World:
    """A host after some turns."""
    found = Host(plan or {}).call("initialize", session="S1")
    for number in range(1, turns + 1):
        found.turn(f"S1#{number}", after=0.3)
        found.call("warm_up", identity=f"S1#{number}", session="S1", user=f"S1#{number} hello", assistant="fine")
    return found


@unittest.skipUnless(PYTHONS, "HERMES_PYTHONS names no environment with Hermes")
class Hermes(unittest.TestCase):
    """The memory manager and the Hindsight plugin, as they shipped."""

    templates: list[Template]

    @classmethod
    def setUpClass(cls) -> None:
        cls.templates = [Template("hermes", python=python) for python in PYTHONS]

    @classmethod
    def tearDownClass(cls) -> None:
        for template in cls.templates:
            template.close()

    def test_turns_are_stored_and_recalled(self) -> None:
        for template in self.templates:
            with self.subTest(template.python):
                whole = host().call("prefetch", after=2, session="S1").call("end", session="S1").call("shutdown").exit()
                result = template.run(whole, p=0)
                self.assertEqual(set(result.world.stored), {"S1#1", "S1#2", "S1#3"}, result.output)
                self.assertIn("S1#3", result.answers()[0])
                self.assertEqual((result.reason, result.exit_code), ("exit", 0))

    def test_a_partial_batch_is_lost_at_the_end(self) -> None:
        for template in self.templates:
            with self.subTest(template.python):
                result = template.run(host().exit(), p=0, options={"retain_every_n_turns": "2"})
                self.assertNotIn("S1#3", result.world.stored)

    def test_one_seed_is_one_history_and_so_is_its_tape(self) -> None:
        for template in self.templates:
            for settings in ({"p": 0}, {"p": 50_000, "line_p": 20_000}):
                with self.subTest(f"{template.python} {settings}"):
                    plan = {"memories": {1: "reset", 2: "delay 2"}}
                    results = [template.run(host(plan=plan).call("shutdown").exit(), seed=3, **settings) for _ in range(4)]
                    self.assertEqual(len({tuple(result.trace) for result in results}), 1)
                    again = template.run(host(plan=plan).call("shutdown").exit(), seed=3, tape=tape_of(results[0]), draws=0)
                    self.assertEqual(again.trace, results[0].trace)

    def test_signals_at_points_end_in_one_of_the_known_ways(self) -> None:
        for template in self.templates:
            total = template.run(host().call("shutdown").exit(), p=0).points
            for signum in (9, 15):
                for point in range(30, total, total // 8):
                    with self.subTest(f"{template.python} signal {signum} at {point}"):
                        whole = host().call("shutdown").exit()
                        result = template.run(whole, p=0, strikes=[(point, signum)], handles_sigterm=1, limit=600 * 10**9)
                        self.assertIn(result.reason, ("killed",) if signum == 9 else ("exit", "halted"))


if __name__ == "__main__":
    unittest.main()
