#!/usr/bin/env python3
"""Measures the memory that catching up takes.  catch_up.py REDSHANK LOG [GIGABYTES]

Copies LOG into that many gigabytes of rotated backups (half of them compressed) beside a live log, has `redshank run` read
them all from the oldest on, and prints its peak memory, beside that for an empty log.
"""
import gzip, os, pathlib, shutil, signal, subprocess, sys, tempfile, time

def status(pid, key):
    for line in open(f"/proc/{pid}/status"):
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    return 0

def run(binary, folder, total):
    config = folder / "redshank.toml"
    config.write_text(f'state_dir = "{folder}"\n[http]\nlisten = "127.0.0.1:0"\n[[source]]\npath = "{folder}/audit.log"\nstart = "oldest"\n')
    began = time.monotonic()
    process = subprocess.Popen([binary, "run", "--config", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        quiet, before = 0, -1
        while quiet < 3 and process.poll() is None:  # done when it used no CPU time in three looks
            time.sleep(1)
            fields = open(f"/proc/{process.pid}/stat").read().rsplit(")", 1)[1].split()
            ticks = int(fields[11]) + int(fields[12])
            quiet = quiet + 1 if ticks - before < 5 else 0
            before = ticks
        return status(process.pid, "VmHWM"), time.monotonic() - began - 3
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)

def main():
    binary, log = sys.argv[1], pathlib.Path(sys.argv[2]).read_bytes()
    wanted = float(sys.argv[3] if len(sys.argv) > 3 else 2) * 1e9
    for size in (0, wanted):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="redshank-catch-up-"))
        try:
            made, number = 0, 0
            while made < size:
                name = folder / f"audit-2026-01-01T{number // 3600:02}-{number // 60 % 60:02}-{number % 60:02}.000.log"
                # Each backup begins with a line of its own, since identical files count as copies of one.
                text = b'{"number":%d}\n' % number + log * max(1, int(100e6 // len(log)))
                if number % 2:
                    with gzip.open(f"{name}.gz", "wb", compresslevel=1) as out:
                        out.write(text)
                else:
                    name.write_bytes(text)
                made += len(text)
                number += 1
            (folder / "audit.log").write_bytes(log)
            memory, seconds = run(binary, folder, made)
            print(f"{number} backups, {made / 1e6:.0f} MB: {seconds:.0f} s, peak memory {memory / 1e6:.1f} MB", flush=True)
        finally:
            shutil.rmtree(folder)

main()
