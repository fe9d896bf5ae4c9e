#!/bin/sh
# A Debian package in a minimal root of Debian: lintian, then install, use, upgrade with a changed configuration and a state,
# remove and purge. Needs lintian and mmdebstrap, and root for chroot and mount; ROOTS=FOLDER keeps the roots.
#   scripts/dist/package.sh DEB [SUITE...]     default: bookworm
set -eu
cd "$(dirname "$0")/../.."
deb=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- bookworm
work=$(mktemp -d)
clean_up() {
    for mounted in "$work"/*/proc; do umount "$mounted" 2>/dev/null || true; done
    rm -rf --one-file-system "$work"
}
trap clean_up EXIT
roots=${ROOTS:-$work}
mkdir -p "$roots"

lintian --allow-root --fail-on error,warning "$deb"

fail() {
    echo "package.sh: $suite: $*" >&2
    exit 1
}
has() { [ -e "$root/$1" ] || fail "there is no /$1 after $step"; }
lacks() { [ ! -e "$root/$1" ] || fail "there is still /$1 after $step"; }
in_root() { DEBIAN_FRONTEND=noninteractive chroot "$root" "$@" >>"$work/said" 2>&1 || { cat "$work/said"; fail "$step: $*"; }; }

for suite; do
    archive=$roots/$suite-systemd.tar
    [ -s "$archive" ] || mmdebstrap -q --variant=essential --include=systemd --keyring=/usr/share/keyrings "$suite" "$archive" \
        http://deb.debian.org/debian
    root=$work/$suite
    mkdir -p "$root"
    tar -C "$root" --exclude=./dev -xf "$archive"
    mkdir -p "$root/dev" "$root/proc"
    mount -t proc proc "$root/proc"  # systemd-tmpfiles wants it
    [ -e "$root/dev/null" ] || mknod -m 666 "$root/dev/null" c 1 3
    cp "$deb" "$root/redshank.deb"
    cp samples/audit.log "$root/"

    step=install
    in_root dpkg -i /redshank.deb
    has usr/bin/redshank
    has lib/systemd/system/redshank.service
    [ "$(stat -c %a:%U "$root/etc/redshank/credentials")" = 700:root ] || fail "keys are open to others"
    chroot "$root" getent passwd redshank >/dev/null || fail "there is no user redshank"
    in_root redshank replay --state /var/lib/redshank/redshank.db /audit.log

    step=upgrade
    echo '# ours' >>"$root/etc/redshank/redshank.toml"
    echo key >"$root/etc/redshank/credentials/pagerduty"
    before=$(chroot "$root" redshank incidents --state /var/lib/redshank/redshank.db --format json | cksum)
    in_root dpkg -i --force-confold /redshank.deb
    grep -q '^# ours' "$root/etc/redshank/redshank.toml" || fail "the configuration is another"
    has etc/redshank/credentials/pagerduty
    [ "$(chroot "$root" redshank incidents --state /var/lib/redshank/redshank.db --format json | cksum)" = "$before" ] ||
        fail "the state is another"

    step=remove
    in_root dpkg -r redshank
    lacks usr/bin/redshank
    has var/lib/redshank/redshank.db
    has etc/redshank/redshank.toml
    has etc/redshank/credentials/pagerduty

    step=purge
    in_root dpkg -P redshank
    lacks var/lib/redshank
    lacks etc/redshank
    echo "$suite: installed, upgraded, removed, purged"
done
