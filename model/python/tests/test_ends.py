"""Signals, kills, exits and refusals: how a run ends, and what the simulator hears about it."""

from __future__ import annotations

import glob
import os
import sys
import time
import unittest

from forget_me_not.shim import wire
from tests.peer import PYTHON, ROOT, SECOND, Broken, Peer, Template
from tests.support import PROBE, run, template, world
from tests.world import World

SIGTERM = wire.frame(wire.SIGNAL, wire.u8(15))
SIGINT = wire.frame(wire.SIGNAL, wire.u8(2))


class Signals(unittest.TestCase):
    """A signal reaches the main thread at its next switch point."""

    def test_a_handler_interrupts_a_wait_that_then_goes_on(self) -> None:
        code = """
            import signal, time, threading
            def handle(n, frame): out('handled', n, frame is not None, threading.current_thread().name, round(time.monotonic() - 1000, 1))
            signal.signal(signal.SIGTERM, handle)
            out(signal.getsignal(signal.SIGTERM) is handle, signal.getsignal(signal.SIGINT) is signal.default_int_handler)
            time.sleep(5); out(round(time.monotonic() - 1000, 1))
            try: threading.Thread(target=lambda: signal.signal(15, handle)).start()
            except ValueError as e: out(e)
            signal.raise_signal(signal.SIGTERM)
        """
        result = template().run(world(code).frame_at(2, SIGTERM))
        expected = "True True\nhandled 15 True MainThread 2.0\n5.0\nhandled 15 True MainThread 5.0"
        self.assertEqual(result.answers(), [expected])
        self.assertIn("signal only works in main thread", result.output)

    def test_an_interrupt_is_an_exception_in_the_middle_of_a_wait(self) -> None:
        code = """
            import threading
            lock = threading.Lock(); lock.acquire()
            try: lock.acquire()
            except KeyboardInterrupt: out('interrupted')
            out(lock.locked())
        """
        self.assertEqual(template().run(world(code).frame_at(1, SIGINT)).answers(), ["interrupted\nTrue"])

    def test_an_unhandled_interrupt_ends_as_in_python(self) -> None:
        result = template().run(world("import time; time.sleep(9)").frame_at(1, SIGINT))
        self.assertEqual((result.exit_code, result.time), (-2, SECOND))
        self.assertIn("KeyboardInterrupt", result.output)

    def test_an_unhandled_sigterm_ends_the_process_at_once(self) -> None:
        result = template().run(world("import time, atexit; atexit.register(print, 'never'); time.sleep(9)").frame_at(1, SIGTERM))
        self.assertEqual((result.reason, result.code, result.exit_code, result.time), ("signaled", 15, -15, SECOND))
        self.assertNotIn("never", result.output)

    def test_a_host_handles_sigterm_inside_the_call_that_it_interrupts(self) -> None:
        code = "import time\ntry: time.sleep(9)\nfinally: print('unwound')"
        host = world(code).frame_at(1, SIGTERM)
        host._calls.pop()
        host.call("end", session="S1").exit("exit", 7)
        result = template().run(host, handles_sigterm=1)
        self.assertEqual([op[1:] for op in result.ops[-4:]], [("handling", "15"), ("called", "end"), ("returned", ""), ("called", "exit")])
        self.assertEqual((result.exit_code, result.time, result.reason), (7, SECOND, "exit"))
        self.assertIn("unwound", result.output)

    def test_asyncio_handles_signals_through_its_wakeup_socket(self) -> None:
        code = """
            import asyncio, signal
            async def main():
                loop, stop = asyncio.get_running_loop(), asyncio.Event()
                loop.add_signal_handler(signal.SIGTERM, stop.set)
                await stop.wait(); out('stopped', loop.time())
            asyncio.run(main())
        """
        answers = template().run(world(code).frame_at(3, SIGTERM)).answers()
        self.assertRegex(answers[0], r"stopped 1003\.0")


class Kills(unittest.TestCase):
    """SIGKILL, at a time and at a point."""

    CODE = """
        import threading, time
        ts = [threading.Thread(target=time.sleep, args=(n,)) for n in range(4)]
        [t.start() for t in ts]; [t.join() for t in ts]
    """

    def test_at_a_time(self) -> None:
        result = template().run(world(self.CODE).frame_at(2.5, wire.frame(wire.KILL)))
        self.assertEqual((result.reason, result.exit_code, result.time), ("killed", -9, 5 * SECOND // 2))

    def test_at_points_always_with_the_same_trace(self) -> None:
        total = run(self.CODE, seed=3).points
        for point in range(1, total, max(1, total // 10)):
            results = [run(self.CODE, seed=3, strikes=[(point, 9)]) for _ in range(2)]
            self.assertEqual([(one.exit_code, one.points) for one in results], [(-9, point)] * 2)
            self.assertEqual(results[0].trace, results[1].trace)

    def test_the_simulator_ends_a_child_that_never_comes_back(self) -> None:
        stream = template().start()
        peer = Peer(stream, world("while True: pass"), os.path.join(template().folder, "run"), {})
        stream.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            peer.serve()
        stream.shutdown(1)
        stream.settimeout(5)
        rest = b""
        while more := stream.recv(65536):
            rest += more
        stream.close()
        self.assertEqual(rest[:-8], wire.frame(wire.ENDED, wire.i32(6), wire.u64(0))[:-8])
        with open(os.path.join(template().folder, "run", "output.txt"), encoding="utf-8") as file:
            self.assertIn('File "probe_code.py", line 1', file.read())

    def test_nothing_is_left_behind(self) -> None:
        run("pass")
        children = f"/proc/{template().pid}/task/{template().pid}/children"
        for _ in range(100):
            with open(children, encoding="ascii") as file:
                left = file.read().strip()
            if not left:
                break
            time.sleep(0.01)
        self.assertEqual(left, "")


class Refusals(unittest.TestCase):
    """What is not simulated ends the run, by name, whatever the code does about exceptions."""

    CASES = {
        "import subprocess; subprocess.run(['true'])": "subprocess",
        "import os; os.system('true')": "os.system",
        "import os; os.fork()": "os.fork",
        "import os; os.popen('true')": "subprocess",
        "import multiprocessing as m; m.get_context('spawn').Process(target=print).start()": "multiprocessing",
        "import multiprocessing as m; m.Queue()": "multiprocessing",
        "import multiprocessing as m; m.Process(target=print).start()": "multiprocessing",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 1)": "signal.setitimer",
        "import os; os.pipe()": "os.pipe",
        "import os; os.kill(1, 9)": "os.kill of another process",
        "import ssl, socket; ssl.create_default_context().wrap_socket(socket.create_connection(('hindsight', 8888)), server_hostname='x')": "TLS",
        "import urllib.request; urllib.request.urlopen('https://hindsight:8888')": "TLS",
        "import socket; socket.create_server(('', 80))": "a socket that listens",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('hindsight', 1))": "a datagram",
        "import selectors, sys; selectors.DefaultSelector().register(sys.stdout, 1)": "a wait for a real file descriptor",
    }

    def test_each_by_name_and_place(self) -> None:
        for code, what in self.CASES.items():
            with self.subTest(what):
                result = run(f"def f():\n    {code}\ntry: f()\nexcept BaseException: pass")
                self.assertIsNotNone(result.refused, (result.ops, result.output))
                assert result.refused is not None
                self.assertIn(what, result.refused[0])
                self.assertEqual(result.refused[1:], ("probe_code.py", 2, "f"))
                self.assertEqual((result.reason, result.exit_code), ("not simulated", 97))

    def test_a_thread_of_c_code_that_calls_python(self) -> None:
        code = """
            import ctypes, time
            libc = ctypes.CDLL(None)
            start = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(lambda argument: time.time() and 0)
            thread = ctypes.c_ulong()
            libc.pthread_create(ctypes.byref(thread), None, start, None)
            libc.pthread_join(thread, None)
        """
        result = run(code)
        self.assertEqual(result.refused and result.refused[0], "a thread of C code that calls Python")


class Beginnings(unittest.TestCase):
    """What goes wrong before a run."""

    def test_another_version_of_the_protocol(self) -> None:
        result = template().run(World({}), version=99)
        self.assertIn("version 99 of the protocol", result.failed)
        self.assertEqual(result.exit_code, 95)

    def test_garbage_instead_of_a_frame(self) -> None:
        result = template().run(world("import time; time.sleep(2)").frame_at(1, wire.frame(0x77, b"x")))
        self.assertIn("0x77", result.failed)
        result = template().run(world("import time; time.sleep(2)").frame_at(1, b"\xff\xff\xff\xff"))
        self.assertIn("a frame cannot have 4294967295 bytes", result.failed)

    def _why_not(self, *options: str, python: str = PYTHON) -> str:
        with self.assertRaises(Broken) as caught:
            Template(*options, python=python).close()
        return str(caught.exception)

    def test_a_template_that_cannot_start_says_why(self) -> None:
        self.assertIn("No such file", self._why_not("/nowhere.py"))
        self.assertIn("unknown option --warm", self._why_not(PROBE, "--warm"))
        self.assertIn("defines 0 adapters, not one", self._why_not(os.path.join(ROOT, "tests", "__init__.py")))

    def test_other_pythons_are_refused_by_name(self) -> None:
        others = [path for path in glob.glob(os.path.expanduser("~/.pyenv/versions/3.1[0-9]*/bin/python")) if "/3.11" not in path]
        for python in others or [sys.executable] * (sys.version_info[:2] != (3, 11)):
            with self.subTest(python):
                self.assertRegex(self._why_not(PROBE, python=python), r"^CPython 3\.1\d\.\d+ is not supported: the shim knows CPython 3\.11$")

    def test_a_cold_template_imports_in_each_run(self) -> None:
        result = template("--cold").run(world("import sys; out(sys.modules['agent_under_test'].__file__ is not None)"))
        self.assertEqual((result.answers(), template("--cold").capabilities), (["True"], []))

    def test_the_heap_of_a_run_does_not_depend_on_the_runs_before(self) -> None:
        code = """
            made = [object() for _ in range(300)] + [[n] for n in range(100)] + [bytes(n) for n in range(0, 600, 3)]
            made += [float(n) for n in range(50)] + [(n, n + 1, 2.0 * n) for n in range(60)] + [10**9 + n for n in range(100)]
            out([id(one) for one in made])
        """
        fresh = Template(PROBE)
        try:
            seen = set()
            for before in ("pass", "import os; os._exit(3)", "import ctypes; ctypes.string_at(0)", "pass"):
                seen.add(fresh.run(world(code)).answers()[0])
                fresh.run(world(before))
        finally:
            fresh.close()
        self.assertEqual(len(seen), 1)

    def test_two_processes_run_beside_each_other(self) -> None:
        first, second = template().start(), template().start()
        try:
            results = [
                Peer(stream, world(f"out({number})"), os.path.join(template().folder, f"run{number}"), {}).serve()
                for number, stream in ((2, second), (1, first))
            ]
        finally:
            first.close()
            second.close()
        self.assertEqual([result.answers() for result in results], [["2"], ["1"]])


if __name__ == "__main__":
    unittest.main()
