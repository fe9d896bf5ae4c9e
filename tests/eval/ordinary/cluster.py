"""An invented cluster: who there is, what its API server writes, and two weeks of ordinary days.

Everything is invented and drawn from a seed: names, addresses, times. Formats are those of audit.k8s.io/v1 as a
kube-apiserver writes them (levels Metadata and RequestResponse)."""
import datetime
import json
import random

UTC = datetime.timezone.utc
START = datetime.datetime(2026, 3, 2, tzinfo=UTC)  # a Monday
DAYS = 14
TODAY = START + datetime.timedelta(days=DAYS)      # what is tried happens on this Monday

GROUPS = {
    "deployments": "apps", "statefulsets": "apps", "daemonsets": "apps", "replicasets": "apps", "controllerrevisions": "apps",
    "jobs": "batch", "cronjobs": "batch", "ingresses": "networking.k8s.io", "networkpolicies": "networking.k8s.io",
    "ingressclasses": "networking.k8s.io", "roles": "rbac.authorization.k8s.io", "rolebindings": "rbac.authorization.k8s.io",
    "clusterroles": "rbac.authorization.k8s.io", "clusterrolebindings": "rbac.authorization.k8s.io",
    "customresourcedefinitions": "apiextensions.k8s.io", "apiservices": "apiregistration.k8s.io",
    "validatingwebhookconfigurations": "admissionregistration.k8s.io",
    "mutatingwebhookconfigurations": "admissionregistration.k8s.io",
    "certificatesigningrequests": "certificates.k8s.io", "leases": "coordination.k8s.io",
    "tokenreviews": "authentication.k8s.io", "subjectaccessreviews": "authorization.k8s.io",
    "selfsubjectaccessreviews": "authorization.k8s.io", "selfsubjectrulesreviews": "authorization.k8s.io",
    "horizontalpodautoscalers": "autoscaling", "poddisruptionbudgets": "policy", "storageclasses": "storage.k8s.io",
    "volumeattachments": "storage.k8s.io", "csidrivers": "storage.k8s.io", "csinodes": "storage.k8s.io", "priorityclasses": "scheduling.k8s.io",
    "endpointslices": "discovery.k8s.io", "runtimeclasses": "node.k8s.io",
}
CODES = {"create": 201, "delete": 200}
# What `kubectl get all`, k9s, Lens and informers look at.
COMMON = ["pods", "services", "deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "cronjobs", "ingresses",
          "configmaps", "persistentvolumeclaims", "events", "endpoints", "serviceaccounts", "horizontalpodautoscalers"]


class Actor:
    """Whoever sends requests: the user object, where from, with what, and the grant that lets it through."""

    def __init__(self, user, ip, agent, grant=""):
        self.user, self.ip, self.agent, self.grant = user, ip, agent, grant
        self.ips = [ip]

    @property
    def name(self):
        return self.user.get("username", "")

    def but(self, **changes):
        other = Actor(dict(self.user), self.ip, self.agent, self.grant)
        for key, value in changes.items():
            setattr(other, key, value)
        other.ips = [other.ip]
        return other


def grant(binding, role, subject, namespace=""):
    kind = "RoleBinding" if namespace else "ClusterRoleBinding"
    where = f"{binding}/{namespace}" if namespace else binding
    what, _, name = subject.partition(":")
    return f'RBAC: allowed by {kind} "{where}" of ClusterRole "{role}" to {what} "{name}"'


class Cluster:
    def __init__(self, seed, level="Metadata"):
        self.rng, self.level, self.lines, self.serial = random.Random(seed), level, [], 0

    def token(self):
        return "".join(self.rng.choice("bcdfghjklmnpqrstvwxz2456789") for _ in range(5))

    def hex(self, count):
        return "".join(self.rng.choice("0123456789abcdef") for _ in range(count))

    def uid(self):
        h = self.hex(32)
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    # ---- who there is

    def person(self, name, group, ip, bound="", role="", namespace="", agent="kubectl/v1.32.2 (linux/amd64) kubernetes/67a30c0"):
        user = {"username": name, "groups": [group, "system:authenticated"],
                "extra": {"authentication.kubernetes.io/credential-id": ["X509SHA256=" + self.hex(64)]}}
        reason = grant(bound, role, "Group:" + group, namespace) if bound else ""
        return Actor(user, ip, agent, reason)

    def account(self, namespace, name, ip, agent, bound="", role="", node="node-1", in_namespace=""):
        user = {"username": f"system:serviceaccount:{namespace}:{name}", "uid": self.uid(),
                "groups": ["system:serviceaccounts", "system:serviceaccounts:" + namespace, "system:authenticated"],
                "extra": {"authentication.kubernetes.io/credential-id": ["JTI=" + self.uid()],
                          "authentication.kubernetes.io/node-name": [node],
                          "authentication.kubernetes.io/pod-name": [f"{name}-{self.hex(9)}-{self.token()}"],
                          "authentication.kubernetes.io/pod-uid": [self.uid()]}}
        reason = ""
        if bound:
            kind = "RoleBinding" if in_namespace else "ClusterRoleBinding"
            where = f"{bound}/{in_namespace}" if in_namespace else bound
            reason = f'RBAC: allowed by {kind} "{where}" of ClusterRole "{role}" to ServiceAccount "{name}/{namespace}"'
        return Actor(user, ip, agent, reason)

    def kubelet(self, node, ip):
        user = {"username": "system:node:" + node, "groups": ["system:nodes", "system:authenticated"]}
        return Actor(user, ip, "kubelet/v1.32.2 (linux/amd64) kubernetes/67a30c0", "")

    def component(self, name, ip="10.0.0.2"):
        user = {"username": "system:" + name, "groups": ["system:authenticated"]}
        return Actor(user, ip, f"{name}/v1.32.2 (linux/amd64) kubernetes/67a30c0/leader-election",
                     f'RBAC: allowed by ClusterRoleBinding "system:{name}" of ClusterRole "system:{name}" to User "system:{name}"')

    def controller(self, name, ip="10.0.0.2"):
        user = {"username": "system:serviceaccount:kube-system:" + name, "uid": self.uid(),
                "groups": ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"],
                "extra": {"authentication.kubernetes.io/credential-id": ["JTI=" + self.uid()]}}
        return Actor(user, ip, f"kube-controller-manager/v1.32.2 (linux/amd64) kubernetes/67a30c0/system:serviceaccount:kube-system:{name}",
                     f'RBAC: allowed by ClusterRoleBinding "system:controller:{name}" of ClusterRole "system:controller:{name}" to ServiceAccount "{name}/kube-system"')

    def loopback(self):
        user = {"username": "system:apiserver", "uid": self.uid(), "groups": ["system:authenticated", "system:masters"]}
        return Actor(user, "::1", "kube-apiserver/v1.32.2 (linux/amd64) kubernetes/67a30c0", "")

    def nobody(self, ip, agent="Mozilla/5.0"):
        user = {"username": "system:anonymous", "groups": ["system:unauthenticated"]}
        return Actor(user, ip, agent, 'RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:unauthenticated"')

    # ---- what is written

    def path(self, when, who, path, verb="get", code=200, reason=None):
        event = self.event(when, who, verb, path, code, reason)
        self.lines.append((when, event))

    def event(self, when, who, verb, uri, code, reason):
        self.serial += 1
        allowed = code not in (401, 403)
        stamp = when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        after = (when + datetime.timedelta(microseconds=self.rng.randrange(900, 9000))).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        event = {"kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": self.uid(),
                 "stage": "ResponseComplete", "requestURI": uri, "verb": verb,
                 "user": {} if code == 401 else who.user, "sourceIPs": who.ips, "userAgent": who.agent}
        status = {"metadata": {}, "code": code}
        if code >= 400:
            words = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 409: "AlreadyExists", 429: "TooManyRequests", 500: "InternalError", 504: "Timeout"}
            status.update({"status": "Failure", "reason": words.get(code, "InternalError"), "message": words.get(code, "failed")})
        event["responseStatus"] = status
        event["requestReceivedTimestamp"], event["stageTimestamp"] = stamp, after
        if code != 401:
            event["annotations"] = {"authorization.k8s.io/decision": "allow" if allowed else "forbid",
                                    "authorization.k8s.io/reason": (who.grant if reason is None else reason) if allowed else (reason or "")}
        return event

    def do(self, when, who, verb, resource, ns="", name="", sub="", code=None, group=None, body=None, acts_as=None, reason=None,
           query="", version="v1", answer=None):
        """One request on a resource."""
        if group is None:
            group = GROUPS.get(resource, "")
        if code is None:
            code = CODES.get(verb, 200)
            if sub in ("exec", "attach", "portforward"):
                code = 101
        uri = (f"/apis/{group}/{version}" if group else "/api/v1") + (f"/namespaces/{ns}" if ns and resource != "namespaces" else "")
        uri += f"/{resource}" + (f"/{name}" if name and verb != "create" or sub else "") + (f"/{sub}" if sub else "") + (f"?{query}" if query else "")
        event = self.event(when, who, verb, uri, code, reason)
        ref = {"resource": resource}
        if ns:
            ref["namespace"] = ns
        if name:
            ref["name"] = name
        if group:
            ref["apiGroup"] = group
        ref["apiVersion"] = version
        if sub:
            ref["subresource"] = sub
        event["objectRef"] = ref
        if acts_as:
            event["impersonatedUser"] = acts_as
        if sub == "token" and code == 201:
            event["annotations"]["authentication.kubernetes.io/issued-credential-id"] = f"JTI=00000000-0000-4000-8000-{self.serial:012}"
        if code == 403:
            event["responseStatus"]["message"] = f'{resource} is forbidden: User "{(acts_as or who.user).get("username")}" cannot {verb} resource'
        if self.level == "RequestResponse" and resource not in ("secrets", "configmaps", "serviceaccounts", "tokenreviews") and body is not None:
            event["level"] = "RequestResponse"
            event["requestObject"] = body
            if code < 300:
                event["responseObject"] = answer or body
        self.lines.append((when, event))
        return event

    def text(self):
        self.lines.sort(key=lambda line: line[1]["stageTimestamp"])
        return "".join(json.dumps(event, separators=(",", ":")) + "\n" for _, event in self.lines)


def pod_spec(image, **more):
    spec = {"containers": [{"name": "main", "image": image, "resources": {"limits": {"memory": "128Mi"}}}]}
    spec.update(more)
    return spec


def workload(kind, name, ns, image, account="default", **more):
    return {"kind": kind, "apiVersion": "apps/v1", "metadata": {"name": name, "namespace": ns},
            "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec(image, serviceAccountName=account, **more)}}}


def role(kind, name, rules, ns=""):
    metadata = {"name": name}
    if ns:
        metadata["namespace"] = ns
    return {"kind": kind, "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata, "rules": rules}


def binding(kind, name, to, subjects, ns=""):
    metadata = {"name": name}
    if ns:
        metadata["namespace"] = ns
    return {"kind": kind, "apiVersion": "rbac.authorization.k8s.io/v1", "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": to}, "subjects": subjects}


def after(when, seconds):
    return when + datetime.timedelta(seconds=seconds)


def at(hour, minute=0, day=0):
    return TODAY + datetime.timedelta(days=day, hours=hour, minutes=minute)
