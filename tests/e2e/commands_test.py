"""The commands about alerts, run as by a user: silence beside a running daemon, render, test-receiver."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from harness import BINARY, SOURCE, Daemon, event, wait_for

sys.path.insert(0, str(SOURCE / "tests/support"))
from receivers.pagerduty import Pagerduty  # noqa: E402
from receivers.slack import Slack  # noqa: E402
from receivers.webhook import Webhook  # noqa: E402

KEY = "0123456789abcdef0123456789abcdef"
PROTECT = '[[detectors.secret_exposure.protect]]\nsecrets = ["prod/*"]\nreaders = []\n'


def redshank(*arguments, stdin=None):
    """(exit status, stdout, stderr)."""
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60,
                          check=False)
    return done.returncode, done.stdout, done.stderr


def secret_read(number, user):
    return event(f"read-{number}", user=user, resource="secrets", namespace="prod", name=f"db-{number}",
                 second=number) + b"\n"


class Commands(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def start(self, kind):
        mock = kind(keys=()) if kind is Webhook else kind()
        self.addCleanup(mock.close)
        return mock

    def config(self, *receivers):
        file = self.folder / "c.toml"
        file.write_text(f'cluster = "c"\nstate_dir = "{self.folder}/state"\n' +
                        "".join(f"[[receiver]]\n{text}\n" for text in receivers))
        return file

    def slack(self, mock):
        (self.folder / "url").write_text(mock.url + "/services/T/secret\n")
        return f'name = "chat"\ntype = "slack"\nurl_file = "{self.folder}/url"'

    def pagerduty(self, mock):
        (self.folder / "key").write_text(KEY)
        return f'name = "pager"\ntype = "pagerduty"\nurl = "{mock.url}"\nrouting_key_file = "{self.folder}/key"'

    def test_silence(self):
        hook = self.start(Webhook)
        daemon = Daemon(self.folder, PROTECT + f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{hook.url}"\n'
                        'detectors = ["secret_exposure"]\ngroup_by = ["actor"]\n')
        self.addCleanup(daemon.kill)
        state = ("--state", daemon.state / "redshank.db")
        wait_for(lambda: daemon.get("/healthz")[0] == 200, "the daemon")
        wait_for(lambda: redshank("silence", "list", *state)[1] == "no silences\n", "the database")

        status, name, _ = redshank("silence", "add", "--for", "1h", "--comment", "load test", "--author", "ann",
                                   "actor=~mall.*", "namespace=prod", *state)
        self.assertEqual(status, 0)
        name = name.strip()
        status, text, _ = redshank("silence", "list", *state)
        self.assertEqual(status, 0)
        for word in (name, "ann", "actor=~mall.* namespace=prod", "load test"):
            self.assertIn(word, text)
        listed = json.loads(redshank("silence", "list", "--format", "json", *state)[1])
        self.assertEqual((listed["id"], listed["author"], listed["comment"], listed["matchers"]),
                         (name, "ann", "load test", ["actor=~mall.*", "namespace=prod"]))

        def heard():
            return {message["actor"]["user"] for message in hook.accepted if "actor" in message}

        def muted():
            return daemon.metric("redshank_notifications_muted_total", receiver="hook")
        number = 0
        with open(daemon.log, "ab", buffering=0) as log:
            def read(user):
                nonlocal number
                number += 1
                log.write(secret_read(number, user))

            def until(condition, user, what):  # the daemon reads silences every two seconds
                def again():
                    read(user)
                    return condition()
                wait_for(again, what)
            until(lambda: muted() > 0, "mallory", "a muted finding")
            read("alice")
            wait_for(lambda: "alice" in heard(), "what is not silenced")
            self.assertEqual(redshank("silence", "expire", name, *state)[0], 0)
            self.assertEqual(redshank("silence", "list", *state)[1], "no silences\n")
            self.assertIn(name, redshank("silence", "list", "--all", *state)[1])
            until(lambda: "mallory-2" in heard(), "mallory-2", "what is no longer silenced")
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(hook.violations, [])

    def test_silence_says_what_is_wrong(self):
        daemon = Daemon(self.folder)
        self.addCleanup(daemon.kill)
        wait_for(lambda: daemon.get("/healthz")[0] == 200, "the daemon")
        daemon.stop()
        state = ("--state", daemon.state / "redshank.db")
        for arguments, problem in (
                (("add", "--comment", "x", "user=a"), '"user" is no field (known: cluster, '),
                (("add", "--comment", "x", "actor"), "a matcher is FIELD=VALUE"),
                (("add", "--comment", "x", "actor=~("), "missing )"),
                (("add", "--comment", "x", "--for", "soon", "actor=a"), "--for takes a duration"),
                (("add", "actor=a"), "--comment is required"),
                (("expire", "s_none"), "there is no silence s_none")):
            status, _, said = redshank("silence", *arguments, *state)
            self.assertEqual(status, 2, said)
            self.assertIn(problem, said)
        status, _, said = redshank("silence", "list", "--state", self.folder / "absent.db")
        self.assertEqual(status, 3)
        self.assertIn("absent.db", said)

    def test_outbox(self):
        hook = self.start(Webhook)
        hook.plan((413, {}, "too large"), (413, {}, ""))
        daemon = Daemon(self.folder, PROTECT + f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{hook.url}"\n'
                        'detectors = ["secret_exposure"]\ngroup_by = ["finding"]\n')
        self.addCleanup(daemon.kill)
        state = ("--state", daemon.state / "redshank.db")
        wait_for(lambda: daemon.get("/healthz")[0] == 200, "the daemon")
        wait_for(lambda: redshank("outbox", *state)[1] == "nothing waits, and nothing is undeliverable\n", "the database")
        with open(daemon.log, "ab", buffering=0) as log:
            for number, user in enumerate(("alice", "mallory")):
                log.write(secret_read(number, user))
                wait_for(lambda n=number: daemon.metric("redshank_notifications_dead_total") > n, "a dead letter")

        def listed(*more):
            rows = map(json.loads, redshank("outbox", "--format", "json", *more, *state)[1].splitlines())
            return [row for row in rows if row["state"] == "dead"]
        wait_for(lambda: len(listed()) == 2, "both dead letters in the database")
        dead = listed("--receiver", "hook")
        self.assertEqual([row["reason"] for row in dead], ["413: too large", "413"])
        self.assertEqual(listed("--receiver", "fax"), [])
        text = redshank("outbox", *state)[1]
        for word in ("dead", "hook", dead[0]["id"], "413: too large"):
            self.assertIn(word, text)

        status, _, said = redshank("outbox", "--requeue", "f_none", *state)
        self.assertEqual((status, said), (2, "redshank: there is no dead letter f_none\n"))
        self.assertEqual(redshank("outbox", "--requeue", dead[0]["id"], *state)[0], 0)
        wait_for(lambda: dead[0]["notification"] in hook.by_id, "the first again")  # with its original id
        wait_for(lambda: len(listed()) == len(dead) - 1, "one letter less")
        self.assertEqual(daemon.stop(), 0)
        status, said, _ = redshank("outbox", "--requeue", "all", "--receiver", "hook", *state)
        self.assertEqual(status, 0)
        self.assertIn("when it is next started", said)
        again = Daemon(self.folder, PROTECT + f'[[receiver]]\nname = "hook"\ntype = "webhook"\nurl = "{hook.url}"\n'
                       'group_by = ["finding"]\n')
        self.addCleanup(again.kill)
        wait_for(lambda: dead[1]["notification"] in hook.by_id, "the second after a restart")
        wait_for(lambda: listed() == [], "an empty outbox")
        self.assertEqual(again.stop(), 0)
        self.assertEqual(hook.violations, [])

    def test_test_receiver(self):
        chat, pager = self.start(Slack), self.start(Pagerduty)
        config = self.config(self.slack(chat), self.pagerduty(pager))
        self.assertEqual(redshank("test-receiver", "chat", "--config", config), (0, "chat: accepted (200: ok)\n", ""))
        self.assertTrue(chat.accepted[0]["text"].startswith("TEST "))
        status, said, _ = redshank("test-receiver", "pager", "--config", config)
        self.assertEqual(status, 0)
        self.assertRegex(said, r'^pager: accepted \(202: .*success')
        self.assertTrue(pager.accepted[0]["payload"]["summary"].startswith("TEST: "))
        self.assertEqual(pager.accepted[0]["payload"]["severity"], "info")
        for (status, body), answer in (((413, "too_large"), "refused (413: too_large)"),
                                       ((404, "no_service"), "failed, the daemon would try again (404: no_service)"),
                                       ((503, "later\u001b[2J"), "failed, the daemon would try again (503: later\\u001b[2J)"),
                                       ((200, "<html>"), "failed, the daemon would try again (200: <html>)")):
            chat.plan((status, {}, body))
            self.assertEqual(redshank("test-receiver", "chat", "--config", config), (1, f"chat: {answer}\n", ""))
        chat.close()
        chat.close = lambda: None
        status, said, _ = redshank("test-receiver", "chat", "--config", config)
        self.assertEqual(status, 1)
        self.assertIn("(connect: ", said)
        self.assertNotIn("secret", said)
        status, _, said = redshank("test-receiver", "fax", "--config", config)
        self.assertEqual(status, 2)
        self.assertIn('there is no receiver "fax" (known: chat, pager)', said)
        (self.folder / "url").unlink()
        status, _, said = redshank("test-receiver", "chat", "--config", config)
        self.assertEqual(status, 2)
        self.assertIn("cannot read: No such file", said)
        config.write_text(config.read_text() + f'[[source]]\npath = "{self.folder}/audit.log"\n'
                          '[http]\nlisten = "127.0.0.1:0"\n')
        # Every command prints it in the same way.
        self.assertEqual(redshank("run", "--config", config), (2, "", said))
        self.assertEqual(chat.violations + pager.violations, [])

    def test_render(self):
        mock = self.start(Pagerduty)
        config = self.config(self.slack(mock), self.pagerduty(mock), 'name = "out"\ntype = "stdout"')
        log = self.folder / "audit.log"
        log.write_bytes(secret_read(1, "mallory<!channel>"))
        with open(config, "a") as out:
            out.write(PROTECT)
        status, findings, said = redshank("replay", "--config", config, "--format", "json", log)
        self.assertEqual(status, 0, said)
        line = next(line for line in findings.splitlines() if '"secret-read-unprotected"' in line)
        file = self.folder / "finding.json"
        file.write_text(line)

        status, body, head = redshank("render", "chat", file, "--config", config)
        self.assertEqual(status, 0, head)
        self.assertIn("mallory&lt;!channel&gt;", body)
        self.assertTrue(head.startswith(f"POST {mock.url}/…\n"), head)
        self.assertNotIn("secret\n", head)
        status, body, _ = redshank("render", "pager", "-", "--config", config, stdin=line)
        self.assertEqual(status, 0)
        event_ = json.loads(body)
        self.assertEqual((event_["event_action"], event_["routing_key"]), ("trigger", "(redacted)"))
        self.assertEqual(event_["dedup_key"], json.loads(line)["id"])
        self.assertIn("secret-read-unprotected", redshank("render", "out", file, "--config", config)[1])
        for arguments, problem in ((("chat", config), "is not one finding"), (("chat", "/absent"), "cannot be read"),
                                   (("fax", file), "there is no receiver")):
            status, _, said = redshank("render", *arguments, "--config", config)
            self.assertEqual(status, 2, said)
            self.assertIn(problem, said)
        self.assertEqual(mock.accepted + mock.violations, [])  # nothing is sent


if __name__ == "__main__":
    unittest.main()
