"""Threads, locks, conditions, queues and executors."""

from __future__ import annotations

import unittest

from tests.support import run, said


class Threads(unittest.TestCase):
    """What the library builds on `_thread` works, in virtual time."""

    def test_a_queue_hands_over_in_order(self) -> None:
        code = """
            import queue, threading, time
            q = queue.Queue(maxsize=2)
            def produce():
                for i in range(5): q.put(i)
            t = threading.Thread(target=produce); t.start()
            got = [q.get() for _ in range(5)]
            t.join()
            try: q.get(timeout=3)
            except queue.Empty: out(got, 'empty', round(time.monotonic()))
        """
        self.assertEqual(said(code, p=300_000), "[0, 1, 2, 3, 4] empty 1003")

    def test_a_simple_queue_is_the_one_in_python(self) -> None:
        code = """
            import queue, threading
            q = queue.SimpleQueue()
            threading.Thread(target=q.put, args=(1,)).start()
            out(type(q).__module__, q.get())
        """
        self.assertEqual(said(code), "queue 1")

    def test_a_lock_excludes_and_a_missing_lock_loses_an_update(self) -> None:
        code = """
            import threading
            lock = threading.Lock()
            total = 0
            def add(locked):
                global total
                for _ in range(5):
                    if locked:
                        with lock:
                            seen = total; other.acquire(); other.release(); total = seen + 1
                    else:
                        seen = total; other.acquire(); other.release(); total = seen + 1
            other = threading.Lock()
            for locked in (True, False):
                total = 0
                ts = [threading.Thread(target=add, args=(locked,)) for _ in range(3)]
                [t.start() for t in ts]; [t.join() for t in ts]
                out(total)
        """
        results = [said(code, seed=seed, p=500_000).split() for seed in range(5)]
        self.assertEqual({locked for locked, _ in results}, {"15"})
        self.assertTrue(any(int(unlocked) < 15 for _, unlocked in results), results)

    def test_conditions_events_barriers_and_semaphores(self) -> None:
        code = """
            import threading, time
            barrier, event, semaphore, condition = threading.Barrier(3), threading.Event(), threading.Semaphore(0), threading.Condition()
            order = []
            def work(n):
                barrier.wait(); event.wait(); time.sleep(n); order.append(n); semaphore.release()
                with condition: condition.notify_all()
            ts = [threading.Thread(target=work, args=(n,)) for n in (2, 1)]
            [t.start() for t in ts]
            barrier.wait(); time.sleep(1); event.set()
            semaphore.acquire(); semaphore.acquire()
            with condition: out(condition.wait_for(lambda: len(order) == 2, timeout=1))
            timer = threading.Timer(10, order.append, ('timer',)); timer.start(); timer.join()
            out(order, round(time.monotonic()), event.wait(0), threading.active_count())
        """
        self.assertEqual(said(code, p=200_000), "True\n[1, 2, 'timer'] 1013 True 1")

    def test_an_executor_works_in_parallel(self) -> None:
        code = """
            import time
            from concurrent.futures import ThreadPoolExecutor, wait, as_completed
            with ThreadPoolExecutor(8) as pool:
                results = list(pool.map(lambda i: (time.sleep(1), i)[1], range(16)))
            with ThreadPoolExecutor(2) as pool:
                futures = [pool.submit(time.sleep, n) for n in (3, 1, 2)]
                done, rest = wait(futures, timeout=1.5)
                out(len(done), len(rest))
            out(results == list(range(16)), round(time.monotonic()))
        """
        self.assertEqual(said(code), "1 2\nTrue 1005")

    def test_a_reentrant_lock_and_its_errors(self) -> None:
        code = """
            import threading, _thread, copy
            r = threading.RLock()
            with r:
                with r: pass
                t = threading.Thread(target=lambda: out(r.acquire(timeout=1))); t.start(); t.join()
            for bad in (r.release, threading.Lock().release, lambda: copy.deepcopy(threading.Lock()),
                        lambda: threading.Lock().acquire(False, 1), lambda: threading.Lock().acquire(True, -2)):
                try: bad()
                except Exception as e: out(type(e).__name__, e)
            out(threading.get_ident(), threading.main_thread().ident, _thread.stack_size())
        """
        expected = (
            "False\nRuntimeError cannot release un-acquired lock\nRuntimeError release unlocked lock\n"
            "TypeError cannot pickle '_thread.lock' object\nValueError can't specify a timeout for a non-blocking call\n"
            "ValueError timeout value must be a non-negative number\n1 1 0"
        )
        self.assertEqual(said(code), expected)

    def test_thread_locals_and_their_destructors(self) -> None:
        code = """
            import threading
            local, lock = threading.local(), threading.Lock()
            class Noisy:
                def __del__(self):
                    with lock: out('gone in', threading.get_ident())
            def work():
                local.noisy = Noisy(); local.x = threading.get_ident()
            for _ in range(2):
                t = threading.Thread(target=work); t.start(); t.join()
            out(hasattr(local, 'x'))
        """
        self.assertEqual(said(code), "gone in 2\ngone in 3\nFalse")

    def test_an_uncaught_exception_of_a_thread_is_printed(self) -> None:
        result = run("import threading; t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()")
        self.assertIn("ZeroDivisionError", result.output)
        raw = run("import _thread, time; _thread.start_new_thread(lambda: 1 / 0, ()); time.sleep(1)")
        self.assertRegex(raw.output, r"Exception ignored in thread started by: <function .*\n(.*\n)+ZeroDivisionError")
        self.assertEqual(result.exit_code, 0)

    def test_a_loop_that_polls_the_clock_ends_and_lets_others_run(self) -> None:
        code = """
            import threading, time
            ready = []
            threading.Thread(target=lambda: ready.append(1)).start()
            end = time.monotonic() + 0.2
            while time.monotonic() < end and not ready: time.sleep(0)
            out(bool(ready))
        """
        self.assertEqual(said(code, p=0), "True")

    def test_all_threads_waiting_for_ever_is_a_deadlock_with_names(self) -> None:
        code = """
            import threading
            a, b = threading.Lock(), threading.Lock()
            a.acquire()
            def other():
                with b: a.acquire()
            t = threading.Thread(target=other, name='the other'); t.start()
            t.join()
        """
        result = run(code)
        self.assertEqual((result.reason, result.text), ("halted", "deadlock"))
        waits = [note for note in result.notes if "waits" in note]
        self.assertEqual(len(waits), 2, result.notes)
        self.assertRegex(waits[0], r"MainThread waits in lock wait, probe_code\.py:8")
        self.assertRegex(waits[1], r"the other waits in lock wait, probe_code\.py:6 \(other\)")

    def test_virtual_time_has_a_limit(self) -> None:
        result = run("import time\nwhile True: time.sleep(1)", limit=60 * 10**9)
        self.assertEqual((result.reason, result.text, result.exit_code), ("halted", "limit", 97))
        self.assertIn("MainThread waits in sleep", result.notes[-1])


if __name__ == "__main__":
    unittest.main()
