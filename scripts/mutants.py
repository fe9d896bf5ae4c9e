#!/usr/bin/env python3
"""Makes small mistakes in the production code, one at a time, and asks whether a test fails.

    scripts/mutants.py BUILD [--count 200] [--seed N] [--changed COMMIT] [--only FOLDER]

A mutant is a comparison turned around, a constant that is one off, a condition negated or half of it dropped, or a
statement left out. Lines are sampled evenly over the floors, or taken from what changed since COMMIT. Each mutant is
built into the tests of its area and these run; it is killed when one fails, ends or hangs. BUILD is a configured build
folder, in which the tests are built. Ends with 1 when fewer than 85 % are killed; survivors are listed for a person to
judge."""
import argparse
import pathlib
import random
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLOORS = ("audit", "core", "rules", "exporters", "detectors", "daemon")
# The tests of an area, the quick ones first; the first prefix that fits counts.
TESTS = (
    ("audit/policy", ["test_policy"]),
    ("audit/normalise", ["test_normalise", "test_unusual_access"]),
    ("audit", ["test_audit", "test_policy", "test_secret_exposure", "test_sources"]),
    ("core/state", ["test_state", "test_unusual_access"]),
    ("core/request", ["test_request", "test_detectors", "test_unusual_access", "test_rules"]),
    ("core/config", ["test_config"]),
    ("core/finding", ["test_finding", "test_questions", "test_exporters", "test_rules"]),
    ("core", ["test_log", "test_state", "test_config"]),
    ("rules", ["test_rules"]),
    ("exporters", ["test_exporters", "test_receiver_contracts", "test_delivery"]),
    ("detectors/access", ["test_unusual_access", "test_access_commands"]),
    ("detectors/crd", ["test_crd_health"]),
    ("detectors/secrets", ["test_secret_exposure"]),
    ("detectors/rbac", ["test_secret_exposure"]),
    ("detectors/by_rule", ["test_rules", "test_exactness"]),
    ("detectors/coverage", ["test_policy"]),
    ("detectors/source", ["test_sources", "test_source_truncated"]),
    ("detectors", ["test_detectors", "test_exactness"]),
    ("daemon/sources", ["test_sources", "test_file_source"]),
    ("daemon/store", ["test_store", "test_state"]),
    ("daemon/http", ["test_http_server"]),
    ("daemon/doctor", ["test_policy"]),
    ("daemon/alerts", ["test_delivery"]),
    ("daemon/delivery", ["test_delivery"]),
    ("daemon/commands", ["test_questions", "test_access_commands", "test_secret_exposure", "test_policy"]),
    ("daemon", ["test_config", "test_questions", "test_delivery", "test_exactness"]),
)
TURNED = {"==": "!=", "!=": "==", "<=": "<", ">=": ">", "<": "<=", ">": ">=", "&&": "||", "||": "&&"}
STATEMENT = re.compile(r"^\s+(?!return|case|default|break|continue|using|const |auto |static |std::|struct |friend )[\w.\->:\[\]()]+(\s*[-+|&]?=\s.*|\(.*\));$")


def code_of(line):
    """The line with texts and comments blanked, at the same width."""
    line = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'', lambda text: " " * len(text.group()), line)
    return re.sub(r"//.*", lambda text: " " * len(text.group()), line)


def mutants_of(line):
    """(name, mutated line) of everything that can go wrong in it."""
    code, out = code_of(line), []
    if code.lstrip().startswith(("#", "template", "static_assert", "namespace", "using")) or "operator" in code or "requires" in code:
        return out
    for found in re.finditer(r" (==|!=|<=|>=|<|>|&&|\|\|) ", code):
        out.append(("turned " + found.group(1), line[:found.start(1)] + TURNED[found.group(1)] + line[found.end(1):]))
    for found in re.finditer(r"(?<![\w.:<])([1-9]\d{0,5})(?![\w.':>])", code):
        out.append(("one more than " + found.group(1), line[:found.start(1)] + str(int(found.group(1)) + 1) + line[found.end(1):]))
    for found in re.finditer(r"\bif \((?!const|auto|!)([^;{}]*)\) (?:\{|return|continue|break)", code):
        out.append(("negated if", line[:found.start(1)] + "!(" + line[found.start(1):found.end(1)] + ")" + line[found.end(1):]))
    for word, other in (("true", "false"), ("false", "true")):
        for found in re.finditer(rf"\breturn {word};", code):
            out.append((f"returns {other}", line[:found.start()] + f"return {other};" + line[found.end():]))
    if STATEMENT.match(code):
        out.append(("statement dropped", re.sub(r"\S.*", ";", line.rstrip("\n")) + "\n"))
    return out


def candidates(options):
    changed = None
    if options.changed:
        diff = subprocess.run(["git", "diff", "-U0", options.changed, "--", *FLOORS], cwd=ROOT, capture_output=True, text=True, check=True).stdout
        changed, file = set(), None
        for line in diff.splitlines():
            if line.startswith("+++ b/"):
                file = line[6:]
            elif found := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
                first, count = int(found.group(1)), int(found.group(2) or 1)
                changed |= {(file, number) for number in range(first, first + count)}
    for floor in FLOORS:
        found = []
        for path in sorted((ROOT / floor).rglob("*.cpp")):
            name = str(path.relative_to(ROOT))
            if not name.startswith(options.only):
                continue
            for number, line in enumerate(path.read_text().splitlines(keepends=True), 1):
                if changed is None or (name, number) in changed:
                    found += [(name, number, what, mutated) for what, mutated in mutants_of(line)]
        yield floor, found


def sample(options, rng):
    pools = [rng.sample(found, len(found)) for _, found in candidates(options) if found]
    chosen = []
    while len(chosen) < options.count and any(pools):
        for pool in pools:
            if pool and len(chosen) < options.count:
                chosen.append(pool.pop())
    return chosen


def run(command, seconds):
    try:
        return subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def verdict(options, name, number, mutated):
    path = ROOT / name
    original = path.read_text()
    lines = original.splitlines(keepends=True)
    lines[number - 1] = mutated
    tests = next(tests for prefix, tests in TESTS if name.startswith(prefix))
    path.write_text("".join(lines))
    try:
        for test in tests:
            if not run(["cmake", "--build", options.build, "-j", str(options.jobs), "--target", test], 900):
                return "does not compile"
            if not run([f"{options.build}/tests/{test}", "--gtest_brief=1", "--gtest_fail_fast"], 300):
                return "killed by " + test
        return "SURVIVES"
    finally:
        path.write_text(original)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=lambda text: str(pathlib.Path(text).resolve()))
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--changed", default="")
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if subprocess.run(["git", "diff", "--quiet", "--", *FLOORS], cwd=ROOT).returncode != 0:
        sys.exit("mutants: the working tree has changes in the production code; commit them first")
    print(f"seed {options.seed}", flush=True)
    killed, survivors = 0, []
    for name, number, what, mutated in sample(options, random.Random(options.seed)):
        result = verdict(options, name, number, mutated)
        print(f"{name}:{number}: {what}: {result}", flush=True)
        if result == "SURVIVES":
            survivors.append(f"{name}:{number}: {what}: {mutated.strip()}")
        killed += result.startswith("killed")
    tried = killed + len(survivors)
    print(f"\n{killed} of {tried} killed ({100 * killed / max(tried, 1):.0f} %)")
    print("\n".join(["survivors:"] + survivors) if survivors else "no survivors")
    sys.exit(0 if killed >= 0.85 * tried else 1)


if __name__ == "__main__":
    main()
