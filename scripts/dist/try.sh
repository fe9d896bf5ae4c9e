#!/bin/sh
# The static binary on bare systems: in a minimal root of each of Debian's releases it replays the recorded log and says what the
# golden file says, byte for byte. Needs mmdebstrap, and root for chroot; ROOTS=FOLDER keeps the roots.
#   scripts/dist/try.sh BINARY [SUITE...]     default: bullseye bookworm trixie
set -eu
cd "$(dirname "$0")/../.."
binary=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- bullseye bookworm trixie
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
roots=${ROOTS:-$work}
mkdir -p "$roots"
for suite; do
    [ -s "$roots/$suite.tar" ] ||
        mmdebstrap -q --variant=essential --keyring=/usr/share/keyrings "$suite" "$roots/$suite.tar" http://deb.debian.org/debian
    root=$work/$suite
    mkdir -p "$root"
    tar -C "$root" --exclude=./dev -xf "$roots/$suite.tar"
    mkdir -p "$root/samples" "$root/golden"
    cp "$binary" "$root/redshank"
    cp samples/audit.log "$root/samples/"
    cp tests/golden/sample.toml "$root/golden/"
    chroot "$root" /redshank replay --format json --config golden/sample.toml samples/audit.log >"$work/found" 2>"$work/said" || {
        cat "$work/said"
        exit 1
    }
    cmp tests/golden/sample.findings.jsonl "$work/found"
    echo "$suite: $(sed -n 's/^PRETTY_NAME=//p' "$root/etc/os-release"), $(chroot "$root" /redshank --version): as recorded"
done
