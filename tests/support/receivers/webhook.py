"""A receiver of Standard Webhooks (github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md), with
CloudEvents 1.0 in structured mode where the Content-Type says so (cloudevents/spec, JSON format and HTTP binding).
"""
import base64
import hashlib
import hmac
import json
import re
import time
import urllib.parse

from receivers.mock import Mock, check_keys, check_text, need, parse

LARGEST = 20_000  # "payloads should be smaller than 20kb"
TOLERANCE = 300   # seconds between the timestamp and now
KEYS = ("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")


class Webhook(Mock):
    def __init__(self, *, keys=KEYS, **how):
        """`keys`: every key must have signed, as during the replacement of a key."""
        self.keys = [base64.b64decode(key.removeprefix("whsec_")) for key in keys]
        self.bodies = {}      # id → body: the same over retries
        self.attempts = []    # (id, timestamp), answered or not
        self.duplicates = 0   # accepted a second time: allowed, a receiver drops them by id
        self.by_id = {}
        super().__init__(**how)

    def before(self, headers, body):
        need(len(body) < LARGEST, f"{len(body)} bytes, at most {LARGEST}", status=413)
        name, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        need(re.fullmatch("[0-9A-Za-z_-]{1,200}", name), f"webhook-id {name!r}")
        need(stamp.isdigit(), f"webhook-timestamp {stamp!r}")
        off = abs(time.time() - int(stamp))
        need(off <= TOLERANCE, f"webhook-timestamp is {off:.0f} s off: it is that of the attempt", status=401)
        signatures = headers.get("webhook-signature", "").split()
        need(len(signatures) == len(self.keys), f"{len(signatures)} signatures for {len(self.keys)} keys", status=401)
        for key in self.keys:
            digest = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
            need("v1," + base64.b64encode(digest).decode() in signatures, "signature does not verify", status=401)
        need(self.bodies.setdefault(name, body) == body, f"webhook-id {name} came with another body")
        self.attempts.append((name, int(stamp)))

    def answer(self, path, headers, body):
        message = parse(headers, body, ("application/json", "application/cloudevents+json"))
        if headers["Content-Type"].startswith("application/cloudevents"):
            check_event(message, headers["webhook-id"])
            message = message["data"]
        check_keys("body", message, ("id", "detector", "kind", "severity", "status", "summary", "alert"),
                   ("time", "title", "cluster", "actor", "object", "verb", "code", "grant", "count", "first_seen",
                    "last_seen", "reasons", "mitre", "rule", "evidence", "incident"))
        need(message["alert"]["notification"] == headers["webhook-id"], "notification and webhook-id differ")
        if headers["webhook-id"] in self.by_id:
            self.duplicates += 1
        self.by_id[headers["webhook-id"]] = message
        self.accepted.append(message)
        return 204, {}, ""


def check_event(event, message_id):
    check_keys("event", event, ("specversion", "id", "source", "type"),
               ("subject", "time", "datacontenttype", "dataschema", "data"))
    need(event["specversion"] == "1.0", "specversion")
    for name in ("id", "source", "type", "subject", "datacontenttype"):
        check_text(name, event.get(name, "x"), 2000)
    need(event["id"] == message_id, "id differs from webhook-id")
    need(re.fullmatch(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+", event["source"]), f"source {event['source']!r}: no URI")
    urllib.parse.urlsplit(event["source"])
    need(TIME.fullmatch(event.get("time", "2026-01-01T00:00:00Z")), "time")
    need(event.get("datacontenttype", "application/json") == "application/json", "datacontenttype")
    json.dumps(event["data"])
