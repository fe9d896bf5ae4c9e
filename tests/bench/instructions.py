#!/usr/bin/env python3
"""Instructions per event, which do not depend on how busy the machine is: instructions.py REDSHANK [--stages | --update]

Runs `replay` under callgrind over the logs of make_logs.py, without and with a state database, and compares with
instructions.json beside this file. Ends with 1 when a figure is more than 10 % above. Counted is Pipeline::run(), so that
reading the configuration and the rules is not. --stages also prints what each stage takes; --update writes the file.
"""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

import make_logs

EXPECTED = pathlib.Path(__file__).with_suffix(".json")
TOLERANCE = 1.10
EVENTS = 1200
COUNTED = "redshank::Pipeline::run(redshank::StopSignal const&)"
STAGES = {
    "parse": r"audit::EventParser::parse\(",
    "understand": r"Symbols::understand\(",
    "secret_exposure": r"SecretExposure::observe\(",
    "unusual_access": r"UnusualAccess::observe\(",
    "crd_health": r"CrdHealth::observe\(",
    "rules": r"RuleDetector::observe\(",
    "tell": r"Pipeline::tell\(",
    "save": r"Engine::save\(",
    "commit": r"SqliteStore::commit\(",
}


def callgrind(binary, log, out, state):
    command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", f"--toggle-collect={COUNTED}", binary, "replay"]
    command += ["--state", str(state)] if state else []
    done = subprocess.run([*command, str(log)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def stages(out, events):
    text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", str(out)], capture_output=True, text=True,
                          check=True).stdout
    for stage, name in STAGES.items():
        # A function may be listed once for each file that its parts were inlined from; the first has the total.
        found = re.search(r"^ *([\d,]+) .*" + name, text, re.MULTILINE)
        if found:
            yield stage, int(found.group(1).replace(",", "")) // events


def main(binary, option=""):
    expected = json.loads(EXPECTED.read_text()) if EXPECTED.exists() else {}
    measured, worse = {}, False
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        make_logs.main(folder, EVENTS)
        for kind in make_logs.KINDS:
            log = folder / f"{kind}.log"
            events = log.read_bytes().count(b"\n")
            for state in (None, folder / f"{kind}.db"):
                name = f"{kind}, with a state" if state else kind
                out = folder / "callgrind.out"
                measured[name] = callgrind(binary, log, out, state) // events
                was = expected.get(name)
                is_worse = was is not None and measured[name] > was * TOLERANCE
                worse = worse or is_worse
                print(f"{name:24} {measured[name]:8,} instructions an event" + (f", was {was:,}" if was else "")
                      + (": TOO MANY" if is_worse else ""), flush=True)
                if option == "--stages":
                    for stage, count in stages(out, events):
                        print(f"    {stage:20} {count:8,}")
    if option == "--update":
        EXPECTED.write_text(json.dumps(measured, indent=4) + "\n")
    elif worse:
        sys.exit("more than 10 % above tests/bench/instructions.json: find out why, or --update it and say why in the commit")


if __name__ == "__main__":
    main(*sys.argv[1:])
