"""The daemon and Debian's own prometheus-alertmanager."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.request

from harness import Daemon, anonymous_secret_read, wait_for

SERVER = shutil.which("prometheus-alertmanager")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@unittest.skipUnless(SERVER, "needs prometheus-alertmanager")
class Alertmanager(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        config = pathlib.Path(self.folder, "alertmanager.yml")
        config.write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
        self.url = f"http://127.0.0.1:{free_port()}"
        self.server = subprocess.Popen(
            [SERVER, f"--config.file={config}", f"--storage.path={self.folder}/am", "--cluster.listen-address=",
             f"--web.listen-address={self.url[7:]}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        wait_for(self.is_up, "alertmanager")

    def is_up(self):
        try:
            return urllib.request.urlopen(self.url + "/-/ready", timeout=5).status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def alerts(self):
        with urllib.request.urlopen(self.url + "/api/v2/alerts", timeout=5) as answer:
            return json.load(answer)

    def test_gets_the_alert_with_its_identity_in_few_labels(self):
        os.makedirs(self.folder, exist_ok=True)
        with open(f"{self.folder}/audit.log", "wb") as log:
            log.write(anonymous_secret_read("read-1", "db<!channel>\\n\"x", second=1) + b"\n")
        daemon = Daemon(self.folder, f'[[receiver]]\nname = "am"\ntype = "alertmanager"\nurls = ["{self.url}"]\n')
        self.addCleanup(daemon.kill)
        daemon.wait_until_ready()
        alerts = wait_for(self.alerts, "an alert")
        reads = [alert for alert in alerts if "read-1" in alert["annotations"].get("evidence", "")]
        self.assertEqual(len(reads), 1, alerts)
        # The address is a label only because the caller is anonymous.
        self.assertLessEqual(set(reads[0]["labels"]),
                             {"alertname", "cluster", "detector", "severity", "user", "source_ip", "namespace", "resource",
                              "incident"})
        self.assertIn("read-1", reads[0]["annotations"]["evidence"])
        self.assertEqual(reads[0]["status"]["state"], "active")
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
