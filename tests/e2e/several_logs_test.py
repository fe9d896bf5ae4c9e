"""Logs of several API servers of one cluster are read together: replay finds what it finds in one log of them all."""
import gzip
import json
import os
import random
import subprocess
import tempfile
import unittest

from harness import BINARY, SOURCE

SAMPLE = SOURCE / "samples" / "audit.log"


def findings(*logs):
    done = subprocess.run([BINARY, "replay", "--format", "json", *map(str, logs)], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = {}
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        told[finding["id"]] = [finding[field] for field in ("kind", "severity", "status", "count", "summary")]
    return told


class SeveralLogs(unittest.TestCase):
    def test_requests_spread_over_three_servers(self):
        with open(SAMPLE, "rb") as log:
            lines = log.readlines()
        whole = findings(SAMPLE)
        self.assertGreater(len(whole), 100)
        for seed in range(3):
            spread = random.Random(seed)
            logs = [[], [], []]
            for line in lines:
                spread.choice(logs).append(line)
            with tempfile.TemporaryDirectory() as folder:
                paths = [os.path.join(folder, name) for name in ("c.log", "a.log.gz", "b.log")]
                for path, part in zip(paths, logs):
                    with gzip.open(path, "wb") if path.endswith(".gz") else open(path, "wb") as out:
                        out.writelines(part)
                self.assertEqual(findings(*paths), whole, f"seed {seed}")

    def test_rotated_logs_in_any_order(self):
        with open(SAMPLE, "rb") as log:
            lines = log.readlines()
        with tempfile.TemporaryDirectory() as folder:
            paths = []
            for begin in range(0, len(lines), 700):
                paths.append(os.path.join(folder, f"audit-{begin}.log"))
                with open(paths[-1], "wb") as out:
                    out.writelines(lines[begin:begin + 700])
            self.assertGreater(len(paths), 3)
            in_order = findings(*paths)
            self.assertEqual(in_order, findings(SAMPLE))
            random.Random(1).shuffle(paths)
            self.assertEqual(findings(*paths), in_order)


if __name__ == "__main__":
    unittest.main()
