#!/bin/sh
# The arm64 release under qemu-user: it replays the recorded log and says what the golden file says, and the unit tests of the floors
# below the daemon hold. Needs what dist.sh left in build/ (build/sysroot-arm64, build/libraries-arm64, build/dist-arm64).
#   scripts/dist/try_arm64.sh
set -eu
cd "$(dirname "$0")/../.."
qemu=qemu-aarch64-static
found=$(mktemp)
trap 'rm -f "$found"' EXIT
$qemu build/dist-arm64/redshank replay --format json --config tests/golden/sample.toml samples/audit.log >"$found" 2>/dev/null
cmp tests/golden/sample.findings.jsonl "$found"
echo "try_arm64.sh: $($qemu build/dist-arm64/redshank --version): as recorded"

tests="test_audit test_normalise test_request test_finding test_state test_rules"
cmake --preset test-arm64 >/dev/null
# shellcheck disable=SC2086  # a list of words
nice cmake --build --preset test-arm64 -j "${JOBS:-$(nproc)}" --target $tests
for each in $tests; do $qemu build/test-arm64/tests/"$each" --gtest_brief=1; done
