"""`run` over a log that is being written finds what `replay` finds in the whole log: same ids, same last forms."""
import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

from harness import SOURCE, Daemon, replay

SHARED = pathlib.Path(os.environ.get("REDSHANK_SHARED", SOURCE.parent / "shared"))
SETTINGS = '[detectors.unusual_access]\nlearning = "1m"\n'
PIECE = 77_777  # bytes in each write; it ends inside of lines


class Equality(unittest.TestCase):
    def findings_of_both(self, text):
        """(live, replayed): findings by id."""
        lines = text.count(b"\n")
        with tempfile.TemporaryDirectory() as folder:
            daemon = Daemon(folder, SETTINGS)
            self.addCleanup(daemon.kill)
            with open(daemon.log, "wb", buffering=0) as log:
                for at in range(0, len(text), PIECE):
                    log.write(text[at:at + PIECE])
            daemon.wait_until_ready()
            daemon.wait_for_events(lines)
            self.assertEqual(daemon.metric("redshank_lines_skipped_total"), 0)
            self.assertEqual(daemon.stop(), 0, daemon.said())

            database = sqlite3.connect(daemon.state / "redshank.db")
            live = {row[0]: json.loads(row[1]) for row in database.execute("SELECT id, json FROM findings")}
            database.close()
            replayed, stats = replay("--config", f"{folder}/redshank.toml", str(daemon.log))
        self.assertEqual(stats["events"], lines)
        self.assertEqual(stats["lines_skipped"], {})
        return live, replayed

    def assert_agree(self, live, replayed):
        self.assertEqual(sorted(live), sorted(replayed))
        for name, finding in replayed.items():
            with self.subTest(id=name):
                self.assertEqual(live[name], finding)

    def test_the_sample(self):
        live, replayed = self.findings_of_both((SOURCE / "samples" / "audit.log").read_bytes())
        self.assertLessEqual({"secret_exposure", "unusual_access", "crd_health"}, {f["detector"] for f in replayed.values()})
        self.assert_agree(live, replayed)

    def test_whole_recordings(self):
        for name in ("benign-day", "attacks-dev"):
            recording = SHARED / "corpus" / name / "audit.log.zst"
            if not recording.exists():
                self.skipTest(f"needs {recording} (set REDSHANK_SHARED to where it is)")
            with self.subTest(name):
                text = subprocess.run(["zstd", "-dc", recording], stdout=subprocess.PIPE, check=True).stdout
                self.assert_agree(*self.findings_of_both(text))


if __name__ == "__main__":
    unittest.main()
