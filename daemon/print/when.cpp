#include "daemon/print/when.h"

#include "core/finding/sentence.h"
#include "daemon/print/listing.h"

namespace redshank {

std::string ago_words(audit::Time time, audit::Time now) {
    const bool is_past = time <= now;
    const audit::Duration span = is_past ? now - time : time - now;
    if (span < std::chrono::seconds{1}) return "now";
    return is_past ? span_words(span) + " ago" : "in " + span_words(span);
}

std::string when(audit::Time time, audit::Time now) {
    return to_seconds(time) + " (" + ago_words(time, now) + ")";
}

ColumnStyle when_column(const char* header) {
    return {.header = header, .weight = 1, .min = 20};
}

}  // namespace redshank
