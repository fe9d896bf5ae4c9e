#!/usr/bin/env python3
"""Every recording of a folder in every envelope: are the findings those of the log itself?

    REDSHANK=build/release/redshank tests/e2e/envelopes_recordings.py ../shared/corpus [NAME...]
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from envelopes import ENVELOPES  # pylint: disable=wrong-import-position

BINARY = os.environ["REDSHANK"]
MOST = int(os.environ.get("LINES", "20000"))  # of a recording


def found(lines, cluster):
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "audit.log")
        log.write_text("".join(line + "\n" for line in lines))
        config = pathlib.Path(folder, "redshank.toml")
        config.write_text(f'cluster = "{cluster or "default"}"\n')
        done = subprocess.run([BINARY, "replay", "--format", "json", "--config", config, log], capture_output=True, check=True)
    findings = {}
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        for evidence in finding["evidence"]:
            for key in ("source", "offset", "generation"):
                evidence.pop(key, None)
        findings[finding["id"]] = json.dumps(finding)
    return findings


def main():
    corpus = pathlib.Path(sys.argv[1])
    if not corpus.is_dir():
        print(f"skipped: there are no recordings at {corpus}")
        return 0
    logs = sorted(corpus.glob("*/audit.log.zst"))
    wrong = 0
    for log in logs:
        if sys.argv[2:] and log.parent.name not in sys.argv[2:]:
            continue
        text = subprocess.run(["zstd", "-dcq", log], capture_output=True, check=True).stdout.decode()
        lines = text.split("\n")[:MOST]
        lines = [line for line in lines if line]
        bare = {cluster: found(lines, cluster) for cluster in (None, "prod")}
        for name, (wrap, cluster) in ENVELOPES.items():
            same = found(wrap(lines), cluster) == bare[cluster]
            wrong += not same
            if not same:
                print(f"{log.parent.name}: {name} DIFFERS", flush=True)
        print(f"{log.parent.name}: {len(lines)} lines, {len(bare[None])} findings, {len(ENVELOPES)} envelopes", flush=True)
    print(f"{wrong} differ")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
