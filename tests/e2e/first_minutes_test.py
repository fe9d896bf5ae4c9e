"""The first minutes: what the daemon, systemd and check-config say of a log that cannot be read."""
import os
import pathlib
import socket
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, event, wait_for

WRONG = {  # what the log is, and what is said of it
    "missing": (None, "No such file or directory; let the API server write it (--audit-log-path"),
    "a folder": ("folder", "it is no regular file"),
    "noise": (b"hello\nworld\n", "is no JSON: give the file of --audit-log-path"),
}


class FirstMinutes(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.heard = []
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.setblocking(False)
        self.socket.bind(str(self.folder / "notify"))
        os.environ["NOTIFY_SOCKET"] = str(self.folder / "notify")
        self.addCleanup(os.environ.pop, "NOTIFY_SOCKET")

    def hears(self, text):
        """Whether systemd has been told so."""
        try:
            while True:
                self.heard.append(self.socket.recv(8192).decode())
        except BlockingIOError:
            return any(text in message for message in self.heard)

    def make_log(self, content):
        log = self.folder / "audit.log"
        if content == "folder":
            log.mkdir()
        elif content is not None:
            log.write_bytes(content)
        return log

    def check_config(self, log):
        config = self.folder / "c.toml"
        config.write_text(f'state_dir = "{self.folder}/s"\n[[source]]\npath = "{log}"\n')
        done = subprocess.run([BINARY, "check-config", config], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0)
        return done.stdout + done.stderr

    def test_what_is_wrong_is_said_everywhere(self):
        for name, (content, said) in WRONG.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                self.folder = pathlib.Path(folder)
                log = self.make_log(content)
                self.assertIn(said, self.check_config(log))
                self.heard.clear()
                daemon = Daemon(self.folder)
                self.addCleanup(daemon.kill)
                wait_for(lambda said=said: self.hears(f"{log}") and self.hears(said), "the status")
                wait_for(lambda said=said: said in daemon.get("/readyz")[1], "/readyz")
                self.assertEqual(daemon.get("/readyz")[0], 503)
                wait_for(lambda said=said: said in daemon.said(), "the journal")
                # A log that is open is read, whatever is in it; one that never was is not ready.
                self.assertEqual(self.hears("READY=1"), content == b"hello\nworld\n")
                daemon.stop()

    def test_ready_when_the_log_comes(self):
        daemon = Daemon(self.folder)
        self.addCleanup(daemon.kill)
        wait_for(lambda: self.hears("STATUS=source file:"), "the status")
        self.assertFalse(self.hears("READY=1"))
        daemon.log.write_bytes(event("e1") + b"\n")
        wait_for(lambda: self.hears("READY=1\nSTATUS=reading"), "READY")
        daemon.wait_until_ready()
        daemon.stop()

    def test_empty_log(self):
        log = self.make_log(b"")
        self.assertIn("audit.log is empty; let the API server write it", self.check_config(log))
        daemon = Daemon(self.folder)
        self.addCleanup(daemon.kill)
        wait_for(lambda: self.hears("STATUS=waiting: nothing was written to file:"), "the status")
        self.assertTrue(self.hears("READY=1"))
        status, said = daemon.get("/readyz")
        self.assertEqual(status, 200)
        for text in (said, daemon.said()):
            self.assertRegex(text, r"waiting: nothing was written to file:.*audit\.log since the start; if it stays so: .*--audit-log-path")
        log.write_bytes(event("e1") + b"\n")
        self.heard.clear()
        wait_for(lambda: self.hears("STATUS=reading"), "the status")
        daemon.stop()

    def test_good_log(self):
        log = self.make_log(b"noise\n" + event("e1") + b"\n")
        self.assertRegex(self.check_config(log), r"c\.toml: good \(1 source,")


if __name__ == "__main__":
    unittest.main()
