"""Debian's own Prometheus scrapes a daemon that reads the recorded log, through TLS and with a password: what it then knows is
what the log gives, and each query of the dashboards has an answer."""
import collections
import json
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.parse
import urllib.request

from harness import BINARY, SOURCE, Daemon, wait_for
from web_config_test import SECRET, TLS, make_certificate

SEVERITIES = ("info", "low", "medium", "high", "critical")


def told():
    """How often redshank_findings_total must count: each finding once, and once more under each graver severity."""
    done = subprocess.run([BINARY, "replay", "--format", "json", SOURCE / "samples/audit.log"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=True, timeout=300)
    highest, counts = {}, collections.Counter()
    for line in done.stdout.splitlines():
        finding = json.loads(line)
        severity = SEVERITIES.index(finding["severity"])
        if severity > highest.get(finding["id"], -1):
            highest[finding["id"]] = severity
            counts[finding["detector"], finding["severity"]] += 1
    return counts


@unittest.skipUnless(shutil.which("prometheus"), "needs prometheus")
class Scraped(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        make_certificate(self.folder, "server", "server", "IP:127.0.0.1")
        (self.folder / "web.yml").write_text(TLS + f"basic_auth_users:\n  prometheus: {SECRET}\n")
        shutil.copy(SOURCE / "samples/audit.log", self.folder / "audit.log")
        self.daemon = Daemon(self.folder, http=f'web_config_file = "{self.folder}/web.yml"\n')
        self.addCleanup(self.daemon.kill)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        (self.folder / "prometheus.yml").write_text(f"""
global: {{scrape_interval: 1s, scrape_timeout: 1s}}
scrape_configs:
  - job_name: redshank
    scheme: https
    tls_config: {{ca_file: server.crt}}
    basic_auth: {{username: prometheus, password: secret}}
    static_configs: [{{targets: ["127.0.0.1:{self.daemon.port}"]}}]
""")
        self.output = open(self.folder / "prometheus.log", "wb")
        self.addCleanup(self.output.close)
        self.prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={self.folder}/prometheus.yml", f"--storage.tsdb.path={self.folder}/tsdb",
             f"--web.listen-address={self.address}", "--enable-feature=exemplar-storage"],
            stdin=subprocess.DEVNULL, stdout=self.output, stderr=self.output)
        self.addCleanup(self.end)

    def end(self):
        self.prometheus.kill()
        self.prometheus.wait()

    def ask(self, page, **parameters):
        try:
            with urllib.request.urlopen(f"http://{self.address}/api/v1/{page}?{urllib.parse.urlencode(parameters)}", timeout=20) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def query(self, expression):
        """[(labels, value)]"""
        data = self.ask("query", query=expression)
        return [] if data is None else [(each["metric"], float(each["value"][1])) for each in data["result"]]

    def test_what_it_knows_is_what_the_log_gives(self):
        wait_for(lambda: [1 for _, value in self.query("redshank_source_caught_up") if value == 1], "a log that is read")
        expected = told()

        def counted():
            got = {(labels["detector"], labels["severity"]): value for labels, value in self.query("redshank_findings_total > 0")}
            return got == dict(expected)
        wait_for(counted, "the findings, counted once")
        state = self.folder / "state/redshank.db"
        listed = subprocess.run([BINARY, "incidents", "--open", "--format", "json", "--state", state], stdout=subprocess.PIPE,
                                check=True, timeout=60).stdout.splitlines()
        open_now = {incident["id"]: incident for incident in map(json.loads, listed)}
        self.assertTrue(open_now)
        wait_for(lambda: {labels["incident"] for labels, _ in self.query("redshank_incident_opened_timestamp_seconds")} ==
                 set(open_now), "the open incidents")
        for severity, number in self.query("redshank_incidents_open"):
            self.assertEqual(number, sum(each["severity"] == severity["severity"] for each in open_now.values()))
        for labels, _ in self.query("redshank_incident_opened_timestamp_seconds"):
            self.assertEqual(labels["severity"], open_now[labels["incident"]]["severity"])
            self.assertEqual(labels["cluster"], "test")
        exemplars = self.ask("query_exemplars", query="redshank_findings_total", start=0, end="2100000000")
        ids = {each["labels"]["finding_id"] for series in exemplars for each in series["exemplars"]}
        self.assertTrue(ids and all(re.fullmatch("f_[a-z2-7]{26}", each) for each in ids), exemplars)
        self.check_dashboards(open_now)

    def check_dashboards(self, open_now):
        """Each query is one that Prometheus answers; the tables and counts of the first screen have what there is."""
        rows, expressions = {}, {}
        for file in ("redshank", "redshank-findings"):
            for panel in json.loads((SOURCE / f"dashboards/{file}.json").read_text())["panels"]:
                for target in panel.get("targets", []):
                    expression = re.sub(r"\$__(rate_interval|range)", "5m", target["expr"])
                    expression = re.sub(r"\$(job|instance|cluster)", ".+", expression)
                    with self.subTest(panel=panel["title"]):
                        data = self.ask("query", query=expression)
                        self.assertIsNotNone(data, expression)
                        rows[panel["title"]], expressions[panel["title"]] = data["result"], expression
        self.assertEqual({each["metric"]["incident"] for each in rows["Open incidents"]}, set(open_now))
        for title in ("Secrets: exposed or read, and by whom", "Access: unusual, and whose",
                      "Custom resources in trouble, and since when", "Sources up", "Findings by severity"):
            wait_for(lambda title=title: self.query(expressions[title]), title)  # increase() wants two samples


if __name__ == "__main__":
    unittest.main()
