#!/bin/bash
# clang-tidy over the production sources (.clang-tidy: every check is an error), with clang's analysis of locks
# (core/mutex.h).
#   scripts/lint.sh BUILD_FOLDER   a configured build, for its compile_commands.json
set -euo pipefail
cd "$(dirname "$0")/.."
tidy=(clang-tidy-14 --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wthread-safety)
if "${tidy[@]}" tests/lint/unlocked.cpp -- -std=c++20 -I. >/dev/null 2>&1; then
    echo "lint: a missing lock is not seen: tests/lint/unlocked.cpp must be refused" >&2
    exit 1
fi
scripts/sources.sh audit core rules detectors exporters daemon | grep '\.cpp$' |
    xargs -P "$(nproc)" -n 4 "${tidy[@]}" -p "$1" 2> >(grep -v 'warnings.*generated' >&2 || true)
