"""Broken agents: each ends with a status and a reason, and leaves nothing behind."""

from __future__ import annotations

import os
import time
import unittest

from tests.support import run, said, template


class Broken(unittest.TestCase):
    """What the simulator sees of an agent that does what it must not."""

    def test_one_that_crashes_in_c_has_a_status_and_no_goodbye(self) -> None:
        result = run("import ctypes; ctypes.string_at(0)")
        self.assertEqual((result.exit_code, result.reason), (-11, ""))
        self.assertEqual(result.ops[-1][1:], ("called", "prefetch"))
        self.assertIn("Segmentation fault", result.output)

    def test_one_that_closes_its_descriptor_ends_at_its_next_frame(self) -> None:
        result = run("import os, time\nos.closerange(3, 600)\ntime.sleep(1)")
        self.assertEqual((result.exit_code, result.reason), (98, ""))

    def test_c_code_that_waits_connects_or_forks_dies_with_its_stacks(self) -> None:
        calls = ["fork()", "vfork()", "system(b'true')", "execv(b'/bin/true', None)"]
        calls += ["socket(2, 1, 0)", "socket(10, 2, 0)", "sleep(1)", "poll(None, 0, 9)"]
        for call in calls:
            with self.subTest(call):
                result = run(f"import ctypes\nctypes.PyDLL(None).{call}\nout('went on')")
                self.assertEqual((result.exit_code, result.reason, result.answers()), (-31, "", []))
                # `system` blocks all signals first, and so dies without a word.
                if "system" not in call:
                    self.assertIn('File "probe_code.py", line 2', result.output)

    def test_c_code_may_start_threads_and_use_local_sockets(self) -> None:
        code = """
            import ctypes
            libc = ctypes.CDLL(None)
            thread = ctypes.c_ulong()
            libc.pthread_create(ctypes.byref(thread), None, libc.getppid, None); libc.pthread_join(thread, None)
            out(libc.socket(1, 1, 0) > 0)
        """
        self.assertEqual(said(code), "True")

    def test_one_that_never_ends_is_halted_by_its_limit(self) -> None:
        for code in ("import time\nwhile True: time.monotonic()", "import atexit, time\natexit.register(time.sleep, 1e9)"):
            result = run(code, limit=3 * 10**8)
            self.assertEqual((result.reason, result.text, result.exit_code), ("halted", "limit", 97))

    def test_one_that_catches_everything_is_still_killed(self) -> None:
        code = """
            import os, signal, time
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            try: os.kill(os.getpid(), 9)
            except BaseException: pass
            while True: time.sleep(1)
        """
        self.assertEqual(run(code).exit_code, -9)

    def test_one_that_answers_too_much_is_cut(self) -> None:
        self.assertEqual(len(said("out('x' * 20_000_000)")), 1_000_000)

    def test_one_that_sends_too_much_is_sent_in_pieces(self) -> None:
        code = """
            import socket
            s = socket.create_connection(('hindsight', 8888))
            body = b'x' * 1_000_000
            s.sendall(b'POST /x HTTP/1.1\\r\\nContent-Length: 0\\r\\nX: ' + body + b'\\r\\n\\r\\n')
            out(s.recv(8))
        """
        result = run(code)
        self.assertEqual(result.answers(), ["b'HTTP/1.1'"])
        self.assertEqual(sum("send 1 b" in line for line in result.trace), 4)

    def test_one_that_recurses_too_deeply_or_exhausts_descriptors(self) -> None:
        self.assertEqual(said("def f(): return f()\ntry: f()\nexcept RecursionError: out('deep')"), "deep")
        code = """
            import resource
            resource.setrlimit(resource.RLIMIT_NOFILE, (99, 99))
            try: files = [open('/dev/null') for _ in range(200)]
            except OSError as e: out(e.errno)
        """
        self.assertEqual(said(code), "24")

    def test_one_whose_simulator_is_gone_ends(self) -> None:
        stream = template().start()
        hello = stream.recv(65536)
        self.assertTrue(hello)
        stream.close()
        for _ in range(100):
            with open(f"/proc/{template().pid}/task/{template().pid}/children", encoding="ascii") as file:
                left = file.read().split()
            if not left:
                break
            time.sleep(0.02)
        self.assertEqual(left, [])
        self.assertTrue(os.path.exists(f"/proc/{template().pid}"))


if __name__ == "__main__":
    unittest.main()
