"""Logs of several API servers of one cluster are read together: replay and run find what they find in one log of
them all."""
import datetime
import gzip
import json
import os
import pathlib
import random
import re
import signal
import sqlite3
import subprocess
import tempfile
import unittest

from harness import BINARY, SOURCE, Daemon, wait_for

SAMPLE = SOURCE / "samples" / "audit.log"
TIME = re.compile(rb'"(requestReceivedTimestamp|stageTimestamp)":"([^"]+)Z"')

PLACE = ("source", "offset", "generation")  # of evidence: in which file it stands


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


def ahead(line, seconds):
    """The line as a server writes it whose clock is ahead."""
    def moved(match):
        time = datetime.datetime.fromisoformat(match[2].decode()) + datetime.timedelta(seconds=seconds)
        return b'"%s":"%sZ"' % (match[1], time.isoformat(timespec="microseconds").encode())
    return TIME.sub(moved, line)


def written(line):
    return TIME.findall(line)[-1][1]


class RunningLogs(unittest.TestCase):
    """`run` over the logs of a folder."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = pathlib.Path(scratch.name)

    def start(self, folder, names):
        first, *rest = [f'path = "{folder / name}"\n' for name in names]
        daemon = Daemon(folder, "".join("[[source]]\n" + one for one in rest) +
                        '[[detectors.secret_exposure.protect]]\nsecrets = ["*/*"]\n'
                        '[detectors.unusual_access]\nlearning = "20s"\n', source=first)
        self.addCleanup(daemon.kill)
        return daemon

    def committed(self, daemon):
        """The offsets of the positions."""
        with sqlite3.connect(f"file:{daemon.state}/redshank.db?mode=ro", uri=True, timeout=10) as state:
            rows = state.execute("SELECT position FROM positions").fetchall()
        return sorted(json.loads(position).get("at", {}).get("offset", 0) for (position,) in rows)

    def wait_for_all(self, daemon, names):
        sizes = sorted((daemon.folder / name).stat().st_size for name in names)
        wait_for(lambda: self.committed(daemon) == sizes, "all logs are read")

    def findings(self, folder):
        done = subprocess.run([BINARY, "findings", "--format", "json", "--state",
                               folder / "state" / "redshank.db"], capture_output=True, text=True, timeout=60, check=True)
        told = {}
        for line in done.stdout.splitlines():
            finding = json.loads(line)
            # Where an event stands differs; everything else is the same.
            finding["evidence"] = [[value for key, value in sorted(one.items()) if key not in PLACE]
                                   for one in finding["evidence"]]
            told[finding["id"]] = finding
        return told

    def whole(self, lines):
        folder = self.scratch / "whole"
        folder.mkdir()
        (folder / "audit.log").write_bytes(b"".join(lines))
        daemon = self.start(folder, ["audit.log"])
        daemon.wait_until_ready()
        self.wait_for_all(daemon, ["audit.log"])
        self.assertEqual(daemon.stop(), 0)
        return self.findings(folder)

    def test_requests_spread_over_three_servers_whose_clocks_differ(self):
        spread = random.Random(7)
        clocks = {"a.log": 0, "b.log": 0.4, "c.log": -0.6}
        logs = {name: [] for name in clocks}
        with open(SAMPLE, "rb") as sample:
            for line in sample:
                name = spread.choice(list(clocks))
                logs[name].append(ahead(line, clocks[name]))
        whole = self.whole(sorted((line for lines in logs.values() for line in lines), key=written))
        self.assertGreater(len(whole), 100)

        # Part by part, and the daemon is killed after each: at once, when some of it is committed, or all.
        folder = self.scratch / "three"
        folder.mkdir()
        for name in logs:
            (folder / name).touch()
        daemon = self.start(folder, logs)
        daemon.wait_until_ready()
        begin = min(written(lines[0]) for lines in logs.values())
        times = sorted(written(line) for lines in logs.values() for line in lines)
        ends = [times[len(times) * part // 8] for part in range(1, 8)] + [b"9"]
        kills = 0
        for end in ends:
            before = self.committed(daemon)
            daemon.process.send_signal(signal.SIGSTOP)  # what the servers write at one time is there at one time
            for name, lines in logs.items():
                with open(folder / name, "ab", buffering=0) as log:
                    log.write(b"".join(line for line in lines if begin <= written(line) < end))
            daemon.process.send_signal(signal.SIGCONT)
            begin = end
            kills += 1
            if kills % 3 == 1:
                wait_for(lambda: self.committed(daemon) != before, "something is committed")
            elif kills % 3 == 2:
                self.wait_for_all(daemon, logs)
            daemon.process.kill()
            daemon.process.wait()
            daemon = self.start(folder, logs)
        daemon.wait_until_ready()
        self.wait_for_all(daemon, logs)
        self.assertEqual(daemon.stop(), 0)
        found = self.findings(folder)
        self.assertEqual(sorted(found), sorted(whole))
        for id, finding in whole.items():
            self.assertEqual(found[id], finding)


if __name__ == "__main__":
    unittest.main()
