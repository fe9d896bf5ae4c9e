#!/bin/bash
# Runs the cases of ../shared/cases against a binary, each of which says "right" or "wrong", and counts them.
#   scripts/cases.sh BINARY [PATTERN]   only folders whose path holds PATTERN
set -euo pipefail
binary=$(realpath "$1")
pattern=${2:-}
cases=$(realpath "$(dirname "$0")/../../shared/cases" 2>/dev/null || true)
if [ ! -d "$cases" ]; then
    echo "cases: ../shared/cases is not here, nothing to run"
    exit 0
fi
right=0 wrong=()
for run in "$cases"/{operations,resilience}/*/run.py; do
    name=$(basename "$(dirname "$run")")
    [[ $run == *"$pattern"* ]] || continue
    if answer=$(REDSHANK=$binary timeout 300 python3 "$run" 2>&1); then
        right=$((right + 1))
    else
        wrong+=("$name")
    fi
    printf '%-50s %s\n' "$name" "$(tail -n 1 <<<"$answer" | cut -c -160)"
done
if [[ rules == *"$pattern"* ]]; then
    python3 "$cases/check.py" "$binary" "$cases/rules" | tail -n 1
fi
echo "$right right, ${#wrong[@]} wrong: ${wrong[*]:-}"
[ ${#wrong[@]} = 0 ]
