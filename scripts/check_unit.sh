#!/bin/sh
# The systemd unit is well formed, and as closed as it was: exposure at most 1.2 as systemd 252 counts it.
#   scripts/check_unit.sh BINARY   stands for /usr/bin/redshank, which need not be installed
set -eu
binary=$(realpath "$1")
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
sed "s|/usr/bin/redshank|$binary|" systemd/redshank.service >"$folder/redshank.service"
systemd-analyze verify --man=no "$folder/redshank.service"
systemd-analyze security --offline=true --threshold=12 "$folder/redshank.service" | tail -1
