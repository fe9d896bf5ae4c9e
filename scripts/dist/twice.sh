#!/bin/sh
# Builds the release of HEAD twice, in two folders with names of different length, under another umask and time zone, without a
# compiler cache, and compares all bytes. Takes two builds; ONCE=FOLDER compares with what was built in FOLDER instead.
#   scripts/dist/twice.sh
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export CCACHE_DISABLE="${CCACHE_DISABLE-1}"
[ -n "$CCACHE_DISABLE" ] || unset CCACHE_DISABLE
build() {
    git -c safe.directory='*' clone -q . "$1"
    (cd "$1" && scripts/dist/dist.sh "$work/out-$2" >"$work/log-$2" 2>&1) || { tail -20 "$work/log-$2"; exit 1; }
}
if [ -n "${ONCE:-}" ]; then cp -r "$ONCE" "$work/out-1"; else build "$work/a" 1; fi
(umask 077 && export TZ=Asia/Tokyo && build "$work/another-folder" 2)
diff "$work/out-1/SHA256SUMS" "$work/out-2/SHA256SUMS"
echo "twice.sh: the same bytes:"
cat "$work/out-1/SHA256SUMS"
