#!/usr/bin/env python3
"""Plants bugs in copies of the production code and asks in how many seeds the simulation finds each.

    tests/simulation/planted.py BUILD [NAME...] [--seeds N]
    tests/simulation/planted.py --check    says whether the patches still fit, and no more

BUILD is a build folder in which the target `simulation` is up to date. Each tests/simulation/planted/NAME.patch changes
one source file; the copy is compiled as the build compiles the file, and linked before the library that holds the sound
one. The seeds run with nothing planted first: one that fails then says nothing of a bug, and no table is made with it.
Prints a table; fails when fewer than four fifths are found."""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
import planting  # noqa: E402


def patched(patch, scratch):
    """The name of the source file, and its copy with the bug."""
    name = re.search(r"^\+\+\+ b/(\S+)", patch.read_text(), re.M).group(1)
    copy = scratch / name
    copy.parent.mkdir(parents=True)
    copy.write_bytes((ROOT / name).read_bytes())
    subprocess.run(["patch", "-s", "-p1", "-i", str(patch)], cwd=scratch, check=True)
    return name, copy


def plant(build, patch, scratch):
    name, copy = patched(patch, scratch)
    planted, program = scratch / "planted.o", scratch / "simulation"
    planting.compile_copy(build, name, copy, planted)
    planting.link_with(build, "tests/simulation", planted, program)
    return program


def failures(program, seeds):
    """(seed, what was seen) of each that fails; seed 0 when the program ends in no way that it should."""
    command = [program, "--seeds", f"1..{seeds}", "--all"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800, errors="replace")
    except subprocess.TimeoutExpired:
        return [("0", "does not end")]
    seen = re.findall(r"^seed (\d+): (.*)$", done.stdout, re.M)
    return seen or ([] if done.returncode == 0 else [("0", f"ends with {done.returncode}")])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build", nargs="?", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    patches = [patch for patch in sorted((HERE / "planted").glob("*.patch")) if not options.names or patch.stem in options.names]
    if options.check:
        for patch in patches:
            with tempfile.TemporaryDirectory() as folder:
                patched(patch, pathlib.Path(folder))
        print(f"{len(patches)} passed, 0 failed")
        return
    if not options.build:
        parser.error("BUILD is missing")
    for seed, what in (sound := failures(options.build / "tests" / "simulation", options.seeds)):
        print(f"planted: seed {seed} fails with nothing planted: {what}", file=sys.stderr)
    if sound:
        sys.exit(2)
    print(f"Seeds 1 to {options.seeds} hold with nothing planted.\n", flush=True)
    found = 0
    print("| Planted | Found in | First seed | What was seen |\n| --- | --- | --- | --- |")
    for patch in patches:
        with tempfile.TemporaryDirectory() as folder:
            program = plant(options.build, patch, pathlib.Path(folder))
            seen = failures(program, options.seeds)
        found += bool(seen)
        first, what = seen[0] if seen else ("", "")
        says = patch.read_text().split("\n", 1)[0]
        print(f"| {says} (`{patch.stem}`) | {len(seen)} of {options.seeds} | {first} | {what[:90].replace('|', '/')} |", flush=True)
    print(f"\n{found} of {len(patches)} found")
    sys.exit(0 if found * 5 >= len(patches) * 4 else 1)


if __name__ == "__main__":
    main()
