#!/bin/bash
# How many production lines the tests have run, by floor, after a build of the preset `coverage` was tested.
#   scripts/coverage.sh BUILD_FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
build=$1
gcovr --root . --object-directory "$build" --filter '(audit|core|rules|detectors|exporters|daemon)/' \
    --exclude-throw-branches --gcov-ignore-parse-errors -j "$(nproc)" \
    --txt "$build/lines.txt" --csv "$build/lines.csv"
# filename,line_total,line_covered,...
awk -F, 'NR > 1 { split($1, path, "/"); all[path[1]] += $2; run[path[1]] += $3; lines += $2; hit += $3 }
         END { for (floor in all) printf "%-10s %5.1f %% of %5d lines\n", floor, 100 * run[floor] / all[floor], all[floor]
               printf "%-10s %5.1f %% of %5d lines\n", "all", 100 * hit / lines, lines }' "$build/lines.csv" | sort
