#!/usr/bin/env python3
"""The store on a full disk (a small tmpfs in a mount namespace of our own): no transaction is lost, none is acknowledged
before it is durable, and the store continues by itself when there is room again."""
import subprocess
import tempfile
import unittest

import shim
from store_state import WORKER, check_whole, dump


class StoreFullDiskTest(unittest.TestCase):
    def test_goes_on_when_there_is_room_again(self):
        with tempfile.TemporaryDirectory(prefix="redshank-fault-") as folder:
            with shim.SmallDisk(folder, "2m") as disk:
                self.fill_and_free(disk)

    def fill_and_free(self, disk):
        db = str(disk.folder / "state" / "redshank.db")
        self.run_worker(db, 2)
        (disk.folder / "other").write_bytes(bytes(1_700_000))
        # Every third transaction is larger than what is left: it waits, and goes with the next.
        self.assertEqual(self.run_worker(db, 5), [4, 5])
        state = dump(db)
        check_whole(self, state, "full")
        self.assertEqual(state["position"], 5)

        disk.fill()
        done = subprocess.run([WORKER, "run", db, "6"], capture_output=True, text=True, timeout=60)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, "full|No space left")

        disk.free()
        (disk.folder / "other").unlink()
        state = dump(db)
        check_whole(self, state, "freed")
        self.assertEqual(state["position"], 5)
        self.run_worker(db, 7)
        check_whole(self, dump(db), "after")

    def run_worker(self, db, last):
        done = subprocess.run([WORKER, "run", db, str(last)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [int(line) for line in done.stdout.split()]


if __name__ == "__main__":
    shim.enter_own_mounts()
    unittest.main()
