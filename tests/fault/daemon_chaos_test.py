#!/usr/bin/env python3
"""A writer appends and rotates as the API server does, and the daemon is killed again and again at random instants. In
the end every line was counted exactly once: the findings equal those of one undisturbed replay of all lines.

  REDSHANK_FAULT_KILLS=N   kills (30)
  REDSHANK_FAULT_SEED=N    another course of events (random; printed)
"""
import os
import pathlib
import random
import subprocess
import threading
import time
import unittest

import shim
from daemon import REDSHANK, SAMPLE, Daemon, findings_in


class Writer(threading.Thread):
    """Writes every line of the sample once, in small portions that may end inside a line; now and then it renames the file
    and begins a new one, as lumberjack does."""

    def __init__(self, log, seed, seconds):
        super().__init__(daemon=True)
        self.log, self.random, self.seconds = log, random.Random(seed), seconds
        self.text = SAMPLE.read_bytes()
        self.rotations = 0
        self.at = self.text.index(b"\n", 20_000) + 1
        log.write_bytes(self.text[: self.at])

    def run(self):
        portions = 400
        file = self.log.open("ab", buffering=0)
        at = self.at
        for number in range(1, portions + 1):
            end = len(self.text) * number // portions
            rotate = self.random.random() < 0.1 and number < portions
            if rotate:  # the server rotates only between events
                end = self.text.index(b"\n", end) + 1
            file.write(self.text[at:end])
            at = max(at, end)
            if rotate:
                self.rotations += 1
                os.rename(self.log, self.log.with_name(f"audit-2026-01-05T10-00-00.{self.rotations:03}.log"))
                file.close()
                file = self.log.open("wb", buffering=0)
            time.sleep(self.seconds / portions)
        file.close()


class DaemonChaosTest(unittest.TestCase):
    def test_killed_at_random_while_the_log_grows_and_rotates(self):
        seed = int(os.environ.get("REDSHANK_FAULT_SEED") or time.time())
        chance = random.Random(seed)
        kills = int(os.environ.get("REDSHANK_FAULT_KILLS", "30"))
        with shim.scratch() as scratch:
            daemon = Daemon(pathlib.Path(scratch) / "live")
            self.addCleanup(daemon.end)
            writer = Writer(daemon.log, seed, kills * 0.4)
            daemon.start()
            daemon.settle()  # at the first start, files that were already rotated are not read
            daemon.kill()
            writer.start()
            for _ in range(kills - 1):
                daemon.start()
                # No wait for anything: it chooses the instant of the kill.
                time.sleep(chance.uniform(0.02, 0.7))
                daemon.kill()
            writer.join()
            daemon.start()
            daemon.settle()
            self.assertEqual(daemon.stop(), 0)
            print(f"seed {seed}: {kills} kills, {writer.rotations} rotations")

            whole = pathlib.Path(scratch) / "whole.db"
            subprocess.run([REDSHANK, "replay", "--config", daemon.config, "--state", whole, SAMPLE], check=True,
                           capture_output=True)
            self.assertGreater(len(daemon.findings()), 10)
            live, replayed = summary(daemon.findings()), summary(findings_in(whole))
            differ = [(live.get(id), replayed.get(id)) for id in {*live, *replayed} if live.get(id) != replayed.get(id)]
            self.assertEqual(differ, [], f"seed {seed}")


def summary(findings):
    """Findings without their evidence, which names files that differ between runs."""
    return {
        id: {key: value for key, value in finding.items() if key != "evidence"} for id, finding in findings.items()
    }


if __name__ == "__main__":
    unittest.main()
