#!/usr/bin/env python3
"""The disk of the state is full while the log goes on: findings still reach people, /readyz reports the full disk, and
when there is room again the state is the same as without the failure."""
import pathlib
import re
import tempfile
import unittest
import urllib.error
import urllib.request

import shim
from daemon import SAMPLE, Daemon


class DaemonFullDiskTest(unittest.TestCase):
    def test_alerts_while_full_and_recovers(self):
        lines = SAMPLE.read_bytes().splitlines(keepends=True)
        with tempfile.TemporaryDirectory(prefix="redshank-fault-") as scratch:
            scratch = pathlib.Path(scratch)
            undisturbed = self.start(scratch / "undisturbed", lines[:1500])
            undisturbed.settle()
            self.assertEqual(undisturbed.stop(), 0)

            daemon = Daemon(scratch / "full")
            self.addCleanup(daemon.end)
            with shim.SmallDisk(daemon.database.parent, "8m") as disk:
                daemon.log.write_bytes(b"".join(lines[:300]))
                daemon.start()
                daemon.settle()
                before = len(daemon.printed())
                disk.fill()
                with daemon.log.open("ab") as log:
                    log.writelines(lines[300:1500])
                daemon.wait_until(lambda: len(daemon.printed()) > before, "it alerts")
                daemon.wait_until(lambda: "cannot be written" in daemon.messages.read_text(), "it complains")
                self.assertIn("cannot be written", self.readiness(daemon))
                self.assertFalse(daemon.has_read_all(), "committed to a full disk")

                disk.free()
                daemon.settle()
                daemon.wait_until(lambda: self.readiness(daemon) == "ok\n", "it is ready again")
                self.assertEqual(daemon.stop(), 0)
                self.assertLessEqual(undisturbed.heard_of(), daemon.heard_of())
                self.assertEqual(counts(daemon), counts(undisturbed))
                self.assertEqual(daemon.tellings(), undisturbed.tellings())

    def start(self, folder, lines):
        daemon = Daemon(folder)
        self.addCleanup(daemon.end)
        daemon.log.write_bytes(b"".join(lines))
        daemon.start()
        return daemon

    def readiness(self, daemon):
        port = re.search(r"127\.0\.0\.1:(\d+)/metrics", daemon.messages.read_text()).group(1)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as answer:
            return answer.read().decode()


def counts(daemon):
    return {id: (finding["count"], finding["severity"], finding["status"]) for id, finding in daemon.findings().items()}


if __name__ == "__main__":
    shim.enter_own_mounts()
    unittest.main()
