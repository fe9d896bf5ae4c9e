#!/usr/bin/env python3
"""The Debian package under a real systemd: boots a minimal Debian in a container, installs the package, and looks at what systemd and
the journal say while the service starts, lacks its log, reads it, reloads, is killed, hangs and ends. Needs root, mmdebstrap and
systemd-container.
    scripts/dist/boot.py DEB"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PATIENCE = 60
SOURCE = pathlib.Path(__file__).resolve().parents[2]
LOG = "/var/log/kubernetes/audit/audit.log"
CONFIG = f"""cluster = "boot"
state_dir = "/var/lib/redshank"
[http]
listen = "127.0.0.1:9465"
[[source]]
path = "{LOG}"
start = "beginning"
[[source]]
type = "webhook"
listen = "127.0.0.1:9443"
cert_file = "key_hook.crt"
key_file = "key_hook.key"
token_file = "key_token"
name = "hook"
cluster = "other"
[[receiver]]
name = "journal"
type = "journald"
[[receiver]]
name = "pager"
type = "pagerduty"
routing_key_file = "key_pager"
url = "http://127.0.0.1:9/"
"""


class Container:
    def __init__(self, root):
        self.root = root
        # Its console is of no use to anybody, and systemd asks for none.
        self.process = subprocess.Popen(
            ["systemd-nspawn", "-q", "-D", root, "--boot", "--register=no", "--keep-unit", "--private-network", "--console=pipe"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        self.init = wait_for(self.child, "the container's first process")

    def child(self):
        if self.process.poll() is not None:
            raise SystemExit(f"boot.py: systemd-nspawn ended: {self.process.stderr.read()}")
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return children[0] if children else None

    def ask(self, *command):
        """(status, what it printed)"""
        done = subprocess.run(["nsenter", "-t", self.init, "-m", "-u", "-i", "-n", "-p", "-C", *command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE)
        return done.returncode, done.stdout

    def run(self, *command):
        status, text = self.ask(*command)
        if status != 0:
            raise SystemExit(f"boot.py: {' '.join(command)} ended with {status}: {text}")
        return text

    def service(self, name):
        return self.run("systemctl", "show", "-P", name, "redshank").strip()

    def end(self):
        if self.process.poll() is None:
            os.kill(int(self.init), signal.SIGRTMIN + 4)  # power off
            try:
                self.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stderr.close()


def wait_for(condition, what):
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise SystemExit(f"boot.py: not seen in {PATIENCE} s: {what}")


def check(condition, what):
    if not condition:
        raise SystemExit(f"boot.py: not true: {what}")
    print(f"boot.py: {what}", flush=True)


def make_root(root, deb):
    depends = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], stdout=subprocess.PIPE, text=True, check=True).stdout
    libraries = [one.split()[0] for one in depends.split(",") if "|" not in one]
    subprocess.run(["mmdebstrap", "-q", "--variant=apt", "--include=" + ",".join(["systemd", "systemd-sysv", "dbus", "curl", *libraries]),
                    "--keyring=/usr/share/keyrings", "bookworm", root, "http://deb.debian.org/debian"], check=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                    "/CN=redshank", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", root / "hook.key", "-out", root / "hook.crt"],
                   check=True, stderr=subprocess.DEVNULL)
    shutil.copy(deb, root / "redshank.deb")
    shutil.copy(SOURCE / "samples/audit.log", root / "audit.log")
    (root / "redshank.toml").write_text(CONFIG)


def try_service(box):
    wait_for(lambda: box.ask("systemctl", "is-system-running")[1].strip() in ("running", "degraded"), "the system up")
    box.run("dpkg", "-i", "/redshank.deb")
    box.run("cp", "/redshank.toml", "/etc/redshank/redshank.toml")
    box.run("sh", "-c", "umask 077; cd /etc/redshank/credentials && echo 0123456789abcdef0123456789abcdef > pager && echo token-of-32-random-bytes-or-so > token && "
                        "cp /hook.key /hook.crt .")
    box.run("rm", "-rf", "/var/log/kubernetes")
    box.run("systemctl", "enable", "--now", "redshank-webhook.socket")
    box.run("systemctl", "start", "--no-block", "redshank")
    wait_for(lambda: LOG in box.service("StatusText"), "the status names the missing log")
    check(box.service("ActiveState") == "activating", f"without its log it is not ready: {box.service('StatusText')}")

    box.run("systemd-tmpfiles", "--create", "redshank.conf")
    box.run("sh", "-c", f"mkdir -p $(dirname {LOG}) && cp /audit.log {LOG} && chgrp -R kube-audit $(dirname {LOG}) && "
                        f"chmod 0750 $(dirname {LOG}) && chmod 0640 {LOG}")
    wait_for(lambda: box.service("ActiveState") == "active", "ready")
    wait_for(lambda: box.ask("curl", "-sf", "http://127.0.0.1:9465/readyz")[0] == 0, "/readyz says so too")
    check(LOG not in box.service("StatusText"), f"once the log is open it is ready: {box.service('StatusText')}")
    check(box.run("curl", "-s", "http://127.0.0.1:9465/metrics").count('receiver="pager"') > 0, "it has its credential")

    def findings():
        lines = box.run("journalctl", "-t", "redshank", "-o", "json", "--no-pager").splitlines()
        return [entry for entry in map(json.loads, lines) if "REDSHANK_KIND" in entry]
    told = wait_for(findings, "findings in the journal")
    check(all(len(entry["MESSAGE_ID"]) == 32 for entry in told), "findings in the journal have fields and MESSAGE_ID")

    sent = box.run("curl", "-s", "--cacert", "/hook.crt", "-H", "Authorization: Bearer token-of-32-random-bytes-or-so", "-w", "%{http_code}",
                   "--data", '{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[]}', "https://127.0.0.1:9443/")
    check(sent.endswith("200"), "systemd's socket is its webhook")
    box.run("systemctl", "reload", "redshank")
    check(box.service("ActiveState") == "active", "it reloads")
    main = box.service("MainPID")

    def events():
        lines = box.ask("curl", "-s", "http://127.0.0.1:9465/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("redshank_events_total{"))
    box.run("sh", "-c", f"kill -9 {main} && head -n 200 /audit.log >> {LOG} && rm {LOG} && head -n 100 /audit.log > {LOG} && "
                        f"chgrp kube-audit {LOG} && chmod 0640 {LOG}")
    wait_for(lambda: box.service("NRestarts") == "1" and box.service("ActiveState") == "active", "started again")
    check(box.service("MainPID") != main, "killed, it is started again")
    wait_for(lambda: events() == 300,
             "what was written and deleted while it was down (200 lines) is read, and then the new log (100)")
    box.run("sh", "-c", "mkdir -p /etc/systemd/system/redshank.service.d && "
                        "printf '[Service]\\nWatchdogSec=6s\\n' > /etc/systemd/system/redshank.service.d/w.conf")
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "restart", "redshank")
    main = box.service("MainPID")
    time.sleep(15)  # of idleness: longer than the watchdog waits
    check(box.service("MainPID") == main, "idle, it feeds the watchdog")
    box.run("sh", "-c", f"kill -STOP {main}")
    wait_for(lambda: box.service("MainPID") not in (main, "0") and box.service("ActiveState") == "active", "started after a hang")
    check("watchdog" in box.run("journalctl", "-u", "redshank", "--no-pager").lower(), "hanging, it is ended by the watchdog and started again")

    begun = time.monotonic()
    box.run("systemctl", "stop", "redshank")
    check(box.service("Result") == "success" and time.monotonic() - begun < 10, "it ends when it is told to")
    own = [line for line in box.run("journalctl", "-u", "redshank", "-o", "cat", "--no-pager").splitlines() if "redshank: " in line[:10]]
    check(not any("ermission denied" in line or "not permitted" in line for line in own), "the sandbox refused it nothing")


def main(deb):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder, "root")
        make_root(root, deb)
        box = Container(root)
        try:
            try_service(box)
        finally:
            _, said = box.ask("journalctl", "-u", "redshank", "-o", "cat", "--no-pager", "-n", "40") if sys.exc_info()[0] else (0, "")
            box.end()
            sys.stderr.write(said)


if __name__ == "__main__":
    main(*sys.argv[1:])
