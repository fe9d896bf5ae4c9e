"""The real daemon on a log of ours, in a folder of its own."""
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import time

import shim

REDSHANK = os.environ.get("REDSHANK", "build/release/redshank")
SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "samples" / "audit.log"

CONFIG = """
cluster = "test"
state_dir = "{folder}/state"
[[source]]
path = "{folder}/log/audit.log"
start = "{start}"
[http]
listen = "127.0.0.1:0"
[[detectors.secret_exposure.protect]]
secrets = ["*/*"]
[detectors.unusual_access]
learning = "20s"
[[receiver]]
name = "out"
type = "stdout"
group_by = []
group_wait = "0s"
group_interval = "0s"
"""


class Daemon:
    def __init__(self, folder, start="checkpoint"):
        self.folder = folder
        self.log = folder / "log" / "audit.log"
        self.log.parent.mkdir(parents=True)
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(folder=folder, start=start))
        self.database = folder / "state" / "redshank.db"
        self.output = folder / "alerts"
        self.process = None

    def start(self, **settings):
        env = shim.environment(self.folder / "state", **settings) if settings else dict(os.environ)
        self.messages = self.folder / "messages"
        with self.output.open("ab") as alerts, self.messages.open("wb") as messages:
            self.process = subprocess.Popen([REDSHANK, "run", "--config", self.config], env=env, stdout=alerts,
                                            stderr=messages)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Stops the daemon as systemd does; returns its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)

    def end(self):
        if self.process and self.process.poll() is None:
            self.kill()

    def ask(self, sql):
        # A database that does not exist yet, or is being created, has no rows.
        try:
            connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        except sqlite3.OperationalError:
            return []
        try:
            return connection.execute(sql).fetchall()
        except sqlite3.OperationalError:
            return []
        finally:
            connection.close()

    def has_read_all(self):
        """Whether everything in the log is committed."""
        place = self.log.stat()
        positions = [json.loads(position) for (position,) in self.ask("SELECT position FROM positions")]
        # The first position names no file yet.
        at = [position["at"] for position in positions if "at" in position]
        return [(file["inode"], file["offset"]) for file in at] == [(place.st_ino, place.st_size)]

    def wait_until(self, done, what):
        limit = time.monotonic() + 60
        while not done():
            if time.monotonic() > limit:
                raise AssertionError(f"waited a minute until {what}\n" + self.messages.read_text()[-2000:])
            time.sleep(0.01)

    def settle(self):
        def done():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}\n" + self.messages.read_text())
            return "metrics at" in self.messages.read_text() and self.has_read_all()

        self.wait_until(done, "the log is read")

    def findings(self):
        return findings_in(self.database)

    def tellings(self):
        """How many items were ever put into the outbox."""
        return self.ask("SELECT seq FROM sqlite_sequence WHERE name = 'outbox'")

    def printed(self):
        """(id, count) of each alert, in order."""
        return re.findall(r"^    (f_[a-z2-7]{26}); (\d+) event", self.output.read_text(), re.M)

    def heard_of(self):
        """The findings that were printed, or that wait in the outbox or in delivery's queue."""
        waiting = self.ask("SELECT id FROM outbox")
        queued = self.ask("SELECT value FROM state WHERE tbl = 'delivery.queue'")
        return (
            {id for id, count in self.printed()}
            | {id for (id,) in waiting}
            | {id for (text,) in queued for id in re.findall("f_[a-z2-7]{26}", text)}
        )


def findings_in(database):
    """Findings by id, as `redshank findings` prints them."""
    done = subprocess.run([REDSHANK, "findings", "--format", "json", "--state", database], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return {finding["id"]: finding for finding in map(json.loads, done.stdout.splitlines())}
