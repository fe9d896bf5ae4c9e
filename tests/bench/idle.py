#!/usr/bin/env python3
"""What a daemon costs to whose log nobody writes: CPU seconds an hour and wake-ups a second, of each thread and in all,
first alone, then with /metrics scraped every 15 s.

    REDSHANK=build/release/redshank python3 tests/bench/idle.py [SECONDS]     60 each
"""
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import goals  # noqa: E402
from harness import SOURCE, Daemon  # noqa: E402

SCRAPE = 15


def threads(pid):
    """Name, nanoseconds on a processor and voluntary switches of each thread."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        status = (task / "status").read_text()
        found[task.name] = ((task / "comm").read_text().strip(), int((task / "schedstat").read_text().split()[0]),
                            int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0]))
    return found


def measure(daemon, seconds, scrapes):
    before, began = threads(daemon.process.pid), time.monotonic()
    while (left := began + seconds - time.monotonic()) > 0:
        time.sleep(min(left, SCRAPE))
        if scrapes:
            daemon.get("/metrics")
    passed, cpu, wakes = time.monotonic() - began, 0, 0
    for task, (name, ran, woke) in sorted(threads(daemon.process.pid).items()):
        _, ran_before, woke_before = before.get(task, (name, 0, 0))
        cpu += (ran - ran_before) / passed / 1e9 * 3600
        wakes += (woke - woke_before) / passed
        print(f"  {name:12} {(ran - ran_before) / passed / 1e3:8.1f} µs a second {(woke - woke_before) / passed:6.2f} wake-ups a second")
    print(f"idle{', scraped' if scrapes else '':9}: {cpu:.2f} CPU seconds an hour, {wakes:.2f} wake-ups a second", flush=True)
    return cpu, wakes


def main(seconds="60"):
    with tempfile.TemporaryDirectory() as folder:
        sample = (SOURCE / "samples" / "audit.log").read_bytes()
        pathlib.Path(folder, "audit.log").write_bytes(sample)
        daemon = Daemon(folder)
        try:
            daemon.wait_until_ready()
            daemon.wait_for_events(sample.count(b"\n"))
            time.sleep(12)  # all that follows a start is over
            cpu, wakes = measure(daemon, float(seconds), False)
            goals.note(idle_cpu=cpu, idle_wakes=wakes)
            measure(daemon, float(seconds), True)
            daemon.stop()
        finally:
            daemon.kill()


if __name__ == "__main__":
    main(*sys.argv[1:])
