#!/usr/bin/env python3
"""The daemon is killed at calls that change its state, and started again: in the end its findings and alerts are
those of an undisturbed run.

  REDSHANK_FAULT_ALL=1   kills at every call, not at about sixty (takes minutes)
"""
import json
import os
import pathlib
import shutil
import signal
import unittest

import shim
from daemon import SAMPLE, Daemon

LINES = 1500


class DaemonKillTest(unittest.TestCase):
    def make(self, folder):
        daemon = Daemon(folder)
        self.addCleanup(daemon.end)
        with SAMPLE.open("rb") as sample:
            daemon.log.write_bytes(b"".join(sample.readline() for _ in range(LINES)))
        return daemon

    def undisturbed(self, folder):
        daemon = self.make(folder)
        count = folder / "calls"
        daemon.start(count=count)
        daemon.settle()
        self.assertEqual(daemon.stop(), 0)
        return daemon, int(count.read_text())

    def test_killed_at_every_call(self):
        with shim.scratch() as scratch:
            scratch = pathlib.Path(scratch)
            whole, calls = self.undisturbed(scratch / "undisturbed")
            expected = whole.findings()
            self.assertGreater(len(expected), 3)
            step = 1 if os.environ.get("REDSHANK_FAULT_ALL") else max(1, calls // 60)
            kills = repeated = 0
            for call in range(1, calls + 1, step):
                daemon = self.make(scratch / f"killed-{call}")
                # In half of the runs the last write is torn.
                daemon.start(kill=call, **({"torn": 1} if call % 2 else {}))
                daemon.wait_until(lambda: daemon.process.poll() is not None or daemon.has_read_all(), "killed or done")
                if daemon.process.poll() is None:  # threads: this run ended with fewer calls
                    daemon.stop()
                kills += daemon.process.returncode == -signal.SIGKILL
                daemon.start()
                daemon.settle()
                where = f"killed at call {call}"
                self.assertEqual(daemon.stop(), 0, where)

                # Each daemon has a log file of its own, and evidence names it.
                findings = {
                    id: json_moved(finding, daemon.folder, whole.folder) for id, finding in daemon.findings().items()
                }
                self.assertEqual(findings, expected, where)
                self.assertEqual(daemon.tellings(), whole.tellings(), where)
                # An alert that was printed, but not recorded as printed before the kill, is printed again
                # with the same id. For a while after a start, findings that a critical one would inhibit are
                # sent as well.
                self.assertLessEqual(whole.heard_of(), daemon.heard_of(), where)
                self.assertLessEqual(daemon.heard_of(), set(expected), where)
                repeated += len(daemon.printed()) > len(whole.printed())
                shutil.rmtree(daemon.folder)  # thousands of folders would fill the memory
            print(f"{calls} calls; killed {kills} times; in {repeated} of the runs alerts were printed again")

    def test_killed_before_the_first_commit(self):
        """With start = "end" the first position is committed before readiness is announced and before anything is read;
        nothing that is written after that commit is lost."""
        with shim.scratch() as scratch:
            scratch = pathlib.Path(scratch)
            lines = SAMPLE.read_bytes().splitlines(keepends=True)
            before = after = 0
            for call in range(1, 400) if os.environ.get("REDSHANK_FAULT_ALL") else range(30, 130, 7):
                daemon = Daemon(scratch / f"end-{call}", start="end")
                self.addCleanup(daemon.end)
                daemon.log.write_bytes(b"".join(lines[:100]))
                old = daemon.log.stat().st_size
                daemon.start(kill=call)
                daemon.wait_until(lambda: daemon.process.poll() is not None or daemon.has_read_all(), "killed or done")
                daemon.end()
                positions = [json.loads(text) for (text,) in daemon.ask("SELECT position FROM positions")]
                where = f"killed at call {call}"
                if positions:
                    self.assertEqual([position["at"]["offset"] for position in positions], [old], where)
                with daemon.log.open("ab") as log:
                    log.writelines(lines[100:1500])
                daemon.start()
                daemon.settle()
                self.assertEqual(daemon.stop(), 0, where)
                seen = daemon.ask("SELECT count(*) FROM state WHERE tbl = 'unusual_access.last_access'")[0][0]
                self.assertEqual(seen > 0, bool(positions), where)
                before += not positions
                after += bool(positions)
                shutil.rmtree(daemon.folder)
            self.assertGreater(after, 0)
            print(f"killed {before} times before and {after} times after the first position was committed")


def json_moved(finding, old, new):
    for evidence in finding["evidence"]:
        evidence["source"] = evidence["source"].replace(str(old), str(new))
    return finding


if __name__ == "__main__":
    unittest.main()
