#!/usr/bin/env python3
"""The goals that one process is measured by: reached.py REDSHANK BARE_READER [MANY]

CPU seconds of `replay`, without its start, the least of RUNS; its peak memory; the time by the clock for --jobs. The log of
a day is a recording, where ../shared is present, else 100,000 events of steady, which has far more sensitive acts; a third of
them with bodies is the log of bodies. The other logs are scaled from the sample (make_logs.py): 100,000 events of 50 users and
of as many users, and MANY (1,000,000) events, each in a namespace, with a name, an agent and a URI of its own.
"""
import itertools
import json
import pathlib
import subprocess
import sys
import tempfile

import curves
import goals
import make_logs
import replayed

RUNS, EVENTS, FEW = 5, 100_000, 1000
DAY = pathlib.Path(__file__).resolve().parents[3] / "shared" / "corpus" / "benign-day" / "audit.log.zst"


def write(path, events):
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(make_logs.line_of(event) for event in events)
    return path


def day(path, events):
    if not DAY.exists():
        print(f"{DAY} is not there: the steady log of the sample is read", flush=True)
        return write(path, make_logs.steady(events, EVENTS))
    subprocess.run(["zstd", "-qdfo", path, DAY], check=True)
    return path


def best(binary, log, *options, runs=RUNS, by="cpu_seconds"):
    return min((replayed.figures(binary, *options, log) for _ in range(runs)), key=lambda one: one[by])


def bare(reader, log):
    """Its CPU seconds."""
    said = (subprocess.run([reader, log], stdout=subprocess.PIPE, check=True, text=True).stdout for _ in range(RUNS))
    return min(float(one.split()[2]) for one in said)


def note(name, figure):
    print(f"{name:14} {figure:8.3f}", flush=True)
    goals.note(**{name: figure})


def each(figures):
    return figures["cpu_seconds"] / figures["events"]


def main(binary, reader, many="1000000"):
    with open(make_logs.SAMPLE, encoding="utf-8") as sample:
        events = [json.loads(line) for line in sample]
    note("sample_memory", best(binary, make_logs.SAMPLE, by="peak_rss_bytes")["peak_rss_bytes"] / 1e6)
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "log")
        day(log, events)
        note("reader", bare(reader, log) / best(binary, log)["cpu_seconds"])
        note("jobs", best(binary, log, by="seconds")["seconds"] / best(binary, log, "--jobs", "2", by="seconds")["seconds"])
        with open(log, encoding="utf-8") as whole:
            of_day = [json.loads(line) for line in whole]
        write(log, make_logs.bodies(of_day, EVENTS))
        bodies = best(binary, log)
        note("bodies", bodies["bytes"] / 1e9 / bodies["cpu_seconds"])
        few = best(binary, write(log, curves.of_users(EVENTS, events, 50)), runs=2)
        users = best(binary, write(log, curves.of_users(EVENTS, events, EVENTS)), runs=2)
        note("users_rate", each(few) / each(users))
        note("users_memory", users["peak_rss_bytes"] / 1e6)
        write(log, make_logs.spread(events, int(many)))
        first = pathlib.Path(folder, "first")
        with open(log, encoding="utf-8") as whole:
            first.write_text("".join(itertools.islice(whole, FEW)), encoding="utf-8")
        whole = best(binary, log, runs=1)
        note("spread_time", each(whole) / each(best(binary, first)))
        note("spread_memory", whole["peak_rss_bytes"] / 1e6)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
