#!/bin/sh
# Runs every fuzzer for a while; stops at the first crash, whose input stays in BUILD/crashes.
#   scripts/fuzz.sh BUILD SECONDS   seeds: lines of the sample and its configuration; what is learned stays in BUILD/corpus
set -eu
build=$1 seconds=$2
cd "$(dirname "$0")/.."
seeds=$build/seeds
rm -rf "$seeds"
mkdir -p "$seeds/fuzz_event_parser" "$seeds/fuzz_detectors" "$seeds/fuzz_config" "$build/crashes"
awk -v dir="$seeds/fuzz_event_parser" 'NR % 40 == 0 { print > (dir "/" NR); close(dir "/" NR) }' samples/audit.log
cp -r "$seeds/fuzz_event_parser" "$seeds/fuzz_usual_line"
split -a 3 -l 12 samples/audit.log "$seeds/fuzz_detectors/"
cp samples/redshank.toml "$seeds/fuzz_config/sample"
cp systemd/redshank.toml "$seeds/fuzz_config/service"
for fuzzer in "$build"/fuzzers/fuzz_*; do
    name=$(basename "$fuzzer")
    mkdir -p "$build/corpus/$name"
    echo "=== $name, $seconds s"
    "$fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=200000 -print_final_stats=1 \
        -artifact_prefix="$build/crashes/$name-" "$build/corpus/$name" "$seeds/$name" 2>"$build/$name.log" ||
        { tail -60 "$build/$name.log"; exit 1; }
    grep -E 'stat::(number_of_executed_units|average_exec|peak_rss)' "$build/$name.log"
done
