"""Lines that are no events are counted by reason, cost no event around them, and take no memory."""
import json
import os
import random
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, anonymous_secret_read, event, replay, wait_for

MEGABYTE = 1 << 20


class NothingRead(unittest.TestCase):
    """A log without any event must not count as a clean log."""

    def replay(self, text):
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "audit.log")
            with open(log, "wb") as out:
                out.write(text)
            done = subprocess.run([BINARY, "replay", log], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    def test_says_what_the_file_is_and_what_to_do(self):
        status, said = self.replay(b"\n" + b'{"protoPayload":{},"logName":"p/cloudaudit.googleapis.com%2Factivity"}\n' * 3)
        self.assertEqual(status, 3)
        self.assertRegex(said, r"none of 3 lines is an audit event; \S+audit\.log at byte 1 looks like .* Google Cloud")

    def test_one_event_is_enough(self):
        self.assertEqual(self.replay(b"{}\n" + anonymous_secret_read("a", "b") + b"\n")[0], 0)

    def test_an_empty_file_is_read(self):
        self.assertEqual(self.replay(b"\n\n")[0], 0)

    def test_events_of_envelopes_are_found(self):
        inside = json.dumps({"log": anonymous_secret_read("enveloped", "s").decode() + "\n", "stream": "stdout"})
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "audit.log")
            with open(log, "w") as out:
                out.write(inside + "\n")
            findings, stats = replay("--evidence", "all", log)
        self.assertEqual((stats["events"], stats["lines_skipped"]), (1, {}))
        self.assertIn("enveloped", {e["audit_id"] for f in findings.values() for e in f["evidence"]})

    def test_the_daemon_says_it_too(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, make, says in (("missing", lambda path: None, "No such file"),
                                     ("a folder", os.mkdir, "it is no regular file"),
                                     ("a FIFO", os.mkfifo, "it is no regular file"),
                                     ("no events", lambda path: open(path, "w").write('{"a":1}\n'), "no line is an audit event")):
                with self.subTest(name):
                    home = os.path.join(folder, name)
                    os.mkdir(home)
                    make(os.path.join(home, "audit.log"))
                    daemon = Daemon(home)
                    try:
                        wait_for(lambda: says in daemon.get("/readyz")[1], f"/readyz says {says}")
                        self.assertEqual(daemon.get("/readyz")[0], 503)
                        self.assertIn(says, daemon.get("/status")[1])
                        wait_for(lambda: says in daemon.said(), f"the journal says {says}")
                        self.assertIn("audit.log", daemon.said())
                    finally:
                        daemon.stop()
                    self.assertEqual(daemon.said().count(says), 1)


class Garbage(unittest.TestCase):
    def replay_around(self, *garbage):
        """Replays good line, garbage, good line, garbage, …, good line."""
        with tempfile.TemporaryDirectory() as folder:
            log = os.path.join(folder, "audit.log")
            with open(log, "wb") as out:
                for i, bad in enumerate([*garbage, None]):
                    out.write(anonymous_secret_read(f"good-{i}", f"secret-{i}", second=i) + b"\n")
                    if bad is not None:
                        out.write(bad)
            findings, stats = replay("--evidence", "all", log)
        named = {entry["audit_id"] for finding in findings.values() for entry in finding["evidence"]}
        self.assertLessEqual({f"good-{i}" for i in range(len(garbage) + 1)}, named)
        return stats

    def assert_skipped(self, stats, lines, good):
        self.assertEqual(stats["events"], good)
        self.assertEqual(sum(stats["lines_skipped"].values()), lines, stats["lines_skipped"])

    def test_one_line_each(self):
        whole = anonymous_secret_read("torn", "torn")
        cases = {
            "empty": b"\n",
            "blank": b" \t \n",
            "carriage return": b"\r\n",
            "NULs and a newline": b"\0" * 5000 + b"\n",
            "truncated JSON": whole[:300] + b"\n",
            "invalid UTF-8": whole.replace(b"alice", b"al\xffce").replace(b"torn", b"t\xc3\x28rn") + b"\n",
            "deep nesting": b'{"kind":"Event","responseObject":' + b"[" * 100_000 + b"\n",
            "deep nesting, closed": b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"\n",
            "another kind": b'{"kind":"Pod","apiVersion":"v1"}\n',
            "an array": b"[1,2,3]\n",
            "legacy text": b'2026-01-05T10:00:00.000000Z AUDIT: id="x" stage="ResponseComplete" ip="10.0.0.1"\n',
        }
        for name, garbage in cases.items():
            with self.subTest(name):
                self.assert_skipped(self.replay_around(garbage), lines=1, good=2)

    def test_bytes_that_are_no_text_in_a_request(self):
        """%FF decodes to a byte that is not UTF-8; findings with it are still stored and read again."""
        selected = json.loads(anonymous_secret_read("selected", ""))
        selected["verb"] = "list"
        selected["requestURI"] = "/api/v1/namespaces/prod/secrets?fieldSelector=metadata.name%3D%FF"
        del selected["objectRef"]["name"]
        ran = json.loads(event("ran", verb="create"))
        ran["requestURI"] = "/api/v1/namespaces/shop/pods/web/exec?command=%FF"
        ran["objectRef"]["subresource"] = "exec"
        ran["responseStatus"]["code"] = 101
        with tempfile.TemporaryDirectory() as folder:
            log, state = os.path.join(folder, "audit.log"), os.path.join(folder, "state")
            with open(log, "w", encoding="utf-8") as out:
                out.writelines(json.dumps(line) + "\n" for line in (selected, ran))
            told, _ = replay("--state", state, log)
            stored = subprocess.run([BINARY, "findings", "--state", state, "--format", "json"], check=True,
                                    stdout=subprocess.PIPE, timeout=60).stdout
        self.assertEqual({json.loads(line)["id"] for line in stored.splitlines()}, set(told))
        self.assertLessEqual({"pod-exec", "secret-read-unprotected"}, {finding["kind"] for finding in told.values()})

    def test_nuls_before_a_good_line(self):
        """copytruncate leaves a hole before the next line."""
        stats = self.replay_around(b"\0" * 100_000)
        self.assertEqual(stats["events"], 2)

    def test_a_torn_line_gives_up_the_event_glued_to_it(self):
        torn = anonymous_secret_read("torn", "torn")[:303] + anonymous_secret_read("glued", "glued") + b"\n"
        stats = self.replay_around(torn)
        self.assertEqual(stats["events"], 3)

    def test_a_megabyte_of_random_bytes(self):
        noise = random.Random(1).randbytes(MEGABYTE).replace(b"\0", b"") + b"\n"
        self.assert_skipped(self.replay_around(noise), lines=noise.count(b"\n"), good=2)

    def test_random_bytes_with_nuls(self):
        """A NUL ends a line as a newline does, so there are more lines; each is counted."""
        noise = random.Random(1).randbytes(MEGABYTE) + b"\n"
        stats = self.replay_around(noise)
        self.assertEqual(stats["events"], 2)
        self.assertGreater(sum(stats["lines_skipped"].values()), noise.count(b"\n"))

    @unittest.skipIf("REDSHANK_SANITIZED" in os.environ, "a sanitizer keeps freed memory")
    def test_a_line_of_fifty_megabytes_and_longer_takes_no_more_memory(self):
        peaks = []
        for megabytes in (50, 150):
            long = b'{"kind":"Event","requestObject":"' + b"x" * (megabytes * MEGABYTE) + b'"}\n'
            stats = self.replay_around(long)
            self.assert_skipped(stats, lines=1, good=2)
            peaks.append(stats["peak_rss_bytes"])
        self.assertLess(peaks[0], 80 * MEGABYTE)
        self.assertLess(peaks[1] - peaks[0], 8 * MEGABYTE)

    @unittest.skipIf("REDSHANK_SANITIZED" in os.environ, "a sanitizer keeps freed memory")
    def test_all_of_it_again_and_again_takes_no_more_memory(self):
        noise = random.Random(2).randbytes(MEGABYTE) + b"\n"
        few = self.replay_around(*[noise] * 2)
        many = self.replay_around(*[noise] * 40)
        self.assertLess(many["peak_rss_bytes"] - few["peak_rss_bytes"], 8 * MEGABYTE)


if __name__ == "__main__":
    unittest.main()
