#!/usr/bin/env python3
"""Events per second of `redshank replay`, beside what else reads the same file: tests/bench/bare_reader, which takes raw
tokens and does nothing with them (the limit), wc -l, grep -c '"secrets"', jq.

    throughput.py BINARY BARE_READER LOG [ROUNDS]    LOG may be .zst; each command is timed ROUNDS times (5), the best counts

The log is copied until it is at least 100 MB, so that starting a process does not count. All reads come from the page cache.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

MINIMUM = 100 << 20


def best_of(rounds, command, environment=None):
    # Output goes to a pipe, since grep stops at the first match when it writes to /dev/null.
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, env=environment)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def read(log):
    if not log.endswith(".zst"):
        with open(log, "rb") as file:
            return file.read()
    return subprocess.run(["zstd", "-dc", log], stdout=subprocess.PIPE, check=True).stdout


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    binary, bare_reader, source = sys.argv[1:4]
    rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 5
    with tempfile.TemporaryDirectory() as folder:
        log = os.path.join(folder, "audit.log")
        stats = os.path.join(folder, "stats.json")
        text = read(source)
        copies = max(1, -(-MINIMUM // len(text)))
        with open(log, "wb") as out:
            for _ in range(copies):
                out.write(text)
        events, megabytes = text.count(b"\n") * copies, len(text) * copies / 1e6
        print(f"{source}: {copies} copies, {events} events, {megabytes:.0f} MB, best of {rounds} (jq: 1)")

        replay = [binary, "replay", "--format", "json", "--stats", stats]
        times = {
            "bare reader": best_of(rounds, [bare_reader, log]),
            "wc -l": best_of(rounds, ["wc", "-l", log]),
            "grep -c '\"secrets\"'": best_of(rounds, ["grep", "-c", '"secrets"', log], {**os.environ, "LC_ALL": "C"}),
            "jq .verb": best_of(1, ["jq", "-r", ".verb", log]),
            "redshank replay": best_of(rounds, [*replay, log]),
        }
        with open(stats) as file:
            figures = json.load(file)
        times["redshank replay --jobs 2"] = best_of(rounds, [*replay, "--jobs", "2", log])

        own = times["redshank replay"]
        for name, seconds in times.items():
            print(f"{name:26} {seconds:8.3f} s {events / seconds:12,.0f} events/s {megabytes / seconds:8.0f} MB/s"
                  f"   {own / seconds:7.3f} x redshank's speed")
        print(f"redshank: {figures['cpu_seconds']:.3f} CPU s, peak memory {figures['peak_rss_bytes'] / 1e6:.0f} MB, "
              f"findings {json.dumps(figures['findings'])}")


if __name__ == "__main__":
    main()
