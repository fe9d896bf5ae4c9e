// Finds mistakes in an API server's audit logging, with the exact fix for each.
#pragma once

#include <string>
#include <vector>

#include "daemon/doctor/manifest.h"

namespace redshank::doctor {

enum class Severity : uint8_t { Ok, Warning, Error };
std::string_view to_string(Severity severity);

struct Check {
    std::string check;  // a stable word: "policy-mount"
    Severity severity = Severity::Ok;
    std::string path;  // of the file that is to be changed or looked at
    size_t line = 0;   // in it; 0 when there is none
    std::string text, fix;
};
using Checks = std::vector<Check>;

// Where the host's files are: "" for this host, otherwise a folder that contains its root.
struct Host {
    std::string root;
    std::string at(const std::string& path) const { return root + path; }
};

// All problems, in the order in which to fix them. `kubernetes` is the minor version, used when the image
// does not tell it.
Checks examine(const std::string& manifest, const Host& host, int kubernetes);

// The parts of examine(). Flags and their limits.
void check_flags(const ApiServer& server, const std::string& manifest, int kubernetes, Checks& checks);
// Whether the container sees the policy, the log's folder and the webhook's kubeconfig.
void check_mounts(const ApiServer& server, const std::string& manifest, const Host& host, Checks& checks);
// The policy itself, as `policy check`.
void check_policy(const ApiServer& server, const Host& host, int kubernetes, Checks& checks);
// The log: owner, mode, room.
void check_log(const ApiServer& server, const Host& host, Checks& checks);
// Other files in the manifest's folder that the kubelet runs too.
void check_copies(const std::string& manifest, Checks& checks);
// Checks the last messages of the API server in its Pod's log.
void check_pod_log(const Host& host, Checks& checks);

// The path on the host of a path in the container; "" when no hostPath volume holds it.
std::string on_host(const ApiServer& server, const std::string& path);

// The manifests of kubeadm, kubespray, kops, RKE2, OpenShift and Talos that exist on the host.
std::vector<std::string> usual_manifests(const Host& host);

}  // namespace redshank::doctor
