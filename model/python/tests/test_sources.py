"""Random sources, sqlite, files, and the collector."""

from __future__ import annotations

import unittest

from tests.support import run, said


class Sources(unittest.TestCase):
    """What is random, real or of the operating system is decided by the run's seed or by the simulator."""

    def test_random_sources_follow_the_seed(self) -> None:
        code = """
            import os, random, secrets, uuid, tempfile, ssl
            out(os.urandom(4).hex(), random.random(), random.Random().random(), random.SystemRandom().random(), secrets.token_hex(4))
            out(uuid.uuid4(), uuid.uuid1(), hash('x'), os.getrandom(2).hex(), tempfile.mktemp(), ssl.RAND_bytes(2).hex(), random.Random(7).random())
        """
        one, again, other = said(code, seed=1), said(code, seed=1), said(code, seed=2)
        self.assertEqual(one, again)
        words, others = one.split(), other.split()
        same = [place for place, (a, b) in enumerate(zip(words, others)) if a == b]
        self.assertEqual([words[place] for place in same][-1], "0.32383276483316237")
        self.assertEqual(len(same), 2, same)

    def test_a_busy_database_is_waited_for_in_virtual_time(self) -> None:
        code = """
            import sqlite3, threading, time
            def connect(timeout): return sqlite3.connect('x.db', timeout=timeout, isolation_level=None)
            connect(5).execute('create table t(a, b default current_timestamp)')
            def write(name, timeout, hold):
                c = connect(timeout)
                try:
                    c.execute('begin immediate'); c.execute('insert into t(a) values(?)', (name,)); time.sleep(hold); c.execute('commit')
                    out(name, 'ok', round(time.monotonic() - 1000))
                except sqlite3.OperationalError as e: out(name, e, round(time.monotonic() - 1000))
            first = threading.Thread(target=write, args=('first', 1, 3)); first.start(); time.sleep(0.1)
            others = [threading.Thread(target=write, args=a) for a in (('patient', 5, 0), ('hasty', 1, 0))]
            [t.start() for t in others]; [t.join() for t in others + [first]]
            c = connect(1)
            out(c.execute('select a, b from t order by b').fetchall())
            out(*c.execute("select date('now'), strftime('%H:%M', 'now', '+1 hour'), datetime(0, 'unixepoch'), time()").fetchone())
            out(c.execute('pragma busy_timeout = 1234').fetchone(), type(c).__module__, isinstance(c, sqlite3.Connection))
            with c: c.execute('delete from t')
        """
        expected = (
            "hasty database is locked 1\nfirst ok 3\npatient ok 3\n"
            "[('first', '2026-07-25 17:20:00'), ('patient', '2026-07-25 17:20:03')]\n"
            "2026-07-25 18:20 1970-01-01 00:00:00 17:20:03\n(1234,) sqlite3 True"
        )
        self.assertEqual(said(code, p=0), expected)

    def test_files_live_in_the_folder_of_the_run(self) -> None:
        code = """
            import os, tempfile, fcntl, threading, time
            for name in 'cab': open(name, 'w').write(name)
            out(os.path.basename(os.getcwd()), [n for n in os.listdir() if len(n) == 1], [e.name for e in os.scandir() if len(e.name) == 1])
            out(os.getpid(), os.path.basename(os.path.dirname(tempfile.mkdtemp())))
            def hold():
                with open('lock', 'w') as f:
                    fcntl.flock(f, fcntl.LOCK_EX); time.sleep(2)
            t = threading.Thread(target=hold); t.start(); time.sleep(0.1)
            with open('lock', 'w') as f: fcntl.flock(f, fcntl.LOCK_EX); out(round(time.monotonic() - 1000, 1))
        """
        self.assertEqual(said(code, p=0), "run ['a', 'b', 'c'] ['a', 'b', 'c']\n4242 tmp\n2.0")

    def test_what_is_logged_as_a_warning_or_worse_is_noted(self) -> None:
        code = """
            import logging
            class Proud:
                def __str__(self): raise AssertionError('nobody formats what is only noted')
            log = logging.getLogger('a.b'); log.addHandler(logging.NullHandler()); log.propagate = False
            log.info('no'); log.warning('lost %s', Proud()); log.error('x'); log.setLevel(logging.CRITICAL); log.error('nobody hears it')
            out('done')
        """
        self.assertEqual([note for note in run(code).notes if " a.b: " in note], ["WARNING a.b: lost %s", "ERROR a.b: x"])

    def test_a_turn_that_the_memory_has_is_noted(self) -> None:
        result = run("from forget_me_not import took; took('S1#1'); took('S2#7'); out(1)")
        self.assertEqual([note for note in result.notes if "#" in note], ["S1#1", "S2#7"])

    def test_the_collector_runs_at_points(self) -> None:
        code = """
            import gc, threading
            lock = threading.Lock()
            class Loop:
                def __init__(self): self.me = self
                def __del__(self):
                    with lock: gone.append(1)
            gone = []
            for _ in range(3100): Loop(); lock.acquire(); lock.release()
            out(gc.isenabled(), 0 < len(gone) < 3100, gc.collect() > 0, len(gone))
        """
        self.assertEqual(said(code), "True True True 3100")

    def test_sets_of_futures_and_tasks_are_in_the_order_of_their_creation(self) -> None:
        code = """
            import asyncio
            async def nothing(): pass
            async def main():
                loop, futures, kept = asyncio.get_running_loop(), [], []
                for size in (3000, 10, 700, 90, 5000, 1, 400, 60):
                    kept.append([bytearray(size) for _ in range(size % 7 + 1)])
                    futures.append(loop.create_future())
                    del kept[::2]
                out([hash(b) - hash(a) for a, b in zip(futures, futures[1:])], type(futures[0]).__name__, type(futures[0]).__module__)
                tasks = [loop.create_task(nothing(), name=str(n)) for n in range(5)]
                out([hash(b) - hash(a) for a, b in zip(tasks, tasks[1:])], isinstance(tasks[0], asyncio.Future))
                done, _ = await asyncio.wait(tasks)
                out(len(done), await asyncio.gather(*[asyncio.sleep(0, n) for n in range(3)]))
            asyncio.run(main())
        """
        expected = "[1, 1, 1, 1, 1, 1, 1] Future _asyncio\n[1, 1, 1, 1] True\n5 [0, 1, 2]"
        self.assertEqual(said(code, p=0), expected)

    def test_other_start_settings_reach_the_process(self) -> None:
        result = run("import os\nout(os.environ['COLOR'], os.environ['TZ'])", environment=[("COLOR", "blue")])
        self.assertEqual(result.answers(), ["blue UTC"])


if __name__ == "__main__":
    unittest.main()
