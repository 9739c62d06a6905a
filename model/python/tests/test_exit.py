"""Exit probes: what the interpreter does at its end, in the simulated world and in plain CPython. Nothing of it is imitated, so both agree.

Each probe is a script that runs in both. Its output and its exit code are compared. Times are a hundred times shorter in plain CPython.
"""

from __future__ import annotations

import os
import re
import subprocess
import textwrap
import unittest

from tests.peer import PYTHON, ROOT, Template
from tests.world import World

START = """
import atexit, threading, time, sys, queue, os, weakref
from concurrent.futures import ThreadPoolExecutor
def say(*parts):
    sys.stdout.write(' '.join(map(str, parts)) + '\\n'); sys.stdout.flush()
def tried(function, *arguments):
    try: return function(*arguments)
    except BaseException as e: return type(e).__name__ + ': ' + str(e)
"""

PROBES = {
    "the order of the ends": """
        atexit.register(lambda: say('atexit first'))
        threading._register_atexit(lambda: say('threading atexit'))
        atexit.register(lambda: say('atexit second'))
        def work():
            time.sleep(30 * U); say('non-daemon done, main alive:', threading.main_thread().is_alive())
            say(tried(atexit.register, lambda: say('late atexit')) is None)
            say(tried(threading._register_atexit, print))
            say(tried(ThreadPoolExecutor(1).submit, print))
            t = threading.Thread(target=lambda: say('started late')); t.start(); t.join()
        threading.Thread(target=work).start()
        pool = ThreadPoolExecutor(2)
        pool.submit(lambda: (time.sleep(10 * U), say('job 1')))
        pool.submit(lambda: (time.sleep(20 * U), say('job 2')))
        def daemon():
            try:
                while True: time.sleep(5 * U)
            finally: say('never')
        threading.Thread(target=daemon, daemon=True).start()
        say('main end')
    """,
    "a loop that outlives the main thread": """
        import asyncio
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, daemon=True).start()
        async def work():
            await asyncio.sleep(10 * U)
            try: await loop.run_in_executor(None, print, 'x')
            except Exception as e: return type(e).__name__ + ': ' + str(e)
        atexit.register(lambda: say(tried(asyncio.run_coroutine_threadsafe(work(), loop).result, 500 * U)))
    """,
    "destructors, and an exit code": """
        class D:
            def __del__(self): say('gone', sys.is_finalizing())
        d = D(); lock = threading.Lock()
        def daemon():
            with lock: time.sleep(10000 * U)
        threading.Thread(target=daemon, daemon=True).start(); time.sleep(10 * U)
        class E:
            def __del__(self): say('lock at the end', lock.acquire(timeout=20 * U))
        e = E()
        threading.excepthook = lambda a: say('excepthook', a.exc_type.__name__)
        t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()
        sys.exit(3)
    """,
    "a message as exit code": "atexit.register(say, 'bye'); sys.exit('goodbye')",
    "an interrupt": "atexit.register(say, 'bye')\nraise KeyboardInterrupt",
    "os._exit": "atexit.register(say, 'never'); threading.Thread(target=say, args=('thread',)).start(); time.sleep(5 * U); os._exit(4)",
    "os._exit in a thread": "threading.Timer(5 * U, os._exit, (5,)).start(); time.sleep(500 * U); say('never')",
    "an exception in atexit": "atexit.register(say, 'later'); atexit.register(lambda: 1 / 0); atexit.register(say, 'earlier')",
    "sys.exit in atexit": "atexit.register(say, 'later'); atexit.register(sys.exit, 6)",
    "a thread that exits": "t = threading.Thread(target=sys.exit, args=(9,)); t.start(); t.join(); say('on')",
    "jobs that wait for a pool at the end": """
        pool = ThreadPoolExecutor(1)
        futures = [pool.submit(lambda n=n: (time.sleep(5 * U), say('job', n))) for n in range(4)]
        say('main end')
    """,
    "a job that submits a job at the end": """
        pool = ThreadPoolExecutor(1)
        def job(n):
            time.sleep(10 * U); say('job', n)
            if n: say(tried(pool.submit, job, n - 1))
        pool.submit(job, 2); say('main end')
    """,
    "a pool in atexit": """
        pool = ThreadPoolExecutor(1); pool.submit(say, 'early').result()
        atexit.register(lambda: say(tried(pool.submit, say, 'x')))
        atexit.register(lambda: say(tried(ThreadPoolExecutor(1).submit, say, 'y')))
    """,
    "a daemon's queue is drained in atexit": """
        q = queue.Queue()
        def writer():
            while True:
                item = q.get(); time.sleep(10 * U); say('wrote', item); q.task_done()
        threading.Thread(target=writer, daemon=True).start()
        for n in range(3): q.put(n)
        atexit.register(lambda: (q.join(), say('drained')))
    """,
    "a daemon's queue is lost": """
        q = queue.Queue()
        def writer():
            while True:
                item = q.get(); time.sleep(10 * U); say('wrote', item)
        threading.Thread(target=writer, daemon=True).start()
        for n in range(3): q.put(n)
        time.sleep(15 * U)
    """,
    "a thread in atexit": """
        def late():
            t = threading.Thread(target=say, args=('thread in atexit',)); t.start(); t.join(); say(t.is_alive())
        atexit.register(late)
    """,
    "weakref.finalize": """
        class D: pass
        d = D(); weakref.finalize(d, say, 'finalized'); atexit.register(say, 'after it')
    """,
    "asyncio.run and its executor": """
        import asyncio
        async def main():
            loop = asyncio.get_running_loop()
            loop.run_in_executor(None, lambda: (time.sleep(20 * U), say('executor')))
            task = asyncio.create_task(asyncio.sleep(1000 * U))
            task.add_done_callback(lambda t: say('cancelled', t.cancelled()))
            await asyncio.sleep(5 * U)
        asyncio.run(main()); say('main end')
    """,
    "a timer that is not waited for": "t = threading.Timer(10 * U, say, ('timer',)); t.start(); say('main end')",
    "logging at the end": """
        import logging
        handler = logging.StreamHandler(sys.stdout); logging.getLogger().addHandler(handler)
        def work():
            time.sleep(10 * U); logging.warning('late')
        threading.Thread(target=work).start()
        class D:
            def __del__(self): logging.warning('gone')
        d = D()
    """,
    "a lock that is held for ever, with patience": """
        lock = threading.Lock(); lock.acquire()
        atexit.register(lambda: say(lock.acquire(timeout=20 * U)))
    """,
    "an event loop in a daemon at the end": """
        import asyncio
        async def beat():
            while True: await asyncio.sleep(3 * U)
        threading.Thread(target=lambda: asyncio.run(beat()), daemon=True).start()
        time.sleep(10 * U); atexit.register(lambda: (time.sleep(10 * U), say('bye')))
    """,
}  # fmt: skip


#: What these say comes from destructors, which the lowest end level leaves out.
NEED_DESTRUCTORS = ("destructors, and an exit code", "logging at the end")


class Exit(unittest.TestCase):
    """The probes, in the simulated world with several schedules, and in plain CPython."""

    template: Template

    @classmethod
    def setUpClass(cls) -> None:
        cls.template = Template(os.path.join(ROOT, "tests", "agents", "script.py"))

    @classmethod
    def tearDownClass(cls) -> None:
        cls.template.close()

    def test_the_end_is_that_of_plain_cpython(self) -> None:
        names = list(PROBES)
        for at in range(0, len(names), 6):
            running = {name: self._plain(PROBES[name]) for name in names[at : at + 6]}
            for name, process in running.items():
                said, _ = process.communicate(timeout=10)
                with self.subTest(name):
                    self._check(name, (_essence(said), process.returncode))

    def _check(self, name: str, expected: tuple[str, int]) -> None:
        for seed, level in ((0, 2), (1, 2), (2, 0), (3, 3)):
            if level == 0 and name in NEED_DESTRUCTORS:
                continue
            world = World({}).call("initialize", session="S1").call("prefetch", session=_script(PROBES[name])).exit()
            result = self.template.run(world, seed=seed, p=50_000, end_level=level)
            found = (_essence(result.output), result.exit_code)
            if found != expected:
                # A busy machine can change the order in plain CPython, and never here.
                process = self._plain(PROBES[name])
                expected = (_essence(process.communicate(timeout=10)[0]), process.returncode)
            self.assertEqual(found, expected, (seed, level, result.text, result.notes))

    @staticmethod
    def _plain(code: str) -> subprocess.Popen[str]:
        return subprocess.Popen([PYTHON, "-S", "-c", _script(code)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def _script(code: str) -> str:
    return START + "U = 0.005\n" + textwrap.dedent(code)


def _essence(output: str) -> str:
    """Without addresses and tracebacks: the probe is called from elsewhere there."""
    lines = [line for line in output.split("\n") if not line.startswith((" ", "Traceback"))]
    return re.sub(r"0x[0-9a-f]+", "0x", "\n".join(lines))


if __name__ == "__main__":
    unittest.main()
