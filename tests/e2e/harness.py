"""Events, a receiver of webhooks, and the real daemon in a folder of its own, for end-to-end tests.

$REDSHANK names the binary. Standard library only; nothing outlives a test; loopback only, except for the daemon
of reload_test.py that must warn of a listener which other hosts can reach.
"""
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

BINARY = os.environ["REDSHANK"]
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds after which a test fails; no test waits that long on success


def event(audit_id, *, user="alice", groups=("dev", "system:authenticated"), verb="get", resource="pods",
          namespace="shop", name="web", second=0):
    """One line of a log, without its newline."""
    at = f"2026-01-05T10:{second // 60 % 60:02}:{second % 60:02}.000100Z"
    return json.dumps({
        "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": audit_id,
        "stage": "ResponseComplete", "requestURI": f"/api/v1/namespaces/{namespace}/{resource}/{name}", "verb": verb,
        "user": {"username": user, "groups": list(groups)}, "sourceIPs": ["10.0.0.7"], "userAgent": "kubectl/v1.32.0",
        "objectRef": {"resource": resource, "namespace": namespace, "name": name, "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": at, "stageTimestamp": at,
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason":
                        'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "view" to Group "dev"'},
    }, separators=(",", ":")).encode()


def anonymous_secret_read(audit_id, name, second=0):
    return event(audit_id, user="system:anonymous", groups=["system:unauthenticated"], resource="secrets",
                 namespace="prod", name=name, second=second)


def wait_for(condition, what):
    """Returns the first true value of condition()."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not seen in {PATIENCE} s: {what}")


def replay(*arguments, stdin=None):
    """Runs `redshank replay --format json` and returns (last form of each finding by id, stats)."""
    with tempfile.TemporaryDirectory() as folder:
        stats = pathlib.Path(folder, "stats.json")
        done = subprocess.run([BINARY, "replay", "--format", "json", "--stats", stats, *arguments],
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300, check=False)
        if done.returncode != 0:
            raise AssertionError(f"replay ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        findings = {}
        for line in done.stdout.splitlines():
            finding = json.loads(line)
            findings[finding["id"]] = finding
        return findings, json.loads(stats.read_text())


class Receiver:
    """A webhook receiver on loopback that keeps every body."""

    def __init__(self):
        self.bodies = bodies = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/alerts"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def wait_for_text(self, *texts):
        return wait_for(lambda: [body for body in list(self.bodies) if all(text in body for text in texts)],
                        f"an alert with {texts}")


class Daemon:
    """`redshank run` over folder/audit.log, or what `source` says instead, with its state in folder/state."""

    def __init__(self, folder, extra_config="", listen="127.0.0.1", http="", source=None, **process):
        self.folder = pathlib.Path(folder)
        self.log = self.folder / "audit.log"
        self.state = self.folder / "state"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        source = source or f'path = "{self.log}"'
        config = self.folder / "redshank.toml"
        config.write_text(f'cluster = "test"\nstate_dir = "{self.state}"\n'
                          f'[http]\nlisten = "{listen}:{self.port}"\n{http}'
                          f'[[source]]\n{source}\n{extra_config}')
        self.output = open(self.folder / "output", "ab")
        self.process = subprocess.Popen([BINARY, "run", "--config", config], stdin=subprocess.DEVNULL,
                                        stdout=self.output, stderr=self.output, start_new_session=True, **process)

    def get(self, path):
        """(status, body); (0, "") when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return 0, ""
        finally:
            connection.close()

    def wait_until_ready(self):
        def ready():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.said()}")
            return self.get("/readyz")[0] == 200
        wait_for(ready, "/readyz answers 200")

    def metric(self, name, **labels):
        """Sum of the series of this name that have these labels."""
        total = 0.0
        for line in self.get("/metrics")[1].splitlines():
            if re.match(re.escape(name) + r"[{ ]", line) and all(f'{k}="{v}"' in line for k, v in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def wait_for_events(self, count):
        wait_for(lambda: self.metric("redshank_events_total") >= count, f"{count} events on /metrics")

    def said(self):
        return (self.folder / "output").read_text(errors="replace")

    def stop(self, with_signal=signal.SIGTERM):
        """Stops the daemon, checks that no process is left, and returns the exit status."""
        self.process.send_signal(with_signal)
        status = self.process.wait(timeout=PATIENCE)
        self.output.close()
        if status > 0:
            print(self.said(), file=sys.stderr)  # contains the report of a sanitizer
        try:
            os.killpg(self.process.pid, 0)
        except ProcessLookupError:
            return status
        raise AssertionError("a process of the daemon is left")

    def kill(self):
        """For cleaning up after a failed test."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.output.close()
