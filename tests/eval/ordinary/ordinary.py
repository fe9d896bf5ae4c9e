#!/usr/bin/env python3
"""Ordinary life, told as an attack? Each happening (happenings.py) is put into each past (pasts.py) at both audit levels,
and replayed; then with an attack (attacks.py) three hours later, and replayed again.

    REDSHANK=build/release/redshank tests/eval/ordinary/ordinary.py [-v] [--seed N] [--only TEXT] [--check]

A page is a finding of high or critical that the happening's hours brought and a day without it does not; a medium is an
incident of that severity, since incidents are what receivers are told of. An attack counts as found when a finding of medium or above knows its actor, and a happening's own twin
(attacks.py, twin_of) when one of high or above does. --check ends with 1 unless no
happening pages, at most a third have a medium, none has two, and every attack is found."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from attacks import ALL as ATTACKS, TWINS
from cluster import at
from happenings import ALL as HAPPENINGS
from pasts import PASTS

ORDER = ["info", "low", "medium", "high", "critical"]
NIGHT, ATTACK = "2026-03-16T00:00", at(13).strftime("%Y-%m-%dT%H:%M")


def replay(cluster, what="--findings"):
    with tempfile.NamedTemporaryFile("w", suffix=".log") as log:
        log.write(cluster.text())
        log.flush()
        run = subprocess.run([os.environ["REDSHANK"], "replay", "--format", "json", what, log.name], capture_output=True, text=True)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    last = {}
    for line in run.stdout.splitlines():
        told = json.loads(line)
        last[told["id"]] = told
    return [f for f in last.values() if ORDER.index(f["severity"]) >= 2 and f.get("time", f.get("last")) >= NIGHT]


def knows(finding, name):
    return name in json.dumps([finding.get("actor"), finding.get("also"), finding["summary"]])


def tried(index, past, level, seed, quiet):
    kind, name, happens = HAPPENINGS[index]
    cluster = past(seed, level)
    happens(cluster)
    told = [f for f in replay(cluster) if f["id"] not in quiet]
    news = {f["id"] for f in told}
    mediums = sum(not news.isdisjoint(i["findings"]) for i in replay(cluster, "--incidents")) if told else 0
    name_of_attack, attacks = TWINS.get(name) or ATTACKS[index % len(ATTACKS)]
    # What a body shows decides; at Metadata a DaemonSet is a DaemonSet.
    thief, least = attacks(cluster), 3 if name in TWINS and level != "Metadata" else 2
    found = any(f["last_seen"] >= ATTACK and ORDER.index(f["severity"]) >= least and knows(f, thief) for f in replay(cluster))
    return kind, name, past.name, level, told, mediums, name_of_attack, found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-v", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    jobs, quiet = [], {}
    for past in PASTS:
        for level in ("Metadata", "RequestResponse"):
            quiet[past, level] = {f["id"] for f in replay(past(options.seed, level))}
            jobs += [(i, past, level, options.seed, quiet[past, level]) for i, h in enumerate(HAPPENINGS) if options.only in h[1]]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda job: tried(*job), jobs))
    pages = mediums = missed = crowded = 0
    print(f"{'happening':50} {'past':8} {'level':16} pages mediums attack")
    for kind, name, past, level, told, medium, attack, found in results:
        high = sum(ORDER.index(f["severity"]) >= 3 for f in told)
        medium = 0 if high else medium
        pages, mediums, missed, crowded = pages + high, mediums + medium, missed + (not found), crowded + (medium > 1)
        if high or medium or not found or options.v:
            print(f"{name:50} {past:8} {level:16} {high:5} {medium:7} {attack}{'' if found else ' NOT FOUND'}")
        if options.v or high:
            for f in told:
                print(f"    {f['severity']:8} {f['kind']:28} {f['summary'][:150]}")
    total = len(results)
    with_page = len({r[1:4] for r in results if any(ORDER.index(f["severity"]) >= 3 for f in r[4])})
    with_medium = len({r[1:4] for r in results if r[4]})
    print(f"{total} happenings with a past: {with_page} page ({pages} pages), {with_medium} have a medium or more ({mediums} mediums), {crowded} more than one; "
          f"{total - missed} of {total} attacks found; a day without: {[len(q) for q in quiet.values()]}")
    if options.check and (with_page or missed or crowded or 3 * with_medium > total):
        sys.exit(1)


if __name__ == "__main__":
    main()
