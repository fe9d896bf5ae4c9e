#!/usr/bin/env python3
"""Scrapes of /metrics while the daemon reads a log at full speed, first alone, then beside 50 clients that read a byte now and
then and 10,000 requests that are none: how long a good scrape takes, and how long the log takes.

    REDSHANK=build/release/redshank python3 tests/bench/scrapes.py [EVENTS]     60,000
"""
import pathlib
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import make_logs  # noqa: E402
from harness import Daemon, wait_for  # noqa: E402

SLOW = 50
BAD = 10_000
REQUESTS = (b"GET\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET /metrics HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999\r\n\r\n", b"GET / HTTP/1.1\r\nCookie: " + b"x" * 20_000,
            b"")


def connect(port):
    return socket.create_connection(("127.0.0.1", port), timeout=10)


class SlowReaders:
    """Each asks for the metrics, reads a byte in half a second, and comes again when it is sent away."""

    def __init__(self, port):
        self.over, self.threads = threading.Event(), []
        for _ in range(SLOW):
            self.threads.append(threading.Thread(target=self.read, args=(port,)))
            self.threads[-1].start()

    def read(self, port):
        while not self.over.is_set():
            try:
                with connect(port) as link:
                    link.sendall(b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
                    while not self.over.wait(0.5) and link.recv(1):
                        pass
            except OSError:
                self.over.wait(0.1)

    def end(self):
        self.over.set()
        for thread in self.threads:
            thread.join()


def send_bad(port):
    for i in range(BAD):
        try:
            with connect(port) as link:
                link.sendall(REQUESTS[i % len(REQUESTS)])
                link.shutdown(socket.SHUT_WR)
                while link.recv(4096):
                    pass
        except OSError:
            pass  # closed without an answer: that is one too


def measure(folder, log, events, with_company):
    folder.mkdir()
    (folder / "audit.log").touch()
    daemon = Daemon(folder)
    company = None
    try:
        daemon.wait_until_ready()
        company = SlowReaders(daemon.port) if with_company else None
        bad = threading.Thread(target=send_bad, args=(daemon.port,))
        if company:
            bad.start()
        began = time.monotonic()
        with open(folder / "audit.log", "ab") as out:
            out.write(log.read_bytes())
        took, is_read = [], None
        while is_read is None or (with_company and bad.is_alive()) or len(took) < 100:
            start = time.monotonic()
            status, _ = daemon.get("/metrics")
            took.append(time.monotonic() - start)
            assert status == 200, status
            if is_read is None and daemon.metric("redshank_events_total") >= events:
                is_read = time.monotonic() - began
            time.sleep(0.02)
        if company:
            bad.join()
        wait_for(lambda: daemon.get("/healthz")[0] == 200, "health")
    finally:
        if company:
            company.end()
        daemon.kill()
    took.sort()
    return took[len(took) // 2], took[len(took) * 99 // 100], is_read


def main(events=60_000):
    events = int(events)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_logs.main(folder, events)
        figures = {}
        for company in (False, True):
            half, most, read = figures[company] = measure(folder / str(company), folder / "steady.log", events, company)
            print(f"{'beside 50 slow and 10,000 bad' if company else 'alone':30} scrape p50 {half * 1000:6.1f} ms, p99 {most * 1000:6.1f} ms; "
                  f"{events:,} events read in {read:5.2f} s", flush=True)
        print(f"the log takes {figures[True][2] / figures[False][2]:.2f} x as long")


if __name__ == "__main__":
    main(*sys.argv[1:])
