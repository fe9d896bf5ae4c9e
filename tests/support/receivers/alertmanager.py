"""Alertmanager's /api/v2/alerts, as Debian's 0.25 answers: a bad alert is refused with 400 while the good ones of its batch
are stored; a generatorURL that cannot be parsed costs the whole batch (422). A sender must cause neither, so both are
violations here. Labels are an alert's identity, so a name that is not in `labels` is a violation too.
"""
import datetime
import re

from receivers.mock import Mock, check_keys, check_text, need, parse

NAME = re.compile("[a-zA-Z_][a-zA-Z0-9_]*")
LABELS = ("alertname", "cluster", "detector", "severity", "user", "source_ip", "namespace", "resource", "incident", "test")


class Alertmanager(Mock):
    def __init__(self, *, labels=LABELS, refuse=None, **how):
        """`refuse`: alerts with this user are refused with 400; the others of their batch are stored."""
        self.labels = labels
        self.refuse = refuse
        self.stored = {}  # labels → the newest state
        self.refusals = 0
        super().__init__(**how)

    def answer(self, path, headers, body):
        need(path == "/api/v2/alerts", f"path {path}", status=404)
        alerts = parse(headers, body)
        need(isinstance(alerts, list), "the body must be an array")
        for alert in alerts:
            need(url_is_good(alert.get("generatorURL", "")), "generatorURL: the whole batch is refused", status=422)
        bad = [alert for alert in alerts if self.refuse and alert["labels"].get("user") == self.refuse]
        for alert in alerts:
            if alert not in bad:
                self.check(alert)
                self.stored[tuple(sorted(alert["labels"].items()))] = alert
                self.accepted.append(alert)
        if bad:
            self.refusals += 1
            return 400, {"Content-Type": "application/json"}, '"bad alert"'
        return 200, {}, ""

    def check(self, alert):
        check_keys("alert", alert, ("labels",), ("annotations", "startsAt", "endsAt", "generatorURL"))
        labels = alert["labels"]
        need(any(labels.values()), "at least one label pair required")
        need(labels.get("alertname"), "alertname is what people route by")
        for name, value in labels.items():
            need(name in self.labels, f"label {name!r} is not part of the identity")
            need(NAME.fullmatch(name), f"label name {name!r}")
            check_text(f"label {name}", value, 1000)
        for name, value in alert.get("annotations", {}).items():
            need(NAME.fullmatch(name), f"annotation name {name!r}")
            check_text(f"annotation {name}", value, 100_000, least=0)
        starts, ends = moment(alert["startsAt"]), moment(alert["endsAt"])
        need(starts <= ends, f"endsAt {ends} is before startsAt {starts}")


def moment(text):
    need(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text), f"time {text!r}")
    return datetime.datetime.fromisoformat(text)


def url_is_good(url):
    return not re.search(r"[\x00-\x20\x7f]|%(?![0-9a-fA-F]{2})|^:", url)
