// Google Cloud's audit log of GKE as events of audit.k8s.io/v1.
#pragma once

#include <string>
#include <string_view>

namespace redshank::audit {

// The annotation of an event that was put together from the record of a cloud; its value names the record.
inline constexpr std::string_view kReconstructed = "redshank/reconstructed";

// The event that a LogEntry of the API server tells (protoPayload is a google.cloud.audit.AuditLog of
// serviceName k8s.io), as JSON; "" for any other text. `entry` has kPadding readable bytes after it.
//
// What the record does not say is left out and never guessed: groups, uid, the query of the URI, the hosts
// before the last. The URI is built from resourceName. AuditLog and LogEntry:
// https://github.com/googleapis/googleapis (google/cloud/audit/audit_log.proto,
// google/logging/v2/log_entry.proto).
//
// | field                    | from                                                                        |
// | auditID                  | operation.id, or insertId                                                   |
// | stage                    | ResponseStarted for an operation that is not the last, else ResponseComplete |
// | verb, objectRef, URI     | methodName, resourceName                                                    |
// | user.username            | principalEmail, or principalSubject                                         |
// | decision, reason         | the labels; `granted` where they are missing, and always when it is false   |
// | responseStatus           | `response` when it is a Status of Kubernetes; else status.code as HTTP      |
// |                          | (google/rpc/code.proto): no status, or 0, is OK unless a right was denied   |
std::string google_event(std::string_view entry);

}  // namespace redshank::audit
