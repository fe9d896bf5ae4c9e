#!/usr/bin/env python3
"""Does the cost of an event depend on how many different things the log names?  flatness.py REDSHANK [EVENTS]

CPU seconds and peak memory of `replay` for the logs of make_logs.py with EVENTS events (20,000), beside those of steady.log."""
import pathlib
import sys
import tempfile

import make_logs
import replayed


def main(binary, events="20000"):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_logs.main(folder, int(events))
        steady = None
        for kind in make_logs.KINDS:
            figures = replayed.figures(binary, folder / f"{kind}.log")
            each = figures["cpu_seconds"] / figures["events"]
            steady = steady or each
            print(f"{kind:10} {figures['events']:8,} events {each * 1e6:8.1f} µs an event  {each / steady:5.2f} x steady  "
                  f"{figures['peak_rss_bytes'] / 1e6:6.0f} MB", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
