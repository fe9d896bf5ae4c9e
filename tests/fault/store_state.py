"""The transactions that store_worker writes, and a check that each is present as a whole."""
import json
import subprocess

import shim

WORKER = str(shim.TOOLS / "store_worker")


def dump(db):
    done = subprocess.run([WORKER, "dump", db], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def name(n):
    return f"f_{n:08}"


def check_whole(test, state, where):
    """Checks that the state is exactly transactions 1 to position."""
    n = state["position"]
    told = [name(i) for i in range(1, n + 1)]
    test.assertEqual(state["damage"], "", where)
    test.assertEqual(state["counter"], n, where)
    test.assertEqual(state["rows"], {f"{n:08}": 1500 if n % 3 == 0 else 5} if n else {}, where)
    test.assertEqual(sorted(state["findings"]), told, where)
    test.assertEqual(sorted(state["outbox"] + state["delivered"]), told, where)
