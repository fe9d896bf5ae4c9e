#!/usr/bin/env python3
"""replay_test.py SIMULATION: each seed twice, in processes and folders of their own; everything must be the same.

The second time a seed comes without those before it.
"""

import subprocess
import sys

FIRST, LAST = 101, 102


def run(seeds: str) -> list[str]:
    command = [sys.argv[1], "--seeds", seeds, "--digests"]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [line for line in out.splitlines() if line.startswith("seed ")]


together = run(f"{FIRST}..{LAST}")
alone = [line for seed in range(FIRST, LAST + 1) for line in run(f"{seed}..{seed}")]
assert len(together) == LAST - FIRST + 1, together
assert together == alone, f"{together} and then {alone}"
print("2 passed, 0 failed")
