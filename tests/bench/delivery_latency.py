"""Measures the time from the append of a line to the receiver's accept: at 1, 1,000 and 10,000 events a second, of which at
most 20 make an alert; then one alert after the other, redshank beside `tail -F | jq | curl`. In one run.

    REDSHANK=build/release/redshank python3 tests/bench/delivery_latency.py [ALERTS]     200 of each
"""
import multiprocessing
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import goals  # noqa: E402
from harness import Daemon, Receiver, anonymous_secret_read, event, wait_for  # noqa: E402

RATES = (1, 1000, 10_000)
ALERTS_A_SECOND = 20
TICK = 0.001  # seconds; what is written in one go
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
NAME = re.compile(rb"bench-\d{6}-x")


def accept(listener, times):
    """A receiver in a process of its own, so that writing the log delays it no more than redshank. Sends (name, time)."""
    while True:
        link, _ = listener.accept()
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        got = b""
        while part := link.recv(1 << 16):
            got += part
            while (end := got.find(b"\r\n\r\n")) >= 0:
                size = int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", got[:end + 2])[1])
                if len(got) < end + 4 + size:
                    break
                at = time.monotonic()
                link.sendall(OK)
                times.send([(name.decode(), at) for name in set(NAME.findall(got[end:]))])
                got = got[end + 4 + size:]


class FastReceiver:
    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/alerts"
        self.times, theirs = multiprocessing.Pipe(duplex=False)
        self.process = multiprocessing.get_context("fork").Process(target=accept, args=(self.listener, theirs), daemon=True)
        self.process.start()

    def close(self):
        self.process.kill()
        self.process.join()
        self.listener.close()


def config(url):
    return (f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{url}"\ngroup_by = []\ngroup_wait = "0s"\n'
            'group_interval = "0s"\ndetectors = ["secret_exposure"]\n')


def ticks(rate, alerts):
    """(lines, name of the alert in them or None) of each tick, and its length in seconds."""
    each = max(1, round(rate * TICK))
    between = max(1, rate // each // ALERTS_A_SECOND)
    number = 0
    for i in range(alerts * between):
        name = f"bench-{i // between:06}-x" if i % between == between - 1 else None
        lines = []
        for k in range(each - (name is not None)):
            number += 1
            lines.append(event(f"bg-{number}", user=f"user-{number % 50}", name=f"web-{number % 500}", second=i * each // rate))
        if name:
            lines.append(anonymous_secret_read(f"read-{i}", name, second=i * each // rate))
        yield b"\n".join(lines) + b"\n", name


def at_rate(rate, alerts):
    """Seconds from append to accept of each alert, sorted, while `rate` events a second are written."""
    plan = list(ticks(rate, alerts))
    length = 1 / rate * max(1, round(rate * TICK))
    written = {}
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "audit.log").touch()
        receiver = FastReceiver()
        daemon = Daemon(folder, config(receiver.url))
        try:
            daemon.wait_until_ready()
            with open(daemon.log, "ab", buffering=0) as out:
                began = time.monotonic()
                for i, (lines, name) in enumerate(plan):
                    time.sleep(max(0, began + i * length - time.monotonic()))
                    if name:
                        written[name] = time.monotonic()
                    out.write(lines)
                took = time.monotonic() - began
            accepted = {}
            while len(accepted) < len(written):
                if not receiver.times.poll(60):
                    raise SystemExit(f"{len(written) - len(accepted)} alerts did not arrive")
                for name, at in receiver.times.recv():
                    accepted.setdefault(name, at)
            daemon.stop()
        finally:
            daemon.kill()
            receiver.close()
    print(f"{sum(lines.count(10) for lines, _ in plan) / took:,.0f} events a second were written")
    return sorted(accepted[name] - at for name, at in written.items())


def one_by_one(log, receiver, events):
    """Appends a line and waits for its alert, `events` times; returns the sorted seconds."""
    delays = []
    with open(log, "ab", buffering=0) as out:
        for i in range(events):
            name = f"bench-{i:06}-x"
            out.write(anonymous_secret_read(f"read-{i}", name, second=i) + b"\n")
            start = time.monotonic()
            seen = len(receiver.bodies)
            give_up = start + 60
            while not any(name in body for body in receiver.bodies[max(0, seen - 20):]):
                if time.monotonic() > give_up:
                    raise SystemExit(f"{name} did not arrive")
                time.sleep(0.0002)
            delays.append(time.monotonic() - start)
    return sorted(delays)


def show(name, delays):
    p50, p99 = (delays[len(delays) * share // 100] * 1000 for share in (50, 99))
    print(f"{name:<32} {len(delays)} alerts  p50 {p50:7.2f} ms  p99 {p99:7.2f} ms  longest {delays[-1] * 1000:7.2f} ms", flush=True)
    return p99


def bench_redshank(events):
    with tempfile.TemporaryDirectory() as folder:
        open(f"{folder}/audit.log", "wb").close()
        receiver = Receiver()
        daemon = Daemon(folder, config(receiver.url))
        try:
            daemon.wait_until_ready()
            show("redshank, one by one", one_by_one(daemon.log, receiver, events))
            daemon.stop()
        finally:
            daemon.kill()
            receiver.close()


def bench_shell(events):
    with tempfile.TemporaryDirectory() as folder:
        log = f"{folder}/audit.log"
        open(log, "wb").close()
        receiver = Receiver()
        script = (f"tail -n +1 -F {log} 2>/dev/null | jq --unbuffered -c 'select(.objectRef.resource == \"secrets\")' | "
                  f"while read -r line; do curl -s -o /dev/null --data-binary \"$line\" {receiver.url}; done")
        pipeline = subprocess.Popen(["bash", "-c", script], start_new_session=True)
        try:
            with open(log, "ab", buffering=0) as out:
                out.write(anonymous_secret_read("warm", "warm-up") + b"\n")
            wait_for(lambda: receiver.bodies, "the pipeline to start")
            show("tail -F | jq | curl, one by one", one_by_one(log, receiver, events))
        finally:
            os.killpg(pipeline.pid, signal.SIGTERM)
            pipeline.wait()
            receiver.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for wanted in RATES:
        # A hundred at one a second take long enough.
        p99 = show(f"redshank, {wanted:,} events a second", at_rate(wanted, min(count, 100) if wanted == 1 else count))
        goals.note(**{f"p99_{wanted}": p99})
    bench_redshank(count)
    if shutil.which("jq") and shutil.which("curl"):
        bench_shell(count)
