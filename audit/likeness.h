// What a text that is no audit event may be instead, for whoever gave redshank the wrong file.
#pragma once

#include <string_view>

namespace redshank::audit {

// A sentence without its subject: what the text looks like and what to do, such as "looks like a Kubernetes
// Event (kubectl get events), which is no audit event: give the file of --audit-log-path". Never holds a part
// of the text. `text` may be any bytes; the first 4 KiB are looked at.
std::string_view likeness(std::string_view text);

}  // namespace redshank::audit
