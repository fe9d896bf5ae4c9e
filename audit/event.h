// The audit.k8s.io/v1 Event, as staging/src/k8s.io/apiserver/pkg/apis/audit/v1/types.go defines it.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "audit/arena.h"
#include "audit/items.h"
#include "audit/time.h"

namespace redshank::audit {

enum class Level : uint8_t { Unknown, None, Metadata, Request, RequestResponse };
enum class Stage : uint8_t { Unknown, RequestReceived, ResponseStarted, ResponseComplete, Panic };

std::string_view to_string(Level level);
std::string_view to_string(Stage stage);

struct KeyValue {
    std::string_view key, value;
};

struct ExtraEntry {
    std::string_view key;
    std::vector<std::string_view> values;
};

struct User {
    std::string_view username;  // empty for a 401
    std::string_view uid;       // set for service accounts and system:apiserver only
    Items<std::string_view> groups;
    Items<ExtraEntry> extra;
    // The object as it stands in the line, when the reader took it from there as a whole; "" otherwise. Equal
    // bytes mean equal members.
    std::string_view raw;

    bool in_group(std::string_view group) const;
    // The first value of user.extra[key]; empty when there is none.
    std::string_view extra_value(std::string_view key) const;
    void clear();
};

// The object of the request. Absent (present == false) for non-resource URLs such as /healthz. All fields
// come from the URL or the body: after decoding, the name may contain any byte.
struct ObjectRef {
    bool present = false;
    std::string_view resource, namespace_, name, uid, api_group, api_version, resource_version, subresource;
};

struct StatusCause {
    std::string_view reason, message, field;
};

struct ResponseStatus {
    bool present = false;
    int code = 0;                              // 0: not given
    std::string_view status, message, reason;  // "" for most successes
    std::string_view details_name, details_group, details_kind, details_uid;
    int retry_after_seconds = 0;
    std::vector<StatusCause> causes;
};

// Every string is a view: into the parsed line, into `unescaped` for the few with escapes, or into a text
// that many lines have and the Event keeps. It is therefore valid while the bytes of its line and the Event
// itself live, until the parser fills it again.
struct Event {
    Level level = Level::Unknown;
    Stage stage = Stage::Unknown;
    std::string_view audit_id;     // a client may choose it; never a key for deduplication
    std::string_view request_uri;  // may contain selectors, exec commands and tokens: never print it whole
    std::string_view verb;         // "" for OPTIONS and for methods that Kubernetes does not know
    User user;                     // who authenticated
    bool is_impersonated = false;
    User impersonated_user;              // valid when is_impersonated
    Items<std::string_view> source_ips;  // only the last one can be trusted
    std::string_view user_agent;         // free text of the client
    ObjectRef object;
    ResponseStatus response;
    std::string_view request_object, response_object;  // raw JSON, not parsed here; "" when absent
    Time received{}, stage_time{};
    Items<KeyValue> annotations;

    // authorization.k8s.io/decision and /reason, "" when absent (401, 429, refused impersonation).
    std::string_view decision, reason;

    // Numbers of texts that the reader has seen before (see KnownTexts): of all from `user` to `userAgent`,
    // and of `annotations`. Equal numbers mean equal texts, in the whole process; 0: not known.
    uint64_t sender_text = 0, annotations_text = 0;
    std::shared_ptr<const void> sender_kept, annotations_kept;  // these texts

    // The line was longer than its source's limit, so both bodies were left out (see long_line.h). This is no
    // field of the log; it depends on the line and the limit only.
    bool is_shortened = false;

    Arena unescaped;

    // The last source IP: the peer that the API server saw; "" when there is none.
    std::string_view peer_ip() const { return source_ips.empty() ? std::string_view{} : source_ips.back(); }
    // Whether there are annotations besides these two. Of one that is there twice it may say so as well.
    bool has_other_annotations() const {
        const size_t usual = (decision.data() != nullptr ? 1 : 0) + (reason.data() != nullptr ? 1 : 0);
        return annotations.size() > usual;
    }
    // "" when the event has no such annotation.
    std::string_view annotation(std::string_view key) const;
    // The user whose rights were checked: the impersonated one, if any.
    const User& effective_user() const { return is_impersonated ? impersonated_user : user; }
    // 2xx, or 101 for exec, attach and port-forward.
    bool succeeded() const { return (response.code >= 200 && response.code < 300) || response.code == 101; }
    // Whether the request created an object: a create that succeeded, or a patch or update (apply) that was
    // answered 201.
    bool created_object() const;
    // The body that shows the whole object as it is now: the answer, or else what was sent, unless it is a
    // patch of an object that was there, which shows a part. "" when the log has none.
    std::string_view whole_object() const;
    // True for a dry run (metav1): nothing is stored, but the response contains the object. Read from
    // requestURI.
    bool is_dry_run() const;
    // Whether this is the object's API group ("" for core) and resource.
    bool is_resource(std::string_view group, std::string_view resource) const {
        return object.present && object.resource == resource && object.api_group == group;
    }

    void clear();
};

}  // namespace redshank::audit
