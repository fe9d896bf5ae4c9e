"""Every behaviour of ../shared/cases/gaps has a finding of the severity that docs/rules.md promises; look-alikes have none."""
import collections
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("REDSHANK_SHARED", SOURCE.parent / "shared"))
GAPS = SHARED / "cases" / "gaps"
REDSHANK = os.environ.get("REDSHANK", SOURCE / "build" / "release" / "redshank")
LEVELS = ["info", "low", "medium", "high", "critical"]

# The request of a line of gaps.log (verb, resource, subresource, name), and the lowest severity of its
# finding.
GAP_LEVELS = {
    ("patch", "nodes", "", "worker-1"): "low",
    ("patch", "nodes", "status", "worker-1"): "high",
    ("create", "pods", "binding", "p"): "medium",
    ("create", "pods", "", "p2"): "medium",
    ("create", "pods", "", "p3"): "medium",
    ("patch", "pods", "status", "p"): "medium",
    ("create", "endpointslices", "", "e"): "medium",
    ("patch", "services", "", "db"): "low",
    ("patch", "services", "status", "db"): "medium",
    ("delete", "networkpolicies", "", "deny-all"): "medium",
    ("create", "persistentvolumes", "", "pv"): "high",
    ("get", "pods", "log", "kube-apiserver-cp-1"): "low",
    ("create", "tokenreviews", "", None): "low",
    ("create", "subjectaccessreviews", "", None): "low",
    ("create", "selfsubjectreviews", "", None): "info",
    # Registry credentials; a change of a cloud role is high.
    ("patch", "serviceaccounts", "", "default"): "low",
    ("create", "pods", "eviction", "p"): "info",
    ("update", "leases", "", "kube-controller-manager"): "high",
    ("patch", "clusterroles", "", "x"): "high",
    ("delete", "resourcequotas", "", "q"): "low",
    ("delete", "poddisruptionbudgets", "", "q"): "low",
    ("create", "applications", "", "evil"): "low",
    ("create", "secretproviderclasses", "", "spc"): "low",
    ("create", "externalsecrets", "", "es"): "low",
    ("create", "policyexceptions", "", "pe"): "medium",
    ("delete", "clusterpolicies", "", "p"): "medium",
    ("delete", "constrainttemplates", "", "p"): "medium",
    ("create", "mutatingadmissionpolicies", "", "m"): "low",
    ("create", "podcertificaterequests", "", "pcr"): "medium",
    ("create", "clustertrustbundles", "", "ctb"): "medium",
    ("create", "pods", "", "p4"): "high",
    ("create", "pods", "", "p5"): "medium",
    ("create", "pods", "", "p6"): "low",
    ("create", "ingresses", "", "i"): "medium",
    ("create", "httproutes", "", "r"): "low",
    ("delete", "secrets", "", "z"): "high",
    ("create", "resourceclaims", "", "rc"): "medium",
    ("create", "serviceaccounts", "token", "default"): "low",
}


def lines(name):
    return [json.loads(line) for line in (GAPS / name).read_text().splitlines()]


def write(path, events):
    path.write_text("".join(json.dumps(event) + "\n" for event in events))


def found(log):
    """The findings of rules, in their last form."""
    out = subprocess.run([REDSHANK, "replay", "--format", "json", "--evidence", "all", log], capture_output=True, text=True, check=True)
    last = {}
    for line in out.stdout.splitlines():
        finding = json.loads(line)
        if finding["detector"] in ("rule", "source"):
            last[finding["id"]] = finding
    return list(last.values())


def kinds(log):
    return {(one["kind"], one["severity"]) for one in found(log)}


@unittest.skipUnless(GAPS.is_dir(), f"needs {GAPS}")
class Gaps(unittest.TestCase):
    def test_every_line_has_a_finding_at_its_level(self):
        levels = collections.defaultdict(lambda: -1)
        for finding in found(GAPS / "gaps.log"):
            for one in finding["evidence"]:
                levels[one["audit_id"]] = max(levels[one["audit_id"]], LEVELS.index(finding["severity"]))
        for event in lines("gaps.log"):
            about = event["objectRef"]
            key = (event["verb"], about["resource"], about.get("subresource", ""), about.get("name"))
            with self.subTest(key):
                self.assertGreaterEqual(levels[event["auditID"]], LEVELS.index(GAP_LEVELS[key]))

    def test_server_side_apply_is_seen_as_create_is(self):
        new = {"pod-system-namespace", "service-account-system-namespace", "node-created-by-other", "csr-client-certificate",
               "daemonset-created", "namespace-created", "service-account-created", "node-created", "rbac-then-workload"}
        for log in ("create.log", "ssa.log"):
            self.assertLessEqual(new, {one["kind"] for one in found(GAPS / log)}, log)

    def test_evasions(self):
        for log, wanted in {
            "evade.log": {("write-never-completed", "high"), ("grant-hidden-used", "high"), ("secrets-listed-widely", "medium")},
            "brute.log": {("secret-names-guessed", "medium")},
            "imp2.log": {("rbac-escalation-role", "high"), ("rbac-sensitive-role", "medium")},
            "pad.log": {("write-hidden", "medium")},
            "paths.log": {("pod-host-path-sensitive", "high")},
            "envelopes/env-skipped.log": {("write-hidden", "medium")},
        }.items():
            with self.subTest(log):
                self.assertLessEqual(wanted, kinds(GAPS / log))

    def test_each_path_is_sensitive(self):
        count = sum(one["kind"] == "pod-host-path-sensitive" for one in found(GAPS / "paths.log"))
        self.assertEqual(count, len(lines("paths.log")))

    def test_twins_are_quiet(self):
        with tempfile.TemporaryDirectory() as folder:
            log = pathlib.Path(folder) / "audit.log"
            # The same requests, refused: they had no effect.
            events = lines("gaps.log")
            for event in events:
                event["responseStatus"] = {"metadata": {}, "code": 403}
                event["annotations"] = {"authorization.k8s.io/decision": "forbid"}
            write(log, events)
            self.assertEqual({k for k in kinds(log) if LEVELS.index(k[1]) >= 2}, set())
            # Attack twin: a write that succeeds.
            events = lines("evade.log")
            end = dict(events[0], stage="ResponseComplete", responseStatus={"metadata": {}, "code": 200})
            write(log, [events[0], end, *events[1:]])
            self.assertEqual({k for k in kinds(log) if k[1] == "high"} - {("rbac-admin-binding", "high")}, set())
            # Attack twin: names that exist.
            events = lines("brute.log")
            for event in events:
                event["responseStatus"]["code"] = 200
            write(log, events)
            self.assertNotIn(("secret-names-guessed", "medium"), kinds(log))


if __name__ == "__main__":
    unittest.main()
