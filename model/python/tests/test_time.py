"""The clock: it moves when everything waits, and a reading costs a microsecond."""

from __future__ import annotations

import unittest

from tests.support import said


class Time(unittest.TestCase):
    """Every way to ask for the time gives the simulated one."""

    def test_sleep_passes_virtual_time_exactly(self) -> None:
        code = """
            import time
            a = time.monotonic_ns(); time.sleep(3600); b = time.monotonic_ns()
            out(b - a)
        """
        self.assertEqual(said(code, limit=10_000 * 10**9), str(3600 * 10**9 + 1000))

    def test_all_clocks_agree(self) -> None:
        code = """
            import time, datetime, calendar
            now = time.time()
            d = datetime.datetime
            class Mine(d): pass
            clocks = [d.now().timestamp(), d.now(datetime.timezone.utc).timestamp(), calendar.timegm(d.utcnow().timetuple()), Mine.now().timestamp(),
                      time.mktime(time.localtime()), calendar.timegm(time.gmtime()), time.clock_gettime(time.CLOCK_REALTIME)]
            out(now, max(abs(c - now) for c in clocks) <= 1, type(Mine.now()).__name__, datetime.date.today(), time.strftime('%Y-%m-%d'))
            out(abs(time.perf_counter() - time.monotonic()) < 1e-5, time.ctime(), round(time.clock_gettime(time.CLOCK_MONOTONIC)))
        """
        expected = (
            "1785000000.000001 True Mine 2026-07-25 2026-07-25\n"
            "True Sat Jul 25 17:20:00 2026 1000"
        )
        self.assertEqual(said(code), expected)

    def test_a_busy_loop_over_the_clock_ends(self) -> None:
        code = """
            import time
            end, n = time.monotonic() + 0.01, 0
            while time.monotonic() < end: n += 1
            out(n)
        """
        self.assertEqual(said(code), "9999")

    def test_logging_has_the_simulated_time(self) -> None:
        code = """
            import logging, io, time
            stream = io.StringIO()
            handler = logging.StreamHandler(stream); handler.setFormatter(logging.Formatter('%(asctime)s %(threadName)s %(process)d %(message)s'))
            log = logging.getLogger('x'); log.addHandler(handler)
            time.sleep(1.5); log.warning('hello')
            out(stream.getvalue().strip())
        """
        self.assertEqual(said(code), "2026-07-25 17:20:01,500 MainThread 4242 hello")

    def test_an_import_and_a_point_have_a_price(self) -> None:
        code = """
            import time
            a = time.monotonic()
            import this_is_not_there_but_colorsys_is as x
        """.replace("this_is_not_there_but_colorsys_is as x", "colorsys\n            out(round(time.monotonic() - a, 3))")
        self.assertEqual(said(code, import_cost=1_000_000), "0.004")
        self.assertEqual(said(code), "0.0")


if __name__ == "__main__":
    unittest.main()
