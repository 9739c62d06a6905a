"""Sockets and everything on them: http.client, urllib, selectors, asyncio."""

from __future__ import annotations

import unittest

from tests.support import run, said

RETAIN = "'http://hindsight:8888/v1/default/banks/b/memories'"


class Sockets(unittest.TestCase):
    """The library's clients reach the simulated provider, and its faults reach them."""

    def test_urllib_posts_and_reads_the_answer(self) -> None:
        code = f"""
            import json, time, urllib.request
            body = json.dumps({{'items': [{{'content': 'S1#1 hello'}}]}}).encode()
            request = urllib.request.Request({RETAIN}, body, {{'Content-Type': 'application/json'}})
            with urllib.request.urlopen(request, timeout=5) as answer: out(answer.status, json.load(answer)['success'])
            out(round(time.monotonic() - 1000, 4))
        """
        result = run(code)
        self.assertEqual(result.answers(), ["200 True\n0.0008"])
        self.assertEqual(result.world.stored, ["S1#1"])

    def test_a_connection_is_kept_alive(self) -> None:
        code = """
            import http.client
            c = http.client.HTTPConnection('hindsight', 8888, timeout=3)
            for _ in range(3):
                c.request('GET', '/version'); out(c.getresponse().read())
            c.close()
        """
        result = run(code)
        self.assertEqual(len(result.world.requests), 3)
        self.assertEqual(sum("connect 1 hindsight" in line for line in result.trace), 1)
        self.assertEqual(sum("close 1 2" in line for line in result.trace), 1)

    def test_faults_are_the_errors_of_the_library(self) -> None:
        code = """
            import urllib.request, time
            for host in ('hindsight:8888', 'hindsight:8888', 'hindsight:8888', 'hindsight:8888', 'hindsight:1', 'nowhere:8888'):
                a = time.monotonic()
                try: urllib.request.urlopen('http://%s/version' % host, timeout=2).read()
                except Exception as e: out(type(e).__name__, e, round(time.monotonic() - a, 3))
        """
        plan = {"version": {1: "hang", 2: "reset", 3: "close", 4: "500"}}
        expected = [
            "TimeoutError timed out 2.0",
            "ConnectionResetError [Errno 104] Connection reset by peer 0.001",
            "RemoteDisconnected Remote end closed connection without response 0.001",
            "HTTPError HTTP Error 500: Internal Server Error 0.001",
            "URLError <urlopen error [Errno 111] Connection refused> 0.0",
            "URLError <urlopen error [Errno -2] Name or service not known> 0.0",
        ]
        self.assertEqual(said(code, plan).split("\n"), expected)

    def test_selectors_and_nonblocking_sockets(self) -> None:
        code = """
            import selectors, socket, select, time
            s = socket.socket(); s.setblocking(False)
            out(s.connect_ex(('hindsight', 8888)))
            with selectors.DefaultSelector() as sel:
                sel.register(s, selectors.EVENT_WRITE | selectors.EVENT_READ)
                out([events for _, events in sel.select(1)], s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), type(sel).__name__)
                s.send(b'GET /version HTTP/1.1\\r\\n\\r\\n')
                try: s.recv(10)
                except BlockingIOError: out('would block')
                sel.modify(s, selectors.EVENT_READ)
                out([events for _, events in sel.select()], s.recv(8))
                out(select.select([s], [s], [], 0) == ([s], [s], []))
                s.recv(1000); a = time.monotonic()
                out(sel.select(0.5), round(time.monotonic() - a, 3))
                p = select.poll(); p.register(s, select.POLLIN); out(p.poll(10))
            a, b = socket.socketpair(); a.send(b'x'); a.close(); out(b.recv(5), b.recv(5))
        """
        expected = "115\n[2] 0 EpollSelector\nwould block\n[1] b'HTTP/1.1'\nTrue\n[] 0.5\n[]\nb'x' b''"
        self.assertEqual(said(code), expected)

    def test_makefile_shutdown_and_timeouts(self) -> None:
        code = """
            import socket
            s = socket.create_connection(('hindsight', 8888), timeout=1)
            with s, s.makefile('rwb') as f:
                f.write(b'GET /version HTTP/1.1\\r\\n\\r\\n'); f.flush()
                out(f.readline())
                s.shutdown(socket.SHUT_WR)
                while f.readline(): pass
            out(s.fileno(), socket.getfqdn(), socket.gethostbyname('hindsight'))
            out(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect_ex(('8.8.8.8', 80)))
            try: socket.socket(socket.AF_INET6)
            except OSError as e: out(e.errno)
        """
        self.assertEqual(said(code), "b'HTTP/1.1 200 OK\\r\\n'\n-1 agent 10.0.0.2\n0\n97")

    def test_asyncio_runs_with_streams_timeouts_and_threads(self) -> None:
        code = """
            import asyncio, time
            async def fetch(n):
                reader, writer = await asyncio.open_connection('hindsight', 8888)
                writer.write(b'GET /version HTTP/1.1\\r\\n\\r\\n'); await writer.drain()
                line = await reader.readline()
                writer.close(); await writer.wait_closed()
                return line.strip().decode()
            async def main():
                out(*await asyncio.gather(*[fetch(n) for n in range(3)]))
                try: await asyncio.wait_for(asyncio.sleep(10), 2)
                except asyncio.TimeoutError: out('timeout')
                out(await asyncio.to_thread(lambda: (time.sleep(1), 'thread')[1]))
                loop = asyncio.get_running_loop()
                out(type(loop).__name__, round(loop.time()))
            asyncio.run(main())
            out(round(time.monotonic(), 1))
        """
        expected = "HTTP/1.1 200 OK HTTP/1.1 200 OK HTTP/1.1 200 OK\ntimeout\nthread\n_UnixSelectorEventLoop 1003\n1003.0"
        self.assertEqual(said(code), expected)

    def test_a_loop_in_a_thread_takes_coroutines_from_others(self) -> None:
        code = """
            import asyncio, threading
            loop = asyncio.new_event_loop()
            t = threading.Thread(target=loop.run_forever, daemon=True); t.start()
            async def work(n):
                await asyncio.sleep(n); return n
            futures = [asyncio.run_coroutine_threadsafe(work(n), loop) for n in (2, 1)]
            out([f.result(5) for f in futures])
            try: asyncio.run_coroutine_threadsafe(work(9), loop).result(1)
            except TimeoutError: out('timeout')
            loop.call_soon_threadsafe(loop.stop); t.join(); loop.close()
            out(t.is_alive())
        """
        self.assertEqual(said(code, p=200_000), "[2, 1]\ntimeout\nFalse")

    def test_a_server_that_is_down_is_waited_for(self) -> None:
        self.assertIn("refused", said("import socket\ntry: socket.create_connection(('hindsight', 8888))\nexcept OSError as e: out(e)", {"down": 1}))


if __name__ == "__main__":
    unittest.main()
