#!/usr/bin/env python3
"""replay_test.py SIMULATION: each seed twice, in processes and folders of their own; everything must be the same."""

import subprocess
import sys

SEEDS = ["--seeds", "101..102", "--digests"]


def run() -> str:
    return subprocess.run([sys.argv[1], *SEEDS], capture_output=True, text=True, check=False).stdout


first, second = run(), run()
assert first.count("\n") == 3, first
assert first == second, f"{first}and then\n{second}"
print("2 passed, 0 failed")
