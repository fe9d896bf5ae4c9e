#!/bin/sh
# `make dist`: the release for every Linux on x86-64, in OUT (build/dist/out): tar.zst, .deb, an OCI image, debug symbols, SBOM,
# and the sums of all of them. The same commit gives the same bytes (scripts/dist/twice.sh).
#   scripts/dist/dist.sh [OUT]
set -eu
cd "$(dirname "$0")/../.."
out=${1:-build/dist/out}
SOURCE_DATE_EPOCH=$(git -c safe.directory='*' log -1 --format=%ct)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

scripts/dist/libraries.sh build/libraries
cmake --preset dist
nice cmake --build --preset dist -j "${JOBS:-$(nproc)}" --target redshank
binary=build/dist/redshank
[ -z "$(objdump -p $binary | grep -E 'NEEDED|INTERP')" ] || { echo "dist.sh: $binary needs libraries of its host" >&2; exit 1; }

version=$(sed -n 's/^project(redshank VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
name=redshank-$version-linux-amd64
work=build/dist/work
rm -rf "$out" $work
mkdir -p "$out" $work
pack() { # pack FOLDER FILE.tar: without owners and times of this machine
    tar -C "$1" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf "$2" .
}

# Debuggers find the symbols by the build id: unpack them over /, or name the folder to gdb.
id=$(readelf -n $binary | sed -n 's/.*Build ID: //p')
symbols=$work/debug/usr/lib/debug/.build-id/$(echo "$id" | cut -c1-2)
mkdir -p "$symbols"
objcopy --only-keep-debug --compress-debug-sections=zlib $binary "$symbols/$(echo "$id" | cut -c3-).debug"
pack $work/debug "$work/debug.tar"
zstd -q -19 "$work/debug.tar" -o "$out/$name-debug.tar.zst"

# What the package brings, below a folder of its own.
DESTDIR=$work/files cmake --install build/dist --prefix /usr --strip >/dev/null
mkdir $work/tar
mv $work/files $work/tar/"$name"
pack $work/tar "$work/$name.tar"
zstd -q -19 "$work/$name.tar" -o "$out/$name.tar.zst"

(cd build/dist && cpack -G DEB >/dev/null)
mv build/dist/redshank_*.deb "$out/"

python3 scripts/dist/sbom.py build/dist "$version" >"$out/$name.spdx.json"
scripts/dist/image.sh "$work/tar/$name" "$version" "$out/$name.oci.tar"

(cd "$out" && sha256sum -- * >SHA256SUMS)
rm -rf $work
ls -l "$out"
