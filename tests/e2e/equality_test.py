"""`run` over a log that is being written finds what `replay` finds in the whole log: same ids, same last forms."""
import json
import sqlite3
import tempfile
import unittest

from harness import SOURCE, Daemon, replay

SETTINGS = '[detectors.unusual_access]\nlearning = "1m"\n'


class Equality(unittest.TestCase):
    def test_run_and_replay_agree(self):
        text = (SOURCE / "samples" / "audit.log").read_bytes()
        lines = text.count(b"\n")
        with tempfile.TemporaryDirectory() as folder:
            daemon = Daemon(folder, SETTINGS)
            self.addCleanup(daemon.kill)
            with open(daemon.log, "wb", buffering=0) as log:
                # Pieces that end anywhere, so that half lines are seen; the daemon reads while we write.
                for at in range(0, len(text), 77_777):
                    log.write(text[at:at + 77_777])
            daemon.wait_until_ready()
            daemon.wait_for_events(lines)
            self.assertEqual(daemon.stop(), 0, daemon.said())

            database = sqlite3.connect(daemon.state / "redshank.db")
            live = {row[0]: json.loads(row[1]) for row in database.execute("SELECT id, json FROM findings")}
            database.close()
            replayed, stats = replay("--config", f"{folder}/redshank.toml", str(daemon.log))
        self.assertEqual(stats["events"], lines)
        self.assertEqual({f["detector"] for f in replayed.values()}, {"secret_exposure", "unusual_access", "crd_health"})
        self.assertEqual(sorted(live), sorted(replayed))
        for name, finding in replayed.items():
            with self.subTest(id=name):
                self.assertEqual(live[name], finding)


if __name__ == "__main__":
    unittest.main()
