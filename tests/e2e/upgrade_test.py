"""A state that an earlier redshank wrote: the new one answers from it, goes on with it, and forgets nothing.

states/DATE.db.xz are such states, made by the release of that day from the first 800 lines of samples/audit.log:

    redshank replay --config (cluster = "test") --state DATE.db   VACUUM   xz -9e
"""
import json
import lzma
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, event, wait_for

STATES = sorted((pathlib.Path(__file__).parent / "states").glob("*.db.xz"))
ACCOUNT = "system:serviceaccount:payments:payments-api"
UID = "a027e1c5-8a4c-4c76-a494-ca8565f84406"


class EarlierState(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.state = self.folder / "state/redshank.db"
        self.state.parent.mkdir()

    def lay(self, packed):
        self.state.write_bytes(lzma.decompress(packed.read_bytes()))

    def ask(self, *question):
        done = subprocess.run([BINARY, *question, "--format", "json", "--state", self.state], stdout=subprocess.PIPE, check=True,
                              timeout=60)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def accesses(self):
        (row,) = [row for row in self.ask("last-access", "--user", ACCOUNT) if row.get("uid") == UID]
        return row["first_seen"], row["last_success"], row["successes"]

    def test_there_is_one(self):
        self.assertTrue(STATES)

    def test_answers_from_it(self):
        for packed in STATES:
            with self.subTest(packed.name):
                self.lay(packed)
                self.assertEqual(self.accesses(), ("2026-11-23T09:21:14.953608Z", "2026-11-23T09:21:25.809135Z", 3))
                self.assertEqual({row["id"]: row["severity"] for row in self.ask("incidents")},
                                 {"i_rvhtlf2axxtzrleokgxpdr5zya": "high", "i_paxfyspbenae6j6p2vpz4tgx4k": "medium"})
                self.assertEqual(len(self.ask("findings")), 99)
                verdicts = {row["resource"]: row["verdict"] for row in self.ask("crds") if "verdict" in row}
                self.assertEqual((verdicts["widgets"], verdicts["certificates"]), ("degraded", "healthy"))
                readers = {row["user"] for row in self.ask("secrets") if row["type"] == "reader"}
                self.assertIn(ACCOUNT, readers)

    def test_goes_on_with_it(self):
        for packed in STATES:
            with self.subTest(packed.name):
                self.lay(packed)
                (self.folder / "audit.log").write_bytes(
                    event("again", user=ACCOUNT, groups=["system:serviceaccounts"], resource="secrets", namespace="payments",
                          name="app-credentials").replace(b'"username":', b'"uid":"%s","username":' % UID.encode())
                    .replace(b"2026-01-05T", b"2026-11-24T") + b"\n")
                daemon = Daemon(self.folder)
                self.addCleanup(daemon.kill)
                wait_for(lambda: self.accesses()[2] == 4, "the request beside those of the earlier state")
                self.assertEqual(self.accesses()[:2], ("2026-11-23T09:21:14.953608Z", "2026-11-24T10:00:00.000100Z"))
                self.assertEqual(daemon.metric("redshank_state_rows_unusable_total"), 0)
                self.assertEqual(len(self.ask("incidents")), 2)
                self.assertEqual(daemon.stop(), 0)
                self.assertEqual([path.name for path in self.state.parent.glob("*.db*") if "damaged" in path.name], [])

    def test_a_later_one_is_left_alone(self):
        self.lay(STATES[-1])
        with sqlite3.connect(self.state) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
        before = self.state.read_bytes()
        (self.folder / "audit.log").touch()
        daemon = Daemon(self.folder)
        self.addCleanup(daemon.kill)
        self.assertEqual(daemon.process.wait(timeout=60), 3)
        said = daemon.said()
        for words in ("schema version 99 is newer than this redshank knows", str(self.state)):
            self.assertIn(words, said)
        self.assertEqual(self.state.read_bytes(), before)


if __name__ == "__main__":
    unittest.main()
