"""A log in an envelope of a shipper or a cloud makes the findings of the log itself, byte for byte but for the places of the
evidence; and a log of which nothing can be read is an error."""
import gzip
import itertools
import json
import pathlib
import subprocess
import tempfile
import unittest

from harness import BINARY, SOURCE, replay

LINES = (SOURCE / "samples" / "audit.log").read_text().splitlines()
BATCH = 7


def batches():
    lines = iter(LINES)
    while batch := list(itertools.islice(lines, BATCH)):
        yield batch


def each(wrap):
    return [wrap(line) for line in LINES]


ENVELOPES = {
    "eventlist": lambda: ['{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[' + ",".join(b) + "]}" for b in batches()],
    "array": lambda: ["[" + ",".join(b) + "]" for b in batches()],
    "cri": lambda: each(lambda line: "2026-01-05T10:00:00.123456789Z stdout F " + line),
    "docker": lambda: each(lambda line: json.dumps({"log": line + "\n", "stream": "stdout", "time": "2026-01-05T10:00:00Z"})),
    "cloudwatch": lambda: [json.dumps({"messageType": "DATA_MESSAGE", "logGroup": "/aws/eks/prod/cluster", "logEvents": [
        {"id": str(i), "timestamp": i, "message": line} for i, line in enumerate(b)]}) for b in batches()],
    "azure": lambda: [json.dumps({"records": [{"category": "kube-audit", "resourceId": "/X/MANAGEDCLUSTERS/PROD", "properties":
                      {"log": line, "stream": "stdout"}} for line in b]}) for b in batches()],
    "google": lambda: each(lambda line: '{"jsonPayload":' + line + ',"resource":{"labels":{"cluster_name":"prod"}}}'),
    "fluent-bit": lambda: each(lambda line: json.dumps({"date": 1767607200.1, "log": line})),
    "vector": lambda: each(lambda line: json.dumps({"file": "/a", "host": "h", "message": line, "source_type": "file"})),
    "elastic": lambda: each(lambda line: '{"_index":"a","_source":' + line + "}"),
    "splunk": lambda: each(lambda line: '{"event":' + line + ',"time":1}'),
    "loki": lambda: [json.dumps({"streams": [{"stream": {"job": "a"}, "values": [["1", line] for line in b]}]}) for b in batches()],
}

NOTHING = {
    "csv": b"time,user,verb\n1,alice,get\n",
    "xml": b"<Events><Event/></Events>\n",
    "other-product": b'{"level":"info","msg":"started"}\n{"level":"info","msg":"stopped"}\n',
    "syslog": b"<14>Nov 29 10:00:00 host app[1]: hello\n",
    "utf-16": "\n".join(LINES[:3]).encode("utf-16"),
    "gzip-inside": b"#\n" + gzip.compress("\n".join(LINES[:50]).encode()),
}


def without_places(findings):
    for finding in findings.values():
        for evidence in finding["evidence"]:
            for key in ("source", "offset", "generation"):
                evidence.pop(key, None)
    return {name: json.dumps(finding) for name, finding in findings.items()}


class Envelopes(unittest.TestCase):
    def found(self, lines):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "audit.log"
            log.write_text("".join(line + "\n" for line in lines))
            findings, stats = replay(str(log))
        self.assertEqual((stats["events"], stats["lines_skipped"]), (len(LINES), {}))
        return without_places(findings)

    def test_findings_are_those_of_the_log_itself(self):
        bare = self.found(LINES)
        self.assertGreater(len(bare), 20)
        for name, wrap in ENVELOPES.items():
            with self.subTest(envelope=name):
                found = self.found(wrap())
                self.assertEqual(found.keys(), bare.keys())
                for finding, text in bare.items():
                    self.assertEqual(found[finding], text)

    def test_a_log_of_which_nothing_can_be_read_is_an_error(self):
        for name, content in NOTHING.items():
            with self.subTest(shape=name), tempfile.TemporaryDirectory() as folder:
                log = pathlib.Path(folder) / "audit.log"
                log.write_bytes(content)
                done = subprocess.run([BINARY, "replay", str(log)], capture_output=True, timeout=60, check=False)
                self.assertEqual(done.returncode, 3)
                self.assertRegex(done.stderr.decode(), r"none of \d+ lines is an audit event; .*audit.log at byte \d+ ")


if __name__ == "__main__":
    unittest.main()
