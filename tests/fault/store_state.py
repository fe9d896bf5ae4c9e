"""What store_worker writes, and how to tell that it is there whole."""
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
    """Exactly transactions 1 to position, nothing of any other."""
    n = state["position"]
    told = [name(i) for i in range(1, n + 1)]
    test.assertEqual(state["damage"], "", where)
    test.assertEqual(state["counter"], n, where)
    test.assertEqual(state["rows"], {f"{n:08}": 1500 if n % 3 == 0 else 5} if n else {}, where)
    test.assertEqual(sorted(state["findings"]), told, where)
    test.assertEqual(sorted(state["outbox"] + state["delivered"]), told, where)
