"""What the audit policy hides is said: by the metric, by the finding, and behind the answers of commands; live and after SIGHUP."""
import json
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, event, replay, wait_for

HEAD = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n"
READS = "- level: None\n  verbs: [get, watch, list]\n"
SECRETS = '- level: Metadata\n  resources: [{group: "", resources: [secrets]}]\n'
REST = "- level: RequestResponse\n"
COURSE = HEAD + READS + SECRETS + REST


def asked(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=True).stdout


class Visibility(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.policy = self.folder / "policy.yaml"
        self.policy.write_text(COURSE)

    def write(self, name):
        with open(self.folder / "audit.log", "ab") as log:
            log.write(event(name, verb="update", second=len(name)) + b"\n")

    def shown(self, daemon):
        return dict(re.findall(r'^redshank_visibility\{detector="(\w+)"\} (\S+)$', daemon.get("/metrics")[1], re.M))

    def test_the_courses_policy_and_its_repair(self):
        daemon = Daemon(self.folder, source=f'path = "{self.folder}/audit.log"\npolicy = "{self.policy}"')
        self.addCleanup(daemon.kill)
        self.write("a")
        daemon.wait_until_ready()
        wait_for(lambda: self.shown(daemon).get("secret_exposure") == "0.5", "reads of Secrets are hidden")
        database = daemon.state / "redshank.db"
        wait_for(lambda: "Reads of Secrets are not logged in test since 2026-01-05 10:00:01 UTC (line 5 of "
                 in asked("secrets", "--state", database), "a caveat")
        [found] = [json.loads(line) for line in asked("findings", "--format", "json", "--state", database).splitlines()]
        self.assertEqual((found["kind"], found["status"], found["detector"]), ("audit-blind", "firing", "source"))

        self.policy.write_text(HEAD + SECRETS + REST)
        daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.write("a" * 5) or self.shown(daemon).get("secret_exposure") == "1", "nothing is hidden")
        wait_for(lambda: "not logged" not in asked("secrets", "--state", database), "no caveat")
        ended = wait_for(lambda: [line for line in asked("findings", "--format", "json", "--state", database).splitlines()
                                  if '"resolved"' in line], "it is over")
        self.assertEqual(json.loads(ended[0])["id"], found["id"])
        daemon.stop()

    def test_replay_has_the_caveat_in_its_stats(self):
        config = self.folder / "c.toml"
        config.write_text(f'[[source]]\npath = "/nonexistent/audit.log"\npolicy = "{self.policy}"\n')
        log = self.folder / "one.log"
        log.write_bytes(event("a", verb="update") + b"\n")
        findings, stats = replay("--config", config, log)
        self.assertEqual([finding["kind"] for finding in findings.values()], ["audit-blind"])
        [caveat] = stats["caveats"]
        self.assertIn("line 5 of ", caveat)
        _, silent = replay(log)
        self.assertEqual(silent["caveats"], [])

    def test_check_config_says_what_the_policy_check_says(self):
        self.policy.write_text(COURSE.replace("v1", "v1beta1", 1).replace("None", "none"))
        config = self.folder / "c.toml"
        config.write_text(f'[[source]]\npath = "{self.folder}/audit.log"\npolicy = "{self.policy}"\n')
        done = subprocess.run([BINARY, "check-config", config], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"c.toml:3:10: source.policy: {self.policy}:1:13: audit.k8s.io/v1beta1 is gone", done.stderr)
        self.policy.write_text(COURSE.replace("None", "none"))
        done = subprocess.run([BINARY, "check-config", config], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn(f"{self.policy}:5:", done.stderr)
        config.write_text(config.read_text() + 'kubernetes = "1.12"\n')
        done = subprocess.run([BINARY, "check-config", config], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn('source.kubernetes: must be a version from "1.24" to "1.37"', done.stderr)


if __name__ == "__main__":
    unittest.main()
