#!/bin/sh
# What a program for another architecture is compiled against: Debian's packages of that architecture, unpacked into FOLDER and not
# installed, in the versions that the mirror has. Needs mmdebstrap.
#   scripts/dist/sysroot.sh arm64 FOLDER
set -eu
arch=$1 folder=$2
packages="libc6-dev libboost1.81-dev libboost-json1.81-dev libssl-dev libsqlite3-dev zlib1g-dev libzstd-dev libbz2-dev liblzma-dev
    libyaml-cpp-dev libcli11-dev libtomlplusplus-dev libre2-dev libc-ares-dev libnghttp2-dev libgtest-dev libgmock-dev"
wanted=$(echo "$arch" $packages)
if [ "$(cat "$folder.built" 2>/dev/null)" = "$wanted" ]; then exit 0; fi
rm -rf "$folder" "$folder.built"
mkdir -p "$(dirname "$folder")"
mmdebstrap -q --mode=root --variant=extract --architectures="$arch" --include="$(echo $packages | tr ' ' ,)" \
    --keyring=/usr/share/keyrings bookworm "$folder" http://deb.debian.org/debian
# Links that lead to the root of the host would be followed there.
find "$folder/usr/lib" -type l -lname '/*' | while read -r link; do
    ln -sfn "$folder$(readlink "$link")" "$link"
done
echo "$wanted" >"$folder.built"
