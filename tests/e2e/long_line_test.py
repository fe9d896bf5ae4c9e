"""An event of 20 MB is read without its bodies, the same from a live log, a compressed backup, a file and a pipe."""
import gzip
import json
import os
import sqlite3
import tempfile
import unittest

from harness import Daemon, event, replay

PIECE = 3_333_333  # bytes in each write; it ends inside the long line


def log_text():
    big = event("big", user="mallory", verb="create", resource="configmaps", name="bulk", second=1)
    body = b'"requestObject":{"kind":"ConfigMap","requestReceivedTimestamp":"x","data":"' + b"x" * 20_000_000 + b'"},'
    at = big.index(b'"requestReceivedTimestamp"')
    return b"\n".join([event("before"), big[:at] + body + big[at:], event("after", second=2), b""])


class LongLine(unittest.TestCase):
    def check(self, findings):
        cut = [finding for finding in findings.values() if finding["kind"] == "audit-truncated"]
        self.assertEqual(len(cut), 1)
        self.assertEqual((cut[0]["actor"]["user"], cut[0]["verb"], cut[0]["object"]["name"], cut[0]["code"]),
                         ("mallory", "create", "bulk", 200))
        self.assertEqual([entry["audit_id"] for entry in cut[0]["evidence"]], ["big"])
        self.assertEqual(cut[0]["time"], "2026-01-05T10:00:01.000100Z")
        return {id: (finding["count"], finding["summary"]) for id, finding in findings.items()}

    def replayed(self, *arguments, stdin=None):
        findings, stats = replay(*arguments, stdin=stdin)
        self.assertEqual(stats["events"], 3)
        self.assertEqual(stats["lines_skipped"], {"oversize": 1})
        return self.check(findings)

    def live(self, daemon):
        self.addCleanup(daemon.kill)
        daemon.wait_for_events(3)
        self.assertEqual(daemon.metric("redshank_lines_skipped_total", reason="oversize"), 1)
        self.assertEqual(daemon.metric("redshank_source_oversize_lines_total"), 1)
        self.assertEqual(daemon.metric("redshank_source_shortened_events_total"), 1)
        self.assertEqual(daemon.stop(), 0, daemon.said())
        database = sqlite3.connect(daemon.state / "redshank.db")
        findings = {id: json.loads(text) for id, text in database.execute("SELECT id, json FROM findings")}
        users = [key.split("\x1f")[0] for (key,) in
                 database.execute("SELECT key FROM state WHERE tbl = 'unusual_access.last_access'")]
        database.close()
        self.assertIn("mallory", users)
        return self.check(findings)

    def test_live_compressed_and_replayed_agree(self):
        text = log_text()
        with tempfile.TemporaryDirectory() as folder:
            file, packed = os.path.join(folder, "whole.log"), os.path.join(folder, "whole.gz")
            with open(file, "wb") as out:
                out.write(text)
            with gzip.open(packed, "wb", compresslevel=1) as out:
                out.write(text)
            config = os.path.join(folder, "redshank.toml")
            with open(config, "w", encoding="ascii") as out:
                out.write('cluster = "test"\n')
            expected = self.replayed("--config", config, file)
            self.assertEqual(self.replayed("--config", config, packed), expected)
            self.assertEqual(self.replayed("--config", config, "-", stdin=text), expected)

        with tempfile.TemporaryDirectory() as folder:
            daemon = Daemon(folder)
            with open(daemon.log, "wb", buffering=0) as log:
                for at in range(0, len(text), PIECE):
                    log.write(text[at:at + PIECE])
            self.assertEqual(self.live(daemon), expected)

        with tempfile.TemporaryDirectory() as folder:
            with gzip.open(os.path.join(folder, "audit-2026-01-05T10-00-03.000.log.gz"), "wb", compresslevel=1) as out:
                out.write(text)
            daemon = Daemon(folder, 'start = "oldest"\n')
            self.assertEqual(self.live(daemon), expected)


if __name__ == "__main__":
    unittest.main()
