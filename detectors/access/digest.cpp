#include "detectors/access/digest.h"

#include "core/state/key.h"

namespace redshank::access {

namespace {

std::string joined(const std::vector<std::string>& why) {
    std::string out;
    for (const std::string& one : why) out.append(out.empty() ? "" : "; ").append(one);
    return out;
}

}  // namespace

void Digest::add(const Look& look, const Candidate& candidate) {
    const audit::Event& event = look.event();
    const std::string time = audit::format_time(event.stage_time);
    rows_.change(row_key({time, candidate.key})) = {.time = event.stage_time,
                                                    .user = std::string(look.user()),
                                                    .namespace_ = std::string(event.object.namespace_),
                                                    .what = candidate.hit.what,
                                                    .because = joined(candidate.hit.why),
                                                    .bits = candidate.bits};
}

}  // namespace redshank::access
