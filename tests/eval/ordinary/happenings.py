"""What happens in ordinary clusters. Each takes a past and writes what the API server would have logged, from ten
o'clock on the last day; each is harmless, and none may page anybody."""
import datetime

from cluster import COMMON, DAYS, START, Actor, after, at, binding, grant, pod_spec, role, workload

ALL = []


def happening(kind):
    def add(function):
        ALL.append((kind, function.__name__.replace("_", "-"), function))
        return function
    return add


# ---- helpers: programs at work

def helm(c, who, release, ns, objects, version="v3.15.2", upgrade=False, start=None):
    """What `helm upgrade --install` asks for; objects: (verb, resource, namespace, name, body)."""
    t = start or at(10)
    who = who.but(agent="Helm/" + version)
    c.do(t, who, "list", "secrets", ns, query="labelSelector=name%3D" + release + "%2Cowner%3Dhelm")
    if not upgrade:
        c.do(after(t, 1), who, "create", "namespaces", ns, ns, code=201)
    c.do(after(t, 2), who, "create", "secrets", ns, f"sh.helm.release.v1.{release}.v{2 if upgrade else 1}")
    for i, (resource, where, name, body) in enumerate(objects):
        c.do(after(t, 3 + i * 0.4), who, "get", resource, where, name, code=200 if upgrade else 404)
        c.do(after(t, 3.2 + i * 0.4), who, "patch" if upgrade else "create", resource, where, name, body=body)
    c.do(after(t, 40), who, "update", "secrets", ns, f"sh.helm.release.v1.{release}.v{2 if upgrade else 1}")
    if upgrade:
        c.do(after(t, 41), who, "delete", "secrets", ns, f"sh.helm.release.v1.{release}.v1")


def operator_objects(ns, name, group, kinds, rules, webhook=False, daemonset=False):
    account = [{"kind": "ServiceAccount", "name": name, "namespace": ns}]
    out = [("customresourcedefinitions", "", f"{kind}.{group}", {"spec": {"group": group}}) for kind in kinds]
    out += [("serviceaccounts", ns, name, {"metadata": {"name": name}}), ("clusterroles", "", name, role("ClusterRole", name, rules)),
            ("clusterrolebindings", "", name, binding("ClusterRoleBinding", name, name, account)),
            ("roles", ns, name + "-leader", role("Role", name + "-leader", [{"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["*"]}], ns)),
            ("rolebindings", ns, name + "-leader", binding("RoleBinding", name + "-leader", name, account, ns)),
            ("services", ns, name, {"spec": {"ports": [{"port": 443}]}}), ("configmaps", ns, name, None),
            ("deployments", ns, name, workload("Deployment", name, ns, f"registry/{name}:1.0", name))]
    if daemonset:
        out.append(("daemonsets", ns, name + "-agent", workload("DaemonSet", name + "-agent", ns, f"registry/{name}:1.0", name)))
    if webhook:
        out += [("validatingwebhookconfigurations", "", name, {"webhooks": [{"failurePolicy": "Ignore"}]}),
                ("mutatingwebhookconfigurations", "", name, {"webhooks": [{"failurePolicy": "Ignore"}]})]
    return out


def begins(c, ns, name, group, kinds, agent, reads=(), ip="10.244.7.7", start=None):
    """A new operator's pod: its informers, its lease, its first writes."""
    t = start or at(10, 1)
    who = c.account(ns, name, ip, agent, name, name)
    c.do(t, c.kubelets[0], "create", "serviceaccounts", ns, name, "token")
    c.do(after(t, 2), who, "create", "leases", ns, name)
    for i, resource in enumerate(list(reads)):
        c.do(after(t, 3 + i), who, "list", resource, query="limit=500&resourceVersion=0")
        c.do(after(t, 3.1 + i), who, "watch", resource)
    for i, kind in enumerate(kinds):
        c.do(after(t, 10 + i), who, "list", kind, group=group)
        c.do(after(t, 10.1 + i), who, "watch", kind, group=group)
    for i in range(8):
        c.do(after(t, 30 + 60 * i), who, "update", "leases", ns, name)
    return who


SECRETS_RULE = [{"apiGroups": [""], "resources": ["secrets", "configmaps", "events"], "verbs": ["get", "list", "watch", "create", "update", "patch"]}]
READ_RULE = [{"apiGroups": ["", "apps"], "resources": ["pods", "nodes", "services", "endpoints", "deployments"], "verbs": ["get", "list", "watch"]}]


# ---- nodes

def join(c, name, ip, start, control_plane=False, token="abcdef"):
    t = start
    user = {"username": "system:bootstrap:" + token, "groups": ["system:bootstrappers", "system:bootstrappers:kubeadm:default-node-token", "system:authenticated"]}
    nobody = c.nobody(ip, "kubeadm/v1.32.2 (linux/amd64) kubernetes/67a30c0")
    c.do(t, nobody, "get", "configmaps", "kube-public", "cluster-info",
         reason='RBAC: allowed by RoleBinding "kubeadm:bootstrap-signer-clusterinfo/kube-public" of Role "kubeadm:bootstrap-signer-clusterinfo" to User "system:anonymous"')
    boot = Actor(user, ip, "kubeadm/v1.32.2 (linux/amd64) kubernetes/67a30c0",
                 'RBAC: allowed by RoleBinding "kubeadm:nodes-kubeadm-config/kube-system" of Role "kubeadm:nodes-kubeadm-config" to Group "system:bootstrappers:kubeadm:default-node-token"')
    for i, config in enumerate(("kubeadm-config", "kube-proxy", "kubelet-config")):
        c.do(after(t, 1 + i), boot, "get", "configmaps", "kube-system", config)
    if control_plane:
        c.do(after(t, 4), boot, "get", "secrets", "kube-system", "kubeadm-certs",
             reason='RBAC: allowed by RoleBinding "kubeadm:kubeadm-certs/kube-system" of Role "kubeadm:kubeadm-certs" to Group "system:bootstrappers:kubeadm:default-node-token"')
    c.do(after(t, 5), boot, "get", "nodes", name=name, code=404,
         reason='RBAC: allowed by ClusterRoleBinding "kubeadm:get-nodes" of ClusterRole "kubeadm:get-nodes" to Group "system:bootstrappers:kubeadm:default-node-token"')
    kubelet = boot.but(agent="kubelet/v1.32.2 (linux/amd64) kubernetes/67a30c0",
                       grant='RBAC: allowed by ClusterRoleBinding "kubeadm:kubelet-bootstrap" of ClusterRole "system:node-bootstrapper" to Group "system:bootstrappers:kubeadm:default-node-token"')
    csr = "node-csr-" + c.hex(12)
    c.do(after(t, 6), kubelet, "create", "certificatesigningrequests", name=csr,
         body={"spec": {"signerName": "kubernetes.io/kube-apiserver-client-kubelet", "usages": ["digital signature", "client auth"]}})
    c.do(after(t, 6.2), c.controllers["certificate-controller"], "update", "certificatesigningrequests", name=csr, sub="approval")
    c.do(after(t, 6.4), c.controllers["certificate-controller"], "update", "certificatesigningrequests", name=csr, sub="status")
    c.do(after(t, 6.6), kubelet, "watch", "certificatesigningrequests", name=csr)
    begin_node(c, name, ip, after(t, 8))


def begin_node(c, name, ip, t):
    node = c.kubelet(name, ip)
    c.do(t, node, "create", "nodes", name=name, body={"metadata": {"name": name}})
    for i, resource in enumerate(("services", "runtimeclasses", "csidrivers")):
        c.do(after(t, 1 + i), node, "list", resource)
        c.do(after(t, 1.1 + i), node, "watch", resource)
    c.do(after(t, 4), node, "create", "csinodes", name=name)
    c.do(after(t, 5), node, "create", "leases", "kube-node-lease", name)
    for i in range(3):
        c.do(after(t, 6 + i), node, "get", "configmaps", "kube-system", "kube-proxy")
        c.do(after(t, 6.3 + i), node, "create", "serviceaccounts", "kube-system", "kube-proxy", "token")
        c.do(after(t, 6.6 + i), node, "patch", "pods", "kube-system", f"kube-proxy-{c.token()}", "status")
    for i in range(5):
        c.do(after(t, 30 + 60 * i), node, "patch", "nodes", name=name, sub="status")
    return node


@happening("nodes")
def worker_joins(c):
    join(c, "node-77", "10.0.1.77", at(10))


@happening("nodes")
def control_plane_joins(c):
    join(c, "cp-2", "10.0.0.3", at(10), control_plane=True)
    c.do(at(10, 1), c.root.but(ip="10.0.0.3", agent="kubeadm/v1.32.2 (linux/amd64) kubernetes/67a30c0"), "get", "configmaps", "kube-system", "kubeadm-config")
    c.do(at(10, 1), c.root.but(ip="10.0.0.3", agent="kubeadm/v1.32.2 (linux/amd64) kubernetes/67a30c0"), "patch", "nodes", name="cp-2", body={"metadata": {"labels": {"node-role.kubernetes.io/control-plane": ""}}})


@happening("nodes")
def ten_nodes_are_scaled_out(c):
    for i in range(10):
        join(c, f"pool-{c.token()}", f"10.0.3.{20 + i}", at(10, i))


@happening("nodes")
def node_replaced_under_its_name(c):
    name, ip = c.nodes[-1]
    c.do(at(10), c.admins[0], "delete", "nodes", name=name)
    join(c, name, "10.0.1.99", at(10, 5))


@happening("nodes")
def node_drained_for_maintenance(c):
    who, name = c.admins[0], c.nodes[0][0]
    c.do(at(10), who, "patch", "nodes", name=name, body={"spec": {"unschedulable": True}})
    c.do(at(10, 1), who, "list", "pods", query="fieldSelector=spec.nodeName%3D" + name)
    for i in range(12):
        c.do(after(at(10, 1), i), who, "create", "pods", c.namespaces[i % len(c.namespaces)], f"web-{c.hex(9)}-{c.token()}", "eviction")
        c.do(after(at(10, 1), i + 1), c.kubelets[0], "delete", "pods", c.namespaces[i % len(c.namespaces)], f"web-{c.hex(9)}-{c.token()}")


@happening("nodes")
def kubelet_starts_again(c):
    node = c.kubelets[1]
    for i, resource in enumerate(("services", "nodes", "runtimeclasses", "csidrivers", "pods")):
        c.do(after(at(10), i), node, "list", resource)
    for i in range(6):
        c.do(after(at(10), 6 + i), node, "get", "secrets", c.namespaces[0], ["app-config", "registry", "web-tls"][i % 3])
        c.do(after(at(10), 7 + i), node, "get", "configmaps", c.namespaces[0], "kube-root-ca.crt")


@happening("nodes")
def kubelet_renews_its_certificate(c):
    for i in range(len(c.nodes)):
        node, csr = c.kubelets[i], "csr-" + c.token()
        c.do(at(10, i), node, "create", "certificatesigningrequests", name=csr, body={"spec": {"signerName": "kubernetes.io/kube-apiserver-client-kubelet"}})
        c.do(after(at(10, i), 1), c.controllers["certificate-controller"], "update", "certificatesigningrequests", name=csr, sub="approval")


@happening("nodes")
def serving_certificates_are_approved_by_an_admin(c):
    for i in range(len(c.nodes)):
        csr = "csr-" + c.token()
        c.do(at(10, i), c.kubelets[i], "create", "certificatesigningrequests", name=csr, body={"spec": {"signerName": "kubernetes.io/kubelet-serving"}})
        c.do(after(at(10, i), 30), c.admins[0], "update", "certificatesigningrequests", name=csr, sub="approval")


@happening("nodes")
def node_authorizer_lags(c):
    for i in range(4):
        node = c.kubelets[i % len(c.kubelets)]
        reason = f'no relationship found between node \'{node.name.split(":")[-1]}\' and this object'
        c.do(at(10, i), node, "get", "secrets", c.namespaces[0], f"new-{i}", code=403, reason=reason)
        c.do(after(at(10, i), 1), node, "get", "secrets", c.namespaces[0], f"new-{i}")


# ---- the control plane

@happening("control plane")
def api_server_starts_again(c):
    t = at(10)
    for i, resource in enumerate(("secrets", "configmaps", "clusterroles", "clusterrolebindings", "roles", "rolebindings", "customresourcedefinitions", "apiservices")):
        c.do(after(t, 0.1 * i), c.server, "list", resource, query="limit=500&resourceVersion=0")
    refused = 'RBAC: clusterrole.rbac.authorization.k8s.io "{}" not found'
    for i, who in enumerate([c.prometheus, c.certs, c.backup] + c.devs[:3]):
        c.do(after(t, 1 + 0.1 * i), who, "list", "pods", c.namespaces[0], code=403, reason=refused.format("edit"))
        c.do(after(t, 4 + 0.1 * i), who, "list", "pods", c.namespaces[0])
    for i, who in enumerate(list(c.controllers.values())[:8]):
        c.do(after(t, 5 + 0.1 * i), who, "list", "pods", query="limit=500&resourceVersion=0")
        c.do(after(t, 5.05 + 0.1 * i), who, "watch", "pods")
    for i, name in enumerate(("system:kube-scheduler", "system:controller:job-controller", "admin")):
        c.do(after(t, 2 + i), c.server, "update", "clusterroles", name=name)


@happening("control plane")
def controller_manager_moves_to_another_host(c):
    for i, (name, who) in enumerate(c.controllers.items()):
        other = who.but(ip="10.0.0.3")
        for k, resource in enumerate(("pods", "nodes", "secrets" if name == "service-account-controller" else "namespaces")):
            c.do(after(at(10), i + 0.2 * k), other, "list", resource, query="limit=500&resourceVersion=0")
        for k in range(4):
            c.do(after(at(10), 60 + 60 * k + i), other, "update", "replicasets" if "replica" in name else "endpoints", c.namespaces[0], "web")
    c.do(at(10), c.manager.but(ip="10.0.0.3"), "update", "leases", "kube-system", "kube-controller-manager")


@happening("control plane")
def kubeadm_upgrades(c):
    who = c.root.but(agent="kubeadm/v1.33.0 (linux/amd64) kubernetes/60a317e", ip="127.0.0.1")
    t = at(10)
    c.do(t, who, "get", "configmaps", "kube-system", "kubeadm-config")
    c.do(after(t, 1), who, "list", "nodes")
    c.do(after(t, 2), who, "create", "jobs", "kube-system", "upgrade-health-check", body=workload("Job", "upgrade-health-check", "kube-system", "registry.k8s.io/pause:3.10"))
    for i, (resource, ns, name) in enumerate((
            ("configmaps", "kube-system", "kubeadm-config"), ("configmaps", "kube-system", "kubelet-config"),
            ("roles", "kube-system", "kubeadm:kubelet-config"), ("rolebindings", "kube-system", "kubeadm:kubelet-config"),
            ("clusterrolebindings", "", "kubeadm:kubelet-bootstrap"), ("clusterrolebindings", "", "kubeadm:node-autoapprove-bootstrap"),
            ("serviceaccounts", "kube-system", "coredns"), ("configmaps", "kube-system", "coredns"), ("clusterroles", "", "system:coredns"),
            ("clusterrolebindings", "", "system:coredns"), ("deployments", "kube-system", "coredns"),
            ("serviceaccounts", "kube-system", "kube-proxy"), ("daemonsets", "kube-system", "kube-proxy"))):
        c.do(after(t, 60 + i), who, "create", resource, ns, name, code=409)
        c.do(after(t, 60.3 + i), who, "update", resource, ns, name)
    c.do(after(t, 80), who, "patch", "nodes", name="cp-1")
    c.do(after(t, 81), who, "delete", "jobs", "kube-system", "upgrade-health-check")


@happening("control plane")
def etcd_is_slow(c):
    for i in range(30):
        who = ([c.certs, c.prometheus, c.manager, c.scheduler] + c.kubelets)[i % 5]
        c.do(after(at(10), i * 2), who, "update", "leases", "kube-system", "x", code=504 if i % 2 else 500)
        c.do(after(at(10), i * 2 + 1), who, "update", "leases", "kube-system", "x")


@happening("control plane")
def api_server_sheds_load(c):
    for i in range(60):
        c.do(after(at(10), i), [c.backup, c.certs, c.prometheus][i % 3], "list", "pods", code=429 if i % 3 else 200)


@happening("control plane")
def audit_policy_and_flags_are_read_by_an_admin(c):
    for i, pod in enumerate(("kube-apiserver-cp-1", "kube-controller-manager-cp-1", "etcd-cp-1")):
        c.do(at(10, i), c.admins[0], "get", "pods", "kube-system", pod)
        c.do(after(at(10, i), 5), c.admins[0], "get", "pods", "kube-system", pod, "log")


@happening("control plane")
def metrics_server_is_upgraded(c):
    who = c.admins[0]
    for i, (resource, ns, name) in enumerate((("serviceaccounts", "kube-system", "metrics-server"), ("clusterroles", "", "system:metrics-server"),
                                              ("clusterroles", "", "system:aggregated-metrics-reader"), ("rolebindings", "kube-system", "metrics-server-auth-reader"),
                                              ("clusterrolebindings", "", "system:metrics-server"), ("services", "kube-system", "metrics-server"),
                                              ("deployments", "kube-system", "metrics-server"), ("apiservices", "", "v1beta1.metrics.k8s.io"))):
        c.do(after(at(10), i), who, "get", resource, ns, name)
        c.do(after(at(10), i + 0.3), who, "patch", resource, ns, name, body={"metadata": {"labels": {"version": "0.7.2"}}})


# ---- installations

@happening("installation")
def helm_installs_an_application(c):
    ns = "wiki"
    helm(c, c.admins[0], "wiki", ns, [("serviceaccounts", ns, "wiki", None), ("secrets", ns, "wiki", None), ("configmaps", ns, "wiki", None),
                                      ("services", ns, "wiki", None), ("persistentvolumeclaims", ns, "data", None),
                                      ("statefulsets", ns, "wiki-postgresql", workload("StatefulSet", "wiki-postgresql", ns, "registry/postgresql:16")),
                                      ("deployments", ns, "wiki", workload("Deployment", "wiki", ns, "registry/wiki:3")), ("ingresses", ns, "wiki", None)])


@happening("installation")
def helm_installs_a_certificate_operator(c):
    helm(c, c.admins[0], "trust", "trust-system", operator_objects("trust-system", "trust", "trust.example.io", ["bundles"], SECRETS_RULE, webhook=True))
    begins(c, "trust-system", "trust", "trust.example.io", ["bundles"], "trust-manager/v0.12 (linux/amd64)", ["secrets", "configmaps", "namespaces"])


@happening("installation")
def helm_installs_a_monitoring_stack(c):
    ns = "observability"
    helm(c, c.admins[1], "stack", ns, operator_objects(ns, "stack-operator", "monitoring.example.com", ["prometheuses", "servicemonitors", "alertmanagers"], SECRETS_RULE + READ_RULE, webhook=True, daemonset=True))
    begins(c, ns, "stack-operator", "monitoring.example.com", ["prometheuses", "servicemonitors"], "PrometheusOperator/0.75", ["secrets", "configmaps", "statefulsets", "namespaces", "nodes"])


@happening("installation")
def helm_installs_a_secrets_operator(c):
    helm(c, c.admins[0], "vault-sync", "vault-sync", operator_objects("vault-sync", "vault-sync", "sync.example.io", ["vaultsecrets"], SECRETS_RULE))
    begins(c, "vault-sync", "vault-sync", "sync.example.io", ["vaultsecrets"], "vault-sync/v0.4 (linux/amd64)", ["secrets"])


@happening("installation")
def helm_installs_an_ingress_controller(c):
    helm(c, c.admins[0], "edge", "edge", operator_objects("edge", "edge", "edge.example.io", ["routes"], SECRETS_RULE + READ_RULE, webhook=True))
    begins(c, "edge", "edge", "edge.example.io", ["routes"], "edge-controller/v1.9 (linux/amd64)", ["secrets", "services", "endpoints", "ingresses"])


@happening("installation")
def helm_installs_a_policy_engine(c):
    helm(c, c.admins[1], "guard", "guard-system", operator_objects("guard-system", "guard", "guard.example.io", ["policies", "exceptions"], READ_RULE, webhook=True))
    who = begins(c, "guard-system", "guard", "guard.example.io", ["policies"], "guard/v1.12 (linux/amd64)", ["pods", "namespaces", "deployments"])
    c.do(at(10, 2), who, "update", "validatingwebhookconfigurations", name="guard", body={"webhooks": []})
    c.do(at(10, 2), who, "create", "secrets", "guard-system", "guard-ca")


@happening("installation")
def helm_upgrades_an_operator(c):
    helm(c, c.admins[0], "cert-manager", "cert-manager", operator_objects("cert-manager", "cert-manager", "cert-manager.io", ["certificates", "issuers"], SECRETS_RULE, webhook=True), upgrade=True)


@happening("installation")
def helm_rolls_back(c):
    who = c.admins[0].but(agent="Helm/v3.15.2")
    c.do(at(10), who, "list", "secrets", c.namespaces[0], query="labelSelector=owner%3Dhelm")
    c.do(at(10, 1), who, "get", "secrets", c.namespaces[0], "sh.helm.release.v1.web.v7")
    c.do(at(10, 1), who, "create", "secrets", c.namespaces[0], "sh.helm.release.v1.web.v9")
    c.apply(at(10, 1), who, c.namespaces[0], "web")


@happening("installation")
def helm_uninstalls_an_operator(c):
    who = c.admins[0].but(agent="Helm/v3.15.2")
    for i, (resource, ns, name, _) in enumerate(operator_objects("old", "old", "old.example.io", ["things"], READ_RULE, webhook=True)):
        c.do(after(at(10), i), who, "delete", resource, ns, name)
    c.do(after(at(10), 20), who, "delete", "secrets", "old", "sh.helm.release.v1.old.v3")


@happening("installation")
def kubectl_applies_an_operators_manifest(c):
    who, ns = c.admins[1], "queue-system"
    c.do(at(10), who, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
    for i, (resource, where, name, body) in enumerate(operator_objects(ns, "queue", "queue.example.io", ["clusters", "users"], SECRETS_RULE, webhook=True)):
        c.do(after(at(10), 1 + i), who, "get", resource, where, name, code=404)
        c.do(after(at(10), 1.3 + i), who, "create", resource, where, name, body=body)
    begins(c, ns, "queue", "queue.example.io", ["clusters", "users"], "queue-operator/2.9", ["secrets", "statefulsets", "services"])


@happening("installation")
def network_plugin_is_upgraded(c):
    ns = "kube-system"
    helm(c, c.admins[0], "net", ns, [("serviceaccounts", ns, "net", None), ("configmaps", ns, "net-config", None), ("clusterroles", "", "net", role("ClusterRole", "net", READ_RULE)),
                                     ("clusterrolebindings", "", "net", binding("ClusterRoleBinding", "net", "net", [{"kind": "ServiceAccount", "name": "net", "namespace": ns}])),
                                     ("daemonsets", ns, "net", workload("DaemonSet", "net", ns, "registry/net:1.16", "net", hostNetwork=True)),
                                     ("deployments", ns, "net-operator", workload("Deployment", "net-operator", ns, "registry/net:1.16", "net"))], upgrade=True)


@happening("installation")
def storage_driver_is_installed(c):
    ns = "csi"
    helm(c, c.admins[0], "csi", ns, operator_objects(ns, "csi-controller", "snapshot.example.io", ["volumesnapshots"], SECRETS_RULE + READ_RULE, daemonset=True)
         + [("storageclasses", "", "fast", None), ("csidrivers", "", "block.example.io", None)])
    begins(c, ns, "csi-controller", "snapshot.example.io", ["volumesnapshots"], "csi-provisioner/v5.0", ["persistentvolumeclaims", "persistentvolumes", "storageclasses", "nodes"])


@happening("installation")
def agents_for_logs_are_installed(c):
    ns = "logging"
    helm(c, c.admins[0], "logs", ns, [("serviceaccounts", ns, "logs", None), ("clusterroles", "", "logs", role("ClusterRole", "logs", [{"apiGroups": [""], "resources": ["pods", "namespaces"], "verbs": ["get", "list", "watch"]}])),
                                      ("clusterrolebindings", "", "logs", binding("ClusterRoleBinding", "logs", "logs", [{"kind": "ServiceAccount", "name": "logs", "namespace": ns}])), ("configmaps", ns, "logs", None),
                                      ("daemonsets", ns, "logs", workload("DaemonSet", "logs", ns, "registry/logs:3", "logs", volumes=[{"name": "varlog", "hostPath": {"path": "/var/log"}}]))])
    for i in range(len(c.nodes)):
        who = c.account(ns, "logs", f"10.244.{i}.50", "fluent-bit", "logs", "logs", node=c.nodes[i][0])
        c.do(after(at(10, 2), i), who, "list", "pods")
        c.do(after(at(10, 2), i + 0.5), who, "get", "namespaces", c.namespaces[0], c.namespaces[0])


# ---- GitOps

def gitops(c):
    return getattr(c, "argo", None) or c.deployer


@happening("gitops")
def new_application_is_synced(c):
    who, ns = gitops(c), "loyalty"
    c.do(at(10), who, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
    for i, (resource, name) in enumerate((("serviceaccounts", "loyalty"), ("configmaps", "loyalty"), ("secrets", "loyalty-db"), ("services", "loyalty"), ("ingresses", "loyalty"),
                                          ("roles", "loyalty"), ("rolebindings", "loyalty"), ("deployments", "loyalty"), ("cronjobs", "report"))):
        c.do(after(at(10), 1 + i), who, "get", resource, ns, name, code=404)
        c.do(after(at(10), 1.3 + i), who, "patch", resource, ns, name, code=201, body=workload("Deployment", name, ns, "registry/loyalty:1") if resource == "deployments" else {"metadata": {"name": name}})


@happening("gitops")
def cluster_roles_of_a_team_are_synced(c):
    who = gitops(c)
    c.do(at(10), who, "get", "clusterroles", name="team-viewer")
    c.do(after(at(10), 1), who, "patch", "clusterroles", name="team-viewer", body=role("ClusterRole", "team-viewer", READ_RULE))
    c.do(after(at(10), 2), who, "patch", "clusterrolebindings", name="team-viewer", body={"metadata": {"labels": {"rev": "7"}}})


@happening("gitops")
def application_is_pruned(c):
    who, ns = gitops(c), c.namespaces[1]
    parts = ("deployments", "services", "configmaps", "ingresses", "secrets")
    for day in range(-9, 0, 2):  # what it keeps as it should be
        for i, resource in enumerate(parts):
            c.do(after(at(10, day=day), i), who, "patch", resource, ns, "legacy", body={"metadata": {"name": "legacy"}})
    for i, resource in enumerate(parts):
        c.do(after(at(10), i), who, "delete", resource, ns, "legacy")


@happening("gitops")
def every_application_is_synced_at_once(c):
    who = gitops(c)
    for i in range(60):
        resource = ["deployments", "services", "configmaps", "ingresses", "serviceaccounts"][i % 5]
        c.do(after(at(10), i * 0.5), who, "patch", resource, c.namespaces[i % len(c.namespaces)], "web", body={"metadata": {"labels": {"rev": "9"}}})


@happening("gitops")
def drift_is_repaired_all_day(c):
    who = gitops(c)
    for i in range(40):
        c.do(at(10, i), who, "patch", "deployments", c.namespaces[0], "web", body={"spec": {"replicas": 3}})


# ---- people

def looks_around(c, who, agent, t, secrets=True):
    who = who.but(agent=agent)
    c.do(t, who, "create", "selfsubjectrulesreviews", code=201)
    for i, resource in enumerate(COMMON + ["nodes", "namespaces", "persistentvolumes", "storageclasses", "customresourcedefinitions", "roles", "rolebindings", "clusterroles", "clusterrolebindings"]
                                 + (["secrets"] if secrets else [])):
        c.do(after(t, 1 + 0.2 * i), who, "list", resource, query="limit=500")
        c.do(after(t, 1.1 + 0.2 * i), who, "watch", resource)


@happening("people")
def admin_tries_k9s(c):
    looks_around(c, c.admins[0], "k9s/v0.32.5 (linux/amd64) kubernetes/$Format", at(10))


@happening("people")
def admin_tries_a_desktop_client(c):
    looks_around(c, c.admins[1], "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", at(10))


def opens_a_dashboard(c, who, t):
    for i, resource in enumerate(COMMON + ["nodes", "namespaces", "secrets", "roles", "rolebindings", "persistentvolumes", "storageclasses", "customresourcedefinitions"]):
        c.do(after(t, 2 * i), who, "list", resource, code=403, reason="")


@happening("people")
def developer_opens_a_dashboard(c):
    opens_a_dashboard(c, c.devs[-1].but(agent="Headlamp/0.28.0 (linux/amd64)"), at(10))


@happening("people")
def seven_colleagues_try_k9s(c):
    for i, who in enumerate((c.admins + c.devs)[:7]):
        who = who.but(agent="k9s/v0.32.5 (linux/amd64) kubernetes/$Format")
        ns = c.namespaces[0] if who.user["groups"][0] in ("ops", "platform", "dev") else who.user["groups"][0].removeprefix("team-")
        for k, resource in enumerate(COMMON):
            c.do(after(at(10, 7 * i), k), who, "list", resource, ns)


@happening("people")
def node_is_debugged(c):
    who, node = c.admins[0], c.nodes[0][0]
    c.do(at(10), who, "get", "nodes", name=node)
    pod = f"node-debugger-{node}-{c.token()}"
    c.do(at(10), who, "create", "pods", "default", pod, body={"kind": "Pod", "metadata": {"name": pod}, "spec": pod_spec("busybox", hostPID=True, hostNetwork=True, nodeName=node, volumes=[{"name": "host-root", "hostPath": {"path": "/"}}])})
    c.do(after(at(10), 3), who, "get", "pods", "default", pod)
    c.do(after(at(10), 4), who, "create", "pods", "default", pod, "attach", query="container=debugger&stdin=true&tty=true")
    c.do(at(10, 20), who, "delete", "pods", "default", pod)


@happening("people")
def pod_is_debugged_with_an_ephemeral_container(c):
    who, ns, pod = c.admins[0], c.namespaces[0], f"web-{c.hex(9)}-{c.token()}"
    c.do(at(10), who, "get", "pods", ns, pod)
    c.do(at(10), who, "patch", "pods", ns, pod, "ephemeralcontainers", body={"spec": {"ephemeralContainers": [{"name": "debugger", "image": "busybox", "targetContainerName": "main"}]}})
    c.do(after(at(10), 4), who, "create", "pods", ns, pod, "attach", query="container=debugger&stdin=true&tty=true")


@happening("people")
def on_call_debugs_at_night(c):
    who, ns = c.admins[1], c.namespaces[0]
    for i in range(12):
        c.do(at(3, i), who, "list", ["pods", "events", "deployments", "nodes"][i % 4], ns if i % 4 != 3 else "")
    c.do(at(3, 13), who, "get", "pods", ns, "web-1", "log")
    c.do(at(3, 14), who, "create", "pods", ns, f"web-{c.hex(9)}-{c.token()}", "exec", query="command=sh&stdin=true&tty=true")
    c.do(at(3, 20), who, "patch", "deployments", ns, "web", body={"spec": {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026"}}}}})
    c.do(at(3, 25), who, "patch", "deployments", ns, "web", "scale", body={"spec": {"replicas": 6}})


@happening("people")
def developer_enters_own_pods(c):
    who = c.devs[0]
    ns = "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("team-")
    for i in range(3):
        pod = f"web-{c.hex(9)}-{c.token()}"
        c.do(at(10, i), who, "get", "pods", ns, pod)
        c.do(after(at(10, i), 2), who, "create", "pods", ns, pod, "exec", query="command=sh&stdin=true&tty=true")
        c.do(after(at(10, i), 30), who, "create", "pods", ns, pod, "portforward")


@happening("people")
def files_are_copied_into_a_pod(c):
    who = c.devs[1]
    ns = "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("team-")
    c.do(at(10), who, "create", "pods", ns, f"web-{c.hex(9)}-{c.token()}", "exec", query="command=tar&command=-xmf&command=-&command=-C&command=%2Ftmp&stdin=true")


@happening("people")
def new_colleague_has_a_first_day(c):
    old = c.devs[0]
    ns = "shop" if c.name == "shop" else old.user["groups"][0].removeprefix("team-")
    user = dict(old.user, username="newcomer" if c.name == "shop" else "newcomer@corp.example")
    user["extra"] = {"authentication.kubernetes.io/credential-id": ["X509SHA256=" + c.hex(64)]}
    who = Actor(user, old.ip.rsplit(".", 1)[0] + ".99", old.agent, old.grant)
    for i, resource in enumerate(("pods", "deployments", "services", "events", "configmaps")):
        c.do(at(10, i), who, "list", resource, ns)
    c.do(at(10, 7), who, "list", "pods", code=403, reason="")
    c.do(at(10, 8), who, "list", "nodes", code=403, reason="")
    c.do(at(10, 20), who, "create", "pods", ns, f"web-{c.hex(9)}-{c.token()}", "exec", query="command=sh")


@happening("people")
def colleague_moves_to_another_team(c):
    who = c.devs[1]
    other = "monitoring" if c.name == "shop" else "search"
    c.do(at(9, 50), c.admins[0], "create", "rolebindings", other, "moved", body=binding("RoleBinding", "moved", "edit", [{"kind": "User", "name": who.name}], other))
    who = who.but(grant=grant("moved", "edit", "User:" + who.name, other))
    for i, resource in enumerate(("pods", "deployments", "services", "configmaps", "events")):
        c.do(at(10, i), who, "list", resource, other)
    c.do(at(10, 10), who, "patch", "deployments", other, "web")


@happening("people")
def colleague_is_given_rights_in_a_namespace(c):
    ns = c.namespaces[0]
    c.do(at(10), c.admins[0], "create", "rolebindings", ns, "guest", body=binding("RoleBinding", "guest", "view", [{"kind": "User", "name": c.devs[2].name}], ns))


@happening("people")
def break_glass_is_used_rightly(c):
    who = c.root.but(agent="kubectl/v1.32.2 (linux/amd64) kubernetes/67a30c0")
    for i in range(4):
        c.do(at(10, i), who, "list", ["nodes", "pods", "events", "componentstatuses"][i])
    c.do(at(10, 5), who, "patch", "deployments", c.namespaces[0], "web", "scale", body={"spec": {"replicas": 0}})
    c.do(at(10, 9), who, "patch", "deployments", c.namespaces[0], "web", "scale", body={"spec": {"replicas": 3}})


@happening("people")
def developer_uses_the_wrong_context(c):
    who = c.devs[0]
    for i in range(6):
        c.do(after(at(10), 10 * i), who, "list", ["pods", "deployments", "services"][i % 3], "kube-system", code=403, reason="")


@happening("people")
def developer_asks_what_he_may(c):
    who = c.devs[0]
    c.do(at(10), who, "create", "selfsubjectrulesreviews", code=201)
    for i in range(3):
        c.do(after(at(10), 5 * i), who, "create", "selfsubjectaccessreviews", code=201)


@happening("people")
def login_has_expired(c):
    who = c.devs[0]
    for i in range(5):
        c.do(after(at(10), 3 * i), who, "list", "pods", "shop" if c.name == "shop" else "payments", code=401)
    for i in range(3):
        c.do(after(at(10, 2), 3 * i), who, "list", "pods", "shop" if c.name == "shop" else "payments")


@happening("people")
def colleague_travels(c):
    who = c.devs[0].but(ip="203.0.113.77")
    ns = "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("team-")
    for i in range(8):
        c.do(at(10, i), who, "list", ["pods", "deployments"][i % 2], ns)


@happening("people")
def client_is_upgraded(c):
    for who in c.devs[:3] + c.admins[:1]:
        who = who.but(agent="kubectl/v1.34.0 (linux/amd64) kubernetes/aaaaaaa")
        ns = "shop" if c.name == "shop" else "payments"
        for i in range(3):
            c.do(at(10, i), who, "list", "pods", ns)


@happening("people")
def admin_rotates_a_password_by_hand(c):
    who, ns = c.admins[0], c.namespaces[0]
    c.do(at(10), who, "get", "secrets", ns, "db-password")
    c.do(at(10, 1), who, "patch", "secrets", ns, "db-password")
    c.do(at(10, 2), who, "patch", "deployments", ns, "web", body={"spec": {"template": {}}})


@happening("people")
def identity_provider_gives_new_names_to_all(c):
    group = c.admins[0].user["groups"][0]
    c.do(at(15, day=-3), c.admins[0], "patch", "clusterrolebindings", "", "ops-admins" if c.name == "shop" else "platform-admins",
         body={"subjects": [{"kind": "Group", "name": "oidc:" + group}]})
    new = [Actor(dict(old.user, username="oidc:" + old.name.split("@")[0], groups=["oidc:" + old.user["groups"][0], "system:authenticated"]),
                 old.ip, old.agent, old.grant.replace('Group "', 'Group "oidc:')) for old in c.admins + c.devs]
    for i, who in enumerate(new):
        c.do(at(9, i), who, "list", "pods", "shop" if c.name == "shop" else "orders" if i < len(c.admins) else who.user["groups"][0].removeprefix("oidc:team-"))
    for i, who in enumerate(new[:len(c.admins)]):
        c.do(at(10, i), who, "get", "secrets", c.namespaces[0], "db-password" if c.name == "shop" else "db")
    for i, who in enumerate(new[len(c.admins):]):
        c.do(at(10, 10 + i), who, "create", "pods", "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("oidc:team-"), "web-1", "exec", query="command=sh")


@happening("people")
def identity_provider_is_renamed(c):
    for i, old in enumerate(c.devs[:5]):
        ns = "shop" if c.name == "shop" else old.user["groups"][0].removeprefix("team-")
        who = Actor(dict(old.user, username="sso:" + old.name), old.ip, old.agent, old.grant)
        for k in range(4):
            c.do(at(10, 5 * i + k), who, "list", ["pods", "deployments"][k % 2], ns)


@happening("people")
def admin_makes_a_namespace_for_a_team(c):
    who, ns = c.admins[0], "research"
    c.do(at(10), who, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
    c.do(at(10, 1), who, "create", "rolebindings", ns, "team", body=binding("RoleBinding", "team", "edit", [{"kind": "Group", "name": "team-research"}], ns))
    c.do(at(10, 2), who, "create", "resourcequotas", ns, "quota", body={"spec": {}})
    c.do(at(10, 3), who, "create", "networkpolicies", ns, "default-deny", body={"spec": {}})


@happening("people")
def dry_run_of_a_dangerous_change(c):
    who = c.admins[0]
    c.do(at(10), who, "delete", "namespaces", c.namespaces[1], c.namespaces[1], query="dryRun=All")
    c.do(at(10, 1), who, "create", "clusterrolebindings", name="x", query="dryRun=All", body=binding("ClusterRoleBinding", "x", "cluster-admin", [{"kind": "User", "name": "x"}]))


@happening("people")
def teams_are_looked_after_through_a_proxy(c):
    proxy = c.account("access", "access-proxy", "10.244.6.6", "access-proxy/15 (linux/amd64)", "access-proxy", "access-proxy")
    for i, who in enumerate(c.devs[:3]):
        ns = "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("team-")
        for k in range(5):
            c.do(at(10, 10 * i + k), proxy, "list", ["pods", "deployments"][k % 2], ns, acts_as={"username": who.name, "groups": who.user["groups"]}, reason=who.grant)


# ---- credentials, backup, scale, monitoring, CI, outside

@happening("credentials")
def twenty_certificates_are_issued(c):
    for i in range(20):
        ns, name = c.namespaces[i % 2], f"site-{i}-tls"
        c.do(after(at(10), i * 5), c.certs, "get", "secrets", ns, name, code=404)
        c.do(after(at(10), i * 5 + 1), c.certs, "create", "secrets", ns, name)
        c.do(after(at(10), i * 5 + 2), c.certs, "update", "certificates", ns, f"site-{i}", "status", group="cert-manager.io")


@happening("credentials")
def token_of_an_account_is_asked_for_by_its_owner(c):
    c.do(at(10), c.admins[0], "create", "serviceaccounts", "ci", c.deployer.name.split(":")[-1], "token", body={"spec": {"expirationSeconds": 3600}})


@happening("credentials")
def pod_of_an_operator_starts_on_another_node(c):
    new = c.account("cert-manager", "cert-manager", "10.244.9.44", c.certs.agent, "cert-manager-controller-certificates", "cert-manager-controller-certificates", node="node-3")
    new.user["uid"] = c.certs.user["uid"]  # the account stays the same
    c.do(at(10), c.kubelets[2], "create", "serviceaccounts", "cert-manager", "cert-manager", "token")
    for i in range(20):
        ns = c.namespaces[0]
        c.do(at(10, 1 + i), new, "get", "certificates", ns, "web-tls", group="cert-manager.io")
        c.do(after(at(10, 1 + i), 2), new, "get", "secrets", ns, "web-tls")


@happening("backup")
def namespace_is_restored_from_backup(c):
    ns = "restored"
    c.do(at(10), c.backup, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
    for i, (resource, name) in enumerate((("secrets", "db"), ("configmaps", "app"), ("serviceaccounts", "app"), ("rolebindings", "team"), ("persistentvolumeclaims", "data"), ("deployments", "app"), ("services", "app"), ("ingresses", "app"))):
        c.do(after(at(10), 1 + i), c.backup, "create", resource, ns, name, body=workload("Deployment", name, ns, "registry/app:1") if resource == "deployments" else None)


@happening("backup")
def backup_is_made_by_day(c):
    for i, resource in enumerate(COMMON + ["secrets", "customresourcedefinitions", "persistentvolumes"]):
        c.do(after(at(10), i), c.backup, "list", resource, query="limit=500")


@happening("scale")
def autoscaler_makes_forty_pods(c):
    for i in range(40):
        pod = f"web-{c.hex(9)}-{c.token()}"
        c.do(after(at(10), i), c.controllers["replicaset-controller"], "create", "pods", c.namespaces[0], pod)
        c.do(after(at(10), i + 1), c.scheduler, "create", "pods", c.namespaces[0], pod, "binding", code=201)
        c.do(after(at(10), i + 2), c.kubelets[i % len(c.kubelets)], "patch", "pods", c.namespaces[0], pod, "status")


@happening("scale")
def new_cronjob_runs(c):
    who, ns = c.admins[0], c.namespaces[0]
    c.do(at(10), who, "create", "cronjobs", ns, "report", body={"kind": "CronJob", "metadata": {"name": "report"}, "spec": {"jobTemplate": {"spec": {"template": {"spec": pod_spec("registry/report:1")}}}}})
    for i in range(3):
        c.do(at(10, 10 * (i + 1)), c.controllers["cronjob-controller"], "create", "jobs", ns, f"report-{29000000 + i}")
        c.do(after(at(10, 10 * (i + 1)), 1), c.controllers["job-controller"], "create", "pods", ns, f"report-{29000000 + i}-{c.token()}")


@happening("scale")
def hundred_jobs_run(c):
    for i in range(100):
        name = f"batch-{c.hex(8)}"
        c.do(after(at(10), 3 * i), c.deployer, "create", "jobs", c.namespaces[0], name, body=workload("Job", name, c.namespaces[0], "registry/batch:1"))
        c.do(after(at(10), 3 * i + 1), c.controllers["job-controller"], "create", "pods", c.namespaces[0], f"{name}-{c.token()}")
        c.do(after(at(10), 3 * i + 2), c.controllers["ttl-after-finished-controller"], "delete", "jobs", c.namespaces[0], name)


@happening("monitoring")
def security_scanner_is_run_by_an_admin(c):
    who = c.admins[0].but(agent="scanner/v0.9 (linux/amd64)")
    for i, resource in enumerate(("pods", "deployments", "daemonsets", "roles", "rolebindings", "clusterroles", "clusterrolebindings", "serviceaccounts", "networkpolicies", "nodes", "namespaces", "configmaps")):
        c.do(after(at(10), i), who, "list", resource, query="limit=500")


@happening("monitoring")
def exporter_of_metrics_is_restarted(c):
    new = c.account("monitoring", "prometheus", "10.244.2.99", "Prometheus/2.54.1", "prometheus", "prometheus", node="node-2")
    new.user["uid"] = c.prometheus.user["uid"]  # the account stays the same
    for i, resource in enumerate(("nodes", "services", "endpoints", "pods")):
        c.do(after(at(10), i), new, "list", resource)
        c.do(after(at(10), i + 0.5), new, "watch", resource)


@happening("ci")
def pipeline_deploys_to_a_namespace_new_to_it(c):
    ns = c.namespaces[1]
    reason = f'RBAC: allowed by RoleBinding "deployer/{ns}" of ClusterRole "edit" to ServiceAccount "{c.deployer.name.split(":")[-1]}/ci"'
    c.do(at(9, 30), c.admins[0], "create", "rolebindings", ns, "deployer", body=binding("RoleBinding", "deployer", "edit", [{"kind": "ServiceAccount", "name": c.deployer.name.split(":")[-1], "namespace": "ci"}], ns))
    for i in range(3):
        c.do(at(10, 10 * i), c.deployer, "get", "deployments", ns, "web", reason=reason)
        c.do(after(at(10, 10 * i), 1), c.deployer, "patch", "deployments", ns, "web", body={"spec": {"template": {}}}, reason=reason)


@happening("ci")
def tests_make_and_remove_namespaces(c):
    for i in range(6):
        ns = f"e2e-{c.token()}"
        c.do(at(10, 2 * i), c.admins[0], "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
        c.do(after(at(10, 2 * i), 5), c.admins[0], "create", "pods", ns, "probe", body={"kind": "Pod", "metadata": {"name": "probe"}, "spec": pod_spec("registry/probe:1")})
        c.do(after(at(10, 2 * i), 60), c.admins[0], "delete", "namespaces", ns, ns)


@happening("outside")
def scanners_of_the_internet_knock(c):
    for i in range(80):
        who = c.nobody(f"198.51.100.{i}", ["Mozilla/5.0", "curl/8.5.0", "Go-http-client/1.1", "zgrab/0.x"][i % 4])
        c.path(at(10, i // 4), who, ["/", "/api/v1/pods", "/.env", "/login", "/version", "/api/v1/secrets"][i % 6], code=200 if i % 6 == 4 else 403, reason=None if i % 6 == 4 else "")


@happening("outside")
def load_balancer_looks_whether_it_lives(c):
    for i in range(60):
        c.path(at(10, i), c.nobody("10.0.0.250", "HealthChecker/2.0"), ["/readyz", "/livez", "/healthz"][i % 3])


# ---- what is installed with all rights, and programs at work in their own namespaces

@happening("installation")
def gitops_is_bootstrapped(c):
    admin, ns = c.admins[0].but(agent="flux/v2.3.0"), "flux-system"
    names = ("kustomize-controller", "helm-controller", "source-controller")
    c.do(at(10), admin, "patch", "namespaces", ns, ns, code=201, query="fieldManager=flux")
    objects = [("customresourcedefinitions", "", f"{kind}.toolkit.example.io", {"spec": {}}) for kind in ("sources", "kustomizations", "releases")]
    objects += [("serviceaccounts", ns, name, {"metadata": {"name": name}}) for name in names]
    objects += [("clusterrolebindings", "", "cluster-reconciler", binding("ClusterRoleBinding", "cluster-reconciler", "cluster-admin", [
        {"kind": "ServiceAccount", "name": name, "namespace": ns} for name in names[:2]]))]
    objects += [("deployments", ns, name, workload("Deployment", name, ns, "registry/" + name, name)) for name in names]
    for i, (resource, where, name, body) in enumerate(objects):
        c.do(after(at(10), 1 + i), admin, "patch", resource, where, name, body=body, code=201, query="fieldManager=flux")
    c.do(after(at(10), 40), admin, "create", "secrets", ns, ns)
    sync = c.account(ns, names[0], "10.244.7.41", names[0] + "/v1.3.0", "cluster-reconciler", "cluster-admin")
    for i in range(10):
        c.do(after(at(10, 3), i), sync, "patch", ["deployments", "services", "configmaps"][i % 3], c.namespaces[0], f"app-{i}",
             body={"metadata": {}}, code=201, query="fieldManager=kustomize-controller&force=true")


@happening("installation")
def cluster_is_imported_by_a_manager_of_clusters(c):
    admin, ns = c.admins[0], "cattle-system"
    for i, (resource, where, name, body) in enumerate((
            ("namespaces", ns, ns, {"metadata": {"name": ns}}), ("serviceaccounts", ns, "cattle", {"metadata": {"name": "cattle"}}),
            ("clusterrolebindings", "", "cattle-admin-binding", binding("ClusterRoleBinding", "cattle-admin-binding", "cluster-admin", [
                {"kind": "ServiceAccount", "name": "cattle", "namespace": ns}])),
            ("secrets", ns, "cattle-credentials", None), ("deployments", ns, "agent", workload("Deployment", "agent", ns, "registry/agent", "cattle")))):
        c.do(after(at(10), i), admin, "create", resource, where, name, body=body)


@happening("ci")
def runner_of_jobs_is_installed_and_works(c):
    ns, name = "gitlab-runner", "gitlab-runner"
    account = [{"kind": "ServiceAccount", "name": name, "namespace": ns}]
    rules = [{"apiGroups": [""], "resources": ["pods", "pods/exec", "secrets", "configmaps", "pods/attach", "pods/log"],
              "verbs": ["get", "list", "watch", "create", "delete", "update"]}]
    helm(c, c.admins[0], name, ns, [("serviceaccounts", ns, name, {"metadata": {"name": name}}), ("roles", ns, name, role("Role", name, rules, ns)),
                                    ("rolebindings", ns, name, binding("RoleBinding", name, name, account, ns)),
                                    ("deployments", ns, name, workload("Deployment", name, ns, "registry/runner:1", name))])
    runner = c.account(ns, name, "10.244.7.30", "gitlab-runner/17.0.0 (linux/amd64)", name, name, in_namespace=ns)
    for i in range(4):
        t, pod = at(10, 10 + 5 * i), f"runner-{c.hex(8)}-project-{i}-concurrent-0"
        c.do(t, runner, "create", "secrets", ns, pod)
        c.do(after(t, 2), runner, "create", "pods", ns, pod, body={"kind": "Pod", "spec": pod_spec("alpine")})
        c.do(after(t, 5), runner, "create", "pods", ns, pod, "attach", query="container=build&stdin=true")
        c.do(after(t, 6), runner, "create", "pods", ns, pod, "exec", query="command=sh&command=-c&command=build")
        c.do(after(t, 60), runner, "delete", "pods", ns, pod)
        c.do(after(t, 61), runner, "delete", "secrets", ns, pod)


@happening("ci")
def pipelines_of_the_cluster_run_in_another_namespace(c):
    name = "tekton-pipelines-controller"
    who = c.account("tekton-pipelines", name, "10.244.7.9", name + "/v0.60 (linux/amd64)", name, name)
    for day in range(-10, 1):
        ns = c.namespaces[1 if day == 0 else 0]
        for i in range(4):
            c.do(at(9 + i, 5, day), who, "create", "pods", ns, f"build-{c.token()}-pod", body={"kind": "Pod", "spec": pod_spec("builder")})
            c.do(at(9 + i, 6, day), who, "update", "pipelineruns", ns, f"run-{i}", "status", group="tekton.dev")


@happening("people")
def admins_list_all_releases(c):
    for i, who in enumerate(c.admins[:2]):
        c.do(at(10, i), who.but(agent="Helm/3.17.0"), "list", "secrets", query="labelSelector=owner%3Dhelm%2Cstatus+in+%28deployed%2Cfailed%29")


@happening("people")
def auditor_asks_what_every_account_may(c):
    for i in range(25):
        c.do(after(at(10), 2 * i), c.admins[0], "create", "selfsubjectrulesreviews", code=201, acts_as={
            "username": f"system:serviceaccount:{c.namespaces[i % 2]}:app-{i}", "groups": ["system:serviceaccounts", "system:authenticated"]})


# ---- programs with the node in reach, and roles that may do everything

def daemon(name, ns, account, privileged=False, paths=(), **more):
    """A DaemonSet that reaches into its node."""
    body = workload("DaemonSet", name, ns, f"registry/{name}:1.0", account,
                    volumes=[{"name": f"v{i}", "hostPath": {"path": path}} for i, path in enumerate(paths)], **more)
    if privileged:
        body["spec"]["template"]["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    return body


def agent_objects(ns, name, body, rules=READ_RULE):
    account = [{"kind": "ServiceAccount", "name": name, "namespace": ns}]
    return [("serviceaccounts", ns, name, {"metadata": {"name": name}}), ("clusterroles", "", name, role("ClusterRole", name, rules)),
            ("clusterrolebindings", "", name, binding("ClusterRoleBinding", name, name, account)), ("configmaps", ns, name, None),
            ("daemonsets", ns, name, body)]


def installer(c):
    """A GitOps controller that has synced programs for the whole cluster for days: its reach, and what it makes, are no news."""
    who = getattr(c, "argo", None) or c.account("gitops", "sync", "10.244.2.40", "gitops-sync/v2.3 (linux/amd64)", "gitops-sync", "gitops-sync", node="node-2")
    for day in range(-12, 0):
        t = at(8 + day % 3, 20, day)
        for i, resource in enumerate(("clusterroles", "clusterrolebindings", "customresourcedefinitions")):
            c.do(after(t, i), who, "patch", resource, name=f"addon-{day % 2}", body={"metadata": {"labels": {"v": str(day)}}})
        for i, resource in enumerate(("deployments", "services", "configmaps", "serviceaccounts", "deployments")):
            c.do(after(t, 5 + i), who, "patch", resource, c.namespaces[i % 3], "addon", body={"metadata": {"labels": {"v": str(day)}}})
    return who


def sync(c, who, ns, objects, start=None):
    """Server-side apply of a set of objects, some of them new."""
    t = start or at(10)
    c.do(t, who, "patch", "namespaces", ns, ns, code=201, body={"metadata": {"name": ns}}, query="fieldManager=sync&force=true")
    for i, (resource, where, name, body) in enumerate(objects):
        c.do(after(t, 1 + i), who, "patch", resource, where, name, code=201, body=body, query="fieldManager=sync&force=true")


CNI = dict(privileged=True, paths=("/opt/cni/bin", "/etc/cni/net.d", "/lib/modules", "/var/run/netns", "/sys/fs/bpf"), hostNetwork=True)
CSI = dict(privileged=True, paths=("/var/lib/kubelet", "/var/lib/kubelet/plugins/block.example.io", "/dev"), hostNetwork=True)
EXPORTER = dict(paths=("/proc", "/sys", "/"), hostNetwork=True, hostPID=True)
WATCHER = dict(privileged=True, paths=("/proc", "/boot", "/lib/modules", "/usr", "/etc", "/dev", "/run/containerd/containerd.sock"))


@happening("installation")
def network_plugin_is_installed(c):
    helm(c, c.admins[0], "mesh-net", "mesh-net", agent_objects("mesh-net", "mesh-net", daemon("mesh-net", "mesh-net", "mesh-net", **CNI)))


@happening("installation")
def network_plugin_is_installed_in_kube_system(c):
    who, ns = c.admins[1], "kube-system"
    for i, (resource, where, name, body) in enumerate(agent_objects(ns, "mesh-net", daemon("mesh-net", ns, "mesh-net", **CNI))):
        c.do(after(at(10), i), who, "get", resource, where, name, code=404)
        c.do(after(at(10), i + 0.3), who, "create", resource, where, name, body=body)


@happening("installation")
def storage_driver_with_a_plugin_on_each_node_is_installed(c):
    ns = "block-csi"
    helm(c, c.admins[0], "block", ns, operator_objects(ns, "block-controller", "block.example.io", ["volumes"], SECRETS_RULE + READ_RULE)
         + agent_objects(ns, "block-node", daemon("block-node", ns, "block-node", **CSI)) + [("csidrivers", "", "block.example.io", None)])
    begins(c, ns, "block-controller", "block.example.io", ["volumes"], "csi-provisioner/v5.0", ["persistentvolumeclaims", "persistentvolumes", "secrets", "nodes"])


@happening("installation")
def exporter_of_every_node_is_installed(c):
    ns = "node-metrics"
    helm(c, c.admins[1], "exporter", ns, agent_objects(ns, "exporter", daemon("exporter", ns, "exporter", **EXPORTER)))


@happening("installation")
def watcher_of_the_kernel_is_installed(c):
    ns = "runtime-security"
    helm(c, c.admins[0], "watcher", ns, agent_objects(ns, "watcher", daemon("watcher", ns, "watcher", **WATCHER)))


@happening("gitops")
def network_plugin_is_synced(c):
    sync(c, installer(c), "mesh-net", agent_objects("mesh-net", "mesh-net", daemon("mesh-net", "mesh-net", "mesh-net", **CNI)))


@happening("gitops")
def exporter_of_every_node_is_synced(c):
    ns = "node-metrics"
    sync(c, installer(c), ns, agent_objects(ns, "exporter", daemon("exporter", ns, "exporter", **EXPORTER)))


@happening("gitops")
def operator_with_all_verbs_is_synced(c):
    ns, rules = "crossing", [{"apiGroups": ["", "apps", "rbac.authorization.k8s.io"], "resources": ["secrets", "deployments", "clusterroles"], "verbs": ["*"]}]
    sync(c, installer(c), ns, operator_objects(ns, "crossing", "pkg.example.io", ["providers", "configurations"], rules))
    begins(c, ns, "crossing", "pkg.example.io", ["providers"], "crossing/v1.16", ["secrets", "deployments"])


@happening("installation")
def operator_with_all_verbs_is_installed(c):
    ns = "crossing"
    rules = [{"apiGroups": ["", "coordination.k8s.io"], "resources": ["secrets", "serviceaccounts", "events", "services", "leases"], "verbs": ["*"]},
             {"apiGroups": ["apiextensions.k8s.io", "pkg.example.io"], "resources": ["*"], "verbs": ["*"]},
             {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles", "roles"], "verbs": ["get", "list", "watch", "create", "update", "patch", "escalate", "bind"]},
             {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]}]
    helm(c, c.admins[0], "crossing", ns, operator_objects(ns, "crossing", "pkg.example.io", ["providers", "configurations"], rules, webhook=True))
    who = begins(c, ns, "crossing", "pkg.example.io", ["providers", "configurations"], "crossing/v1.16", ["secrets", "deployments", "customresourcedefinitions"])
    for i, name in enumerate(("provider-sql", "provider-bucket")):
        rules = [{"apiGroups": [name + ".example.io"], "resources": ["*"], "verbs": ["*"]}, {"apiGroups": ["", "coordination.k8s.io"], "resources": ["secrets", "configmaps", "events", "leases"], "verbs": ["*"]}]
        c.do(at(10, 4 + i), who, "create", "serviceaccounts", ns, name, body={"metadata": {"name": name}})
        c.do(after(at(10, 4 + i), 1), who, "create", "customresourcedefinitions", name=f"things.{name}.example.io", body={"spec": {}})
        c.do(after(at(10, 4 + i), 2), who, "create", "clusterroles", name=f"crossing:{name}:system", body=role("ClusterRole", f"crossing:{name}:system", rules))
        c.do(after(at(10, 4 + i), 3), who, "create", "clusterrolebindings", name=f"crossing:{name}:system", body=binding(
            "ClusterRoleBinding", f"crossing:{name}:system", f"crossing:{name}:system", [{"kind": "ServiceAccount", "name": name, "namespace": ns}]))
        c.do(after(at(10, 4 + i), 4), who, "create", "deployments", ns, name, body=workload("Deployment", name, ns, "registry/" + name, name))


def bundle(c, who, ns, t, node, account="default"):
    """What a support bundle does: a namespace of its own, an account with all rights, a privileged pod, then all of it is gone."""
    name = ns.rsplit("-", 1)[1]
    c.do(t, who, "create", "namespaces", ns, ns, body={"kind": "Namespace", "metadata": {"name": ns, "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}})
    c.do(after(t, 1), who, "create", "clusterrolebindings", name="gather-" + name, body=binding(
        "ClusterRoleBinding", "gather-" + name, "cluster-admin", [{"kind": "ServiceAccount", "name": account, "namespace": ns}]))
    pod = "gather-" + c.token()
    c.do(after(t, 3), who, "create", "pods", ns, pod, body={"kind": "Pod", "metadata": {"name": pod}, "spec": {
        "hostNetwork": True, "hostPID": True, "nodeName": node, "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
        "containers": [{"name": "gather", "image": "registry/gather", "securityContext": {"privileged": True}}]}})
    c.do(after(t, 5), who, "get", "pods", ns, pod, "log", query="follow=true")
    inside = c.account(ns, account, "10.0.1.11", "gather/v4 (linux/amd64)", "gather-" + name, "cluster-admin", node=node)
    for i, resource in enumerate(("namespaces", "nodes", "pods", "events", "deployments", "clusterroles", "clusterrolebindings", "secrets", "configmaps", "customresourcedefinitions")):
        c.do(after(t, 10 + i), inside, "list", resource, query="limit=500")
    c.do(after(t, 90), who, "create", "pods", ns, pod, "exec", query="command=tar&command=cf&command=-&command=%2Fmust-gather")
    c.do(after(t, 120), who, "delete", "clusterrolebindings", name="gather-" + name)
    c.do(after(t, 121), who, "delete", "namespaces", ns, ns)
    return inside


@happening("people")
def support_bundle_is_gathered(c):
    bundle(c, c.admins[0].but(agent="oc/4.16.0 (linux/amd64) kubernetes/4f2c1a9"), "support-gather-" + c.token(), at(10), c.nodes[0][0])


@happening("people")
def node_is_debugged_in_a_namespace_of_its_own(c):
    who, ns, node = c.admins[1], "debug-" + c.token(), c.nodes[0][0]
    c.do(at(10), who, "create", "namespaces", ns, ns, body={"kind": "Namespace", "metadata": {"name": ns, "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}})
    c.do(after(at(10), 1), who, "create", "pods", ns, node + "-debug", body={"kind": "Pod", "metadata": {"name": node + "-debug"}, "spec": {
        "hostNetwork": True, "hostPID": True, "nodeName": node, "volumes": [{"name": "host", "hostPath": {"path": "/"}}],
        "containers": [{"name": "c", "image": "registry/tools", "securityContext": {"privileged": True}}]}})
    c.do(after(at(10), 9), who, "create", "pods", ns, node + "-debug", "attach", query="container=c&stdin=true&tty=true")
    c.do(at(10, 15), who, "delete", "pods", ns, node + "-debug")
    c.do(at(10, 15), who, "delete", "namespaces", ns, ns)


# ---- controllers of old that are asked for something

def operator_of_old(c):
    """An operator that has looked after accelerator policies for two weeks."""
    who = c.account("accelerators", "operator", "10.244.1.88", "accelerator-operator/v24 (linux/amd64)", "accelerators", "accelerators")
    for d in range(DAYS):
        for h in range(0, 24, 4):
            t = START + datetime.timedelta(days=d, hours=h)
            c.do(t, who, "update", "policies", name="main", sub="status", group="accelerators.example.io")
            c.do(after(t, 1), who, "update", "configmaps", "accelerators", "state")
    return who


@happening("operators")
def operator_does_what_an_admin_asked_for(c):
    who = operator_of_old(c)
    c.do(at(10), c.admins[0], "patch", "policies", name="main", group="accelerators.example.io", body={"spec": {"driver": {"enabled": True}}})
    for i, name in enumerate(("driver", "toolkit", "validator")):
        c.do(after(at(10), 3 + i), who, "create", "daemonsets", "accelerators", name,
             body=daemon(name, "accelerators", "operator", privileged=True, paths=("/", "/run/containerd"), hostPID=True))


@happening("mechanics")
def volume_is_made_of_a_folder(c):
    who = c.account("kube-system", "folder-provisioner", "10.244.1.90", "folder-provisioner/v0.0.28 (linux/amd64)", "folders", "folders")
    for d in range(DAYS):
        c.do(START + datetime.timedelta(days=d, hours=3), who, "watch", "persistentvolumeclaims")
    c.do(at(10), c.devs[0], "create", "persistentvolumeclaims", c.namespaces[0], "data", body={"spec": {"storageClassName": "folders"}})
    helper = pod_spec("registry/busybox:1", volumes=[{"name": "data", "hostPath": {"path": "/var/lib/rancher/k3s/storage/", "type": "DirectoryOrCreate"}}])
    helper["containers"][0]["securityContext"] = {"privileged": True}
    c.do(after(at(10), 1), who, "create", "pods", "kube-system", "helper-pod-create-pvc-1d0e1c33-0a4c-4b1b-9b0a-3f0d5b9b9d51", body={"spec": helper})
    c.do(after(at(10), 4), who, "delete", "pods", "kube-system", "helper-pod-create-pvc-1d0e1c33-0a4c-4b1b-9b0a-3f0d5b9b9d51")
    c.do(after(at(10), 5), who, "create", "persistentvolumes", name="pvc-1d0e1c33-0a4c-4b1b-9b0a-3f0d5b9b9d51",
         body={"kind": "PersistentVolume", "apiVersion": "v1", "spec": {"hostPath": {
             "path": f"/var/lib/rancher/k3s/storage/pvc-1d0e1c33-0a4c-4b1b-9b0a-3f0d5b9b9d51_{c.namespaces[0]}_data", "type": "DirectoryOrCreate"}}})


def version_operator(c, ip="10.0.0.2", agent="version-operator/v0.0.0 (linux/amd64)"):
    return c.account("cluster-version", "default", ip, agent, "version-operator", "cluster-admin", node="cp-1")


@happening("mechanics")
def distribution_upgrades_itself(c):
    who = version_operator(c)
    for d in range(DAYS):
        for i, resource in enumerate(("deployments", "configmaps", "serviceaccounts")):
            c.do(START + datetime.timedelta(days=d, hours=4, seconds=i), who, "get", resource, "console", "console")
    for i, name in enumerate(("insights", "console", "storage")):
        rules = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
        c.do(at(10, i), who, "update", "clusterroles", name="console:" + name, body=role("ClusterRole", "console:" + name, rules))
        c.do(at(10, i), who, "update", "clusterrolebindings", name=name, body=binding("ClusterRoleBinding", name, "cluster-admin", [
            {"kind": "ServiceAccount", "name": name, "namespace": "of-" + name}]))
        c.do(at(10, i), who, "create", "daemonsets", "of-" + name, name, body=daemon(name, "of-" + name, name, **CNI))


@happening("nodes")
def kubeadm_uploads_certificates(c):
    who = c.root.but(agent="kubeadm/v1.32.2 (linux/amd64) kubernetes/67a30c0")
    c.do(at(10), who, "create", "secrets", "kube-system", "bootstrap-token-x1y2z3")
    c.do(at(10, 1), who, "create", "secrets", "kube-system", "kubeadm-certs", code=409)
    c.do(at(10, 1), who, "update", "secrets", "kube-system", "kubeadm-certs")


@happening("nodes")
def machines_join_by_an_account(c):
    for i in range(3):
        name, ip = f"machine-{i}", f"10.0.1.{70 + i}"
        asks = c.account("machines", "bootstrapper", ip, "kubelet/v1.32.2 (linux/amd64) kubernetes/67a30c0", "machines", "system:node-bootstrapper")
        c.do(at(10, 5 * i), asks, "create", "certificatesigningrequests", name=f"csr-{name}", body={"spec": {"signerName": "kubernetes.io/kube-apiserver-client-kubelet"}})
        begin_node(c, name, ip, after(at(10, 5 * i), 20))


@happening("people")
def admin_asks_who_others_are(c):
    for i, other in enumerate(c.devs[:3] + [c.root]):
        c.do(at(10, i), c.admins[0], "create", "selfsubjectreviews", code=201, group="authentication.k8s.io", acts_as=other.user)
        c.do(after(at(10, i), 5), c.admins[0], "create", "selfsubjectaccessreviews", code=201, acts_as=other.user)


@happening("people")
def role_of_old_is_used_for_the_first_time(c):
    who = c.person("oncall", "sre", "192.168.10.60", "break-glass", "cluster-admin")
    c.do(at(10), who, "list", "pods", c.namespaces[0])
    c.do(at(10, 1), who, "get", "pods", c.namespaces[0], "web-1", "log")
    c.do(at(10, 4), who, "patch", "deployments", c.namespaces[0], "web", body={"spec": {"replicas": 4}})


@happening("applications")
def job_of_every_quarter_runs(c):
    who = c.account("reports", "quarterly", "10.244.2.44", "report/1 (linux/amd64)", "reports-reader", "reports")
    c.do(at(10), who, "list", "pods", "reports")
    c.do(at(10, 1), who, "get", "secrets", "reports", "db")
    c.do(at(10, 2), who, "create", "jobs", "reports", "r1", body={"spec": {"template": {"spec": pod_spec("reports:1")}}})


# ---- seen in other people's clusters: attempts, platforms that keep themselves, certificates of webhooks, jobs of the night

def worked(c, ns, name, ip, agent, bound="", cluster_role="", days=DAYS):
    """A program that has renewed its lease for days."""
    who = c.account(ns, name, ip, agent, bound or name, cluster_role or name)
    for d in range(-days + 1, 1):
        for i in range(4):
            c.do(at(2 + 5 * i, 7, d), who, "update", "leases", ns, name)
    return who


ATTEMPTS = (("create", "clusterrolebindings", "", "x", ""), ("get", "secrets", "kube-system", "gone", ""), ("create", "serviceaccounts", "kube-system", "gone", "token"),
            ("create", "pods", "", "gone", "exec"), ("delete", "namespaces", "gone", "gone", ""), ("create", "daemonsets", "", "x", ""), ("update", "validatingwebhookconfigurations", "", "x", ""))


def attempts(c, who, t, codes, message=""):
    for i, (verb, resource, ns, name, sub) in enumerate(ATTEMPTS):
        where = ns or (c.namespaces[0] if resource in ("pods", "daemonsets") else "")
        event = c.do(after(t, 40 * i), who, verb, resource, where, name, sub, code=codes[i % len(codes)], reason="" if codes == [403] and not message else None)
        if message:
            event["responseStatus"]["message"] = message
            event["annotations"] = {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": who.grant}


@happening("people")
def attempts_of_an_admin_fail(c):
    attempts(c, c.admins[0], at(10), [409, 404, 404, 404, 404, 422, 409])


@happening("people")
def attempts_of_an_admin_are_refused_by_admission(c):
    attempts(c, c.admins[1], at(10), [403], 'admission webhook "policy.example.io" denied the request: not here')


@happening("people")
def admin_has_lost_a_group_for_an_hour(c):
    attempts(c, c.admins[0].but(grant=""), at(10), [403])


PLATFORM = (("auth", "secrets"), ("ingress", "configmaps"), ("registry", "deployments"), ("network", "clusterroles"), ("monitoring", "clusterrolebindings"),
            ("storage", "validatingwebhookconfigurations"), ("keys", "secrets"), ("console", "rolebindings"), ("machines", "mutatingwebhookconfigurations"))


@happening("operators")
def platform_operators_update_their_operands(c):
    for i, (name, resource) in enumerate(PLATFORM):
        ns = "platform-" + name
        who = worked(c, ns + "-operator", name + "-operator", f"10.244.1.{60 + i}", name + "-operator/v0 (linux/amd64)", f"system:platform:{name}", "cluster-admin")
        account = [{"kind": "ServiceAccount", "name": name, "namespace": ns}]
        body = {"deployments": workload("Deployment", name, ns, "registry/" + name, name), "clusterroles": role("ClusterRole", name, READ_RULE),
                "clusterrolebindings": binding("ClusterRoleBinding", name, name, account), "rolebindings": binding("RoleBinding", name, name, account, ns)}.get(resource)
        if resource.endswith("webhookconfigurations"):
            body = webhook(name, ns, "QUJD")
        is_wide = resource.startswith("cluster") or resource.endswith("webhookconfigurations")
        c.do(at(10, 3 * i), who, "update", resource, "" if is_wide else ns, name, body=body)


def webhook(name, ns, certificate, **more):
    return {"webhooks": [dict({"name": f"v.{name}.example", "failurePolicy": "Fail", "rules": [{"apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments"], "operations": ["CREATE"]}],
                               "clientConfig": {"service": {"namespace": ns, "name": name, "path": "/v"}, "caBundle": certificate}}, **more)]}


def guard(c):
    return worked(c, "guard", "guard", "10.244.3.3", "guard/v1 (linux/amd64)")


@happening("credentials")
def webhook_gets_a_new_certificate_from_its_operator(c):
    who = guard(c)
    c.do(at(10), who, "patch", "validatingwebhookconfigurations", name="guard", body=[{"op": "replace", "path": "/webhooks/0/clientConfig/caBundle", "value": "TkVX"}], answer=webhook("guard", "guard", "TkVX"))
    c.do(at(10, 1), who, "update", "mutatingwebhookconfigurations", name="guard", body=webhook("guard", "guard", "TkVX"))


@happening("credentials")
def webhooks_of_others_get_new_certificates(c):
    who = worked(c, "cert-manager", "ca-injector", "10.244.3.4", "ca-injector/v1 (linux/amd64)")
    for d in (-10, 0):
        for i, name in enumerate(("guard", "edge", "vault")):
            c.do(at(10, i, d), who, "update", "validatingwebhookconfigurations", name=name, body=webhook(name, name, f"QUJ{d}"))
            c.do(at(10, 5 + i, d), who, "update", "customresourcedefinitions", name=name + ".example.io", body={"spec": {"conversion": {"webhook": {"clientConfig": {"caBundle": f"QUJ{d}"}}}}})


def nightly(c, who, t):
    for i, resource in enumerate(["secrets", "clusterroles", "clusterrolebindings", "serviceaccounts"] + COMMON[:8]):
        c.do(after(t, i), who, "list", resource, query="limit=500")


@happening("backup")
def job_of_the_night_runs_for_the_first_time(c):
    nightly(c, c.account("dr", "dr-backup", "10.244.2.77", "dr-backup/v2 (linux/amd64)", "dr-backup", "dr-backup"), at(2, 30))


@happening("backup")
def job_of_the_night_runs_since_a_week(c):
    who = c.account("dr", "dr-backup", "10.244.2.77", "dr-backup/v2 (linux/amd64)", "dr-backup", "cluster-admin")
    for d in range(-8, 1):
        nightly(c, who, at(2, 30, d))


def into_kube_system(c, who, name, rules, t=None):
    """What `kubectl apply` of a project's manifest makes there."""
    t, ns, account = t or at(10), "kube-system", [{"kind": "ServiceAccount", "name": name, "namespace": "kube-system"}]
    for i, (resource, where, called, body) in enumerate((
            ("serviceaccounts", ns, name, {"metadata": {"name": name}}), ("clusterroles", "", name, role("ClusterRole", name, rules)),
            ("clusterrolebindings", "", name, binding("ClusterRoleBinding", name, name, account)),
            ("rolebindings", ns, name, binding("RoleBinding", name, "extension-apiserver-authentication-reader", account, ns)),
            ("services", ns, name, {"spec": {}}), ("deployments", ns, name, workload("Deployment", name, ns, "registry/" + name, name)))):
        c.do(after(t, i), who, "get", resource, where, called, code=404)
        c.do(after(t, i + 0.3), who, "create", resource, where, called, body=body)


@happening("installation")
def autoscaler_is_installed_into_kube_system(c):
    into_kube_system(c, c.admins[0], "autoscaler", READ_RULE + [{"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]}])
    begins(c, "kube-system", "autoscaler", "", [], "autoscaler/v1.30 (linux/amd64)", ["pods", "nodes", "services", "persistentvolumes"])


@happening("installation")
def keeper_of_sealed_secrets_is_installed_into_kube_system(c):
    into_kube_system(c, c.admins[1], "sealer", SECRETS_RULE)
    who = begins(c, "kube-system", "sealer", "seal.example.io", ["sealedsecrets"], "sealer/v0.27 (linux/amd64)", ["secrets"])
    c.do(at(10, 3), who, "create", "secrets", "kube-system", "sealer-key")
    c.do(at(10, 4), who, "create", "secrets", c.namespaces[0], "db2")


@happening("people")
def admin_compares_manifests_with_the_cluster(c):
    who, ns = c.admins[0], c.namespaces[0]
    all_verbs = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
    for i, (resource, where, name, body) in enumerate(operator_objects("guard", "guard", "guard.example.io", ["policies"], all_verbs, webhook=True)
                                                      + agent_objects("mesh", "mesh", daemon("mesh", "mesh", "mesh", privileged=True, paths=("/",)))):
        c.do(after(at(10), i), who, "get", resource, where, name)
        c.do(after(at(10), i + 0.4), who, "patch", resource, where, name, query="dryRun=All&fieldManager=kubectl-client-side-apply", body=body)
    for name in ("db", "registry", "web-tls"):
        c.do(at(10, 1), who, "get", "secrets", ns, name)
        c.do(at(10, 1), who, "patch", "secrets", ns, name, query="dryRun=All&fieldManager=kubectl-client-side-apply")


@happening("people")
def admin_works_from_office_and_vpn(c):
    who = c.admins[0]
    tunnel = who.but(ip="10.200.3.9")
    for i in range(12):
        c.do(at(10, 3 * i), [tunnel, who][i % 2], "list", ["pods", "nodes", "events"][i % 3], "" if i % 3 == 1 else c.namespaces[0])
    c.do(at(11), tunnel, "get", "secrets", c.namespaces[0], "db-password" if c.name == "shop" else "db")


@happening("people")
def admin_deletes_a_namespace(c):
    who, ns = c.admins[0], c.namespaces[2]
    c.do(at(10), who, "get", "namespaces", ns, ns)
    c.do(at(10, 1), who, "delete", "namespaces", ns, ns)
    for i, resource in enumerate(("pods", "deployments", "secrets", "configmaps", "serviceaccounts", "rolebindings")):
        c.do(after(at(10, 1), 5 + i), c.controllers["namespace-controller"], "deletecollection", resource, ns)


@happening("people")
def developer_looks_for_a_fault_in_a_pod(c):
    who = c.devs[2]
    ns = "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("team-")
    for i, command in enumerate(("cat /etc/config/tokenizer.json", "grep token /var/log/app.log", "ls -la /var/run/secrets", "cat /var/run/secrets/kubernetes.io/serviceaccount/namespace", "tar cf - /var/log/app.log")):
        c.do(at(10, i), who, "create", "pods", ns, "web-1", "exec", query="&".join("command=" + word.replace("/", "%2F") for word in command.split()))


@happening("scale")
def autoscaler_of_nodes_replaces_one(c):
    who = worked(c, "scaler", "scaler", "10.244.5.8", "scaler/v1 (linux/amd64)")
    for d in range(-DAYS + 1, 1):
        for i in range(3):
            c.do(at(3 + 6 * i, 40, d), who, "watch", "nodes")
    c.do(at(10), who, "patch", "nodes", name=c.nodes[0][0], body={"spec": {"taints": [{"key": "disrupted", "effect": "NoSchedule"}]}})
    for i in range(6):
        c.do(after(at(10, 1), i), who, "create", "pods", c.namespaces[i % 3], f"web-{c.hex(9)}-{c.token()}", "eviction")
    c.do(at(10, 3), who, "delete", "nodes", name=c.nodes[0][0])


@happening("operators")
def tenant_is_made_by_its_controller(c):
    who = worked(c, "tenants", "tenants", "10.244.5.19", "tenants/v1 (linux/amd64)")
    for d in range(-12, 1, 2):
        ns = f"tenant-{c.token()}"
        c.do(at(10, 0, d), who, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
        c.do(at(10, 1, d), who, "create", "rolebindings", ns, "admin", body=binding("RoleBinding", "admin", "admin", [{"kind": "User", "name": f"user{d}"}], ns))


@happening("control plane")
def kubeadm_renews_certificates(c):
    who = c.root.but()
    who.user = dict(who.user, extra={"authentication.kubernetes.io/credential-id": ["X509SHA256=" + c.hex(64)]})
    for i in range(4):
        c.do(at(10, i), who, "list", ["nodes", "pods", "events", "pods"][i], "kube-system" if i else "")
    c.do(at(10, 6), who, "delete", "pods", "kube-system", "kube-apiserver-cp-1")


# ---- a role of a company's own, controllers that install by a Job, programs in two namespaces, a colleague on the train

EVERYTHING = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]


def owner(c, shows=True):
    """Somebody who has looked after the platform for two weeks, by a ClusterRole of the company's own that gives everything
    and was made before the log begins."""
    who = c.olga = c.person("olga", "owners", "192.168.10.77", "owners", "platform-owner")
    for d in range(-DAYS + 1, 1):
        if (START + datetime.timedelta(days=d + DAYS)).weekday() >= 5:
            continue
        for i in range(5):
            c.do(at(8 + i // 2, 10 + 20 * (i % 2), d), who, "list", ["pods", "nodes", "events", "deployments", "pods"][i], "" if i == 1 else c.namespaces[i % 3])
        if d % 3 == 0:
            c.do(at(9, 5, d), who, "get", "secrets", c.namespaces[0], "db-password")
        if d % 4 == 0:
            c.do(at(9, 15, d), who, "create", "pods", c.namespaces[0], f"web-{c.hex(9)}-{c.token()}", "exec", query="command=sh")
        if d % 5 == 0 and shows:
            c.do(at(9, 25, d), who, "patch", "nodes", name=c.nodes[0][0], body={"spec": {"unschedulable": d % 2 == 0}})
            c.do(at(9, 35, d), who, "patch", "clusterroles", name="team-viewer", body={"metadata": {"labels": {"reviewed": str(d)}}}, answer=role("ClusterRole", "team-viewer", READ_RULE))
            c.do(at(9, 45, d), who, "update", "clusterrolebindings", name="on-call", body=binding("ClusterRoleBinding", "on-call", "cluster-admin", [{"kind": "Group", "name": "on-call"}]))
    return who


@happening("installation")
def owner_of_the_platform_installs_an_operator(c):
    helm(c, owner(c), "vault-sync", "vault-sync", operator_objects("vault-sync", "vault-sync", "sync.example.io", ["vaultsecrets"], SECRETS_RULE, webhook=True))
    begins(c, "vault-sync", "vault-sync", "sync.example.io", ["vaultsecrets"], "vault-sync/v0.4 (linux/amd64)", ["secrets"])


@happening("people")
def owner_of_the_platform_gives_rights(c):
    who, ns = owner(c), c.namespaces[0]
    c.do(at(10), who, "create", "rolebindings", ns, "helpers", body=binding("RoleBinding", "helpers", "admin", [{"kind": "Group", "name": "helpers"}], ns))
    c.do(at(10, 5), who, "create", "clusterroles", name="auditor", body=role("ClusterRole", "auditor", READ_RULE))
    c.do(at(10, 6), who, "create", "clusterrolebindings", name="auditor", body=binding("ClusterRoleBinding", "auditor", "auditor", [{"kind": "Group", "name": "audit"}]))


@happening("people")
def owner_of_the_platform_looks_for_a_fault(c):
    who, ns = owner(c), c.namespaces[1]
    c.do(at(10), who, "list", "secrets", ns)
    c.do(at(10, 1), who, "get", "secrets", ns, "registry")
    c.do(at(10, 2), who, "create", "pods", ns, f"web-{c.hex(9)}-{c.token()}", "exec", query="command=sh")
    c.do(at(10, 5), who, "delete", "pods", ns, f"web-{c.hex(9)}-{c.token()}")
    c.do(at(10, 9), who, "create", "serviceaccounts", ns, "default", "token")


@happening("installation")
def owner_of_the_platform_installs_who_never_showed_it(c):
    helm(c, owner(c, shows=False), "vault-sync", "vault-sync", operator_objects("vault-sync", "vault-sync", "sync.example.io", ["vaultsecrets"], SECRETS_RULE))


def chart_by_job(c, name, ns, t=None, objects=(), others=()):
    """k3s' helm-controller: a Job in kube-system, whose account has all rights, runs helm; `others`: what it asks for besides."""
    t, run, where = t or at(10), "helm-install-" + name, "kube-system"
    controller = Actor({"username": "system:k3s-controller", "groups": ["system:masters", "system:authenticated"]}, "127.0.0.1", "helm-controller@cp-1/v1.32.1+k3s1", "")
    account = "helm-" + name
    c.do(t, controller, "create", "serviceaccounts", where, account, body={"metadata": {"name": account}})
    c.do(after(t, 0.2), controller, "create", "clusterrolebindings", name=f"helm-{where}-{name}", body=binding(
        "ClusterRoleBinding", f"helm-{where}-{name}", "cluster-admin", [{"kind": "ServiceAccount", "name": account, "namespace": where}]))
    c.do(after(t, 0.4), controller, "create", "jobs", where, run, body=workload("Job", run, where, "rancher/klipper-helm:v0.9", account))
    who = c.installer = c.account(where, account, "10.244.1.140", "Helm/3.17.0", f"helm-{where}-{name}", "cluster-admin")
    who.user["extra"]["authentication.kubernetes.io/pod-name"] = [run + "-" + c.token()]
    c.do(after(t, 3), c.kubelets[0], "create", "serviceaccounts", where, account, "token")
    c.do(after(t, 6), who, "list", "secrets", ns, query="labelSelector=owner%3Dhelm")
    c.do(after(t, 7), who, "list", "secrets", ns, query=f"labelSelector=name%3D{name}%2Cowner%3Dhelm")
    c.do(after(t, 8), who, "create", "secrets", ns, f"sh.helm.release.v1.{name}.v1")
    for i, (resource, namespace, called, body) in enumerate(objects):
        c.do(after(t, 9 + 0.4 * i), who, "get", resource, namespace, called, code=404)
        c.do(after(t, 9.2 + 0.4 * i), who, "create", resource, namespace, called, body=body)
    c.do(after(t, 30), who, "get", "secrets", ns, f"sh.helm.release.v1.{name}.v1")
    c.do(after(t, 31), who, "update", "secrets", ns, f"sh.helm.release.v1.{name}.v1")
    for i, (verb, resource, namespace, called, sub) in enumerate(others):
        c.do(after(t, 40 + i), who, verb, resource, namespace, called, sub)
    return who


@happening("installation")
def chart_is_installed_by_a_job(c):
    ns = "kube-system"
    chart_by_job(c, "edge", ns, objects=operator_objects(ns, "edge", "edge.example.io", ["routes", "middlewares"], SECRETS_RULE + READ_RULE))
    begins(c, ns, "edge", "edge.example.io", ["routes"], "edge/v3 (linux/amd64)", ["secrets", "services", "endpoints", "ingresses"], start=at(10, 2))


@happening("installation")
def chart_with_an_agent_on_each_node_is_installed_by_a_job(c):
    ns = "kube-system"
    for d in (-13, -6):
        chart_by_job(c, "dns", ns, at(9, 0, d), objects=[("configmaps", ns, "dns", None), ("deployments", ns, "dns", workload("Deployment", "dns", ns, "registry/dns:1", "dns"))])
    chart_by_job(c, "balancer", ns, objects=agent_objects(ns, "balancer", daemon("balancer", ns, "balancer", **CNI)))


@happening("installation")
def chart_is_installed_by_a_pod_of_a_platform(c):
    """As Rancher does: its server (with all rights, for days) makes a Pod that runs helm by the account of that Pod."""
    server = worked(c, "platform-system", "platform", "10.244.4.40", "platform/v2.10 (linux/amd64)", "platform", "cluster-admin")
    ns, pod = "platform-system", "helm-operation-" + c.token()
    c.do(at(10), server, "create", "pods", ns, pod, body={"kind": "Pod", "metadata": {"name": pod}, "spec": pod_spec("platform/shell:v0.3", serviceAccountName="installer")})
    who = c.installer = c.account(ns, "installer", "10.244.4.41", "Helm/3.16.4", "installer", "cluster-admin")
    who.user["extra"]["authentication.kubernetes.io/pod-name"] = [pod]
    helm(c, who, "logs", "logs", agent_objects("logs", "logs", daemon("logs", "logs", "logs", paths=("/var/log",))), start=at(10, 1))


@happening("installation")
def storage_lands_in_two_namespaces(c):
    objects = operator_objects("rocks", "rocks", "rocks.example.io", ["pools"], SECRETS_RULE + READ_RULE) + agent_objects("rocks", "rocks-discover", daemon("rocks-discover", "rocks", "rocks-discover", privileged=True, paths=("/dev", "/sys", "/run/udev")))
    objects += agent_objects("rocks-csi", "rocks-plugin", daemon("rocks-plugin", "rocks-csi", "rocks-plugin", **CSI))
    who = c.admins[0]
    c.do(at(9, 59), who, "create", "namespaces", "rocks-csi", "rocks-csi", body={"metadata": {"name": "rocks-csi"}})
    helm(c, who, "rocks", "rocks", objects)
    begins(c, "rocks", "rocks", "rocks.example.io", ["pools"], "rocks/v1.14 (linux/amd64)", ["secrets", "configmaps", "nodes"])


@happening("installation")
def network_plugin_lands_in_two_namespaces_by_manifests(c):
    who = c.admins[1]
    objects = agent_objects("mesh-net", "mesh-net", daemon("mesh-net", "mesh-net", "mesh-net", **CNI)) + agent_objects("mesh-ebpf", "mesh-ebpf", daemon("mesh-ebpf", "mesh-ebpf", "mesh-ebpf", privileged=True, paths=("/sys/fs/bpf", "/lib/modules")))
    for ns in ("mesh-net", "mesh-ebpf"):
        c.do(at(10), who, "create", "namespaces", ns, ns, body={"metadata": {"name": ns, "labels": {"pod-security.kubernetes.io/enforce": "privileged"}}})
    for i, (resource, where, name, body) in enumerate(objects):
        c.do(after(at(10), 1 + i), who, "get", resource, where, name, code=404)
        c.do(after(at(10), 1.3 + i), who, "create", resource, where, name, body=body)


DAEMONS_RULE = [{"apiGroups": ["apps"], "resources": ["daemonsets", "deployments"], "verbs": ["get", "list", "watch", "create", "update", "patch", "delete"]},
                {"apiGroups": [""], "resources": ["namespaces", "serviceaccounts", "configmaps", "nodes"], "verbs": ["get", "list", "watch", "create", "update", "patch"]}]


@happening("installation")
def operator_makes_its_daemons_in_a_second_namespace(c):
    """Installed by an admin into one namespace; what runs on each node it makes itself, as its new account, in another one."""
    helm(c, c.admins[0], "accel", "accel-operator", operator_objects("accel-operator", "accel-operator", "accel.example.io", ["policies"], DAEMONS_RULE + READ_RULE))
    who = c.operator = begins(c, "accel-operator", "accel-operator", "accel.example.io", ["policies"], "accel-operator/v24 (linux/amd64)", ["nodes", "daemonsets", "configmaps"])
    c.do(at(10, 3), c.admins[0], "create", "policies", name="main", group="accel.example.io", body={"spec": {"driver": {"enabled": True}}})
    t, ns = after(at(10, 3), 2), "accel-resources"
    c.do(t, who, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
    for i, name in enumerate(("driver", "device-plugin", "exporter")):
        c.do(after(t, 1 + 2 * i), who, "create", "serviceaccounts", ns, name, body={"metadata": {"name": name}})
        c.do(after(t, 2 + 2 * i), who, "create", "daemonsets", ns, name, body=daemon(name, ns, name, privileged=True, paths=("/dev", "/sys", "/lib/modules"), hostPID=i == 0))


@happening("installation")
def operator_makes_its_daemons_in_kube_system(c):
    helm(c, c.admins[1], "net-operator", "net-operator", operator_objects("net-operator", "net-operator", "net.example.io", ["installations"], DAEMONS_RULE + READ_RULE))
    who = c.operator = begins(c, "net-operator", "net-operator", "net.example.io", ["installations"], "net-operator/v1.36 (linux/amd64)", ["nodes", "daemonsets", "configmaps"])
    c.do(at(10, 4), c.admins[1], "create", "installations", name="default", group="net.example.io", body={"spec": {}})
    c.do(at(10, 5), who, "create", "daemonsets", "kube-system", "net-node", body=daemon("net-node", "kube-system", "net-node", **CNI))


def on_the_train(c, who, ip="10.200.3.21"):
    """A colleague's first day over the VPN: the same login, client and work, another network."""
    ns = "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("team-")
    tunnel = who.but(ip=ip)
    for i in range(8):
        c.do(at(9, 5 * i), tunnel, "list", ["pods", "deployments", "services", "events"][i % 4], ns)
    return tunnel, ns


@happening("people")
def developer_reads_a_secret_on_the_first_day_over_a_vpn(c):
    tunnel, ns = on_the_train(c, c.devs[0])
    c.do(at(10), tunnel, "get", "secrets", ns, "db-password" if c.name == "shop" else "db")


@happening("people")
def admin_reads_a_secret_on_the_first_day_over_a_vpn(c):
    tunnel = c.admins[1].but(ip="10.200.3.22")
    for i in range(6):
        c.do(at(9, 5 * i), tunnel, "list", ["pods", "events"][i % 2], c.namespaces[0])
    c.do(at(10), tunnel, "get", "secrets", c.namespaces[0], "db-password" if c.name == "shop" else "db")
    c.do(at(10, 1), tunnel, "get", "secrets", c.namespaces[1], "registry")
