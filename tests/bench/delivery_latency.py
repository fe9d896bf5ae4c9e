"""Measures the time from the append of a line to the receiver's accept: redshank beside `tail -F | jq | curl`, in one run.

    REDSHANK=build/release/redshank python3 tests/bench/delivery_latency.py [EVENTS]
"""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import Daemon, Receiver, anonymous_secret_read, wait_for  # noqa: E402


def measure(log, receiver, events):
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
    p50, p99 = delays[len(delays) // 2], delays[len(delays) * 99 // 100]
    print(f"{name:<24} {len(delays)} events  p50 {p50 * 1000:7.2f} ms  p99 {p99 * 1000:7.2f} ms", flush=True)


def bench_redshank(events):
    with tempfile.TemporaryDirectory() as folder:
        open(f"{folder}/audit.log", "wb").close()
        receiver = Receiver()
        daemon = Daemon(folder, f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{receiver.url}"\n'
                                'group_by = []\ngroup_wait = "0s"\ngroup_interval = "0s"\n'
                                'detectors = ["secret_exposure"]\n')
        try:
            daemon.wait_until_ready()
            show("redshank", measure(daemon.log, receiver, events))
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
            show("tail -F | jq | curl", measure(log, receiver, events))
        finally:
            os.killpg(pipeline.pid, signal.SIGTERM)
            pipeline.wait()
            receiver.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    bench_redshank(count)
    if shutil.which("jq") and shutil.which("curl"):
        bench_shell(count)
