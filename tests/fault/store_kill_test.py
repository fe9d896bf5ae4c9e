#!/usr/bin/env python3
"""The store is killed, or its disk fails, at every call that changes a file; afterwards each transaction
is present as a whole or not at all, and every acknowledged one is present.

  REDSHANK_FAULT_ALL=1   kills at every call of the long run, not at a sample (takes minutes)
"""
import errno
import os
import pathlib
import random
import signal
import subprocess
import unittest

import shim
from store_state import WORKER, check_whole, dump


class StoreKillTest(unittest.TestCase):
    def kill_at(self, folder, transactions, call, **settings):
        db = str(folder / "-".join(["killed", str(call), *settings]) / "redshank.db")
        where = f"killed at call {call} {settings}"
        done = shim.run([WORKER, "run", db, str(transactions)], folder, kill=call, **settings)
        self.assertEqual(done.returncode, -signal.SIGKILL, where + done.stderr)
        acknowledged = [int(line) for line in done.stdout.split()]
        state = dump(db)
        check_whole(self, state, where)
        self.assertGreaterEqual(state["position"], max(acknowledged, default=0), where)
        again = subprocess.run([WORKER, "run", db, str(transactions)], capture_output=True, text=True, timeout=60)
        self.assertEqual(again.returncode, 0, where + again.stderr)
        state = dump(db)
        check_whole(self, state, where)
        self.assertEqual(state["position"], transactions, where)

    def sweep(self, transactions, choose):
        with shim.scratch() as scratch:
            folder = pathlib.Path(scratch)
            calls = shim.calls_of([WORKER, "run", str(folder / "count" / "redshank.db"), str(transactions)], folder)
            chosen = choose(range(1, calls + 1))
            for call in chosen:
                self.kill_at(folder, transactions, call)
                self.kill_at(folder, transactions, call, torn=1)
            print(f"{transactions} transactions, {calls} calls: killed at {len(chosen)}, each whole and torn")

    def test_killed_at_every_call(self):
        self.sweep(2, list)

    def test_killed_in_big_transactions(self):
        all_of_them = os.environ.get("REDSHANK_FAULT_ALL")
        self.sweep(4, lambda calls: list(calls) if all_of_them else sorted(random.Random(1).sample(calls, 40)))

    def test_failing_calls_lose_nothing(self):
        transactions = 5
        with shim.scratch() as scratch:
            folder = pathlib.Path(scratch)
            command = [WORKER, "run", str(folder / "count" / "redshank.db"), str(transactions)]
            calls = shim.calls_of(command, folder)
            refused = 0
            spans = [(at, at + length) for at in range(1, 120) for length in (0, 30)]
            spans += [(at, at + 200) for at in random.Random(2).sample(range(120, calls), 20)]
            for number, (first, last) in enumerate(spans):
                error = (errno.ENOSPC, errno.EIO)[number % 2]
                db = str(folder / f"failed-{number}" / "redshank.db")
                where = f"calls {first} to {last} failed with {errno.errorcode[error]}"
                done = shim.run([WORKER, "run", db, str(transactions)], folder, fail=f"{first}-{last}", errno=error)
                # No database could be created: the worker reports it and leaves nothing half done.
                if done.returncode == 3:
                    refused += 1
                    self.assertIn("redshank.db", done.stderr, where)
                    done = subprocess.run([WORKER, "run", db, str(transactions)], capture_output=True, timeout=60)
                self.assertEqual(done.returncode, 0, f"{where}: {done.stderr}")
                # Rows that went with a later commit are present as if they had been committed in time.
                state = dump(db)
                check_whole(self, state, where)
                self.assertEqual(state["position"], transactions, where)
            print(f"{len(spans)} failures; {refused} of them met the making of the database")


if __name__ == "__main__":
    unittest.main()
