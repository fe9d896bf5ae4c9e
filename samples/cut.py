#!/usr/bin/env python3
"""Cuts samples/audit.log from our recordings. See samples/README.md.

    samples/cut.py RECORDING FROM TO [RECORDING FROM TO]...  > samples/audit.log

RECORDING is an audit.log.zst; FROM and TO are times of day (stageTimestamp, "09:29:40"). Lines are kept or left out as a
whole, in order; none is changed.
"""
import json
import subprocess
import sys

CONTROL_PLANE = ("system:kube-scheduler", "system:kube-controller-manager", "system:apiserver", "system:node:",
                 "system:serviceaccount:kube-system:")
CHATTER = {"leases", "events", "endpoints", "endpointslices"}


def is_kept(event):
    """Leaves out what most audit policies leave out: the control plane's routine, heartbeats, and good reads of
    built-in objects that are neither secret nor about rights."""
    user = event["user"].get("username", "")
    target = event.get("objectRef") or {}
    resource, group = target.get("resource", ""), target.get("apiGroup", "")
    is_custom = "." in group and not group.endswith("k8s.io")
    is_read = event["verb"] in ("get", "list", "watch") and "subresource" not in target
    code = event.get("responseStatus", {}).get("code", 0)
    if resource == "secrets":
        return True
    if user.startswith(CONTROL_PLANE) or (resource in CHATTER and event["verb"] != "deletecollection"):
        return False
    if is_read and code < 400 and not is_custom and group != "rbac.authorization.k8s.io":
        return user == "system:anonymous" and resource != ""
    return True


def main():
    arguments = sys.argv[1:]
    if not arguments or len(arguments) % 3:
        sys.exit(__doc__)
    for recording, start, end in zip(*[iter(arguments)] * 3):
        text = subprocess.run(["zstd", "-dc", recording], stdout=subprocess.PIPE, check=True).stdout
        for line in text.splitlines(keepends=True):
            event = json.loads(line)
            if start <= event["stageTimestamp"][11:] < end and is_kept(event):
                sys.stdout.buffer.write(line)


if __name__ == "__main__":
    main()
