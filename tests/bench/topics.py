#!/usr/bin/env python3
"""What does an event cost that comes through a topic, beside one of a file?

    REDSHANK=build/release/redshank python3 tests/bench/topics.py TOPIC_SERVER LOG [CLUSTERS]

LOG, as far as a partition of the mock brokers holds it (4.5 MB), is the log of CLUSTERS (12) clusters, each in a partition of
its own. `redshank run` reads them as files, as topics, and as topics with two workers that share them by `members`. Prints the
processor time of an event, starts included, and the time from the start of the workers until all are read."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import Daemon  # noqa: E402

PARTITION = 4_500_000
TICKS = os.sysconf("SC_CLK_TCK")


def files(logs, names):
    return "\n[[source]]\n".join(f'path = "{logs / name}.log"\ncluster = "{name}"\nstart = "oldest"' for name in names)


def topics(address, member, members):
    """With a group of their own, which has noted nothing."""
    return (f'type = "kafka"\nbrokers = ["{address}"]\ntopics = ["audit"]\n'
            f'group = "of {len(members)}"\nmember = "{member}"\nmembers = {json.dumps(members)}')


def processor_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def measure(folder, events, each_source):
    """(processor seconds, seconds) of workers that read all together."""
    workers, began = [], time.monotonic()
    for i, source in enumerate(each_source):
        (folder / str(i)).mkdir(parents=True)
        workers.append(Daemon(folder / str(i), source=source))
    while sum(worker.metric("redshank_events_total", outcome="parsed") for worker in workers) < events:
        time.sleep(0.02)
    seconds = time.monotonic() - began
    spent = sum(processor_seconds(worker.process) for worker in workers)
    for worker in workers:
        worker.stop()
    return spent, seconds


def print_all(folder, logs, names, address, events):
    alone = None
    for what, sources in (("files", [files(logs, names)]), ("topics", [topics(address, "a", ["a"])]),
                          ("topics, two workers", [topics(address, name, ["a", "b"]) for name in "ab"])):
        cpu, seconds = measure(folder / what, events, sources)
        alone = alone or cpu
        print(f"{what:20} {events:8,} events  {cpu / events * 1e6:6.1f} µs an event  {cpu / alone:5.2f} x files  all read after {seconds:5.2f} s", flush=True)


def part_of(log):
    with open(log, "rb") as lines:
        text = lines.read(PARTITION)
    return text[:text.rindex(b"\n") + 1]


def main(server, log, clusters="12"):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        logs, part = folder / "logs", part_of(log)
        logs.mkdir()
        names = [f"c{i:02}" for i in range(int(clusters))]
        for name in names:
            (logs / f"{name}.log").write_bytes(part)
        with subprocess.Popen([server, logs], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as brokers:
            print_all(folder, logs, names, brokers.stdout.readline().strip(), part.count(b"\n") * len(names))
            brokers.stdin.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
