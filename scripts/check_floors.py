#!/usr/bin/env python3
"""Folders are floors: a file may include files of its own floor and of floors below, never above (ARCHITECTURE.md).
And a test that no CMake list names does not run: every tests/**/*_test.cpp and *_test.py stands in one."""
import pathlib
import re
import sys

FLOORS = {
    "audit": {"audit"},
    "core": {"core", "audit"},
    "rules": {"rules", "core", "audit"},
    "exporters": {"exporters", "core", "audit"},
    "detectors": {"detectors", "rules", "core", "audit"},
    "daemon": {"daemon", "exporters", "detectors", "rules", "core", "audit"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^">]+)[">]')


def problems(root):
    for floor, allowed in FLOORS.items():
        for file in sorted((root / floor).rglob("*")):
            if file.suffix not in (".h", ".cpp"):
                continue
            for number, line in enumerate(file.read_text().splitlines(), 1):
                include = INCLUDE.match(line)
                if not include:
                    continue
                target = include.group(1)
                room = target.split("/")[0]
                if room == "tests" or (room in FLOORS and room not in allowed):
                    yield f"{file.relative_to(root)}:{number}: {floor}/ may not include {target}"


def unlisted_tests(root):
    """A list names a test by its path in tests/ or, for a folder of scripts, by its name without _test.py."""
    lists = [file for file in (root / "tests").rglob("*") if file.name == "CMakeLists.txt" or file.suffix == ".cmake"]
    named = set(re.findall(r"[\w./]+", "\n".join(re.sub(r"#.*", "", file.read_text()) for file in lists)))
    for file in sorted((root / "tests").rglob("*_test.*")):
        if file.suffix not in (".cpp", ".py"):
            continue
        path = file.relative_to(root / "tests")
        names = {str(path), f"tests/{path}", f"/{path}"}
        if file.suffix == ".py":
            names |= {file.name, file.name.removesuffix("_test.py")}
        if not names & named:
            yield f"tests/{path}: no CMake list in tests/ names it: it does not run"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent)
    found = [*problems(root), *unlisted_tests(root)]
    print("\n".join(found) if found else "floors: in order")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
