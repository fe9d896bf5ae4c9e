#!/bin/bash
# clang-tidy over the production sources (.clang-tidy: every check is an error).
#   scripts/lint.sh BUILD_FOLDER   a configured build, for its compile_commands.json
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/sources.sh audit core rules detectors exporters daemon | grep '\.cpp$' |
    xargs -P "$(nproc)" -n 4 clang-tidy-14 -p "$1" --quiet --extra-arg=-Wno-unknown-warning-option \
        2> >(grep -v 'warnings.*generated' >&2 || true)
