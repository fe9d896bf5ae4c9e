"""PagerDuty Events API v2: developer.pagerduty.com/docs/send-alert-event and .../send-change-event."""
import json
import re

from receivers.mock import Mock, Violation, check_keys, check_text, need, parse

LARGEST = 512_000
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
SEVERITIES = ("critical", "error", "warning", "info")


class Pagerduty(Mock):
    def __init__(self, *, routing_key="0123456789abcdef0123456789abcdef", **how):
        self.routing_key = routing_key
        self.incidents = {}  # dedup_key → last action
        self.changes = []
        super().__init__(**how)

    def answer(self, path, headers, body):
        need(len(body) <= LARGEST, f"{len(body)} bytes, at most {LARGEST}", status=413)
        event = parse(headers, body)
        try:
            if path == "/v2/enqueue":
                return self.enqueue(event)
            need(path == "/v2/change/enqueue", f"path {path}", status=404)
            return self.change(event)
        except Violation as violation:
            violation.body = json.dumps({"status": "invalid event", "message": "Event object is invalid",
                                         "errors": [str(violation)]})
            raise

    def check_key(self, event):
        need(re.fullmatch("[0-9a-zA-Z]{32}", event["routing_key"] or ""), "routing_key must be 32 characters")
        need(event["routing_key"] == self.routing_key, "routing_key of somebody else")

    def enqueue(self, event):
        check_keys("event", event, ("routing_key", "event_action"),
                   ("dedup_key", "payload", "images", "links", "client", "client_url"))
        self.check_key(event)
        action = event["event_action"]
        need(action in ("trigger", "acknowledge", "resolve"), f"event_action {action!r}")
        need(action == "trigger" or "dedup_key" in event, f"{action} needs a dedup_key")
        check_text("dedup_key", event.get("dedup_key", "x"), 255)
        if action == "trigger":
            payload = event.get("payload")
            check_keys("payload", payload, ("summary", "source", "severity"),
                       ("timestamp", "component", "group", "class", "custom_details"))
            check_text("summary", payload["summary"], 1024)
            check_text("source", payload["source"], 255)
            need(payload["severity"] in SEVERITIES, f"severity {payload['severity']!r}")
            need(TIME.fullmatch(payload.get("timestamp", "2026-01-01T00:00:00Z")), "timestamp")
            for name in ("component", "group", "class"):
                check_text(name, payload.get(name, "x"), 255, least=0)
        check_links(event)
        key = event.get("dedup_key", "")
        self.incidents[key] = action
        self.accepted.append(event)
        return 202, {"Content-Type": "application/json"}, json.dumps(
            {"status": "success", "message": "Event processed", "dedup_key": key})

    def change(self, event):
        check_keys("change event", event, ("routing_key", "payload"), ("links", "images"))
        self.check_key(event)
        payload = event["payload"]
        check_keys("payload", payload, ("summary",), ("timestamp", "source", "custom_details"))
        check_text("summary", payload["summary"], 1024)
        need(TIME.fullmatch(payload.get("timestamp", "2026-01-01T00:00:00Z")), "timestamp")
        check_links(event)
        self.changes.append(event)
        return 202, {"Content-Type": "application/json"}, '{"message":"Change event processed","status":"success"}'


def check_links(event):
    for link in event.get("links", []):
        check_keys("link", link, ("href",), ("text",))
        need(re.match("https?://", link["href"]), f"link {link['href']!r}")
