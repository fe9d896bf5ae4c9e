"""SIGHUP and POST /-/reload: the daemon takes the new configuration as a whole or not at all."""
import http.client
import json
import signal
import sys
import tempfile
import threading
import time
import unittest

from harness import SOURCE, Daemon, anonymous_secret_read, wait_for

sys.path.insert(0, str(SOURCE / "tests/support"))
from receivers.webhook import Webhook  # noqa: E402


def hook(name, mock):
    return (f'[[receiver]]\nname = "{name}"\ntype = "webhook"\nurl = "{mock.url}"\ngroup_by = []\ngroup_wait = "0s"\n'
            'group_interval = "0s"\ndetectors = ["secret_exposure"]\n')


class Reload(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.mocks = [Webhook(keys=()), Webhook(keys=())]
        for mock in self.mocks:
            self.addCleanup(mock.close)
        self.number = 0

    def start(self, extra="", http='reload = "loopback"\n'):
        daemon = Daemon(self.folder, extra, http=http)
        self.addCleanup(daemon.kill)
        daemon.log.touch()
        daemon.wait_until_ready()
        self.fixed = (daemon.folder / "redshank.toml").read_text().removesuffix(extra)
        self.log = open(daemon.log, "ab", buffering=0)
        self.addCleanup(self.log.close)
        return daemon

    def configure(self, daemon, extra):
        (daemon.folder / "redshank.toml").write_text(self.fixed + extra)

    def read(self):
        """Appends another event; returns its name."""
        self.number += 1
        name = f"db-{self.number}-x"
        self.log.write(anonymous_secret_read(f"read-{self.number}", name, second=self.number) + b"\n")
        return name

    @staticmethod
    def heard(mock, name):
        return any(name in json.dumps(message) for message in list(mock.accepted))

    def post(self, daemon, path, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", daemon.port, timeout=10)
        self.addCleanup(connection.close)
        connection.request("POST", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def status(self, daemon):
        return json.loads(daemon.get("/status")[1])

    def test_receivers_come_and_go(self):
        first, second = self.mocks
        daemon = self.start(hook("first", first))
        name = self.read()
        wait_for(lambda: self.heard(first, name), "the first receiver")
        self.configure(daemon, hook("second", second))
        daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "second" in [receiver["name"] for receiver in self.status(daemon)["receivers"]], "the reload")
        before = len(first.accepted)
        name = self.read()
        wait_for(lambda: self.heard(second, name), "the second receiver")
        self.assertEqual(len(first.accepted), before)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(first.violations + second.violations, [])

    def test_a_bad_file_changes_nothing(self):
        first, second = self.mocks
        daemon = self.start(hook("first", first))
        for number, (bad, why) in enumerate((
                ('[[receiver]]\nname = "x"\ntype = "slack"\nurl_file = "/absent"\n', "/absent: cannot read"),
                ('[rules]\nfiles = ["/absent/rules.toml"]\n', "/absent/rules.toml"),
                ('[alerts]\ninhibit_fro = "1m"\n', "did you mean 'inhibit_for'"))):
            with self.subTest(why):
                self.configure(daemon, hook("second", second) + bad)
                self.assertEqual(self.post(daemon, "/-/reload", {"Origin": "http://evil.example"})[0], 403)
                self.assertEqual(self.post(daemon, "/-/reload")[0], 202)
                wait_for(lambda n=number: daemon.said().count("the old configuration stays") == n + 1, "the refusal")
                self.assertIn(why, daemon.said())
                self.assertEqual(daemon.metric("redshank_config_last_reload_successful"), 0)
                self.assertFalse(self.status(daemon)["reload"]["successful"])
                name = self.read()
                wait_for(lambda name=name: self.heard(first, name), "the old receiver")
        self.assertEqual(second.accepted, [])
        self.configure(daemon, hook("second", second))
        self.post(daemon, "/-/reload")
        wait_for(lambda: daemon.metric("redshank_config_last_reload_successful") == 1, "a good file")
        self.assertEqual(daemon.stop(), 0)

    def test_only_the_newest_reload_reports(self):
        """A bad file follows a good one before the pipeline has taken the good one's rules."""
        daemon = self.start()
        suppress = '[[detectors.unusual_access.suppress]]\nactor = "ci"\n'
        self.configure(daemon, hook("first", self.mocks[0]) + suppress)
        daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.status(daemon)["receivers"], "the receiver of the good file")
        self.configure(daemon, "[alerts]\ninhibit_fro = 1\n")
        daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "the old configuration stays" in daemon.said(), "the refusal")
        wait_for(lambda: daemon.metric("redshank_unusual_access_suppressions", state="config") == 1, "the good file")
        self.assertEqual(daemon.metric("redshank_config_last_reload_successful"), 0)
        self.assertFalse(self.status(daemon)["reload"]["successful"])
        self.assertEqual(daemon.stop(), 0)

    def test_a_stream_of_reloads_does_not_keep_it_from_stopping(self):
        """A client asks without end, by signal and by POST; the daemon reloads at most once a second."""
        daemon = self.start(hook("first", self.mocks[0]))
        self.configure(daemon, "[alerts]\ninhibit_fro = 1\n")  # each reload reports it once
        over = threading.Event()

        def ask():
            while not over.is_set() and daemon.process.poll() is None:
                for _ in range(100):
                    daemon.process.send_signal(signal.SIGHUP)
                try:
                    self.post(daemon, "/-/reload")
                except OSError:
                    pass  # it no longer listens
        began = time.monotonic()
        asking = threading.Thread(target=ask)
        asking.start()
        try:
            wait_for(lambda: daemon.said().count("the old configuration stays") >= 2, "two reloads")
            self.assertEqual(daemon.stop(), 0)
        finally:
            over.set()
            asking.join()
        elapsed = time.monotonic() - began
        self.assertLessEqual(daemon.said().count("the old configuration stays"), elapsed + 1)

    def test_status_and_who_may_reload(self):
        daemon = self.start(hook("first", self.mocks[0]), http="")
        status = self.status(daemon)
        self.assertEqual((status["ready"], status["problems"], status["cluster"]), (True, [], "test"))
        self.assertEqual([source["name"] for source in status["sources"]], [f"file:{daemon.log}"])
        self.assertTrue(status["sources"][0]["up"])
        self.assertEqual([receiver["name"] for receiver in status["receivers"]], ["first"])
        self.assertEqual(daemon.get("/-/reload")[0], 405)
        # Forbidden unless the configuration allows it.
        self.assertEqual(self.post(daemon, "/-/reload")[0], 403)
        self.assertNotIn("can be reached by others", daemon.said())
        self.assertEqual(daemon.stop(), 0)

        again = Daemon(self.folder, '[[detectors.unusual_access.suppress]]\nactor = "ci"\n', listen="0.0.0.0",
                       http='reload = "any"\n')
        self.addCleanup(again.kill)
        again.wait_until_ready()
        self.assertIn(f"http.listen 0.0.0.0:{again.port} can be reached by others", again.said())
        config = again.folder / "redshank.toml"
        config.write_text(config.read_text().replace('actor = "ci"', 'actor = "ci-2"') +
                          '[[detectors.unusual_access.suppress]]\nactor = "backup"\n')

        def suppressions():
            return again.metric("redshank_unusual_access_suppressions", state="config")
        wait_for(lambda: suppressions() == 1, "the suppression of the file")
        self.assertEqual(self.post(again, "/-/reload")[0], 202)
        wait_for(lambda: suppressions() == 2, "the suppressions of the new file")
        self.assertEqual(again.stop(), 0)


if __name__ == "__main__":
    unittest.main()
