#!/usr/bin/env python3
"""Makes small mistakes in the production code, one at a time, and asks whether a test fails.

    scripts/mutants.py BUILD [--count 200] [--seed N] [--changed COMMIT] [--files PATTERN...] [--part K/N] [--minutes M] [--log FILE]

A mutant is a comparison turned around, a constant that is one off, a condition negated or half of it dropped, or a
statement left out. Lines are sampled evenly over the floors, or taken from what changed since COMMIT, or from files (shell
patterns: 'exporters/*', 'exporters/slack.cpp:65'). A copy of the file is compiled with it and linked into the tests of its
area, which run until one fails; it is killed when one fails, ends or hangs. --part 2/4 is the second quarter of a sample:
machines with the same seed share it. What is judged stands in --log at once; a run that was cut goes on there, with the
seed that it has. BUILD is a build folder in which the tests are built: optimised, for an hour of mutants runs tests far
longer than it compiles. Ends with 1 when fewer than 85 % are killed; survivors are listed for a person to judge."""
import argparse
import concurrent.futures
import fnmatch
import functools
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time

import planting

ROOT = planting.ROOT
FLOORS = ("audit", "core", "rules", "exporters", "detectors", "daemon")
# Nothing but the program itself has these in it.
WITHOUT_TESTS = ("daemon/main.cpp",)
# Tests that run the program itself.
GOLDEN = "tests/golden/sample_test.py"
COMMANDS = "tests/e2e/commands_test.py"
# The tests of an area, the quick ones first; the first prefix that fits counts. A file is run with the program as $REDSHANK.
TESTS = (
    ("audit/policy", ["test_policy"]),
    ("audit/normalise", ["test_normalise", "test_unusual_access", "test_rules", "test_secret_exposure"]),
    ("audit", ["test_audit", "test_webhook", "test_request", "test_sources", "test_policy", "test_secret_exposure", "test_rules", "test_unusual_access"]),
    ("core/state", ["test_state", "test_detectors", "test_store", "test_unusual_access"]),
    ("core/request", ["test_request", "test_detectors", "test_rules", "test_unusual_access", "test_secret_exposure", "test_crd_health"]),
    ("core/config", ["test_config", "test_webhook", "test_delivery", COMMANDS]),
    ("core/incident", ["test_incidents", "test_delivery", "test_exporters", "test_pages"]),
    ("core/finding", ["test_finding", "test_detectors", "test_rules", "test_exporters", "test_incidents", "test_delivery", "test_language"]),
    ("core/metric", ["test_state", "test_exporters", "test_delivery", "test_http_server"]),
    ("core", ["test_bounds", "test_log", "test_state", "test_config", "test_questions"]),
    ("rules/raw_filter", ["test_raw_filter"]),
    ("rules", ["test_rules", "test_raw_filter", COMMANDS]),
    ("exporters/kafka", ["test_kafka_mock", "test_kafka", "test_config"]),
    ("exporters", ["test_exporters", "test_config", "test_receiver_contracts", "test_delivery", "test_language", "test_http_server"]),
    ("detectors/access", ["test_bounds", "test_unusual_access", "test_access_commands", "test_exactness", "test_language", GOLDEN]),
    ("detectors/crd", ["test_bounds", "test_crd_health", "test_language", GOLDEN]),
    ("detectors/secrets", ["test_bounds", "test_secret_exposure", "test_language", GOLDEN]),
    ("detectors/rbac", ["test_secret_exposure", "test_rules", "test_unusual_access"]),
    ("detectors/by_rule", ["test_rules", "test_exactness", GOLDEN]),
    ("detectors/coverage", ["test_policy", "test_visibility"]),
    ("detectors/visibility", ["test_visibility", "test_policy"]),
    ("detectors/source", ["test_source_truncated", "test_sources"]),
    ("detectors/renames", ["test_unusual_access"]),
    ("detectors/webhook", ["test_unusual_access", "test_rules"]),
    ("detectors", ["test_detectors", "test_exactness", "test_state", GOLDEN]),
    ("daemon/sources/webhook", ["test_webhook"]),
    ("daemon/sources/kafka", ["test_kafka", "test_kafka_mock", "test_sources", "test_config"]),
    ("daemon/sources/policy_file", ["test_policy", "test_visibility", "test_config"]),
    ("daemon/sources/topic", ["test_kafka", "test_kafka_mock"]),
    ("daemon/sources/watcher", ["test_sd_notify", "test_sources"]),
    ("daemon/sources", ["test_sources", "test_webhook", "test_search", "test_rotation_corpus", "test_passing_errors", "test_file_source"]),
    ("daemon/source", ["test_sources", "test_config"]),
    ("daemon/store/change_feed", ["test_kafka", "test_store"]),
    ("daemon/store", ["test_store", "test_state", "test_passing_errors", "tests/e2e/state_files_test.py"]),
    ("daemon/http/web", ["test_http_server", "test_config", "tests/e2e/web_config_test.py"]),
    ("daemon/http", ["test_http_server", "test_pages", "tests/e2e/web_config_test.py"]),
    ("daemon/pages", ["test_pages", "tests/e2e/pages_test.py"]),
    ("daemon/doctor", ["test_policy"]),
    ("daemon/alerts", ["test_delivery"]),
    ("daemon/delivery/transport", ["test_receiver_contracts", "test_exporters", "test_delivery", "tests/e2e/receivers_test.py"]),
    ("daemon/delivery", ["test_delivery"]),
    ("daemon/incidents", ["test_incidents", "test_language"]),
    ("daemon/ledger", ["test_ledger", "tests/e2e/verify_test.py"]),
    ("daemon/config", ["test_config", "test_webhook", COMMANDS]),
    ("daemon/print", ["test_questions", "test_search", "test_access_commands", "test_secret_exposure", "test_incidents", COMMANDS]),
    ("daemon/questions/verify", ["test_ledger", "tests/e2e/verify_test.py"]),
    ("daemon/questions", ["test_questions", "test_search", "test_access_commands", "test_secret_exposure", "test_incidents", "test_store", "test_pages", COMMANDS]),
    ("daemon/commands/verify", ["tests/e2e/verify_test.py", COMMANDS]),
    ("daemon/commands/doctor", ["test_policy", COMMANDS]),
    ("daemon/commands", ["test_questions", "test_search", "test_access_commands", "test_secret_exposure", "test_store", "test_policy", "test_incidents", COMMANDS]),
    ("daemon/stop_signal", ["test_signals"]),
    ("daemon/signals", ["test_signals"]),
    ("daemon/sd_notify", ["test_sd_notify"]),
    ("daemon/fleet/workers", ["test_questions"]),
    ("daemon/fleet", ["test_kafka", "test_kafka_mock"]),
    ("daemon/replay", ["test_questions", "test_sources", COMMANDS]),
    ("daemon", ["test_config", "test_signals", "test_http_server", "test_delivery", "test_exactness", "test_passing_errors", "tests/e2e/follow_test.py",
                "tests/e2e/reload_test.py"]),
)
# Sequences that are long because they are random.
WITHOUT = {"test_file_source": "-Model.*", "test_delivery": "-LoneCritical.*"}
SLOW = 0.3  # seconds: a case that takes longer is run after the others of its area
TURNED = {"==": "!=", "!=": "==", "<=": "<", ">=": ">", "<": "<=", ">": ">=", "&&": "||", "||": "&&"}
STATEMENT = re.compile(r"^\s+(?!return|case|default|break|continue|using|const |auto |static |std::|struct |friend )[\w.\->:\[\]()]+(\s*[-+|&]?=\s.*|\(.*\));$")


def without_raw(text):
    """The text of a file with its raw strings blanked, at the same width: what stands in them is no C++."""
    blank = lambda found: re.sub(r"[^\n]", " ", found.group())  # noqa: E731
    return re.sub(r'(?<![\w"])R"([^()\\\s"]{0,16})\(.*?\)\1"', blank, text, flags=re.S)


def code_of(line):
    """The line with texts and comments blanked, at the same width."""
    line = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])\'', lambda text: " " * len(text.group()), line)
    return re.sub(r"//.*", lambda text: " " * len(text.group()), line)


def mutants_of(line, bare):
    """(column, name, mutated line) of everything that can go wrong in it; `bare`: the line without raw strings."""
    code, out = code_of(bare), []

    def add(found, name, mutated):
        out.append((found.start() + 1, name, mutated))

    if code.lstrip().startswith(("#", "template", "static_assert", "namespace", "using")) or "operator" in code or "requires" in code:
        return out
    for found in re.finditer(r" (==|!=|<=|>=|<|>|&&|\|\|) ", code):
        add(found, "turned " + found.group(1), line[:found.start(1)] + TURNED[found.group(1)] + line[found.end(1):])
    for found in re.finditer(r"(?<![\w.:<])([1-9]\d{0,5})(?![\w.':>])", code):
        add(found, "one more than " + found.group(1), line[:found.start(1)] + str(int(found.group(1)) + 1) + line[found.end(1):])
    for found in re.finditer(r"\bif \((?!const|auto|!)([^;{}]*)\) (?:\{|return|continue|break)", code):
        add(found, "negated if", line[:found.start(1)] + "!(" + line[found.start(1):found.end(1)] + ")" + line[found.end(1):])
    for word, other in (("true", "false"), ("false", "true")):
        for found in re.finditer(rf"\breturn {word};", code):
            add(found, f"returns {other}", line[:found.start()] + f"return {other};" + line[found.end():])
    # Room that is taken beforehand changes nothing but the time.
    if STATEMENT.match(code) and ".reserve(" not in code:
        add(re.search(r"\S", code), "statement dropped", re.sub(r"\S.*", ";", line.rstrip("\n")) + "\n")
    return out


def compiled_here(lines):
    """The numbers of the lines that are in no #else: what stands there is for other machines."""
    numbers, depth = set(), []
    for number, line in enumerate(lines, 1):
        if line.startswith("#if"):
            depth.append(True)
        elif line.startswith(("#else", "#elif")):
            depth[-1] = False
        elif line.startswith("#endif"):
            depth.pop()
        elif all(depth):
            numbers.add(number)
    return numbers


@functools.lru_cache(maxsize=None)
def lines_of(name):
    """As they were when this began: the tree may be worked on."""
    return (ROOT / name).read_text().splitlines(keepends=True)


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
            if name in WITHOUT_TESTS:
                continue
            is_chosen = any(fnmatch.fnmatch(name, pattern) for pattern in options.files)
            compiled = compiled_here(lines_of(name))
            bare = without_raw("".join(lines_of(name))).splitlines(keepends=True)
            for number, line in enumerate(lines_of(name), 1):
                if number not in compiled or not (is_chosen or f"{name}:{number}" in options.files):
                    continue
                if changed is None or (name, number) in changed:
                    found += [(name, number, f"{name}:{number}:{column}: {what}", mutated) for column, what, mutated in mutants_of(line, bare[number - 1])]
        yield floor, found


def sample(options, rng):
    pools = [rng.sample(found, len(found)) for _, found in candidates(options) if found]
    chosen = []
    while len(chosen) < options.count and any(pools):
        for pool in pools:
            if pool and len(chosen) < options.count:
                chosen.append(pool.pop())
    part, parts = options.part
    return chosen[part - 1::parts]


def part_of(text):
    part, parts = (int(number) for number in text.split("/"))
    if not 1 <= part <= parts:
        raise argparse.ArgumentTypeError(f"{text}: there is no such part")
    return part, parts


def tests_of(name):
    return next(tests for prefix, tests in TESTS if name.startswith(prefix))


def program_of(test):
    return "redshank" if test.endswith(".py") else f"tests/{test}"


def not_built(build, mutants):
    """The targets that the tests of these mutants need and that are not there."""
    programs = {program_of(test) for name, *_ in mutants for test in tests_of(name)}
    return sorted(pathlib.Path(program).name for program in programs if not (build / program).exists())


def judged_in(log):
    """(seed, verdict by mutant) of a run that was cut."""
    seed, verdicts = None, {}
    for line in log.read_text().splitlines() if log and log.exists() else []:
        if line.startswith("seed "):
            seed = int(line.split()[1])
        elif found := re.match(r"(\S+:\d+:\d+: .*): (killed by .*|SURVIVES|does not compile)$", line):
            verdicts[found.group(1)] = found.group(2)
    return seed, verdicts


def cases_of(report):
    """(name, seconds) of each case that a test has run."""
    return [(f"{suite['name']}.{case['name']}", float(case["time"].rstrip("s"))) for suite in report["testsuites"] for case in suite["testsuite"]]


class Area:
    """Runs tests with a mutant in them: first the cases that are quick, of all tests, then the others. Each has four times as
    long as it takes when nothing is wrong; what that is stands beside the build."""

    def __init__(self, build):
        self.build, self.lock = build, threading.Lock()
        self.file = build / "mutants.json"
        self.timed = json.loads(self.file.read_text()) if self.file.exists() else {}

    def times(self, test):
        """Seconds of its quick cases together, and of each slow one by name."""
        program = self.build / program_of(test)
        with self.lock:
            if self.timed.get(test, {}).get("of") != program.stat().st_mtime:
                began = time.monotonic()
                with tempfile.NamedTemporaryFile() as report:
                    if not self.passes(test, program, WITHOUT.get(test, "*"), 900, report.name):
                        sys.exit(f"mutants: {test} fails as it is")
                    cases = [] if test.endswith(".py") else cases_of(json.load(report))
                slow = {name: seconds for name, seconds in cases if seconds > SLOW}
                quick = time.monotonic() - began - sum(slow.values())
                self.timed[test] = {"of": program.stat().st_mtime, "quick": quick, "slow": slow}
                self.file.write_text(json.dumps(self.timed))
        return self.timed[test]["quick"], self.timed[test]["slow"]

    def passes(self, test, program, cases, seconds, report=None):
        command = [program, "--gtest_brief=1", "--gtest_fail_fast", f"--gtest_filter={cases}"]
        if report:
            command.append(f"--gtest_output=json:{report}")
        if test.endswith(".py"):
            command = [sys.executable, test]
        environment = {**os.environ, "REDSHANK": str(program), "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            return subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=seconds).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def steps(self, tests):
        """(test, cases, seconds): the quick ones as the area lists them, the slow ones by their time."""
        now, later = [], []
        for test in tests:
            quick, slow = self.times(test)
            if test.endswith(".py"):
                later.append((test, "", quick))
                continue
            now.append((test, ":".join([WITHOUT.get(test, "-"), *slow]), quick))
            later += [(test, name, seconds) for name, seconds in slow.items()]
        return now + sorted(later, key=lambda step: step[2])

    def verdict(self, name, number, mutated):
        lines = list(lines_of(name))
        lines[number - 1] = mutated
        with tempfile.TemporaryDirectory() as folder:
            copy, planted = pathlib.Path(folder) / pathlib.Path(name).name, pathlib.Path(folder) / "mutant.o"
            copy.write_text("".join(lines))
            try:
                planting.compile_copy(self.build, name, copy, planted, "-O1", "-g0")
                for test, cases, seconds in self.steps(tests_of(name)):
                    program = pathlib.Path(folder) / pathlib.Path(program_of(test)).name
                    if not program.exists():
                        planting.link_with(self.build, program_of(test), planted, program)
                    if not self.passes(test, program, cases, 10 + 4 * seconds):
                        return "killed by " + test
            except planting.DoesNotCompile:
                return "does not compile"
        return "SURVIVES"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--changed", default="")
    parser.add_argument("--files", nargs="+", default=["*"], metavar="PATTERN")
    parser.add_argument("--part", type=part_of, default=(1, 1), metavar="K/N")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=0, help="begins none after so long")
    parser.add_argument("--log", type=pathlib.Path, metavar="FILE", help="where verdicts are kept; those that it has are not asked again")
    options = parser.parse_args()
    seed, known = judged_in(options.log)
    if None not in (seed, options.seed) and seed != options.seed:
        sys.exit(f"mutants: {options.log} is of seed {seed}, not of {options.seed}")
    options.seed = options.seed if options.seed is not None else seed if seed is not None else int(time.time())
    mutants = sample(options, random.Random(options.seed))
    if missing := not_built(options.build, mutants):
        sys.exit(f"mutants: not built: cmake --build {os.path.relpath(options.build)} --target {' '.join(missing)}")

    def say(line):
        print(line, flush=True)
        if options.log:
            with options.log.open("a") as log:
                log.write(line + "\n")

    if seed is None:
        say(f"seed {options.seed}")
    else:
        print(f"seed {seed}", flush=True)
    area, killed, survivors = Area(options.build), 0, []
    ends = time.monotonic() + 60 * options.minutes if options.minutes else float("inf")

    def judge(mutant):
        name, number, what, mutated = mutant
        if what in known:
            return mutant, known[what]
        return mutant, area.verdict(name, number, mutated) if time.monotonic() < ends else None

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (name, number, what, mutated), result in pool.map(judge, mutants):
            if result is None:
                continue
            if what not in known:
                say(f"{what}: {result}")
            if result == "SURVIVES":
                survivors.append(f"{what}: {mutated.strip()}")
            killed += result.startswith("killed")
    tried = killed + len(survivors)
    print(f"\n{killed} of {tried} killed ({100 * killed / max(tried, 1):.0f} %)")
    print("\n".join(["survivors:"] + survivors) if survivors else "no survivors")
    sys.exit(0 if killed >= 0.85 * tried else 1)


if __name__ == "__main__":
    main()
