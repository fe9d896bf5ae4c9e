#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>

#include "core/config/file_text.h"
#include "daemon/doctor/check.h"
#include "daemon/sources/policy_file.h"

namespace redshank::doctor {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t kMegabyte = 1 << 20;

uint64_t flag_number(const ApiServer& server, std::string_view name, uint64_t otherwise) {
    const Flag* flag = server.flag(name);
    uint64_t value = otherwise;
    if (flag != nullptr) std::from_chars(flag->value.data(), flag->value.data() + flag->value.size(), value);
    return value;
}

}  // namespace

void check_policy(const ApiServer& server, const Host& host, int kubernetes, Checks& checks) {
    namespace policy = audit::policy;
    const Flag* flag = server.flag("audit-policy-file");
    const std::string path = flag == nullptr ? "" : on_host(server, flag->value);
    std::error_code error;
    if (path.empty() || !fs::is_regular_file(host.at(path), error)) return;  // check_mounts() says why
    const policy::Loaded loaded = load_policy(host.at(path), kubernetes);
    for (const policy::Problem& problem : loaded.problems) {
        if (problem.severity == policy::Severity::Note) continue;
        const bool stops = problem.severity == policy::Severity::Error;
        checks.push_back({"policy", stops ? Severity::Error : Severity::Warning, path, problem.place.line,
                          stops ? "The API server does not start: " + problem.server_text : problem.text,
                          stops ? problem.text : "Mend the key, or remove it."});
    }
    if (loaded.policy) {
        checks.push_back({"policy", Severity::Ok, path, 0,
                          fmt::format("can be loaded by Kubernetes 1.{}", kubernetes), ""});
    }
}

void check_log(const ApiServer& server, const Host& host, Checks& checks) {
    const Flag* flag = server.flag("audit-log-path");
    const std::string path = flag == nullptr ? "" : on_host(server, flag->value);
    if (path.empty()) return;
    struct stat status {};
    if (::stat(host.at(path).c_str(), &status) != 0) {
        checks.push_back({"log", Severity::Warning, path, 0, "There is no audit log yet.",
                          "Wait until the API server has restarted; then its first request makes the file."});
        return;
    }
    const bool is_for_all = (status.st_mode & 0004) != 0;
    checks.push_back({"log", is_for_all ? Severity::Warning : Severity::Ok, path, 0,
                      is_for_all ? "Everybody on this host may read the audit log."
                                 : fmt::format("mode {:04o}, owner {}, group {}", status.st_mode & 07777,
                                               status.st_uid, status.st_gid),
                      is_for_all ? fmt::format("chmod 0640 {}", path) : ""});
    struct statvfs disk {};
    if (::statvfs(fs::path(host.at(path)).parent_path().c_str(), &disk) != 0) return;
    const uint64_t free = static_cast<uint64_t>(disk.f_bavail) * disk.f_frsize / kMegabyte;
    const uint64_t size = std::max<uint64_t>(flag_number(server, "audit-log-maxsize", 100), 1);
    const uint64_t backups = flag_number(server, "audit-log-maxbackup", 0);
    if (backups > 0 && free < size * backups) {
        checks.push_back(
            {"disk", Severity::Warning, path, 0,
             fmt::format("{} MB are free, and log and backups may grow to {} MB.", free,
                         size * (backups + 1)),
             "Lower --audit-log-maxbackup or make room: on a full disk events are lost in silence."});
    }
}

void check_copies(const std::string& manifest, Checks& checks) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(fs::path(manifest).parent_path(), error)) {
        const std::string name = entry.path().filename().string();
        // The kubelet leaves out files that begin with a dot, and no others.
        if (name.starts_with('.') || !entry.is_regular_file(error) ||
            fs::equivalent(entry.path(), manifest, error))
            continue;
        const std::optional<std::string> text = file_text(entry.path());
        ManifestProblem problem;
        if (!text || !read_manifest(*text, problem)) continue;
        checks.push_back(
            {"stray-copy", Severity::Error, entry.path().string(), 0,
             "A second kube-apiserver manifest lies here: the kubelet runs one of the two, whatever its "
             "name ends in.",
             fmt::format("mv {} /root/", entry.path().string())});
    }
}

}  // namespace redshank::doctor
