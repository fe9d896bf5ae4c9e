#!/bin/sh
# Installs the Debian 12 packages that redshank needs. Nothing happens, and no root is needed, when all are there.
#
#   scripts/deps.sh build         what `make` and `make run` need
#   scripts/deps.sh build test    ... and what `make test` needs
#   scripts/deps.sh build test ci ... and what format, lint, fuzz and packaging need
#   scripts/deps.sh bench         what `make instructions` needs beside
#   scripts/deps.sh dist          what `make dist` needs beside
#   scripts/deps.sh coverage      what `make coverage` needs beside
set -eu

build="g++ make cmake ninja-build pkg-config libboost1.81-dev libboost-json1.81-dev libsimdjson-dev libfmt-dev
    prometheus-cpp-dev libcurl4-openssl-dev libssl-dev libsqlite3-dev zlib1g-dev libzstd-dev libbz2-dev
    liblzma-dev libyaml-cpp-dev librdkafka-dev libcli11-dev libtomlplusplus-dev libre2-dev"
# prometheus and prometheus-alertmanager: promtool checks our rules, alertmanager receives in tests.
test="libgtest-dev libgmock-dev python3 python3-yaml python3-kubernetes openssl jq zstd procps sqlite3 prometheus prometheus-alertmanager"
ci="git clang-14 clang-format-14 clang-tidy-14 libclang-rt-14-dev lld systemd dpkg-dev fakeroot file lintian"

bench="valgrind"
coverage="gcovr"
dist="libc-ares-dev libnghttp2-dev binutils zstd python3 umoci ca-certificates mmdebstrap g++-aarch64-linux-gnu qemu-user-static systemd-container openssl"

wanted=""
for group in "${@:-build}"; do
    case $group in
        build) wanted="$wanted $build" ;;
        test) wanted="$wanted $test" ;;
        ci) wanted="$wanted $ci" ;;
        bench) wanted="$wanted $bench" ;;
        coverage) wanted="$wanted $coverage" ;;
        dist) wanted="$wanted $dist" ;;
        *) echo "deps.sh: unknown group '$group' (build, test, ci, bench, coverage, dist)" >&2; exit 2 ;;
    esac
done

missing=""
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    case $state in installed*) ;; *) missing="$missing $package" ;; esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=""
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "deps.sh: these packages are missing, and there is neither root nor sudo to install them:" >&2
    echo "    apt-get install --no-install-recommends$missing" >&2
    exit 1
fi

echo "deps.sh: installing$missing"
# A test machine needs the programs of these packages, not their services. policy-rc.d is Debian's way to say so.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap '$as_root rm -f $policy' EXIT
    trap 'exit 130' INT TERM
    printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
    $as_root chmod 755 $policy
fi
export DEBIAN_FRONTEND=noninteractive
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
$apt update || echo "deps.sh: apt-get update failed; trying with the lists that are here" >&2
# shellcheck disable=SC2086  # lists of words
$apt install -y --no-install-recommends $missing
for service in prometheus prometheus-alertmanager; do
    case " $missing " in *" $service "*)
        if command -v systemctl >/dev/null; then $as_root systemctl disable --quiet $service 2>/dev/null || true; fi ;;
    esac
done
