"""events, event and why, as people run them: over a log that rotates and is compressed, and when nothing can be read."""
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, anonymous_secret_read, event, wait_for


def redshank(*arguments):
    """(exit status, stdout, stderr)."""
    done = subprocess.run([BINARY, *map(str, arguments)], capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class Search(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.log = self.folder / "audit.log"
        self.config = self.folder / "c.toml"
        self.config.write_text(f'cluster = "c"\nstate_dir = "{self.folder}/state"\n[[source]]\npath = "{self.log}"\n')

    def rotate(self, stamp, pack=None):
        backup = self.folder / f"audit-2026-01-05T{stamp}.000.log"
        self.log.rename(backup)
        if pack == "gz":
            with open(backup, "rb") as plain, gzip.open(f"{backup}.gz", "wb") as packed:
                shutil.copyfileobj(plain, packed)
        elif pack == "zst":
            subprocess.run(["zstd", "-q", backup], check=True)
        if pack:
            backup.unlink()
        return backup

    def test_rotated_and_compressed(self):
        lines = [event(f"e{n}", user="ann" if n % 2 else "bob", second=n * 60) for n in range(8)]
        lines[3] = lines[3].replace(b'"ann"', b'"\\u0061nn"')
        for part, (stamp, pack) in enumerate([("10-02-30", "gz"), ("10-04-30", "zst"), ("10-06-30", None)]):
            self.log.write_bytes(b"".join(line + b"\n" for line in lines[2 * part:2 * part + 2]))
            self.rotate(stamp, pack)
        self.log.write_bytes(lines[6] + b"\n" + lines[7])
        status, out, err = redshank("events", 'user.username = "ann"', "--format", "json", "--config", self.config)
        self.assertEqual((status, err), (0, ""))
        self.assertEqual(out.encode(), b"".join(line + b"\n" for line in lines[1::2]))
        status, out, _ = redshank("events", "true", "--config", self.config, "--since", "2026-01-05T10:03:00Z",
                                  "--until", "2026-01-05T10:05:00Z")
        self.assertEqual([line.split()[-1] for line in out.splitlines()], ["e3", "e4"])

    def test_event_wherever_it_went(self):
        self.log.write_bytes(event("e1") + b"\n" + event("e2", second=1) + b"\n")
        daemon_config = self.folder / "c.toml"
        for pack in (None, "gz", "zst"):
            with self.subTest(pack=pack):
                line = event(f"of-{pack}")
                self.log.write_bytes(line + b"\n")
                self.rotate(f"11-00-0{len(str(pack))}", pack)
                self.log.write_bytes(event("later") + b"\n")
                status, out, err = redshank("event", f"of-{pack}", "--config", daemon_config, "--format", "json")
                self.assertEqual((status, out.encode(), err), (0, line + b"\n", ""))
                status, out, _ = redshank("event", f"of-{pack}", "--config", daemon_config)
                self.assertIn("byte 0", out)
                self.assertIn(f"AUDIT ID     of-{pack}", out)
        status, out, err = redshank("event", "gone", "--config", daemon_config)
        self.assertEqual((status, out), (0, ""))
        self.assertIn("no event has the audit id gone; looked through 4 files", err)
        self.assertIn(f"{self.log}, from 2026-01-05T10:00:00Z to 2026-01-05T10:00:00Z", err)

    def test_why(self):
        daemon = Daemon(self.folder, '[[detectors.secret_exposure.protect]]\nsecrets = ["prod/*"]\nreaders = []\n')
        self.addCleanup(daemon.kill)
        self.log.write_bytes(anonymous_secret_read("anon-1", "db") + b"\n" + event("later", second=9) + b"\n")
        state = ("--state", daemon.state / "redshank.db")

        def findings(*arguments):
            status, out, _ = redshank("findings", "--format", "json", *arguments, *state)
            return [json.loads(line) for line in out.splitlines()] if status == 0 else []

        found = wait_for(lambda: findings("--kind", "secret-read-unprotected"), "the finding")[0]
        self.assertEqual(found["evidence"][0]["audit_id"], "anon-1")
        daemon.stop()
        self.assertEqual([one["id"] for one in findings("--id", found["id"])], [found["id"]])
        self.assertEqual(redshank("findings", "--kind", "secret-red-unprotected", *state)[::2],
                         (2, "redshank: no finding of kind secret-red-unprotected was ever seen; nearest: "
                          "secret-read-unprotected\n"))

        status, out, _ = redshank("why", found["id"], "--format", "json", *state)
        rows = [json.loads(line) for line in out.splitlines()]
        self.assertEqual(status, 0)
        self.assertEqual((rows[0]["part"], rows[0]["name"]), ("found", found["id"]))
        self.assertEqual([row["name"] for row in rows if row["part"] == "reason"],
                         [reason["name"] for reason in found["reasons"]])
        status, out, _ = redshank("why", "anon-1", "--format", "json", "--config", self.folder / "redshank.toml", *state)
        self.assertEqual(status, 0)
        parts = {row["part"] for row in map(json.loads, out.splitlines())}
        self.assertLessEqual({"found", "reason", "rule", "event"}, parts)
        self.assertEqual(redshank("why", "f_" + "a" * 26, *state)[0], 2)

    def test_evidence_names_the_generation(self):
        daemon = Daemon(self.folder, '[[detectors.secret_exposure.protect]]\nsecrets = ["prod/*"]\nreaders = []\n')
        self.addCleanup(daemon.kill)
        line = anonymous_secret_read("anon-1", "db", second=5)
        self.log.write_bytes(event("first") + b"\n" + line + b"\n")
        state = ("--state", daemon.state / "redshank.db")

        def findings():
            status, out, _ = redshank("findings", "--format", "json", "--kind", "secret-read-unprotected", *state)
            return [json.loads(one) for one in out.splitlines()] if status == 0 else []

        evidence = wait_for(findings, "the finding")[0]["evidence"][0]
        daemon.stop()
        self.assertRegex(evidence["generation"], "^[0-9a-f]{16}$")
        # Another file holds an event of the same audit id, so the whole search would find two.
        self.log.write_bytes(event("anon-1", second=600) + b"\n")
        for stamp, pack in (("10-01-00", "gz"), ("10-01-00", "zst"), ("10-01-00", None)):
            with self.subTest(pack=pack):
                saved = self.log.read_bytes()
                self.log.write_bytes(event("first") + b"\n" + line + b"\n")
                backup = self.rotate(stamp, pack)
                self.log.write_bytes(saved)
                found = redshank("event", "anon-1", "--config", self.config, "--format", "json", *state)
                self.assertEqual(found[:2], (0, line.decode() + "\n"))
                self.assertIn("a finding names its file", found[2])
                pathlib.Path(f"{backup}.{pack}" if pack else backup).unlink()
        gone = redshank("event", "anon-1", "--config", self.config, "--format", "json", *state)
        self.assertEqual(gone[1].encode(), self.log.read_bytes())  # what is left of this audit id
        self.log.write_bytes(event("later", second=700) + b"\n")
        gone = redshank("event", "anon-1", "--config", self.config, *state)
        self.assertEqual(gone[:2], (0, ""))
        self.assertIn(f"names it: 2026-01-05T10:00:05.000100Z, {self.log}, byte {evidence['offset']}", gone[2])
        self.assertEqual(gone[2].count("it is gone: that file, whatever it is called now, is not among these"), 1)
        # Its file begins as it did, but was rewritten.
        self.log.write_bytes(event("first") + b"\n" + event("later", second=700) + b"\n")
        gone = redshank("event", "anon-1", "--config", self.config, *state)
        self.assertIn("it is gone: its file is there, but its line is not in it any more", gone[2])


if __name__ == "__main__":
    unittest.main()
