"""Two pasts that differ: a strict small shop, and a busy company. Each fills two weeks and the day that is looked at."""
import datetime

from cluster import COMMON, DAYS, START, Actor, Cluster, after, binding, workload


class Past(Cluster):
    """Common to both: the control plane, nodes, and whoever works every day."""

    nodes_count, namespaces = 3, ["shop"]

    def __init__(self, seed, level):
        super().__init__(seed, level)
        self.nodes = [(f"node-{i + 1}", f"10.0.1.{11 + i}") for i in range(self.nodes_count)]
        self.kubelets = [self.kubelet(*node) for node in self.nodes]
        self.scheduler, self.manager = self.component("kube-scheduler"), self.component("kube-controller-manager")
        self.controllers = {name: self.controller(name) for name in
                            ("replicaset-controller", "deployment-controller", "generic-garbage-collector", "namespace-controller",
                             "node-controller", "job-controller", "cronjob-controller", "daemon-set-controller", "endpoint-controller",
                             "certificate-controller", "resourcequota-controller", "clusterrole-aggregation-controller",
                             "service-account-controller", "pod-garbage-collector", "ttl-after-finished-controller")}
        self.server = self.loopback()
        self.root = Actor({"username": "kubernetes-admin", "groups": ["kubeadm:cluster-admins", "system:authenticated"]},
                          "10.0.0.2", "kubectl/v1.32.2 (linux/amd64) kubernetes/67a30c0",
                          'RBAC: allowed by ClusterRoleBinding "kubeadm:cluster-admins" of ClusterRole "cluster-admin" to Group "kubeadm:cluster-admins"')
        self.people()
        self.programs()
        for day in range(DAYS + 1):
            start = START + datetime.timedelta(days=day)
            self.day(start, day, work=start.weekday() < 5)

    def some(self, start, count, first=0, last=24):
        """`count` moments between two hours of a day."""
        return sorted(start + datetime.timedelta(seconds=self.rng.uniform(first * 3600, last * 3600)) for _ in range(count))

    def day(self, start, day, work):
        for (name, _), kubelet in zip(self.nodes, self.kubelets):
            for when in self.some(start, 8):
                self.do(when, kubelet, "patch", "nodes", name=name, sub="status")
                self.do(after(when, 1), kubelet, "update", "leases", "kube-node-lease", name)
            for when in self.some(start, 5):
                ns = self.rng.choice(self.namespaces)
                self.do(when, kubelet, "patch", "pods", ns, f"web-{self.hex(9)}-{self.token()}", "status")
                self.do(after(when, 1), kubelet, "get", "secrets", ns, "app-config")
                self.do(after(when, 2), kubelet, "create", "serviceaccounts", ns, "default", "token")
            for when in self.some(start, 3):
                self.do(when, kubelet, "watch", "pods", query="fieldSelector=spec.nodeName%3D" + name)
        for when in self.some(start, 20):
            self.do(when, self.manager, "update", "leases", "kube-system", "kube-controller-manager")
            self.do(after(when, 1), self.scheduler, "update", "leases", "kube-system", "kube-scheduler")
        for name in ("replicaset-controller", "deployment-controller", "endpoint-controller", "generic-garbage-collector"):
            for when in self.some(start, 4):
                ns = self.rng.choice(self.namespaces)
                resource = {"replicaset-controller": "replicasets", "deployment-controller": "deployments",
                            "endpoint-controller": "endpoints"}.get(name, "pods")
                self.do(when, self.controllers[name], "update", resource, ns, "web", "" if resource == "endpoints" else "status")
        for when in self.some(start, 4):
            self.do(when, self.server, "list", "secrets", query="limit=500")
        for when in self.some(start, 12):
            self.path(when, self.nobody("10.0.0.2", "kube-probe/1.32"), "/readyz")
        self.work(start, day, work)

    def common_programs(self):
        self.prometheus = self.account("monitoring", "prometheus", "10.244.1.8", "Prometheus/2.53.0", "prometheus", "prometheus")
        self.backup = self.account("velero", "velero", "10.244.2.5", "velero-server/v1.14.0 (linux/amd64)", "velero", "cluster-admin", node="node-2")
        self.certs = self.account("cert-manager", "cert-manager", "10.244.2.6", "cert-manager-certificates-key-manager/v1.15.0 (linux/amd64)",
                                  "cert-manager-controller-certificates", "cert-manager-controller-certificates", node="node-2")

    def nightly_backup(self, start):
        night = start + datetime.timedelta(hours=2)
        for i, resource in enumerate(COMMON[:8] + ["secrets"]):
            self.do(after(night, i), self.backup, "list", resource, query="limit=500")

    def look(self, when, who, ns, resources=("pods",), verb="list"):
        for i, resource in enumerate(resources):
            self.do(after(when, 0.2 * i), who, verb, resource, ns)

    def apply(self, when, who, ns, name, **more):
        self.do(when, who, "get", "deployments", ns, name)
        return self.do(after(when, 0.3), who, "patch", "deployments", ns, name, body={"spec": {"template": {}}}, **more)


class Shop(Past):
    """Two admins, three developers, one deployer; twelve people know each other; little changes."""

    name, nodes_count, namespaces = "shop", 3, ["shop", "stage", "monitoring"]

    def people(self):
        self.admins = [self.person("jana", "ops", "192.168.10.21", "ops-admins", "cluster-admin"),
                       self.person("piet", "ops", "192.168.10.22", "ops-admins", "cluster-admin")]
        self.devs = [self.person(n, "dev", f"192.168.10.{40 + i}", "devs", "edit", "shop") for i, n in enumerate(("rosa", "sven", "tilda"))]

    def programs(self):
        self.deployer = self.account("ci", "deployer", "10.244.1.7", "kubectl/v1.31.0 (linux/amd64) kubernetes/9edcffc", "deployer", "edit", in_namespace="shop")
        self.common_programs()

    def work(self, start, day, work):
        for when in self.some(start, 8):
            self.do(when, self.prometheus, "watch", "pods")
            self.do(after(when, 1), self.prometheus, "list", "endpoints")
        for when in self.some(start, 6):
            self.do(when, self.certs, "get", "certificates", "shop", "web-tls", group="cert-manager.io")
            self.do(after(when, 1), self.certs, "update", "certificates", "shop", "web-tls", "status", group="cert-manager.io")
            self.do(after(when, 2), self.certs, "get", "secrets", "shop", "web-tls")
        self.nightly_backup(start)
        if not work:
            return
        for who in self.devs:
            for when in self.some(start, 6, 8, 17):
                self.look(when, who, "shop", self.rng.sample(["pods", "deployments", "services", "events"], 2))
            for when in self.some(start, 2, 9, 16):
                self.do(when, who, "get", "pods", "shop", "web-1", "log", query="tailLogLines=50")
            if self.rng.random() < 0.5:
                when = self.some(start, 1, 9, 16)[0]
                self.do(when, who, "create", "pods", "shop", f"web-{self.hex(9)}-{self.token()}", "exec", query="command=sh")
        for who in self.admins:
            for when in self.some(start, 5, 8, 17):
                self.look(when, who, self.rng.choice(self.namespaces), ["pods", "nodes"] if self.rng.random() < 0.3 else ["pods", "events"])
            if day % 3 == 0:
                when = self.some(start, 1, 9, 16)[0]
                self.do(when, who, "get", "secrets", "shop", "db-password")
            if day % 4 == 1:
                when = self.some(start, 1, 9, 16)[0]
                self.apply(when, who, "monitoring", "grafana")
        for when in self.some(start, 3, 9, 17):
            self.apply(when, self.deployer, "shop", "web")
            self.do(after(when, 2), self.deployer, "list", "pods", "shop")


class Company(Past):
    """Thirty people of four teams by OIDC, GitOps, operators, preview environments, a proxy for access."""

    name, nodes_count = "company", 8
    namespaces = ["payments", "orders", "search", "portal", "monitoring", "argocd"]

    def people(self):
        agent = "kubectl/v1.31.4 (darwin/arm64) kubernetes/a78aa47"
        self.admins = [self.person(f"{n}@corp.example", "platform", f"172.16.4.{30 + i}", "platform-admins", "cluster-admin", agent=agent)
                       for i, n in enumerate(("amal", "bea", "chidi", "dora", "emil"))]
        self.devs = []
        for t, team in enumerate(("payments", "orders", "search", "portal")):
            for i in range(5):
                self.devs.append(self.person(f"{team}{i}@corp.example", "team-" + team, f"172.16.{8 + t}.{20 + i}", "team", "edit", team, agent=agent))

    def programs(self):
        self.deployer = self.account("ci", "runner", "10.244.3.7", "kubectl/v1.31.0 (linux/amd64) kubernetes/9edcffc", "ci-runner", "ci-runner")
        self.argo = self.account("argocd", "argocd-application-controller", "10.244.4.9", "argocd-application-controller/v0.0.0 (linux/amd64) kubernetes/$Format",
                                 "argocd-application-controller", "argocd-application-controller", node="node-4")
        self.common_programs()
        self.secrets = self.account("external-secrets", "external-secrets", "10.244.5.5", "external-secrets/v0.10 (linux/amd64)",
                                    "external-secrets-controller", "external-secrets-controller", node="node-5")

    def work(self, start, day, work):
        for when in self.some(start, 8):
            self.do(when, self.prometheus, "watch", "pods")
        for when in self.some(start, 8):
            ns = self.rng.choice(self.namespaces[:4])
            self.do(when, self.certs, "get", "certificates", ns, "web-tls", group="cert-manager.io")
            self.do(after(when, 1), self.certs, "update", "certificates", ns, "web-tls", "status", group="cert-manager.io")
            self.do(after(when, 2), self.certs, "update", "secrets", ns, "web-tls")
        for when in self.some(start, 10):
            ns = self.rng.choice(self.namespaces[:4])
            self.do(when, self.secrets, "get", "externalsecrets", ns, "db", group="external-secrets.io", version="v1beta1")
            self.do(after(when, 1), self.secrets, "update", "secrets", ns, "db")
        for when in self.some(start, 12):
            ns = self.rng.choice(self.namespaces[:4])
            self.do(when, self.argo, "list", "deployments", ns)
            for i, resource in enumerate(self.rng.sample(["deployments", "services", "configmaps", "ingresses", "rolebindings"], 2)):
                self.do(after(when, 1 + i), self.argo, "patch", resource, ns, "web", body={"metadata": {"labels": {"v": "2"}}})
        self.nightly_backup(start)
        if not work:
            return
        for who in self.devs:
            ns = who.user["groups"][0].removeprefix("team-")
            for when in self.some(start, 3, 8, 18):
                self.look(when, who, ns, self.rng.sample(["pods", "deployments", "services", "events", "configmaps"], 2))
            if self.rng.random() < 0.4:
                when = self.some(start, 1, 9, 16)[0]
                self.do(when, who, "create", "pods", ns, f"web-{self.hex(9)}-{self.token()}", "exec", query="command=sh")
            if self.rng.random() < 0.3:
                when = self.some(start, 1, 9, 16)[0]
                self.do(when, who, "create", "pods", ns, f"web-{self.hex(9)}-{self.token()}", "portforward")
        for who in self.admins:
            for when in self.some(start, 4, 8, 18):
                self.look(when, who, self.rng.choice(self.namespaces), ["pods", "nodes", "events"])
            if self.rng.random() < 0.4:
                when = self.some(start, 1, 9, 16)[0]
                self.do(when, who, "get", "secrets", self.rng.choice(self.namespaces[:4]), "db")
            if self.rng.random() < 0.3:
                when, ns = self.some(start, 1, 9, 16)[0], self.rng.choice(self.namespaces[:4])
                self.do(when, who, "patch", "rolebindings", ns, "team", body={"metadata": {"annotations": {"reviewed": "2"}}})
        for when in self.some(start, 3, 9, 17):  # preview environments
            ns = f"pr-{self.rng.randrange(100, 999)}-{self.token()}"
            self.do(when, self.deployer, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
            self.do(after(when, 1), self.deployer, "create", "rolebindings", ns, "runner", body=binding("RoleBinding", "runner", "edit", [
                {"kind": "ServiceAccount", "name": "runner", "namespace": "ci"}], ns))
            self.do(after(when, 2), self.deployer, "create", "secrets", ns, "db")
            self.do(after(when, 3), self.deployer, "create", "deployments", ns, "web", body=workload("Deployment", "web", ns, "registry/web:1"))
            self.do(after(when, 1800), self.deployer, "delete", "namespaces", ns, ns)


PASTS = (Shop, Company)
