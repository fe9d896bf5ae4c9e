#!/bin/sh
# `make dist`: the release for every Linux on x86-64 and on arm64, in OUT (build/dist/out): for each tar.zst, .deb, an OCI image,
# debug symbols and SBOM, and the sums of all of them. The same commit gives the same bytes (scripts/dist/twice.sh).
#   scripts/dist/dist.sh [OUT]       ARCHS="amd64 arm64"
set -eu
cd "$(dirname "$0")/../.."
out=${1:-build/dist/out}
SOURCE_DATE_EPOCH=$(git -c safe.directory='*' log -1 --format=%ct)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

version=$(sed -n 's/^project(redshank VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
pack() { # pack FOLDER FILE.tar: without owners and times of this machine
    tar -C "$1" --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf "$2" .
}

make_one() { # make_one ARCH
    name=redshank-$version-linux-$1
    preset=dist
    tools=
    if [ "$1" = arm64 ]; then
        preset=dist-arm64
        tools=aarch64-linux-gnu-
        scripts/dist/sysroot.sh arm64 "$PWD/build/sysroot-arm64"
        scripts/dist/libraries.sh build/libraries-arm64 cmake/arm64.cmake
    else
        scripts/dist/libraries.sh build/libraries
    fi
    cmake --preset $preset
    nice cmake --build --preset $preset -j "${JOBS:-$(nproc)}" --target redshank
    binary=build/$preset/redshank
    [ -z "$(${tools}objdump -p $binary | grep -E 'NEEDED|INTERP')" ] || { echo "dist.sh: $binary needs libraries of its host" >&2; exit 1; }
    work=build/$preset/work
    rm -rf $work
    mkdir -p $work

    # Debuggers find the symbols by the build id: unpack them over /, or name the folder to gdb.
    id=$(readelf -n $binary | sed -n 's/.*Build ID: //p')
    symbols=$work/debug/usr/lib/debug/.build-id/$(echo "$id" | cut -c1-2)
    mkdir -p "$symbols"
    ${tools}objcopy --only-keep-debug --compress-debug-sections=zlib $binary "$symbols/$(echo "$id" | cut -c3-).debug"
    pack $work/debug "$work/debug.tar"
    zstd -q -19 "$work/debug.tar" -o "$out/$name-debug.tar.zst"

    # What the package brings, below a folder of its own.
    DESTDIR=$work/files cmake --install build/$preset --prefix /usr --strip >/dev/null
    mkdir $work/tar
    mv $work/files $work/tar/"$name"
    pack $work/tar "$work/$name.tar"
    zstd -q -19 "$work/$name.tar" -o "$out/$name.tar.zst"

    (cd build/$preset && cpack -G DEB >/dev/null)
    mv build/$preset/redshank_*.deb "$out/"

    python3 scripts/dist/sbom.py build/$preset "$version" "$1" >"$out/$name.spdx.json"
    scripts/dist/image.sh "$work/tar/$name" "$version" "$1" "$out/$name.oci.tar"
    rm -rf $work
}

rm -rf "$out"
mkdir -p "$out"
for arch in ${ARCHS:-amd64 arm64}; do make_one "$arch"; done
(cd "$out" && sha256sum -- * >SHA256SUMS)
ls -l "$out"
