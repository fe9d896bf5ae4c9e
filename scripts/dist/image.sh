#!/bin/sh
# An OCI image, as an archive that skopeo, podman and containerd (ctr image import) read, made without a daemon and without
# privileges: the binary, the CAs of Debian, one user. It runs as that user on a root that cannot be written.
#   scripts/dist/image.sh FILES VERSION ARCH OUT.tar    FILES: as `cmake --install` lays them
set -eu
files=$1 version=$2 arch=$3 out=$(realpath "$4")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
at=$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)

root=$work/root
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root/etc/redshank" "$root/var/lib/redshank" "$root/usr/share/doc/redshank"
cp "$files/usr/bin/redshank" "$root/usr/bin/"
cp "$files/usr/share/doc/redshank/copyright" "$root/usr/share/doc/redshank/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
echo 'redshank:x:65532:65532::/var/lib/redshank:/usr/sbin/nologin' >"$root/etc/passwd"
echo 'redshank:x:65532:' >"$root/etc/group"
chmod -R u=rwX,go=rX "$root"

cd "$work"
layer() {
    tar -C "$root" --sort=name --format=gnu --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" "$@"
}
layer --owner=0 --group=0 --exclude=./var/lib/redshank -cf layer.tar .
layer --owner=65532 --group=65532 --mode=0700 -rf layer.tar ./var/lib/redshank

umoci init --layout image
umoci new --image "image:$version"
umoci raw add-layer --image "image:$version" --history.created "$at" --history.created_by "redshank $version" layer.tar
umoci config --image "image:$version" --history.created "$at" --created "$at" --os linux --architecture "$arch" \
    --config.user 65532:65532 --config.workingdir / --config.stopsignal SIGTERM --config.exposedports 9465/tcp \
    --config.entrypoint /usr/bin/redshank --config.cmd run --config.cmd=--config --config.cmd /etc/redshank/redshank.toml \
    --config.label "org.opencontainers.image.title=redshank" --config.label "org.opencontainers.image.version=$version" \
    --config.label "org.opencontainers.image.licenses=Apache-2.0"
umoci gc --layout image
tar -C image --sort=name --format=gnu --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" -cf "$out" .
