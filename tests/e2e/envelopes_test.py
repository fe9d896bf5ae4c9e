"""A log in an envelope of a shipper or a cloud makes the findings of the log itself, byte for byte but for the places of the
evidence; and a log of which nothing can be read is an error."""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from harness import BINARY, SOURCE, replay

sys.path.insert(0, str(SOURCE / "tests" / "support"))
from envelopes import ENVELOPES  # pylint: disable=wrong-import-position

LINES = (SOURCE / "samples" / "audit.log").read_text().splitlines()

NOTHING = {
    "csv": (b"time,user,verb\n1,alice,get\n", "no JSON"),
    "xml": (b"<Events><Event/></Events>\n", "no JSON"),
    "other-product": (b'{"level":"info","msg":"started"}\n{"level":"info","msg":"stopped"}\n', "no envelope that redshank knows"),
    "syslog": (b"<14>Nov 29 10:00:00 host app[1]: hello\n", "no JSON"),
    "utf-16": ("\n".join(LINES[:3]).encode("utf-16"), "UTF-16"),
    "gzip-inside": (b"#\n" + gzip.compress("\n".join(LINES[:50]).encode()), "no JSON"),
    "azure-other": (b'{"category":"cluster-autoscaler","properties":{"log":"I0105 klogx.go:87] x"}}\n', "another log of Azure"),
    "azure-activity": (b'{"records":[{"category":"Administrative","operationName":"x","properties":{}}]}\n', "another log of Azure"),
    "google-other": (b'{"logName":"projects/p/logs/cloudaudit.googleapis.com%2Factivity","protoPayload":{"serviceName":'
                     b'"compute.googleapis.com","methodName":"v1.compute.instances.list"}}\n', "another service of Google Cloud"),
    "cloudwatch-other": (b'{"messageType":"DATA_MESSAGE","logGroup":"/aws/eks/c/cluster","logStream":"authenticator-1","logEvents":'
                         b'[{"message":"time=1 level=info"}]}\n', "kube-apiserver-audit"),
    "cri-other": (b"2026-01-05T10:00:00.1Z stderr F I0105 10:00:00.1 1 server.go:1] started\n", "container's log"),
    "frame": (b'{\n  "items": [\n  ]\n}\n', "pretty-printed"),
}


def without_places(findings):
    for finding in findings.values():
        for evidence in finding["evidence"]:
            for key in ("source", "offset", "generation"):
                evidence.pop(key, None)
    return {name: json.dumps(finding) for name, finding in findings.items()}


class Envelopes(unittest.TestCase):
    def found(self, lines, cluster=None):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "audit.log"
            log.write_text("".join(line + "\n" for line in lines))
            options = []
            if cluster:
                config = pathlib.Path(folder) / "redshank.toml"
                config.write_text(f'cluster = "{cluster}"\n')
                options = ["--config", str(config)]
            findings, stats = replay(str(log), *options)
        return without_places(findings), (stats["events"], stats["lines_skipped"])

    def test_findings_are_those_of_the_log_itself(self):
        bare = {None: self.found(LINES)[0], "prod": self.found(LINES, "prod")[0]}
        self.assertGreater(len(bare[None]), 20)
        self.assertIn('"cluster": "prod"', next(iter(bare["prod"].values())))
        for name, (wrap, cluster) in ENVELOPES.items():
            with self.subTest(envelope=name):
                found, counts = self.found(wrap(LINES))
                skipped = {"bad_json": len(LINES)} if name == "cri-interleaved" else {}
                self.assertEqual(counts, (len(LINES), skipped))
                self.assertEqual(found.keys(), bare[cluster].keys())
                for finding, text in bare[cluster].items():
                    self.assertEqual(found[finding], text)

    def test_a_log_of_which_nothing_can_be_read_is_an_error(self):
        for name, (content, says) in NOTHING.items():
            with self.subTest(shape=name), tempfile.TemporaryDirectory() as folder:
                log = pathlib.Path(folder) / "audit.log"
                log.write_bytes(content)
                done = subprocess.run([BINARY, "replay", str(log)], capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 3)
                error = done.stderr.decode()
                self.assertRegex(error, r"none of \d+ lines is an audit event; .*audit.log at byte \d+ ")
                self.assertIn(says, error)
                config = pathlib.Path(folder) / "redshank.toml"
                config.write_text(f'state_dir = "{folder}/state"\n[[source]]\npath = "{log}"\n')
                done = subprocess.run([BINARY, "check-config", str(config)], capture_output=True, timeout=60,
                                      check=False)
                self.assertIn(says, (done.stdout + done.stderr).decode())


if __name__ == "__main__":
    unittest.main()
