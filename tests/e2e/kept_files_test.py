"""Log files that systemd keeps for the service: what the API server deletes while redshank is down is read all the same."""
import array
import os
import pathlib
import socket
import sqlite3
import sys
import tempfile
import unittest

import harness
from harness import Daemon, event, wait_for


class ServiceManager:
    """The part of systemd that keeps descriptors (FDSTORE) and hands them to the next process."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.kept = {}

    def close(self):
        self.socket.close()
        for fd in self.kept.values():
            os.close(fd)

    def look(self):
        while True:
            try:
                message, control, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(4))
            except BlockingIOError:
                return self.kept
            fields = dict(line.split("=", 1) for line in message.decode().splitlines())
            fds = array.array("i")
            for _, _, data in control:
                fds.frombytes(data)
            if fields.get("FDSTORE") == "1":
                self.kept.setdefault(fields["FDNAME"], fds[0])
            elif fields.get("FDSTOREREMOVE") == "1" and fields["FDNAME"] in self.kept:
                os.close(self.kept.pop(fields["FDNAME"]))

    def start(self, folder):
        """The daemon with what is kept; sh puts its own id where systemd puts that of the service."""
        kept = dict(self.look())
        wrapper = folder / "activated"
        moves = "".join(f"exec {3 + at}<&{fd}\n" for at, fd in enumerate(kept.values()))
        wrapper.write_text(f'#!/bin/bash\n{moves}export LISTEN_PID=$$\nexec {harness.BINARY} "$@"\n')
        wrapper.chmod(0o755)
        environment = {**os.environ, "NOTIFY_SOCKET": self.path, "LISTEN_FDS": str(len(kept)),
                       "LISTEN_FDNAMES": ":".join(kept)}
        binary, harness.BINARY = harness.BINARY, str(wrapper)
        try:
            return Daemon(folder, pass_fds=list(kept.values()), env=environment)
        finally:
            harness.BINARY = binary


class KeptFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="redshank-kept-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "audit.log"
        self.manager = ServiceManager(self.folder)
        self.addCleanup(self.manager.close)

    def start(self):
        daemon = self.manager.start(self.folder)
        self.addCleanup(daemon.kill)
        return daemon

    def write(self, *ids):
        with open(self.log, "ab") as file:
            for second, name in enumerate(ids):
                file.write(event(name, second=second) + b"\n")

    def crash_after_two_events(self):
        self.write("a-1", "a-2")
        daemon = self.start()
        daemon.wait_for_events(2)
        wait_for(self.committed, "a position")
        wait_for(self.manager.look, "a kept file")
        daemon.kill()

    def gaps(self, daemon):
        return daemon.metric("redshank_source_gaps_total")

    def test_a_file_deleted_while_redshank_is_down_is_read_to_its_end(self):
        self.crash_after_two_events()
        self.write("a-3", "a-4", "a-5")
        self.log.unlink()
        self.write("b-1")
        daemon = self.start()
        daemon.wait_for_events(4)
        self.assertEqual(self.gaps(daemon), 0)
        wait_for(lambda: len(self.manager.look()) == 1, "the old file is let go")
        (fd,) = self.manager.kept.values()
        self.assertEqual(os.fstat(fd).st_ino, self.log.stat().st_ino)
        self.assertEqual(daemon.stop(), 0)

    def test_one_that_still_has_a_name_is_read_once(self):
        self.crash_after_two_events()
        self.write("a-3")
        self.log.rename(self.folder / "audit-2026-01-05T10-00-05.000.log")
        self.write("b-1")
        daemon = self.start()
        daemon.wait_for_events(2)
        self.assertEqual(daemon.metric("redshank_events_total"), 2)
        self.assertEqual(self.gaps(daemon), 0)
        self.assertEqual(daemon.stop(), 0)

    def test_without_it_the_loss_is_told(self):
        """The same without what systemd keeps: the test above can fail."""
        self.crash_after_two_events()
        self.write("a-3", "a-4", "a-5")
        self.log.unlink()
        self.write("b-1")
        for fd in self.manager.kept.values():
            os.close(fd)
        self.manager.kept.clear()
        daemon = self.start()
        daemon.wait_for_events(1)
        self.assertEqual(self.gaps(daemon), 1)
        self.assertEqual(daemon.stop(), 0)

    def committed(self):
        state = next(self.folder.rglob("redshank.db"), None)
        if state is None:
            return False
        with sqlite3.connect(f"file:{state}?mode=ro", uri=True) as database:
            row = database.execute("SELECT position FROM positions").fetchone()
        return row is not None and f'"offset":{self.log.stat().st_size}' in row[0]


if __name__ == "__main__":
    sys.exit(unittest.main())
