#include "detectors/access/digest.h"

#include <boost/json.hpp>

#include "core/state/json_fields.h"

namespace redshank::access {

namespace json = boost::json;

DigestRow DigestRow::read(std::string_view text) {
    const json::object value = parse_row(text);
    DigestRow row{.json = std::string(text)};
    if (const auto* micros = value.if_contains("micros")) row.time = micros->to_number<int64_t>();
    return row;
}

void Digest::add(const Look& look, const Candidate& candidate) {
    const audit::Event& event = look.event();
    const std::string time = audit::format_time(event.stage_time);
    DigestRow& row = rows_.change(time + '\x1f' + candidate.key);
    row.time = event.stage_time.time_since_epoch().count();
    row.json = json::serialize(json::object{{"micros", row.time},
                                            {"time", time},
                                            {"user", event.user.username},
                                            {"namespace", event.object.namespace_},
                                            {"what", candidate.hit.what},
                                            {"because", candidate.hit.because},
                                            {"bits", candidate.bits}});
}

}  // namespace redshank::access
