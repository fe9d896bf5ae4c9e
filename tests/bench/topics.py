#!/usr/bin/env python3
"""What does an event cost that comes through a topic, beside one of a file?  topics.py REDSHANK TOPIC_SERVER LOG [CLUSTERS]

LOG, as far as a partition of the mock brokers holds it (4.5 MB), is the log of CLUSTERS (12) clusters, each in a partition of
its own. `redshank run` reads them as files, as topics, and as topics with two workers that share them by `members`. Prints the
processor time of an event and the time until all are read, from the moment in which the first worker says where it listens."""
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

PARTITION = 4_500_000
TICKS = os.sysconf("SC_CLK_TCK")


class Worker:
    def __init__(self, binary, folder, sources):
        folder.mkdir()
        config = folder / "redshank.toml"
        config.write_text(f'state_dir = "{folder}"\n[http]\nlisten = "127.0.0.1:0"\n{sources}')
        self.process = subprocess.Popen([binary, "run", "--config", config], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.metrics = None
        for line in self.process.stderr:
            if found := re.search(r"metrics at (http://\S+/metrics)", line):
                self.metrics = found.group(1)
                break
        if self.metrics is None:
            sys.exit(f"topics: {binary} did not begin")

    def events(self):
        with urllib.request.urlopen(self.metrics) as page:
            found = re.search(r'^redshank_events_total\{outcome="parsed"\} (\d+)', page.read().decode(), re.M)
        return int(found.group(1)) if found else 0

    def end(self):
        """Its processor seconds."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        self.process.send_signal(signal.SIGTERM)
        self.process.stderr.close()
        self.process.wait(30)
        return (int(fields[11]) + int(fields[12])) / TICKS


def measure(binary, folder, events, each_sources):
    workers = [Worker(binary, folder / f"worker-{i}", sources) for i, sources in enumerate(each_sources)]
    began = time.monotonic()
    while sum(worker.events() for worker in workers) < events:
        time.sleep(0.02)
    seconds = time.monotonic() - began
    return sum(worker.end() for worker in workers), seconds


def part_of(log):
    with open(log, "rb") as lines:
        text = lines.read(PARTITION)
    return text[:text.rindex(b"\n") + 1]


def main(binary, server, log, clusters="12"):
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        folder = pathlib.Path(folder)
        logs, part = folder / "logs", part_of(log)
        logs.mkdir()
        names = [f"c{i:02}" for i in range(int(clusters))]
        for name in names:
            (logs / f"{name}.log").write_bytes(part)
        events = part.count(b"\n") * len(names)
        brokers = stack.enter_context(subprocess.Popen([server, logs], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        address = brokers.stdout.readline().strip()
        files = "".join(f'[[source]]\npath = "{logs / name}.log"\ncluster = "{name}"\nstart = "oldest"\n' for name in names)

        def topics(member, members):  # a group of their own, which has noted nothing
            return (f'[[source]]\ntype = "kafka"\nbrokers = ["{address}"]\ntopics = ["audit"]\n'
                    f'group = "of {len(members)}"\nmember = "{member}"\nmembers = {json.dumps(members)}\n')

        alone = None
        for what, sources in (("files", [files]), ("topics", [topics("a", ["a"])]),
                              ("topics, two workers", [topics(name, ["a", "b"]) for name in "ab"])):
            (folder / what).mkdir()
            cpu, seconds = measure(binary, folder / what, events, sources)
            alone = alone or cpu
            print(f"{what:20} {events:8,} events  {cpu / events * 1e6:6.1f} µs an event  {cpu / alone:5.2f} x files  all read after {seconds:5.2f} s", flush=True)
        brokers.stdin.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
