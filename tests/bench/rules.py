#!/usr/bin/env python3
"""Time of 10 rules against that of 1,000 over the same log: tests/bench/rules.py BINARY LOG [RUNS]

Rules of all kinds in both sets, in the same proportions: most name a resource and a verb, some an object, a user
or a namespace, some look into bodies, one in a hundred can hold for any event. Prints CPU seconds (the best of the
runs) and the ratio; ends with 1 when that is above 1.3."""
import sys
import tempfile
from pathlib import Path

import replayed

RESOURCES = ["pods", "secrets", "configmaps", "deployments", "services", "nodes", "roles", "leases", "jobs", "widgets"]
VERBS = ["get", "list", "watch", "create", "update", "patch", "delete"]


def condition(i: int) -> str:
    resource, verb = RESOURCES[i % 10], VERBS[i % 7]
    kinds = [
        f'verb = "{verb}" and objectRef.resource = "{resource}" and objectRef.namespace = "team-{i}"',
        f'verb in ("{verb}", "patch") and objectRef.resource = "{resource}" and user.username = "user-{i}"',
        f'objectRef.name = "object-{i}" and succeeded',
        f'verb = "create" and objectRef.resource = "pods" and objectRef.namespace = "ns-{i}" and '
        f'pod.anyContainer.image contains "image-{i}"',
        f'user.username startswith "person-{i}" and objectRef.resource = "kind-{i}" and not succeeded',
    ]
    return f'userAgent contains "tool-{i}"' if i % 100 == 9 else kinds[i % 5]


def rules(count: int) -> str:
    # The set of ten holds each kind of rule in the same share as the set of a thousand.
    return "\n".join(f"[[rule]]\nid = 'bench-{i}'\ntitle = 'Bench'\ncondition = '''{condition(i)}'''\n" for i in range(count))


def cpu_seconds(binary: str, log: str, count: int, runs: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "rules.toml").write_text(rules(count))
        config = Path(folder) / "redshank.toml"
        config.write_text(f'[rules]\npacks = []\nfiles = ["{folder}/rules.toml"]\n')
        return min(replayed.figures(binary, "--config", config, log)["cpu_seconds"] for _ in range(runs))


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    ten, thousand = (cpu_seconds(sys.argv[1], sys.argv[2], count, runs) for count in (10, 1000))
    print(f"10 rules: {ten:.3f} s CPU, 1000 rules: {thousand:.3f} s CPU, ratio {thousand / ten:.2f} (at most 1.30)")
    return 0 if thousand <= 1.3 * ten else 1


if __name__ == "__main__":
    sys.exit(main())
