"""Schedules are data: one seed is one history, another seed is another, and a tape repeats what a seed drew."""

from __future__ import annotations

import os
import unittest
from typing import Any

from tests.peer import ROOT, Result, Template
from tests.support import PROBE, said, template, world
from tests.world import World

BUSY = """
import asyncio, queue, random, threading, time, uuid, urllib.request
from concurrent.futures import ThreadPoolExecutor
q, lock, order = queue.Queue(), threading.Lock(), []
def work(n):
    for i in range(4):
        with lock: order.append((n, i))
        q.put((n, i, random.random())); time.sleep(0.001 * random.randrange(3))
threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
[t.start() for t in threads]
async def fetch(n):
    reader, writer = await asyncio.open_connection('hindsight', 8888)
    writer.write(b'GET /version HTTP/1.1\\r\\n\\r\\n'); await reader.readline(); writer.close()
async def all(): await asyncio.gather(*{asyncio.ensure_future(fetch(n)) for n in range(4)})
with ThreadPoolExecutor(3) as pool:
    futures = {pool.submit(urllib.request.urlopen, 'http://hindsight:8888/version') for _ in range(4)}
    loops = [pool.submit(asyncio.run, all())]
    answers = [f.result().status for f in futures]
[t.join() for t in threads]
out(order, answers, uuid.uuid4(), [q.get()[:2] for _ in range(12)], id(object()), list({object() for _ in range(3)}))
"""

SOURCE = """def f(a, *, b=1):
    'doc'
    global x
    x = [i for i in a.get(b)]
    match x:
        case [1]: return 1
        case _:
            try: return a.b.c(1)(2)
            finally: x = 2
class C:
    y = f
    async def g(self):
        await self.h(1)
"""
EXAMPLE = os.path.join(ROOT, "examples", "batching.py")


def tape_of(result: Result) -> list[tuple[int, int, int]]:
    """The choices that a run made, as the tape of another."""
    return [(track, gap, choice) for track, gap, choice, _, _ in result.made]


class Determinism(unittest.TestCase):
    """Byte for byte."""

    def test_one_seed_is_one_history_in_two_templates(self) -> None:
        other = Template(PROBE)
        try:
            for seed, settings in ((1, {"p": 200_000}), (2, {"p": 0})):
                traces = set()
                for number in range(20):
                    result = (template(), other)[number % 2].run(world(BUSY), seed=seed, **settings)
                    self.assertEqual(result.reason, "exit", (result.notes, result.refused, result.output))
                    traces.add(tuple(result.trace))
                self.assertEqual(len(traces), 1)
        finally:
            other.close()

    def test_other_seeds_are_other_histories(self) -> None:
        self.assertGreater(len({said(BUSY, seed=seed, p=100_000).split("]")[0] for seed in range(6)}), 3)

    def test_a_tape_repeats_the_run_of_its_seed(self) -> None:
        for settings in ({"p": 200_000}, {"p": 0}):
            first = template().run(world(BUSY), seed=5, **settings)
            again = template().run(world(BUSY), seed=5, tape=tape_of(first), draws=0, p=0)
            self.assertEqual(first.trace, again.trace)
            self.assertEqual(first.made, again.made)
            self.assertTrue(all(choice < alternatives for _, _, choice, alternatives, _ in first.made))

    def test_a_part_of_a_tape_repeats_the_beginning(self) -> None:
        first = template().run(world(BUSY), seed=5, p=200_000)
        half = tape_of(first)[: len(first.made) // 2]
        rest = template().run(world(BUSY), seed=5, tape=half, draws=0, p=0)
        self.assertEqual(first.made[: len(half)], rest.made[: len(half)])
        self.assertEqual({choice for _, _, choice, _, _ in rest.made[len(half) :]}, {0})
        branch = template().run(world(BUSY), seed=5, schedule_seed=6, tape=half, draws=1, p=200_000)
        picks = [entry for entry in first.made if entry[0] == 0][:3]
        self.assertEqual([entry for entry in branch.made if entry[0] == 0][:3], picks)

    def test_priorities_are_a_schedule_too(self) -> None:
        first = template().run(world(BUSY), seed=5, depth=3, steps=300)
        self.assertEqual(first.trace, template().run(world(BUSY), seed=5, depth=3, steps=300).trace)
        self.assertEqual(first.trace, template().run(world(BUSY), seed=5, tape=tape_of(first), draws=0, p=0).trace)
        stands = [entry for entry in first.made if entry[0] == 1 and entry[2] > 1]
        self.assertEqual(len(stands), 2, first.made)
        self.assertNotEqual(first.trace, template().run(world(BUSY), seed=6, depth=3, steps=300).trace)

    def test_a_choice_can_be_forced_at_one_step(self) -> None:
        first = template().run(world(BUSY), seed=5, p=0)
        forced = template().run(world(BUSY), seed=5, p=0, forced=[(40, 6), (41, 0)])
        steps = [entry[:3] for entry in forced.made if entry[0] == 1]
        self.assertEqual(steps, [(1, 39, 6)])
        self.assertNotEqual(first.trace, forced.trace)
        again = template().run(world(BUSY), seed=5, tape=tape_of(forced), draws=0, p=0)
        self.assertEqual(forced.trace, again.trace)

    def test_choices_that_do_not_fit_are_cut_down(self) -> None:
        result = template().run(world(BUSY), tape=[(0, 0, 99)] * 50 + [(1, 3, 99)] * 50, draws=0)
        self.assertEqual(result.reason, "exit")


class Points(unittest.TestCase):
    """Switch points that are compiled into an adapter's own file."""

    CODE = """
        import threading
        total = 0
        def add():
            global total
            for _ in range(20):
                seen = total
                total = seen + 1
        def run():
            threads = [threading.Thread(target=add) for _ in range(2)]
            [t.start() for t in threads]; [t.join() for t in threads]
            return total
    """

    def _totals(self, **settings: Any) -> list[str]:
        import textwrap

        code = "import racy\nout(racy.run())"
        folder = template("--points", "racy.py").folder
        with open(os.path.join(folder, "racy.py"), "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(self.CODE))
        code = f"import sys; sys.path.insert(0, {folder!r})\n{code}"
        found = []
        for seed in range(5):
            result = template("--points", "racy.py").run(world(code), seed=seed, **settings)
            found.append(result.answers()[0])
            if settings.get("line_p"):
                again = template("--points", "racy.py").run(world(code), seed=seed, tape=tape_of(result), draws=0)
                self.assertEqual(result.answers(), again.answers())
                self.assertTrue(any(track == 1 and label.startswith("line ") for track, _, _, _, label in result.made))
        return found

    def test_a_race_between_statements_needs_them(self) -> None:
        self.assertEqual(set(self._totals(p=500_000)), {"40"})
        self.assertTrue(any(int(total) < 40 for total in self._totals(p=0, line_p=200_000)))

    def test_a_point_keeps_lines_documents_and_meaning(self) -> None:
        import ast

        from forget_me_not.shim.points import compiled

        tree = compiled(SOURCE.encode(), "x.py")
        code = ast.unparse(tree)
        between = code.count(", __forget_me_not_point__")
        self.assertEqual((code.count("__forget_me_not_point__") - between, between), (7, 3), code)
        names: dict[str, Any] = {"__forget_me_not_point__": lambda line: None}
        exec(compile(tree, "x.py", "exec"), names)
        self.assertEqual((names["f"].__doc__, names["f"]({1: [1]})), ("doc", 1))


class Example(unittest.TestCase):
    """The example adapter and its planted bug."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.template = Template(EXAMPLE)
        cls.addClassCleanup(cls.template.close)

    template: Template

    def _host(self, turns: int) -> World:
        host = World({}).call("initialize", session="S1")
        for number in range(turns):
            host.turn(f"S1#{number + 1}", after=0.1)
        return host

    def test_its_capabilities_are_the_calls_that_it_overrides(self) -> None:
        self.assertEqual(self.template.capabilities, ["initialize", "turn", "prefetch", "switch", "shutdown"])
        self.assertEqual(self.template.provider, ("hindsight", "hindsight", 8888))

    def test_full_batches_are_stored(self) -> None:
        result = self.template.run(self._host(4).call("prefetch", after=1, session="S1").call("shutdown").exit())
        self.assertEqual(result.world.stored, ["S1#1", "S1#2", "S1#3", "S1#4"])
        self.assertEqual(result.answers(), ["S1#1 S1#2 S1#3 S1#4"])

    def test_a_process_may_have_several_agents_and_stop_them_all(self) -> None:
        host = self._host(1)
        host.call("initialize", agent="other", session="S2")
        for number in (1, 2):
            host.turn(f"S2#{number}", agent="other")
        result = self.template.run(host.turn("S1#2").call("stop").exit())
        self.assertEqual(sorted(result.world.stored), ["S1#1", "S1#2", "S2#1", "S2#2"])

    def test_a_partial_batch_is_lost_at_the_end(self) -> None:
        result = self.template.run(self._host(3).call("shutdown").exit())
        self.assertEqual((result.world.stored, result.exit_code), (["S1#1", "S1#2"], 0))

    def test_an_answer_that_takes_too_long_is_noticed(self) -> None:
        host = World({"memories": {1: "hang"}}).call("initialize", session="S1").turn("S1#1").turn("S1#2").call("shutdown").exit()
        result = self.template.run(host)
        self.assertIn("not stored: S1#1", result.output)
        self.assertEqual(result.world.stored, ["S1#2"])


if __name__ == "__main__":
    unittest.main()
