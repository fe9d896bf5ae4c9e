#include "daemon/doctor/explain.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/config/file_text.h"

namespace redshank::doctor {

namespace {

constexpr const char* kUntilGone = "while crictl ps --name kube-apiserver -q | grep -q .; do sleep 2; done";
constexpr const char* kUntilBack = "until crictl ps --name kube-apiserver -q | grep -q .; do sleep 2; done";

// Of the manifest's flags; otherwise where docs/setup.md puts them.
struct Paths {
    std::string policy = "/etc/kubernetes/audit-policy.yaml", log = "/var/log/kubernetes/audit/audit.log";
};

Paths paths_of(const std::string& manifest) {
    Paths paths;
    const std::string text = file_text(manifest).value_or("");
    ManifestProblem problem;
    const auto server = read_manifest(text, problem);
    if (!server) return paths;
    const auto take = [&](std::string_view name, std::string& path) {
        const Flag* flag = server->flag(name);
        const std::string found = flag == nullptr ? "" : on_host(*server, flag->value);
        if (!found.empty()) path = found;
    };
    take("audit-policy-file", paths.policy);
    take("audit-log-path", paths.log);
    return paths;
}

std::vector<Step> of_a_service() {
    const Paths paths{"/etc/rancher/k3s/audit-policy.yaml", "/var/lib/rancher/k3s/server/logs/audit.log"};
    return {
        {"No static pod of an API server is on this host. On k3s the flags are kube-apiserver-arg in "
         "/etc/rancher/k3s/config.yaml; on Talos they are in the machine configuration (talosctl edit "
         "machineconfig); elsewhere name the manifest with --manifest.",
         {}},
        {"Check the policy that is to be used.", {"redshank policy check " + paths.policy}},
        {"Restart the server, and wait until it answers.",
         {"systemctl restart k3s", "until k3s kubectl get --raw /readyz >/dev/null; do sleep 2; done"}},
        {"If it does not come back, read what it says.", {"journalctl -u k3s -n 50 | grep -i audit"}},
        {"Test: the request stands in the log.",
         {"k3s kubectl -n default get secrets", fmt::format("tail -5 {}", paths.log)}},
    };
}

}  // namespace

std::vector<Step> procedure(const std::string& manifest, const Host& host) {
    if (manifest.empty()) return of_a_service();
    // As the host sees it, without --root.
    const std::string own = manifest.starts_with(host.root) ? manifest.substr(host.root.size()) : manifest;
    const std::string aside = "/root/" + std::filesystem::path(own).filename().string();
    const Paths paths = paths_of(manifest);
    const std::string folder = std::filesystem::path(paths.log).parent_path().string();
    return {
        {"Check the policy that is to be used: an API server that cannot read it does not start.",
         {fmt::format("redshank policy check {}", paths.policy)}},
        {"Off: take the manifest out of its folder. The API server is away until it is put back; on several "
         "control plane nodes do one after the other.",
         {fmt::format("mv {} {}", own, aside)}},
        {"Wait until the API server has gone.", {kUntilGone}},
        {"On: change the copy (flags, mounts and volumes: docs/setup.md), and put it back. Leave no second "
         "copy in the folder.",
         {fmt::format("vi {}", aside), fmt::format("mv {} {}", aside, own)}},
        {"Wait until it is back and answers.",
         {kUntilBack, "until kubectl get --raw /readyz >/dev/null; do sleep 2; done"}},
        {"If it does not come back within two minutes, read what it says; redshank doctor names the known "
         "mistakes.",
         {"redshank doctor",
          "tail -20 $(ls -t /var/log/pods/kube-system_kube-apiserver*/kube-apiserver/*.log "
          "| head -1)"}},
        {"Test: the request stands in the log, and redshank finds what the policy is to show.",
         {"kubectl -n default get secrets", fmt::format("ls -l {}", folder),
          fmt::format("grep '\"resource\":\"secrets\"' {} | tail -1", paths.log),
          fmt::format("redshank policy coverage {}", paths.policy)}},
    };
}

}  // namespace redshank::doctor
