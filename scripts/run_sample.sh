#!/bin/bash
# The daemon in the foreground on the recorded log: incidents on the terminal, metrics on loopback, state in ./run, made anew each time.
#   scripts/run_sample.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
rm -rf run
echo "Following samples/audit.log as a daemon would. Look at http://127.0.0.1:9465/metrics; stop with Ctrl-C."
command=("$1" run) # no --config: samples/redshank.toml, which is built in
if [ -t 0 ]; then
    # In a process group of its own: Ctrl-C stops the daemon, which ends with 0, and does not interrupt make.
    set -m
    setpriv --pdeathsig TERM "${command[@]}"
else
    exec "${command[@]}"
fi
