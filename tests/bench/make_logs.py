#!/usr/bin/env python3
"""Fixed logs to measure with, scaled from the sample: make_logs.py FOLDER [EVENTS]

    steady.log   the sample again and again, each time later: what recurs, recurs
    users.log    every event from a user of its own
    spread.log   every event in a namespace, with a name, an agent and a URI of its own, from users that recur
    bodies.log   a third as many, with bodies of 10 kB

Times go on from event to event, so that caches and windows work as they would.
"""
import datetime
import json
import pathlib
import sys

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "samples" / "audit.log"
FORM = "%Y-%m-%dT%H:%M:%S.%fZ"
EVENTS = 6000


def time_of(text):
    return datetime.datetime.strptime(text, FORM)


def line_of(event):
    return json.dumps(event, separators=(",", ":"), ensure_ascii=False) + "\n"


def in_order(event):
    """The fields as an API server writes them: bodies are not the last."""
    last = ("requestReceivedTimestamp", "stageTimestamp", "annotations")
    bodies = ("requestObject", "responseObject")
    first = [name for name in event if name not in bodies + last]
    return {name: event[name] for name in (*first, *bodies, *last) if name in event}


def repeated(events, count):
    """The events again and again, each time as much later as they last, with audit IDs of their own."""
    times = [time_of(event["stageTimestamp"]) for event in events]
    lasts = max(times) - min(times) + datetime.timedelta(seconds=1)
    for i in range(count):
        event = json.loads(json.dumps(events[i % len(events)]))
        later = lasts * (i // len(events))
        for key in ("requestReceivedTimestamp", "stageTimestamp"):
            event[key] = (time_of(event[key]) + later).strftime(FORM)
        event["auditID"] = f"{i:08x}-0000-4000-8000-000000000000"
        yield i, event


def steady(events, count):
    for _, event in repeated(events, count):
        yield event


def users(events, count):
    for i, event in repeated([event for event in events if event["user"].get("username")], count):
        event["user"] = {"username": f"user-{i:06}@example.com", "uid": f"{i:08}", "groups": ["staff", "system:authenticated"]}
        event.pop("impersonatedUser", None)
        yield event


def spread(events, count):
    wanted = [event for event in events if event.get("objectRef", {}).get("namespace") and event["user"].get("username")]
    for i, event in repeated(wanted, count):
        event["objectRef"].update(namespace=f"tenant-{i:06x}-x", name=f"thing-{i:06x}-x")
        event["userAgent"] = f"client{i}/v1.{i}.0 (linux/amd64)"
        event["requestURI"] = f"/api/v1/namespaces/tenant-{i:06x}-x/things/thing-{i:06x}-x?number={i}"
        yield event


def bodies(events, count):
    pod = {"kind": "Pod", "apiVersion": "v1", "metadata": {"labels": {f"label-{i}": "value" for i in range(20)}},
           "spec": {"containers": [{"name": f"c{i}", "image": f"registry.example.com/team/app-{i}:1.{i}", "env": [
               {"name": f"SETTING_{j}", "value": "a value of some length"} for j in range(40)]} for i in range(4)]}}
    for _, event in repeated(events, count // 3):
        event.update(level="RequestResponse", responseObject=pod)
        if event["verb"] in ("create", "update", "patch"):
            event["requestObject"] = pod
        yield in_order(event)


KINDS = {"steady": steady, "users": users, "spread": spread, "bodies": bodies}


def main(folder, count=EVENTS):
    with open(SAMPLE, encoding="utf-8") as sample:
        events = [json.loads(line) for line in sample]
    for name, make in KINDS.items():
        with open(pathlib.Path(folder) / f"{name}.log", "w", encoding="utf-8") as out:
            out.writelines(line_of(event) for event in make(events, int(count)))


if __name__ == "__main__":
    main(*sys.argv[1:])
