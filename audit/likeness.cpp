#include "audit/likeness.h"

#include <array>

namespace redshank::audit {

namespace {

bool is_binary(std::string_view text) {
    return text.find('\0') != text.npos || text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
}

struct Likeness {
    std::string_view sign, says;
};

// The first entry that matches decides.
constexpr std::array<Likeness, 13> kLikenesses{{
    {" stdout P ",
     "is a part of a line that the container runtime has cut (CRI, tag P) and the end is missing: let the "
     "shipper join the parts, or give the file of --audit-log-path"},
    {" stderr F ",
     "is a line of a container's log that is no audit event: give the log of the API server whose "
     "--audit-log-path is -, or the file of --audit-log-path"},
    {" stdout F ",
     "is a line of a container's log that is no audit event: give the log of the API server whose "
     "--audit-log-path is -, or the file of --audit-log-path"},
    {"protoPayload",
     "looks like a record of another service of Google Cloud: those of GKE have serviceName k8s.io and "
     "methodName io.k8s.…; filter with protoPayload.serviceName=\"k8s.io\""},
    {"cloudaudit.googleapis.com",
     "looks like a record of another service of Google Cloud: those of GKE have protoPayload with "
     "serviceName "
     "k8s.io"},
    {R"("logEvents")",
     "looks like a record of CloudWatch Logs without audit events: subscribe to the streams "
     "kube-apiserver-audit-*, which exist once the cluster's log type audit is on"},
    {R"("category")",
     "looks like another log of Azure: send the category kube-audit (or kube-audit-admin, which has no get "
     "and "
     "no list, so that reads of Secrets are not seen)"},
    {" AUDIT: id=", "is in the legacy text format: start the API server with --audit-log-format=json"},
    {R"("kind":"EventList")",
     "is an EventList without an item that is an event: see the reasons that are counted"},
    {R"("involvedObject")",
     "looks like a Kubernetes Event (kubectl get events), which is no audit event: give the file of "
     "--audit-log-path"},
    {"kind: Policy", "is an audit policy, not a log: redshank policy check reads it"},
    {R"("auditID":)",
     "has fields of an audit event, but not all of auditID, stage, requestURI and a time such as "
     "2026-03-16T10:00:00Z: the program that wrote the line left them out or changed them, or the line is "
     "broken"},
    {R"("kind")", "looks like another kind of Kubernetes object: give the file of --audit-log-path"},
}};

}  // namespace

std::string_view likeness(std::string_view text) {
    text = text.substr(0, 4096);
    if (is_binary(text))
        return "holds NUL bytes, as UTF-16 or a compressed file does: redshank reads UTF-8, gzip, zstd, "
               "bzip2 and xz";
    const size_t start = text.find_first_not_of(" \t\r");
    const char first = start == text.npos ? ' ' : text[start];
    if (first == '"' || (first == '{' && text.find('}') == text.npos))
        return "looks like a part of a pretty-printed object: one event must stand in one line (jq -c .)";
    for (const auto& [sign, says] : kLikenesses) {
        if (text.find(sign) != text.npos) return says;
    }
    if (first == '{' || first == '[')
        return "is JSON, but no audit event and no envelope that redshank knows: take the event out of it "
               "with jq first";
    return "is no JSON: give the file of --audit-log-path";
}

}  // namespace redshank::audit
