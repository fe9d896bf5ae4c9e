#!/usr/bin/env python3
"""What else did this actor do? `redshank events` over rotated logs, beside `zcat | jq`.

    search.py BINARY LOG [--gigabytes N] [--jq-part P]

LOG (may be .zst) is copied into backups of 100 MB as the API server rotates them, each copy with users and audit IDs of
its own, until they are N GB (2): once plain, once with gzip, once with zstd. jq reads the part P (0.1) of the files, and
its time is told for all of them. Everything is read from the page cache; the folder is removed at the end.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import tempfile
import time

BACKUP = 100 << 20
USER = re.compile(rb'"username":"(?!system:)')
AUDIT_ID = re.compile(rb'"auditID":"[^"]{8}')


def read(log):
    if not log.endswith(".zst"):
        return pathlib.Path(log).read_bytes()
    return subprocess.run(["zstd", "-dc", log], stdout=subprocess.PIPE, check=True).stdout


def write_backups(text, folder, size):
    """Names of the plain backups, oldest first."""
    if not text.endswith(b"\n"):
        text += b"\n"
    copy, files, written = 0, [], 0
    while written < size:
        hours, minutes = divmod(len(files), 60)
        file = folder / f"audit-2026-01-05T{hours:02}-{minutes:02}-00.000.log"
        with open(file, "wb") as out:
            while out.tell() < BACKUP:
                fresh = USER.sub(b'"username":"copy%d-' % copy, text)
                out.write(AUDIT_ID.sub(b'"auditID":"%08x' % copy, fresh))
                copy += 1
            written += out.tell()
        files.append(file)
    return files


def timed(command):
    """(seconds, processor seconds, lines of output)."""
    before, start = os.times(), time.perf_counter()
    out = subprocess.run(command, shell=isinstance(command, str), stdout=subprocess.PIPE, check=True).stdout
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, cpu, out.count(b"\n")


def tell(what, seconds, cpu, lines, gigabytes):
    print(f"| {what} | {seconds:.1f} s | {cpu:.1f} s | {gigabytes / seconds:.2f} GB/s | {lines} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("log")
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--jq-part", type=float, default=0.1)
    options = parser.parse_args()
    text = read(options.log)
    user = re.search(rb'"username":"(?!system:)([^"]+)"', text).group(1).decode()
    actor = f"copy7-{user}"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        plain = write_backups(text, folder, options.gigabytes * 1e9)
        gigabytes = sum(file.stat().st_size for file in plain) / 1e9
        print(f"{len(plain)} backups, {gigabytes:.2f} GB, {os.cpu_count()} processors; who: {actor}\n")
        print("| | time | processor time | log a second | found |\n| --- | ---: | ---: | ---: | ---: |")
        condition = f'user.username = "{actor}"'

        def search(what, files, asked=condition):
            tell(what, *timed([options.binary, "events", asked, *files]), gigabytes)

        search("redshank events, plain", plain)
        search("redshank events, plain, a condition that rules no line out", plain, "responseStatus.code = 599")
        for packer, ending, cat in (["gzip", "-1"], ".gz", "zcat"), (["zstd", "-q"], ".zst", "zstdcat"):
            with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
                list(pool.map(lambda file, packer=packer: subprocess.run([*packer, "-k", file], check=True), plain))
            packed = [f"{file}{ending}" for file in plain]
            search(f"redshank events, {packer[0]}", packed)
            some = packed[:max(1, round(len(packed) * options.jq_part))]
            share = len(packed) / len(some)
            seconds, cpu, lines = timed(f"{cat} {' '.join(some)} | jq -c 'select(.user.username == \"{actor}\")'")
            tell(f"{cat} \\| jq, {len(some)} of {len(packed)} files × {share:.0f}", seconds * share, cpu * share, lines,
                 gigabytes)
            for file in packed:
                os.remove(file)


if __name__ == "__main__":
    main()
