#!/usr/bin/env python3
"""The goals of speed and what was reached, as a table: goals.py NOTES [TABLE.md]

Each measurement of `make bench` notes its figures in the file that $REDSHANK_GOALS names, a JSON object a line; the last
figure of a name counts. Nothing is noted without it.
"""
import json
import math
import os
import pathlib
import sys

AT_LEAST, AT_MOST = "at least", "at most"
GOALS = (  # name, what, which way, wanted, unit
    ("reader", "a day, one thread: events a CPU second, of the bare reader's", AT_LEAST, 0.6, ""),
    ("jobs", "`--jobs 2`: of one thread's speed", AT_LEAST, 1.7, ""),
    ("bodies", "bodies of 10 kB: read in a CPU second", AT_LEAST, 2, "GB"),
    ("users_rate", "100,000 users: events a CPU second, of those of 50", AT_LEAST, 0.5, ""),
    ("users_memory", "100,000 users: peak memory", AT_MOST, 128, "MB"),
    ("spread_time", "a million different names: time of an event, of the first thousand's", AT_MOST, 2, ""),
    ("spread_memory", "a million different names: peak memory", AT_MOST, 256, "MB"),
    ("p99_1", "append to accepted alert, p99 at 1 event a second", AT_MOST, 5, "ms"),
    ("p99_1000", "append to accepted alert, p99 at 1,000 events a second", AT_MOST, 5, "ms"),
    ("p99_10000", "append to accepted alert, p99 at 10,000 events a second", AT_MOST, 5, "ms"),
    ("idle_cpu", "idle: CPU seconds an hour", AT_MOST, 1, "s"),
    ("idle_wakes", "idle: wake-ups a second", AT_MOST, 2, ""),
    ("sample_memory", "the sample: peak memory", AT_MOST, 32, "MB"),
)


def note(**figures):
    if path := os.environ.get("REDSHANK_GOALS"):
        with open(path, "a", encoding="utf-8") as out:
            out.write(json.dumps(figures) + "\n")


def read_notes(text):
    reached = {}
    for line in text.splitlines():
        reached.update(json.loads(line))
    return reached


def verdict(which, wanted, reached):
    if reached is None:
        return "not measured"
    short = (wanted - reached if which == AT_LEAST else reached - wanted) / wanted
    return "met" if short <= 0 else f"missed by {math.ceil(short * 100)} %"


def table(reached):
    """A row for each goal, in Markdown. `reached`: figures by name."""
    rows = ["| goal | wanted | reached | |", "| --- | --- | --- | --- |"]
    for name, what, which, wanted, unit in GOALS:
        figure = reached.get(name)
        shown = "–" if figure is None else f"{figure:.3g} {unit}".rstrip()
        rows.append(f"| {what} | {which} {f'{wanted} {unit}'.rstrip()} | {shown} | {verdict(which, wanted, figure)} |")
    return "\n".join(rows) + "\n"


def main(notes, to=None):
    text = table(read_notes(pathlib.Path(notes).read_text(encoding="utf-8")))
    print(text, end="")
    if to:
        pathlib.Path(to).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
