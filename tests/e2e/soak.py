"""make soak: the daemon follows a log that grows and rotates for some minutes; nothing is lost, and memory stays flat.

    REDSHANK=build/release/redshank python3 tests/e2e/soak.py MINUTES

Rotation is the API server's own: rename, then a new file. The sample is written again and again.
"""
import os
import sys
import tempfile
import time

from harness import SOURCE, Daemon

EVENTS_A_SECOND = 2000
ROTATE_EVERY = 20  # seconds
FLAT = 8 << 10  # kB that memory may grow by from the first half to the second


def status_kb(pid, name):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name + ":"))


def main():
    minutes = float(sys.argv[1])
    lines = (SOURCE / "samples" / "audit.log").read_bytes().splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as folder:
        daemon = Daemon(folder, '[detectors.unusual_access]\nlearning = "1m"\n')
        log = open(daemon.log, "ab", buffering=0)
        try:
            written, rotations, memory, descriptors = 0, 0, [], []
            start = time.monotonic()
            while time.monotonic() - start < minutes * 60:
                elapsed = time.monotonic() - start
                while written < elapsed * EVENTS_A_SECOND:
                    log.write(b"".join(lines[(written + i) % len(lines)] for i in range(200)))
                    written += 200
                if elapsed > (rotations + 1) * ROTATE_EVERY:
                    log.close()
                    rotations += 1
                    daemon.log.rename(daemon.log.with_name(f"audit-2026-01-05T10-00-00.{rotations:03}.log"))
                    if rotations > 3:
                        daemon.log.with_name(f"audit-2026-01-05T10-00-00.{rotations - 3:03}.log").unlink()
                    log = open(daemon.log, "ab", buffering=0)
                memory.append(status_kb(daemon.process.pid, "VmRSS"))
                descriptors.append(len(os.listdir(f"/proc/{daemon.process.pid}/fd")))
                time.sleep(0.05)
            daemon.wait_for_events(written)
            seen, skipped = daemon.metric("redshank_events_total"), daemon.metric("redshank_lines_skipped_total")
            ended = daemon.stop()
        finally:
            log.close()
            daemon.kill()
    half = len(memory) // 2
    grown = max(memory[half:]) - max(memory[:half])
    good = ended == 0 and seen == written and skipped == 0 and grown < FLAT
    print(f"{'passed' if good else 'FAILED'}: {minutes} min, {written} events written, {seen:.0f} seen, {skipped:.0f} skipped, "
          f"{rotations} rotations; memory {max(memory[:half])} kB, then {grown:+} kB; at most {max(descriptors)} descriptors; "
          f"exit status {ended}")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
