"""The daemon with strict receivers of every kind, each with a failure of its own, and an attacker's text in every field."""
import json
import pathlib
import sys
import tempfile
import unittest

from harness import SOURCE, Daemon, event, wait_for

sys.path.insert(0, str(SOURCE / "tests/support"))
from receivers.alertmanager import Alertmanager  # noqa: E402
from receivers.pagerduty import Pagerduty  # noqa: E402
from receivers.slack import Slack  # noqa: E402
from receivers.teams import Teams  # noqa: E402
from receivers.webhook import KEYS, Webhook  # noqa: E402

KEY = "0123456789abcdef0123456789abcdef"
HOSTILE = "<!channel> <http://evil.example|here> @everyone `x` *b* \u202e\u0000\n\"\\ &"


def secret_read(number, user):
    line = json.loads(event(f"read-{number}", user=user, resource="secrets", namespace="prod", name=f"db-{number}",
                            second=number))
    # A binding for each: else they are readers of one window, and one incident.
    line["annotations"]["authorization.k8s.io/reason"] = (f'RBAC: allowed by ClusterRoleBinding "b{number}" of '
                                                          'ClusterRole "view" to Group "dev"')
    line["userAgent"] = line["objectRef"]["name"] = f"{HOSTILE} {number}"
    return json.dumps(line).encode() + b"\n"


class Receivers(unittest.TestCase):
    def start(self, kind, **how):
        mock = kind(**how)
        self.addCleanup(mock.close)
        return mock

    def test_each_alert_arrives_whatever_a_receiver_does(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        slack, pagerduty, teams = self.start(Slack, burst=3), self.start(Pagerduty), self.start(Teams)
        alertmanager, webhook = self.start(Alertmanager, refuse="mallory"), self.start(Webhook)
        slack.rate_limit(2)
        pagerduty.plan((500, {}, ""), (502, {}, ""))
        teams.plan((503, {"Retry-After": "1"}, ""))
        webhook.plan((503, {}, ""), (429, {"Retry-After": "1"}, ""))
        for name, text in {"slack": slack.url + "/services/T/B/x", "teams": teams.url, "key": KEY, "k1": KEYS[0],
                           "k2": KEYS[1]}.items():
            pathlib.Path(folder.name, name).write_text(text + "\n")
        receivers = [
            f'name = "chat"\ntype = "slack"\nurl_file = "{folder.name}/slack"',
            f'name = "pager"\ntype = "pagerduty"\nurl = "{pagerduty.url}"\nrouting_key_file = "{folder.name}/key"',
            f'name = "cards"\ntype = "teams"\nurl_file = "{folder.name}/teams"',
            f'name = "am"\ntype = "alertmanager"\nurls = ["{alertmanager.url}"]\n'
            'group_by = ["cluster", "detector", "kind", "severity", "actor"]',
            f'name = "hook"\ntype = "webhook"\nurl = "{webhook.url}"\n'
            f'secret_files = ["{folder.name}/k1", "{folder.name}/k2"]',
        ]
        config = ('[[detectors.secret_exposure.protect]]\nsecrets = ["prod/*"]\nreaders = []\n' +
                  "".join(f'[[receiver]]\n{text}\ndetectors = ["secret_exposure"]\n' for text in receivers))
        users = ["alice", "mallory", "bob" + HOSTILE, "carol"]
        with open(f"{folder.name}/audit.log", "wb") as log:
            for number, user in enumerate(users):
                log.write(secret_read(number, user))
        daemon = Daemon(folder.name, config)
        self.addCleanup(daemon.kill)
        daemon.wait_until_ready()

        for mock in (slack, pagerduty, teams, webhook):
            wait_for(lambda mock=mock: len(mock.accepted) >= len(users), f"{type(mock).__name__}: {len(users)} alerts")
        wait_for(lambda: len({dict(labels).get("user") for labels in alertmanager.stored} - {None}) == len(users) - 1,
                 "all alerts but the bad one")
        # The refused alert was tried with others, then alone, then given up; the others were not affected.
        wait_for(lambda: daemon.metric("redshank_notifications_dead_total", receiver="am") >= 1, "a dead letter")
        first = webhook.attempts[0][0]
        tries = [stamp for name, stamp in webhook.attempts if name == first]
        self.assertIn(first, webhook.by_id, "the id of the first attempt is not that of the accepted one")
        self.assertGreater(tries[-1], tries[0], "webhook-timestamp is that of the attempt")
        self.assertEqual(webhook.duplicates, 0)
        self.assertEqual(set(pagerduty.incidents.values()), {"trigger"})
        self.assertEqual(daemon.stop(), 0)
        for mock in (slack, pagerduty, teams, alertmanager, webhook):
            self.assertEqual(mock.violations, [], type(mock).__name__)
        self.assertNotIn("/services/T/B/x", daemon.said())
        self.assertNotIn(KEY, daemon.said())


if __name__ == "__main__":
    unittest.main()
