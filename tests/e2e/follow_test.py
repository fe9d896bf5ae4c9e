"""The daemon follows a log that grows and rotates, notifies a webhook, counts on /metrics, and stops on a signal."""
import json
import signal
import tempfile
import unittest

from harness import Daemon, Receiver, anonymous_secret_read, event, wait_for


class Follow(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def start(self):
        daemon = Daemon(self.folder, f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{self.receiver.url}"\n'
                                     'group_wait = "0s"\n')
        self.addCleanup(daemon.kill)
        daemon.wait_until_ready()
        return daemon

    def append(self, daemon, data):
        with open(daemon.log, "ab", buffering=0) as log:
            log.write(data)

    def test_appends_half_lines_and_a_rotation(self):
        with open(f"{self.folder}/audit.log", "wb") as log:
            for i in range(100):
                log.write(event(f"before-{i}", second=i) + b"\n")
        daemon = self.start()
        daemon.wait_for_events(100)

        line = anonymous_secret_read("read-1", "db", second=101) + b"\n"
        self.append(daemon, line[:200])
        self.append(daemon, line[200:])
        self.receiver.wait_for_text("secret-read-unprotected", "read-1")

        daemon.log.rename(daemon.log.with_name("audit-2026-01-05T10-02-00.000.log"))
        self.append(daemon, anonymous_secret_read("read-2", "keys", second=121) + b"\n")
        self.receiver.wait_for_text("secret-read-unprotected", "read-2")

        daemon.wait_for_events(102)
        self.assertEqual(daemon.metric("redshank_events_total"), 102)
        self.assertEqual(daemon.metric("redshank_lines_skipped_total"), 0)
        self.assertEqual(daemon.metric("redshank_source_rotations_total"), 1)
        self.assertGreaterEqual(daemon.metric("redshank_findings_total", detector="secret_exposure"), 1)
        self.assertEqual(daemon.get("/healthz")[0], 200)
        self.assertEqual(daemon.stop(), 0)

    def test_a_restart_tells_nothing_twice(self):
        with open(f"{self.folder}/audit.log", "wb") as log:
            log.write(anonymous_secret_read("read-1", "db", second=1) + b"\n")
        daemon = self.start()
        self.receiver.wait_for_text("secret-read-unprotected", "read-1")
        wait_for(lambda: daemon.metric("redshank_notifications_total") >= len(self.receiver.bodies), "answers are noted")
        self.assertEqual(daemon.stop(signal.SIGINT), 0)

        daemon = self.start()
        self.append(daemon, anonymous_secret_read("read-2", "keys", second=2) + b"\n")
        self.receiver.wait_for_text("secret-read-unprotected", "read-2")
        daemon.wait_for_events(1)
        self.assertEqual(daemon.metric("redshank_events_total"), 1, "only what is new is read")
        self.assertEqual(daemon.stop(), 0)
        told = [json.loads(body) for body in self.receiver.bodies]
        self.assertEqual(len([one for one in told if one["kind"] == "secret-read-unprotected"]), 2, "each read once")
        news = [(one["id"], one["severity"], one["count"]) for one in told]
        self.assertEqual(len(news), len(set(news)))

    def test_garbage_is_counted_and_what_stands_around_it_is_seen(self):
        open(f"{self.folder}/audit.log", "wb").close()
        daemon = self.start()
        self.append(daemon, b"\0" * 5000 + b"no event\n\n" + b"[" * 100_000 + b"\n" + b"\xff\xfe\n"
                    + anonymous_secret_read("torn", "torn")[:303] + anonymous_secret_read("read-1", "db", second=1) + b"\n")
        self.receiver.wait_for_text("secret-read-unprotected", "read-1")
        wait_for(lambda: daemon.metric("redshank_lines_skipped_total") >= 5, "4 bad lines and a torn one on /metrics")
        self.assertEqual(daemon.metric("redshank_events_total"), 1)
        self.assertEqual(daemon.metric("redshank_events_total", outcome="salvaged"), 1)
        self.assertEqual(daemon.stop(), 0)

    def test_a_bad_configuration_is_refused_with_status_2(self):
        daemon = Daemon(self.folder, "[detectors.unusual_acess]\n")
        self.addCleanup(daemon.kill)
        self.assertEqual(daemon.process.wait(timeout=60), 2)
        self.assertIn("redshank.toml:7:", daemon.said())


if __name__ == "__main__":
    unittest.main()
