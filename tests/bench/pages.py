#!/usr/bin/env python3
"""The pages over a full state (100,000 findings, 10^6 rows of last access) while the daemon reads a log at full speed: how long
until the first byte of each view, how large it is, and how long the log takes beside them and without them.

    REDSHANK=build/release/redshank python3 tests/bench/pages.py [EVENTS]     200,000
"""
import http.client
import pathlib
import re
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import SOURCE, Daemon, wait_for  # noqa: E402

FINDINGS, ACCESSES, INCIDENTS = 100_000, 1_000_000, 2000


def fill(database):
    """Copies of what the sample made, up to what the state holds at most."""
    with sqlite3.connect(database) as db:
        findings = db.execute("SELECT id, time, detector, kind, severity, status, count, json FROM findings").fetchall()
        db.executemany("INSERT OR IGNORE INTO findings VALUES(?,?,?,?,?,?,?,?)", (
            (new, time_, detector, kind, severity, status, count, text.replace(old, new))
            for n in range(FINDINGS) for old, time_, detector, kind, severity, status, count, text in [findings[n % len(findings)]]
            for new in [f"f_{n:026d}"]))
        key, row = db.execute("SELECT key, value FROM state WHERE tbl = 'unusual_access.last_access' "
                              "AND key LIKE 'alice%'").fetchone()
        db.executemany("INSERT OR IGNORE INTO state VALUES('unusual_access.last_access', ?, ?)",
                       ((key.replace("alice", f"user-{n:07d}", 1), row) for n in range(ACCESSES)))
        incidents = db.execute("SELECT key, value FROM state WHERE tbl = 'incidents.incidents'").fetchall()
        db.executemany("INSERT OR IGNORE INTO state VALUES('incidents.incidents', ?, ?)", (
            (new, text.replace(old, new)) for n in range(INCIDENTS - len(incidents)) for old, text in [incidents[n % len(incidents)]]
            for new in [f"i_{n:026d}"]))


def first_byte(port, path):
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begun = time.perf_counter()
    link.request("GET", path)
    answer = link.getresponse()
    took = time.perf_counter() - begun
    size = len(answer.read())
    link.close()
    return took * 1000, size


def main():
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(folder)
        daemon.log.write_bytes((SOURCE / "samples/audit.log").read_bytes())
        daemon.wait_until_ready()
        wait_for(lambda: "/incidents/i_" in daemon.get("/")[1], "an incident")
        daemon.stop()
        fill(daemon.state / "redshank.db")
        begun = time.monotonic()
        daemon = Daemon(folder)
        try:
            daemon.wait_until_ready()
            print(f"started in {time.monotonic() - begun:.1f} s")
            incident = re.search(r"/incidents/i_[a-z0-9]+", daemon.get("/")[1]).group(0)
            sample = (SOURCE / "samples/audit.log").read_bytes()
            lines = sample.count(b"\n")
            before = daemon.metric("redshank_events_total")
            for beside in (False, True):
                copies = max(1, events // lines)
                begun = time.monotonic()
                with open(daemon.log, "ab") as log:
                    for _ in range(copies):
                        log.write(sample)
                before += copies * lines
                took = {}
                while daemon.metric("redshank_events_total") < before:
                    if not beside:
                        time.sleep(0.05)
                        continue
                    for path in ("/", "/incidents", incident, "/who?user=user-0500000", "/secrets", "/crds", "/search?q=user-05", "/rules",
                                 "/events?user=alice&since=2026-11-23&until=2026-11-24"):
                        took.setdefault(path, []).append(first_byte(daemon.port, path))
                seconds = time.monotonic() - begun
                print(f"{copies * lines / seconds:.0f} events/s {'beside pages' if beside else 'alone'} ({seconds:.1f} s)")
                for path, all_ in took.items():
                    ms = sorted(one for one, _ in all_)
                    print(f"  {path.split('&')[0]:28} n={len(ms):4} p50={ms[len(ms) // 2]:7.1f} ms  p99={ms[min(len(ms) - 1, len(ms) * 99 // 100)]:7.1f} ms"
                          f"  {max(size for _, size in all_) / 1000:6.1f} KB")
        finally:
            daemon.kill()


if __name__ == "__main__":
    main()
