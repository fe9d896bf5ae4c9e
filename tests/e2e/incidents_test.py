"""Incidents from the log to a pager and a chat, through kill -9: each is opened and closed once; and what people say of them."""
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest

from harness import BINARY, SOURCE, Daemon, event, wait_for

sys.path.insert(0, str(SOURCE / "tests/support"))
from receivers.pagerduty import Pagerduty  # noqa: E402
from receivers.slack import Slack  # noqa: E402

KEY = "0123456789abcdef0123456789abcdef"
INCIDENTS = 6


def read_by_stranger(number, second):
    """Another account and another binding for each number: an incident each."""
    line = json.loads(event(f"read-{number}-{second}", user=f"mallory-{number}", groups=["system:authenticated"],
                            resource="secrets", namespace="prod", name=f"db-{number}", second=second))
    line["annotations"]["authorization.k8s.io/reason"] = (f'RBAC: allowed by RoleBinding "open-{number}/prod" of '
                                                          'ClusterRole "view" to Group "system:authenticated"')
    return json.dumps(line).encode() + b"\n"


def binding_deleted(number, second):
    """The window closes; by another person each, or one would make them one incident."""
    line = json.loads(event(f"delete-{number}", user=f"admin-{number}", verb="delete", resource="rolebindings",
                            namespace="prod", name=f"open-{number}", second=second))
    line["responseStatus"]["status"] = "Success"
    line["objectRef"]["apiGroup"] = "rbac.authorization.k8s.io"
    line["requestURI"] = f"/apis/rbac.authorization.k8s.io/v1/namespaces/prod/rolebindings/open-{number}"
    return json.dumps(line).encode() + b"\n"


def much_later():
    line = json.loads(event("late"))
    for name in ("requestReceivedTimestamp", "stageTimestamp"):
        line[name] = line[name].replace("T10:", "T23:")
    return json.dumps(line).encode() + b"\n"


class Incidents(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = open(self.folder / "audit.log", "ab", buffering=0)
        self.addCleanup(self.log.close)

    def start_receivers(self):
        pager, chat = Pagerduty(), Slack()
        self.addCleanup(pager.close)
        self.addCleanup(chat.close)
        (self.folder / "key").write_text(KEY)
        (self.folder / "url").write_text(chat.url)
        self.config = ('[alerts]\nincident_quiet = "1h"\n'
                       f'[[receiver]]\nname = "pager"\ntype = "pagerduty"\nurl = "{pager.url}"\n'
                       f'routing_key_file = "{self.folder}/key"\n'
                       f'[[receiver]]\nname = "chat"\ntype = "slack"\nurl_file = "{self.folder}/url"\n')
        return pager, chat

    def start(self):
        daemon = Daemon(self.folder, self.config)
        self.addCleanup(daemon.kill)
        daemon.wait_until_ready()
        return daemon

    def redshank(self, *arguments, status=0):
        state = self.folder / "state" / "redshank.db"
        done = subprocess.run([BINARY, *arguments, "--state", state], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout if status == 0 else done.stderr

    def incidents(self, *arguments):
        return [json.loads(line) for line in self.redshank("incidents", "--format", "json", *arguments).splitlines()]

    def test_opened_and_closed_once_through_kill(self):
        pager, chat = self.start_receivers()
        chance = random.Random(3)
        kills = 0
        for number in range(1, INCIDENTS + 1):
            daemon = self.start()
            for second in range(3):
                self.log.write(read_by_stranger(number, 10 * number + second))
            wanted = len(pager.incidents) + chance.randrange(0, 2)  # killed before, or after it was told
            wait_for(lambda wanted=wanted: len(pager.incidents) >= wanted, f"{wanted} incidents")
            daemon.kill()
            kills += 1
        daemon = self.start()
        wait_for(lambda: len(pager.incidents) >= INCIDENTS, "all incidents")
        for number in range(1, INCIDENTS + 1):
            self.log.write(binding_deleted(number, 200 + number))
        self.log.write(much_later())
        wait_for(lambda: list(pager.incidents.values()).count("resolve") == INCIDENTS, "the end of each")
        closed = self.incidents()
        self.assertEqual({one["closed_because"] for one in closed}, {"quiet for 1h"})
        self.assertEqual({one["id"] for one in closed}, set(pager.incidents))

        def texts(word):
            return [message["text"] for message in list(chat.accepted) if message["text"].startswith(word)]
        wait_for(lambda: len(texts("CLOSED")) >= INCIDENTS, "the end of each in the chat")
        self.assertEqual(daemon.stop(), 0)
        actions = collections.defaultdict(list)
        for message in pager.accepted:
            actions[message["dedup_key"]].append(message["event_action"])
        for key, all_of_it in actions.items():
            self.assertEqual(all_of_it.count("resolve"), 1, key)
            self.assertEqual(all_of_it[-1], "resolve", key)
        self.assertEqual(len(texts("CLOSED")), INCIDENTS)
        # The chat has no key to tell a message by: one that was under way when the daemon was killed may come twice.
        for number in range(1, INCIDENTS + 1):
            named = [text for text in texts("CRITICAL") if f"mallory-{number} " in text or f"open-{number}" in text]
            self.assertGreaterEqual(len(named), 1, f"incident {number}")
        self.assertEqual(pager.violations + chat.violations, [])

    def test_people_acknowledge_and_close(self):
        pager, _ = self.start_receivers()
        daemon = self.start()
        self.log.write(read_by_stranger(1, 1))
        wait_for(lambda: pager.incidents, "an incident")
        one = wait_for(lambda: self.incidents("--open"), "the row")[0]
        self.redshank("ack", one["id"][:8], "--by", "alice", "--because", "looking")
        wait_for(lambda: self.incidents()[0].get("acknowledged", {}).get("by") == "alice", "the daemon takes it")
        self.assertEqual(self.incidents()[0]["state"], "open")
        for wrong, why in ((["incidents", "--user", "alise"], "no user alise was ever seen"),
                           (["incidents", "--cluster", "tset"], "no cluster tset was ever seen; nearest: test"),
                           (["close", one["id"], "--because", " "], "say why it is over")):
            self.assertIn(why, self.redshank(*wrong, status=2))
        self.redshank("close", one["id"], "--by", "alice", "--because", "a drill")
        wait_for(lambda: pager.incidents[one["id"]] == "resolve", "the pager hears it")
        self.assertEqual(self.incidents("--open"), [])
        self.assertEqual(self.incidents()[0]["closed_because"], "closed by alice: a drill")
        self.assertIn("closed by alice: a drill", self.redshank("incident", one["id"]))
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
