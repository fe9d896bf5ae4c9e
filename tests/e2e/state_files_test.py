"""Trouble with the files of the state: removed, created by root, on a full disk."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, anonymous_secret_read, wait_for

SERVICE = 64123  # a user id that no account has


def append(daemon, *names):
    with open(daemon.log, "ab") as log:
        for name in names:
            log.write(anonymous_secret_read(name, name) + b"\n")


class StateFiles(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def daemon(self):
        daemon = Daemon(self.folder)
        self.addCleanup(daemon.stop)
        return daemon

    def folder_of_the_service(self):
        """(state folder that belongs to SERVICE, log with one event); the test's user is root."""
        os.chmod(self.folder, 0o755)
        state = os.path.join(self.folder, "state")
        os.mkdir(state)
        os.chown(state, SERVICE, SERVICE)
        log = os.path.join(self.folder, "audit.log")
        with open(log, "wb") as out:
            out.write(anonymous_secret_read("one", "one") + b"\n")
        return state, log

    def test_after_three_failed_starts_the_state_is_set_aside(self):
        daemon = self.daemon()
        append(daemon, "one")
        daemon.wait_until_ready()
        daemon.stop()
        state = os.path.join(self.folder, "state")
        counted = os.path.join(state, "redshank.db.failed-starts")

        def kinds():
            done = subprocess.run([BINARY, "findings", "--detector", "source", "--format", "json", "--state",
                                   f"{state}/redshank.db"], capture_output=True, text=True, check=True)
            return [json.loads(line)["kind"] for line in done.stdout.splitlines()]

        for failed, aside in (("2", 0), ("3", 1)):
            with open(counted, "w", encoding="ascii") as file:
                file.write(failed)
            daemon = self.daemon()
            daemon.wait_until_ready()
            self.assertFalse(os.path.exists(counted))  # this start worked
            self.assertEqual(sum(name.startswith("redshank.db.damaged-") and name[-1].isdigit() or
                                 name.endswith("Z") for name in os.listdir(state)), aside)
            self.assertEqual(kinds(), ["state-set-aside"] * aside)
            self.assertEqual("3 starts in a row" in daemon.said(), aside == 1)
            daemon.stop()

    def test_files_that_are_removed_are_missed(self):
        daemon = self.daemon()
        append(daemon, "one")
        daemon.wait_for_events(1)
        for name in os.listdir(daemon.state):
            os.unlink(daemon.state / name)
        append(daemon, "two")
        wait_for(lambda: "cannot be written" in daemon.get("/readyz")[1], "/readyz misses the state")
        self.assertIn("somebody has removed it while redshank runs", daemon.said())
        append(daemon, "three")
        daemon.wait_for_events(3)
        second = subprocess.run([BINARY, "run", "--config", daemon.folder / "redshank.toml"], capture_output=True, text=True, timeout=60)
        self.assertEqual(second.returncode, 3)
        self.assertIn("in use by another redshank", second.stderr)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to mount a small disk")
    def test_a_restart_on_a_full_disk_detects_from_memory(self):
        state = os.path.join(self.folder, "state")
        os.mkdir(state)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "redshank-test", state]).returncode:
            self.skipTest("this machine lets nobody mount")
        self.addCleanup(subprocess.run, ["umount", "-l", state])
        daemon = self.daemon()
        append(daemon, "one")
        daemon.wait_for_events(1)
        wait_for(lambda: daemon.metric("redshank_state_commits_total", result="done") > 0, "a commit")
        self.assertEqual(daemon.stop(), 0)
        with open(os.path.join(state, "filler"), "wb", buffering=0) as filler:
            with self.assertRaises(OSError):
                while True:
                    filler.write(b"x" * 4096)
        daemon = self.daemon()
        append(daemon, "two")
        daemon.wait_for_events(1)  # the first was read before the restart
        wait_for(lambda: "cannot be written" in daemon.get("/readyz")[1], "/readyz says so")
        self.assertIn("until a restart with free space", daemon.said())

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to make files for another user")
    def test_what_root_makes_belongs_to_the_owner_of_the_folder(self):
        state, log = self.folder_of_the_service()
        database = os.path.join(state, "redshank.db")
        subprocess.run([BINARY, "replay", "--state", database, log], check=True, capture_output=True, timeout=60)
        for name in os.listdir(state):
            self.assertEqual(os.stat(os.path.join(state, name)).st_uid, SERVICE, name)

    @unittest.skipUnless(os.geteuid() == 0, "needs root, to be another user")
    def test_a_file_of_another_user_is_named_with_its_owner(self):
        state, log = self.folder_of_the_service()
        lock = os.path.join(state, "redshank.db.lock")
        with open(lock, "w"):
            pass
        os.chmod(lock, 0o600)
        binary = shutil.copy(BINARY, os.path.join(self.folder, "redshank"))
        done = subprocess.run([binary, "replay", "--state", os.path.join(state, "redshank.db"), log], capture_output=True,
                              text=True, timeout=60, user=SERVICE, group=SERVICE)
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(f"belongs to user 0; chown it and the files beside it to user {SERVICE}", done.stderr)


if __name__ == "__main__":
    unittest.main()
