// What the API server last said about auditing, from its Pod's log. Sources of the texts: apiserver
// pkg/audit/policy/reader.go, pkg/apis/audit/validation/validation.go, pkg/server/options/audit.go.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "daemon/doctor/check.h"

namespace redshank::doctor {

namespace fs = std::filesystem;

namespace {

struct Known {
    std::string_view words;
    Severity severity;
    std::string_view text, fix;
};
constexpr std::string_view kPolicyError = "loading audit policy file:";
constexpr Known kKnown[] = {
    {"falling back to lenient decoding", Severity::Warning,
     "The API server left out keys of the audit policy that it does not know.",
     "redshank policy check FILE names them."},
    {kPolicyError, Severity::Error, "The API server did not start because of its audit policy.",
     "redshank policy check FILE says why."},
    {"invalid audit log mode", Severity::Error, "--audit-log-mode has a word that is none.",
     "Write batch, blocking or blocking-strict."},
    {"invalid audit webhook mode", Severity::Error, "--audit-webhook-mode has a word that is none.",
     "Write batch, blocking or blocking-strict."},
    {"invalid audit log format", Severity::Error, "--audit-log-format has a word that is none.",
     "Remove the flag; json is the default."},
    {"can't be a negative number", Severity::Error, "A limit of the audit log is negative.",
     "Write --audit-log-maxage=30, --audit-log-maxbackup=10 and --audit-log-maxsize=100."},
    {"invalid audit batch", Severity::Error, "A batch flag of the audit backend is 0 or less.",
     "Remove the --audit-*-batch-* flags, or give them positive numbers."},
    {"invalid audit truncate", Severity::Error, "The limits of --audit-*-truncate-* contradict each other.",
     "Make max-batch-size greater than max-event-size, and both positive."},
    {"invalid group version", Severity::Error, "--audit-*-version names a version that is gone.",
     "Remove the flag; audit.k8s.io/v1 is the default."},
    {"ensureLogFile:", Severity::Error, "The API server could not write its audit log.",
     "Mount the folder of the log from the host, not read-only."},
    {"initializing audit webhook:", Severity::Error,
     "The API server could not read the webhook's kubeconfig.",
     "Mount the file and those that it names, and give it a current-context: redshank webhook-config."},
    {"unknown flag: --audit", Severity::Error, "The API server does not know one of its audit flags.",
     "Mend the flag's name."},
    {"No audit policy file provided", Severity::Warning, "The API server writes no events: it has no policy.",
     "Add --audit-policy-file."},
    {"audit buffer queue blocked", Severity::Warning,
     "The API server has dropped audit events: its buffer was full.",
     "See why the backend is slow, or raise --audit-webhook-batch-buffer-size."},
    {"Error in audit plugin", Severity::Warning, "The API server has lost audit events.",
     "Look for a full disk, a line longer than maxsize, or a webhook that does not answer."},
};

// What stands behind kPolicyError; the first that is found counts.
struct Cause {
    std::string_view words, text, fix;
};
constexpr Cause kCauses[] = {
    {"no such file or directory", "Its container has no audit policy at that path.",
     "Mount the policy (volumeMount and hostPath volume of type File), or mend --audit-policy-file."},
    {"is a directory", "The kubelet made a folder where the audit policy was missing.",
     "rmdir it on the host, put the file there, and give the volume type: File."},
    {"permission denied", "It may not read the audit policy.", "chmod 0644 the file."},
    {"is registered for version",
     "The policy has an apiVersion or kind that it does not know; v1beta1 is gone since 1.24.",
     "Write apiVersion: audit.k8s.io/v1 and kind: Policy."},
    {"unknown group version field", "The policy has no apiVersion or no kind.",
     "Write apiVersion: audit.k8s.io/v1 and kind: Policy."},
    {"with 0 rules", "The policy has no rules, or the file is empty.", "Add - level: Metadata under rules:."},
    {".level:", "A rule of the policy has no level, or a word that is none.",
     "Write None, Metadata, Request or RequestResponse; capitals count."},
    {"omitStages", "omitStages names no stage.",
     "Write RequestReceived, ResponseStarted, ResponseComplete or Panic."},
    {"nonResourceURLs", "A rule's nonResourceURLs cannot be used.",
     "Begin each with /, put * at the end only, and name no resources or namespaces in the same rule."},
    {"resources.group", "A rule names an API group with a version, capitals or *.",
     "Write apps, not apps/v1; * is allowed from 1.36 on."},
    {"resourceNames", "A rule has resourceNames without resources.", "Name the resources."},
    {"failed decoding", "The policy is no YAML, or a value has the wrong type.",
     "redshank policy check FILE names the line."},
};

// The last lines of a file, at most 256 KiB.
std::string tail_of(const fs::path& file) {
    std::ifstream in(file, std::ios::ate | std::ios::binary);
    const auto size = static_cast<std::streamoff>(in.tellg());
    constexpr std::streamoff kTail = 256 << 10;
    if (!in || size <= 0) return "";
    in.seekg(std::max<std::streamoff>(0, size - kTail));
    std::string text(static_cast<size_t>(std::min(size, kTail)), '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    return text;
}

// The newest log of the API server's container.
fs::path newest_pod_log(const Host& host) {
    fs::path newest;
    fs::file_time_type time{};
    std::error_code error;
    for (const auto& pod : fs::directory_iterator(host.at("/var/log/pods"), error)) {
        if (!pod.path().filename().string().starts_with("kube-system_kube-apiserver")) continue;
        for (const auto& entry : fs::recursive_directory_iterator(pod.path(), error)) {
            if (entry.path().extension() != ".log") continue;
            const auto written = fs::last_write_time(entry.path(), error);
            if (newest.empty() || written > time) {
                newest = entry.path();
                time = written;
            }
        }
    }
    return newest;
}

// The cause of a policy that was not loaded, by what stands in the line.
Check explained(const Known& known, const std::string& line, const std::string& file) {
    Check check{"pod-log",
                known.severity,
                file,
                0,
                fmt::format("{} It says: {}", known.text, line),
                std::string(known.fix)};
    if (known.words != kPolicyError) return check;
    for (const Cause& cause : kCauses) {
        if (line.find(cause.words) == line.npos) continue;
        check.text = fmt::format("The API server did not start. {} It says: {}", cause.text, line);
        check.fix = cause.fix;
        break;
    }
    return check;
}

}  // namespace

void check_pod_log(const Host& host, Checks& checks) {
    const fs::path file = newest_pod_log(host);
    if (file.empty()) return;
    const std::string text = tail_of(file);
    for (const Known& known : kKnown) {
        const size_t at = text.rfind(known.words);
        if (at == text.npos) continue;
        const std::string line = text.substr(at, std::min<size_t>(text.find('\n', at) - at, 400));
        checks.push_back(explained(known, line, file.string()));
    }
}

}  // namespace redshank::doctor
