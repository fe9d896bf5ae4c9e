"""The strict receivers of tests/support/receivers refuse every mistake that they exist to find."""
import copy
import hashlib
import hmac
import json
import pathlib
import sys
import time
import unittest
import base64

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/support"))
from receivers.alertmanager import Alertmanager  # noqa: E402
from receivers.mock import Violation  # noqa: E402
from receivers.pagerduty import Pagerduty  # noqa: E402
from receivers.slack import Slack  # noqa: E402
from receivers.teams import Teams  # noqa: E402
from receivers.webhook import KEYS, Webhook  # noqa: E402

JSON = {"Content-Type": "application/json"}


def golden(name):
    return json.loads((ROOT / "tests/golden/payloads" / name).read_text())


class Refusals(unittest.TestCase):
    def mock(self, kind, **how):
        mock = kind(**how)
        self.addCleanup(mock.close)
        return mock

    def check(self, mock, path, good, changes):
        """The good message passes; each change to a copy of it causes a violation with the text."""
        self.assertLess(mock.handle(path, JSON, json.dumps(good).encode())[0], 300, mock.violations)
        for text, change in changes.items():
            with self.subTest(text):
                bad = copy.deepcopy(good)
                change(bad)
                mock.violations.clear()
                status, _, _ = mock.handle(path, JSON, json.dumps(bad).encode())
                self.assertGreaterEqual(status, 400)
                self.assertIn(text, "".join(mock.violations))

    def test_slack(self):
        def blocks(message):
            return message["attachments"][0]["blocks"]

        def with_fields(message):
            return next(block for block in blocks(message) if "fields" in block)

        def first_field(message, **with_keys):
            with_fields(message)["fields"][0].update(with_keys)
        mock = self.mock(Slack)
        self.check(mock, "/", golden("slack.json"), {
            "header: 151": lambda m: blocks(m)[0]["text"].update(text="x" * 151),
            "plain_text only": lambda m: blocks(m)[0]["text"].update(type="mrkdwn"),
            "section: 3001": lambda m: blocks(m)[1]["text"].update(text="x" * 3001),
            "field: 2001": lambda m: first_field(m, text="x" * 2001),
            "10 fields": lambda m: with_fields(m).update(fields=with_fields(m)["fields"] * 11),
            "at most 50": lambda m: blocks(m).extend([{"type": "divider"}] * 50),
            "10 elements": lambda m: blocks(m)[-1].update(elements=blocks(m)[-1]["elements"] * 11),
            "text: 40001": lambda m: m.update(text="x" * 40_001),
            "msg_blocks_too_long": lambda m: blocks(m).extend([{"type": "section", "text": {
                "type": "plain_text", "text": "x" * 3000}}] * 5),
            "block_id stands twice": lambda m: [block.update(block_id="b") for block in blocks(m)],
            "mentions somebody": lambda m: first_field(m, text="<!channel>"),
            "must be escaped": lambda m: first_field(m, text="a < b"),
            "& must be escaped": lambda m: first_field(m, text="a & b"),
            "a link is made": lambda m: first_field(m, text="http://evil.example"),
            "markup of others": lambda m: first_field(m, type="mrkdwn", text="*bold*", emoji=None) or
            first_field(m) or [field.pop("emoji", None) for block in blocks(m) for field in block.get("fields", [])],
        })

    def test_slack_after_429(self):
        mock = self.mock(Slack)
        good = json.dumps(golden("slack.json")).encode()
        mock.rate_limit(60)
        self.assertEqual(mock.handle("/", JSON, good)[0], 429)
        self.assertEqual(mock.violations, [])
        self.assertEqual(mock.handle("/", JSON, good)[0], 403)
        self.assertIn("before Retry-After was over", mock.violations[0])

    def test_pagerduty(self):
        self.check(self.mock(Pagerduty), "/v2/enqueue", golden("pagerduty.json"), {
            "summary: 1025": lambda e: e["payload"].update(summary="x" * 1025),
            "dedup_key: 256": lambda e: e.update(dedup_key="x" * 256),
            "severity 'high'": lambda e: e["payload"].update(severity="high"),
            "32 characters": lambda e: e.update(routing_key="short"),
            "bytes, at most": lambda e: e["payload"]["custom_details"].update(x="x" * 512_000),
            "needs a dedup_key": lambda e: (e.update(event_action="resolve"), e.pop("dedup_key")),
            "source: 0": lambda e: e["payload"].update(source=""),
        })

    def test_alertmanager(self):
        mock = self.mock(Alertmanager)
        self.check(mock, "/api/v2/alerts", golden("alertmanager.json"), {
            "whole batch is refused": lambda a: a[0].update(generatorURL="%zz"),
            "not part of the identity": lambda a: a[0]["labels"].update(time="now"),
            "is before startsAt": lambda a: a[0].update(endsAt="2020-01-01T00:00:00Z"),
            "annotation name": lambda a: a[0]["annotations"].update({"a-b": "x"}),
        })

    def test_teams(self):
        def card(message):
            return message["attachments"][0]["content"]
        self.check(self.mock(Teams), "/", golden("teams.json"), {
            "version": lambda m: card(m).update(version="2.0"),
            "bytes, at most": lambda m: card(m)["body"][0]["inlines"][0].update(text="x" * 28_000),
            "element 'TextBlock'": lambda m: card(m)["body"].append({"type": "TextBlock", "text": "[a](http://b)"}),
            "['entities'] is unknown": lambda m: m.update(entities=[]),
            "action 'Action.Submit'": lambda m: card(m).update(actions=[{"type": "Action.Submit", "url": "https://x"}]),
        })

    def test_webhook(self):
        mock = self.mock(Webhook)

        def send(body, keys=KEYS, stamp=None, name="m1", content_type="application/json"):
            data = json.dumps(body).encode()
            stamp = str(int(time.time()) if stamp is None else stamp)
            signed = [hmac.new(base64.b64decode(key[6:]), f"{name}.{stamp}.".encode() + data, hashlib.sha256).digest()
                      for key in keys]
            mock.violations.clear()
            mock.handle("/", {"Content-Type": content_type, "webhook-id": name, "webhook-timestamp": stamp,
                              "webhook-signature": " ".join("v1," + base64.b64encode(s).decode() for s in signed)}, data)
            return "".join(mock.violations)
        body = golden("webhook.json")
        body["alert"]["notification"] = "m1"
        event = golden("webhook-cloudevents.json")
        event["id"] = event["data"]["alert"]["notification"] = "m2"
        cloud = {"name": "m2", "content_type": "application/cloudevents+json; charset=utf-8"}
        self.assertEqual(send(body), "")
        self.assertEqual(send(event, **cloud), "")
        self.assertIn("1 signatures for 2 keys", send(body, keys=KEYS[:1]))
        self.assertIn("does not verify", send(body, keys=(KEYS[0], KEYS[0])))
        self.assertIn("that of the attempt", send(body, stamp=1))
        self.assertIn("with another body", send({**body, "count": 99}))
        self.assertIn("bytes, at most", send({**body, "summary": "x" * 20_000}))
        self.assertIn("['type'] missing", send({key: event[key] for key in event if key != "type"},
                                               **{**cloud, "name": "m3"}))

    def test_what_is_no_json(self):
        mock = self.mock(Teams)
        for body in (b"{", b'{"a":1,"a":2}', b"\xff"):
            with self.assertRaises(Violation):
                mock.answer("/", JSON, body)


if __name__ == "__main__":
    unittest.main()
