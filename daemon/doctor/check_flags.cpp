// Flags of the API server: pkg/server/options/audit.go.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "daemon/doctor/check.h"

namespace redshank::doctor {

namespace {

// Since 1.36: 100 MB, 366 days, 100 backups; before, nothing is deleted, and maxsize 0 means 100 MB.
constexpr int kBoundedLogs = 36;

std::optional<long> number(const Flag& flag) {
    long value = 0;
    const char* end = flag.value.data() + flag.value.size();
    const auto [at, error] = std::from_chars(flag.value.data(), end, value);
    return error == std::errc{} && at == end ? std::optional(value) : std::nullopt;
}

class Flags {
  public:
    Flags(const ApiServer& server, const std::string& manifest, int kubernetes, Checks& checks)
        : server_(server), manifest_(manifest), kubernetes_(kubernetes), checks_(checks) {}

    void run() {
        presence();
        one_of("audit-log-mode", {"batch", "blocking", "blocking-strict"},
               "invalid audit log mode {}, allowed modes are \"batch,blocking,blocking-strict\"");
        one_of("audit-webhook-mode", {"batch", "blocking", "blocking-strict"},
               "invalid audit webhook mode {}, allowed modes are \"batch,blocking,blocking-strict\"");
        one_of("audit-log-format", {"legacy", "json"},
               "invalid audit log format {}, allowed formats are \"legacy,json\"");
        one_of("audit-log-version", {"audit.k8s.io/v1"},
               "invalid group version {}, allowed versions are [audit.k8s.io/v1]");
        for (const char* name : {"audit-log-maxage", "audit-log-maxbackup", "audit-log-maxsize"}) size(name);
        legacy();
        retention();
    }

  private:
    void add(const char* check, Severity severity, size_t line, std::string text, std::string fix) {
        checks_.push_back({check, severity, manifest_, line, std::move(text), std::move(fix)});
    }

    void presence() {
        const Flag *policy = server_.flag("audit-policy-file"), *log = server_.flag("audit-log-path"),
                   *webhook = server_.flag("audit-webhook-config-file");
        const size_t line = server_.command_line;
        if (log == nullptr && webhook == nullptr) {
            add("audit-off", Severity::Error, line,
                "Audit logging is off: there is neither a log nor a webhook.",
                "Add: - --audit-log-path=/var/log/kubernetes/audit/audit.log");
        }
        if (policy == nullptr) {
            add("audit-off", Severity::Error, line,
                "There is no audit policy, so no event is written; the API server starts all the same and "
                "says so "
                "only at -v=2.",
                "Add: - --audit-policy-file=/etc/kubernetes/audit-policy.yaml");
        }
        if (policy != nullptr && (log != nullptr || webhook != nullptr))
            add("audit-on", Severity::Ok, policy->line, "audit policy and backend are named", "");
        if (log != nullptr && log->value == "-") {
            add("log-path", Severity::Warning, log->line,
                "Events go to the pod's own log, between other lines.",
                "Write a file: - --audit-log-path=/var/log/kubernetes/audit/audit.log");
        }
    }

    void one_of(const char* name, std::vector<std::string_view> allowed, const std::string& server_text) {
        const Flag* flag = server_.flag(name);
        if (flag == nullptr || std::find(allowed.begin(), allowed.end(), flag->value) != allowed.end())
            return;
        add("flag-value", Severity::Error, flag->line,
            "The API server stops: " + fmt::format(fmt::runtime(server_text), flag->value),
            fmt::format("Write: - --{}={}", name, allowed.back()));
    }

    void size(const char* name) {
        const Flag* flag = server_.flag(name);
        if (flag == nullptr) return;
        const auto value = number(*flag);
        if (!value || *value < 0) {
            add("flag-value", Severity::Error, flag->line,
                value ? fmt::format("The API server stops: --{} {} can't be a negative number", name,
                                    flag->value)
                      : fmt::format("The API server stops: --{} is no number: {}", name, flag->value),
                fmt::format("Write: - --{}={}", name,
                            std::string_view(name).ends_with("maxage")      ? 30
                            : std::string_view(name).ends_with("maxbackup") ? 10
                                                                            : 100));
        }
    }

    void legacy() {
        const Flag* format = server_.flag("audit-log-format");
        if (format == nullptr || format->value != "legacy") return;
        add("log-format", Severity::Error, format->line,
            "The legacy format is one line of text that redshank cannot read.",
            "Remove --audit-log-format; json is the default.");
    }

    // The limits of CIS 1.2.17 to 1.2.19, and that the log is bounded at all.
    void retention() {
        if (server_.flag("audit-log-path") == nullptr) return;
        const auto value = [&](const char* name) {
            const Flag* flag = server_.flag(name);
            return flag == nullptr ? std::nullopt : number(*flag);
        };
        const auto line = [&](const char* name) {
            const Flag* flag = server_.flag(name);
            return flag == nullptr ? server_.command_line : flag->line;
        };
        const auto maxsize = value("audit-log-maxsize");
        if (maxsize == 0 && kubernetes_ >= kBoundedLogs) {
            add("rotation", Severity::Error, line("audit-log-maxsize"),
                "From Kubernetes 1.36 on maxsize 0 means that the log is never rotated: it fills the disk.",
                "Write: - --audit-log-maxsize=100");
        }
        if (kubernetes_ < kBoundedLogs && value("audit-log-maxbackup").value_or(0) == 0 &&
            value("audit-log-maxage").value_or(0) == 0) {
            add("rotation", Severity::Warning, line("audit-log-maxbackup"),
                "No backup of the log is ever deleted: it fills the disk.",
                "Add: - --audit-log-maxbackup=10 and - --audit-log-maxage=30");
        }
        if (const auto backups = value("audit-log-maxbackup"); backups && *backups > 0 && *backups < 3) {
            add("rotation", Severity::Warning, line("audit-log-maxbackup"),
                "So few backups that a reader that was down for a moment loses events.",
                "Write: - --audit-log-maxbackup=10");
        }
    }

    const ApiServer& server_;
    const std::string& manifest_;
    const int kubernetes_;
    Checks& checks_;
};

}  // namespace

void check_flags(const ApiServer& server, const std::string& manifest, int kubernetes, Checks& checks) {
    Flags(server, manifest, kubernetes, checks).run();
}

}  // namespace redshank::doctor
