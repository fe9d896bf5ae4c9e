"""What people get of a recording: findings that were told one by one before there were incidents, incidents, PagerDuty's
incidents, and messages in Slack. A daemon with the default configuration reads the log at once.

    REDSHANK=build/release/redshank python3 tests/bench/messages.py LOG...
"""
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
    done = subprocess.run([BINARY, *arguments], stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def wait_until_quiet(receivers):
    seen, since = -1, time.monotonic()
    while time.monotonic() - since < QUIET:
        count = sum(len(receiver.bodies) for receiver in receivers)
        if count != seen:
            seen, since = count, time.monotonic()
        time.sleep(0.5)


def measure(log):
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        plain = home / "audit.log"
        if log.suffix == ".zst":
            with open(plain, "wb") as out:
                subprocess.run(["zstd", "-dc", log], stdout=out, check=True)
        else:
            shutil.copyfile(log, plain)
        pager, chat = Receiver(), Receiver()
        (home / "key").write_text("k" * 32)
        (home / "url").write_text(chat.url)
        daemon = Daemon(home, f'[[receiver]]\nname = "pager"\ntype = "pagerduty"\nurl = "{pager.url}"\n'
                              f'routing_key_file = "{home}/key"\n'
                              f'[[receiver]]\nname = "chat"\ntype = "slack"\nurl_file = "{home}/url"\n')
        try:
            daemon.wait_until_ready()
            daemon.wait_for_events(1)
            wait_until_quiet((pager, chat))
            daemon.stop()
        finally:
            daemon.kill()
            pager.close()
            chat.close()
        state = home / "state" / "redshank.db"
        findings = [one for one in rows("findings", "--state", state, "--format", "json")
                    if one["severity"] in ("medium", "high", "critical")]
        incidents = rows("incidents", "--state", state, "--format", "json")
        pages = {body["dedup_key"] for body in map(json.loads, pager.bodies) if body.get("event_action") == "trigger"}
        return {"log": str(log), "findings": len(findings), "incidents": len(incidents), "pages": len(pages),
                "pager_messages": len(pager.bodies), "slack_messages": len(chat.bodies)}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        print(json.dumps(measure(pathlib.Path(name))), flush=True)
