#!/usr/bin/env python3
"""What a day of a log asks of its host (docs/capacity.md): processor, memory, and the size of the state.

    tests/bench/capacity.py REDSHANK LOG...     logs of one cluster, or several of one API server, in any order
"""
import pathlib
import sys
import tempfile

import replayed


def measure(redshank, logs):
    with tempfile.TemporaryDirectory() as folder:
        now = replayed.figures(redshank, "--format", "json", "--state", pathlib.Path(folder, "redshank.db"), *logs)
        size = sum(file.stat().st_size for file in pathlib.Path(folder).glob("redshank.db*"))
    return now, size


def main(redshank, *logs):
    now, size = measure(redshank, logs)
    events = now["events"]
    print(f"events                              {events:>12,}")
    print(f"bytes an event                      {now['bytes'] / events:>12,.0f}")
    print(f"processor at 1,000 events a second  {now['cpu_seconds'] / events * 1000:>12.1%}   of one")
    print(f"events a second, one processor      {events / now['cpu_seconds']:>12,.0f}")
    print(f"memory, at most                     {now['peak_rss_bytes'] / 1e6:>12,.0f} MB")
    print(f"state at the end                    {size / 1e6:>12,.1f} MB")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
