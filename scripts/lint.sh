#!/bin/bash
# clang-tidy over the production sources (.clang-tidy: every check is an error), with clang's analysis of locks
# (core/mutex.h). A folder is read as one file, which takes a third of the time: its headers are read once.
#   scripts/lint.sh BUILD_FOLDER   a configured build with REDSHANK_UNITY, for its compile_commands.json
set -euo pipefail
cd "$(dirname "$0")/.."
tidy=(clang-tidy-14 --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wthread-safety)
if "${tidy[@]}" --header-filter=tests/lint/ tests/lint/folder.cpp -- -std=c++20 -I. >/dev/null 2>&1; then
    echo "lint: a missing lock is not seen: tests/lint/unlocked.cpp must be refused" >&2
    exit 1
fi
# What is generated (the packs, the samples) is there only after a build, and is data.
sed -n 's/^ *"file": "\(.*\)".*/\1/p' "$1/compile_commands.json" | xargs grep -L '#include ".*/build/' |
    xargs -P "$(nproc)" -n 1 "${tidy[@]}" -p "$1" 2> >(grep -v 'warnings.*generated' >&2 || true)
