"""What people get of a recording: findings that were told one by one before there were incidents, incidents, PagerDuty's
incidents, and messages in Slack. `replay` makes the findings and the incidents; a daemon with the default configuration
reads the log at once and sends the messages.

    REDSHANK=build/release/redshank python3 tests/bench/messages.py [--stretch DAYS] [--quiet-seconds N] LOG...

Prints the rows of the table in docs/incidents.md. --stretch spreads the times of each log over that many days first (by
../shared/corpus/warp.py), and says how its incidents ended and how many pages a day they make.
"""
import argparse
import collections
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from harness import BINARY, Daemon, Receiver  # noqa: E402

QUIET = 45  # seconds without a message: longer than messages wait for more of their incident


def rows(*arguments):
    done = subprocess.run([BINARY, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def wait_until_quiet(receivers, quiet):
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < quiet:
        count = sum(len(receiver.bodies) for receiver in receivers)
        if count != seen:
            seen, since = count, time.monotonic()
        time.sleep(0.5)


SEVERITIES = ["info", "low", "medium", "high", "critical"]


def is_grave(row, least):
    return SEVERITIES.index(row["severity"]) >= SEVERITIES.index(least)


def replayed(log):
    """The last state of each finding of medium severity and above, and all incidents."""
    findings = {row["id"]: row for row in rows("replay", "--findings", "--format", "json", log)}
    incidents = rows("replay", "--incidents", "--format", "json", log)
    return [row for row in findings.values() if is_grave(row, "medium")], incidents


def plain(log, home, days):
    """The log as text, in a file of its own, its times stretched over `days` (0: as they are)."""
    out = home / "audit.log"
    if days:
        warp = pathlib.Path(__file__).resolve().parents[3] / "shared/corpus/warp.py"
        subprocess.run([sys.executable, warp, "--days", str(days), log, "-o", out], check=True, stderr=subprocess.DEVNULL)
    elif log.suffix == ".zst":
        with open(out, "wb") as file:
            subprocess.run(["zstd", "-dc", log], stdout=file, check=True)
    else:
        shutil.copyfile(log, out)
    return out


def messages(home, quiet):
    """Incidents of PagerDuty, and messages in Slack."""
    pager, chat = Receiver(), Receiver()
    (home / "key").write_text("k" * 32)
    (home / "url").write_text(chat.url)
    daemon = Daemon(home, f'[[receiver]]\nname = "pager"\ntype = "pagerduty"\nurl = "{pager.url}"\n'
                          f'routing_key_file = "{home}/key"\n'
                          f'[[receiver]]\nname = "chat"\ntype = "slack"\nurl_file = "{home}/url"\n')
    try:
        daemon.wait_until_ready()
        daemon.wait_for_events(1)
        wait_until_quiet((pager, chat), quiet)
        daemon.stop()
    finally:
        daemon.kill()
        pager.close()
        chat.close()
    pages = {body["dedup_key"] for body in map(json.loads, pager.bodies) if body.get("event_action") == "trigger"}
    return len(pages), len(chat.bodies)


def counts(log, findings, incidents):
    name = log.parent.name if log.name.startswith("audit.log") and log.parent.name != "samples" else "sample"
    told = [row for row in incidents if not row.get("joined")]
    return [f"`{name}`", len(findings), sum(is_grave(row, "high") for row in findings), len(told),
            sum(is_grave(row, "high") for row in told), sum(row["state"] == "open" for row in told)]


def measure(log, quiet):
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        findings, incidents = replayed(plain(log, home, 0))
        cells = counts(log, findings, incidents) + list(messages(home, quiet))
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def measure_stretched(log, days):
    """Without a daemon: it would read four weeks in seconds, and incidents would end before their messages are sent."""
    with tempfile.TemporaryDirectory() as folder:
        findings, incidents = replayed(plain(log, pathlib.Path(folder), days))
    told = [row for row in incidents if not row.get("joined")]
    severities = collections.Counter(row["severity"] for row in told)
    ends = collections.Counter(row["closed_because"] or "open at the end" for row in told)
    print(f"{days:g} days: {len(findings)} findings, {len(told)} incidents {dict(severities)}, "
          f"{len(incidents) / days:.1f} pages a day, ends {dict(ends)}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--stretch", type=float, default=0, metavar="DAYS")
    parser.add_argument("--quiet-seconds", type=float, default=QUIET)
    parser.add_argument("logs", nargs="+", type=pathlib.Path, metavar="LOG")
    options = parser.parse_args()
    for log in options.logs:
        if options.stretch:
            measure_stretched(log, options.stretch)
        else:
            measure(log, options.quiet_seconds)


if __name__ == "__main__":
    main()
