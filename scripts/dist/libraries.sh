#!/bin/sh
# Builds into FOLDER/install, from Debian's sources of the versions that are installed here, the static libraries that Debian
# does not have, or has only with what cannot be linked statically (curl with Kerberos and LDAP).
#   scripts/dist/libraries.sh FOLDER [TOOLCHAIN]
# Its curl asks c-ares for addresses: what glibc would load for that is the host's, and of another version than ours.
set -eu
mkdir -p "$1"
folder=$(realpath "$1")
toolchain=${2:+$(realpath "$2")}
cd "$folder"

wanted=$(dpkg-query -W -f '${source:Package}=${source:Version} ' libcurl4-openssl-dev libfmt-dev prometheus-cpp-dev libsimdjson-dev)
if [ "$(cat built 2>/dev/null)" = "$wanted" ]; then exit 0; fi
rm -rf built sources install
mkdir -p sources/lists/partial sources/cache/archives/partial

# The host's own lists have no sources, and are not ours to change.
for suite in "debian bookworm bookworm-updates" "debian-security bookworm-security"; do
    echo "Types: deb-src
URIs: http://deb.debian.org/${suite%% *}
Suites: ${suite#* }
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
"
done >sources/debian.sources
apt() {
    apt-get -q -o "Dir::Etc::sourcelist=$folder/sources/debian.sources" -o Dir::Etc::sourceparts=- \
        -o "Dir::State::lists=$folder/sources/lists" -o "Dir::Cache=$folder/sources/cache" -o APT::Sandbox::User=root \
        -o Acquire::Retries=3 "$@"
}
apt update
# shellcheck disable=SC2086  # a list of words
(cd sources && apt source --only-source $wanted)

# No path of this machine, no time, nothing of the processor.
flags="-O2 -g1 -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2 -ffile-prefix-map=$folder/sources=."
found() { gcc -print-file-name="$1"; }
if [ -n "$toolchain" ]; then
    sysroot=$folder/../sysroot-arm64
    flags="$flags -mbranch-protection=standard"
    found() { echo "$sysroot/usr/lib/aarch64-linux-gnu/$1"; }
else
    flags="$flags -fcf-protection"
fi
build() {
    name=$1
    shift
    echo "=== $name"
    cmake -G Ninja -S "$(echo sources/"$name"-*/)" -B "sources/build-$name" -DCMAKE_BUILD_TYPE=None -DBUILD_SHARED_LIBS=OFF \
        -DCMAKE_C_FLAGS="$(echo $flags)" -DCMAKE_CXX_FLAGS="$(echo $flags)" -DCMAKE_INSTALL_PREFIX="$folder/install" \
        -DCMAKE_INSTALL_LIBDIR=lib ${toolchain:+-DCMAKE_TOOLCHAIN_FILE="$toolchain"} "$@" >"sources/$name.log"
    cmake --build "sources/build-$name" --target install >>"sources/$name.log"
}
build fmtlib -DFMT_TEST=OFF -DFMT_DOC=OFF
build simdjson -DSIMDJSON_DEVELOPER_MODE=OFF
build prometheus-cpp -DENABLE_PUSH=OFF -DENABLE_PULL=OFF -DENABLE_TESTING=OFF -DENABLE_COMPRESSION=OFF
build curl -DBUILD_CURL_EXE=OFF -DHTTP_ONLY=ON -DENABLE_ARES=ON -DUSE_NGHTTP2=ON -DUSE_LIBIDN2=OFF -DCURL_USE_LIBPSL=OFF \
    -DCURL_USE_LIBSSH2=OFF -DCURL_DISABLE_NETRC=ON -DCURL_DISABLE_NTLM=ON -DCURL_ZLIB=OFF -DBUILD_TESTING=OFF \
    -DOPENSSL_USE_STATIC_LIBS=ON \
    -DCARES_LIBRARY="$(found libcares.a)" -DNGHTTP2_LIBRARY="$(found libnghttp2.a)" -DCURL_CA_BUNDLE=none -DCURL_CA_PATH=none
rm -rf sources
echo "$wanted" >built
