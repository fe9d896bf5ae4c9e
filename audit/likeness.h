// Guesses what a text that is no audit event is, for users who gave redshank the wrong file.
#pragma once

#include <string_view>

namespace redshank::audit {

// Returns a sentence without its subject: what the text looks like and what to do, such as "looks like a
// Kubernetes Event (kubectl get events), which is no audit event: give the file of --audit-log-path". The
// sentence never contains a part of the text. `text` may be any bytes; only the first 4 KiB are examined.
std::string_view likeness(std::string_view text);

}  // namespace redshank::audit
