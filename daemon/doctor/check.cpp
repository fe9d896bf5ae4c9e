#include "daemon/doctor/check.h"

#include <fmt/format.h>

#include <filesystem>
#include <optional>

#include "core/config/file_text.h"

namespace redshank::doctor {

namespace fs = std::filesystem;

namespace {

constexpr const char* kManifests[] = {
    "/etc/kubernetes/manifests/kube-apiserver.yaml",                  // kubeadm, kubespray
    "/etc/kubernetes/manifests/kube-apiserver.manifest",              // kops
    "/var/lib/rancher/rke2/agent/pod-manifests/kube-apiserver.yaml",  // RKE2
    "/etc/kubernetes/manifests/kube-apiserver-pod.yaml",              // OpenShift
    "/etc/kubernetes/manifests/talos-kube-apiserver.yaml",            // Talos
};

}  // namespace

std::string_view to_string(Severity severity) {
    constexpr std::string_view kWords[] = {"ok", "warning", "error"};
    return kWords[static_cast<size_t>(severity)];
}

std::vector<std::string> usual_manifests(const Host& host) {
    std::vector<std::string> found;
    for (const char* path : kManifests) {
        std::error_code error;
        if (fs::exists(host.at(path), error)) found.push_back(host.at(path));
    }
    return found;
}

std::string on_host(const ApiServer& server, const std::string& path) {
    const Mount* mount = server.mount_of(path);
    const Volume* volume = mount == nullptr ? nullptr : server.volume(mount->volume);
    if (volume == nullptr || volume->path.empty()) return "";
    std::string folder = mount->path, host = volume->path;
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    while (host.size() > 1 && host.ends_with('/')) host.pop_back();
    return host + path.substr(folder.size());
}

Checks examine(const std::string& manifest, const Host& host, int kubernetes) {
    Checks checks;
    const std::optional<std::string> text = file_text(manifest);
    if (!text) {
        return {{"manifest", Severity::Error, manifest, 0, "The manifest cannot be read.",
                 "Run this as root on a control plane node, or name the file with --manifest."}};
    }
    ManifestProblem problem;
    const auto server = read_manifest(*text, problem);
    check_copies(manifest, checks);
    if (!server) {
        checks.push_back({"manifest", Severity::Error, manifest, problem.line, problem.text + ".",
                          "Until the kubelet can read it, no API server runs: mend this line."});
        check_pod_log(host, checks);
        return checks;
    }
    checks.push_back({"manifest", Severity::Ok, manifest, server->container_line, "runs kube-apiserver", ""});
    const int minor = server->minor().value_or(kubernetes);
    check_flags(*server, manifest, minor, checks);
    check_mounts(*server, manifest, host, checks);
    check_policy(*server, host, minor, checks);
    check_log(*server, host, checks);
    check_pod_log(host, checks);
    return checks;
}

}  // namespace redshank::doctor
