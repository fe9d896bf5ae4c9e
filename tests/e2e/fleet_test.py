"""`redshank fleet` asks real daemons over HTTP, joins what they know, and says who did not answer."""
import json
import pathlib
import socket
import subprocess
import tempfile
import unittest

from harness import BINARY, Daemon, anonymous_secret_read, event, wait_for
from web_config_test import USERS, make_certificate


def asked(*arguments):
    """(status, the JSON lines, what was said on stderr)"""
    done = subprocess.run([BINARY, "fleet", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()] if "json" in arguments else done.stdout
    return done.returncode, lines, done.stderr


class Fleet(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start(self, name, lines, http=""):
        folder = self.folder / name
        folder.mkdir()
        (folder / "audit.log").write_bytes(b"".join(line + b"\n" for line in lines))
        daemon = Daemon(folder, http=http, extra_config="[detectors.unusual_access]\nlearning = \"1s\"\n")
        self.addCleanup(daemon.kill)
        return daemon

    def url(self, daemon, scheme="http"):
        return f"{scheme}://127.0.0.1:{daemon.port}"

    def closed_port(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return probe.getsockname()[1]

    def two(self):
        first = self.start("first", [event("a-1", second=1), event("a-2", second=2), anonymous_secret_read("a-3", "db", second=3)])
        second = self.start("second", [event("b-1", verb="delete", second=9)])
        for daemon, count in ((first, 3), (second, 1)):
            daemon.wait_until_ready()
            daemon.wait_for_events(count)
        return first, second

    def test_asks_all_and_joins(self):
        first, second = self.two()
        workers = ["--worker", self.url(first), "--worker", self.url(second) + "/"]
        wait_for(lambda: len(asked("last-access", "--user", "alice", "--format", "json", *workers)[1]) == 3, "both have committed")
        status, lines, said = asked("last-access", "--user", "alice", "--format", "json", *workers)
        self.assertEqual((status, said), (0, ""))
        self.assertEqual(lines[0]["worker"], f"127.0.0.1:{first.port}, 127.0.0.1:{second.port}")
        self.assertEqual((lines[0]["successes"], lines[0]["last"]["verb"]), (3, "delete"))
        self.assertEqual(lines[0]["first_seen"][:19], "2026-01-05T10:00:01")
        self.assertEqual([line["watching"] for line in lines[1:]], ["test", "test"])
        status, text, said = asked("last-access", "--user", "alice", *workers)
        self.assertEqual((status, said), (0, ""))
        for words in ("LAST SUCCESS", "alice", "delete pods shop/web", f"127.0.0.1:{first.port}, 127.0.0.1:{second.port}", "WATCHED SINCE"):
            self.assertIn(words, text)
        in_shop = asked("last-access", "--user", "alice", "--namespace", "shop", "--format", "json", *workers)[1]
        self.assertEqual((in_shop[0]["namespace"], in_shop[0]["successes"]), ("shop", 3))
        by_resource = asked("last-access", "--user", "alice", "--by-resource", "--format", "json", *workers)[1]
        self.assertEqual([line.get("resource") for line in by_resource if "user" in line].count("pods"), 1)
        self.assertIn("no worker has seen that user", asked("last-access", "--user", "nobody", *workers)[2])

        def incidents(*more):
            return asked("incidents", "--format", "json", *workers, *more)[1]
        one = wait_for(incidents, "the incident")
        self.assertEqual([(line["worker"], line["state"]) for line in one], [(f"127.0.0.1:{first.port}", "open")])
        self.assertIn("steps", one[0])
        self.assertEqual(len(incidents("--open", "--cluster", "test", "--min-severity", "low")), 1)
        self.assertEqual(incidents("--cluster", "other"), [])
        self.assertEqual(incidents("--user", "alice"), [])
        self.assertRegex(asked("incidents", "--open", *workers)[1], r"(?s)ID .*WORKER.*i_")

    def test_says_who_did_not_answer(self):
        daemon = self.start("one", [event("a-1", second=1)])
        daemon.wait_until_ready()
        daemon.wait_for_events(1)
        gone = self.closed_port()
        workers = ["--worker", f"http://127.0.0.1:{gone}", "--worker", self.url(daemon)]
        wait_for(lambda: len(asked("last-access", "--user", "alice", "--format", "json", *workers)[1]) == 3, "it has committed")
        status, lines, said = asked("last-access", "--user", "alice", "--format", "json", *workers)
        self.assertEqual(status, 3)
        self.assertEqual(lines[0]["user"], "alice")
        self.assertEqual(lines[-1]["worker"], f"127.0.0.1:{gone}")
        self.assertTrue(lines[-1]["problem"])
        self.assertIn(f"worker 127.0.0.1:{gone} did not answer, and what it knows is missing here", said)
        self.assertIn("1 of 2 workers did not answer", said)
        status, text, said = asked("incidents", *workers)
        self.assertEqual((status, text), (3, "no incidents\n"))
        self.assertIn("no worker that answered has seen that user", asked("last-access", "--user", "x", *workers)[2])

    def test_a_password_over_tls(self):
        make_certificate(self.folder, "server", "server", "IP:127.0.0.1")
        web = self.folder / "web.yml"
        web.write_text("tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n" + USERS)
        daemon = self.start("one", [event("a-1", second=1)], http=f'web_config_file = "{web}"\n')
        (self.folder / "password").write_text("secret\n")
        config = self.folder / "fleet.toml"
        common = f'[fleet]\nworkers = ["{self.url(daemon, "https")}"]\n'

        def ask(more):
            config.write_text(common + more)
            return asked("last-access", "--user", "alice", "--format", "json", "--config", config)
        trusts = f'ca_file = "{self.folder}/server.crt"\n'
        knows = f'username = "prometheus"\npassword_file = "{self.folder}/password"\n'
        wait_for(lambda: len(ask(trusts + knows)[1]) == 2, "the answer")
        self.assertEqual(ask(trusts + knows)[0], 0)
        status, lines, _ = ask(trusts)
        self.assertEqual((status, lines[0]["problem"]), (3, "401: it wants a user; give [fleet] username and password_file"))
        self.assertEqual(ask(knows)[0], 3)  # a certificate that nobody vouches for
        (self.folder / "password").write_text("secre\n")
        status, lines, said = ask(trusts + knows)
        self.assertEqual(status, 3)
        self.assertNotIn("secre", said + json.dumps(lines))

    def test_wrong_usage(self):
        for arguments, words in ((["last-access", "--user", "a", "--worker", "h:1"], "--worker: a worker's URL"),
                                 (["last-access", "--user", "a", "--worker", "http://h:1/metrics"], "has a path"),
                                 (["incidents", "--config", self.folder / "none.toml"], "cannot be read")):
            status, _, said = asked(*arguments)
            self.assertEqual(status, 2, arguments)
            self.assertIn(words, said)
        empty = self.folder / "empty.toml"
        empty.write_text("")
        self.assertEqual(asked("incidents", "--config", empty)[0], 2)
        self.assertIn("names no worker", asked("incidents", "--config", empty)[2])


if __name__ == "__main__":
    unittest.main()
