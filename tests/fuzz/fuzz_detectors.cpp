// Any bytes as a short log, through every detector: what they say must be JSON that reads back the same.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "audit/event_parser.h"
#include "audit/salvage.h"
#include "detectors/engine.h"
#include "detectors/finding_json.h"

using namespace redshank;

namespace {

void check(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
        const std::string json = to_json(finding);
        const auto back = finding_from_json(json);
        if (!back || to_json(*back) != json || json.find('\n') != std::string::npos) abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    DetectorConfig config;
    config.unusual_access.learning = audit::Duration::zero();
    Engine engine(config);
    audit::EventParser parser;
    audit::Event event;
    std::string text(reinterpret_cast<const char*>(data), size);
    text.append(audit::kPadding, '\0');
    const std::string_view log = std::string_view(text).substr(0, size);
    for (size_t at = 0; at < size;) {
        const size_t end = std::min(log.find('\n', at), size);
        const audit::Salvage result = audit::parse_line(parser, log.substr(at, end - at), event);
        if (result.error == audit::ParseError::None || result.recovered) {
            engine.observe(event, {.cluster = "fuzz", .source = "audit.log", .offset = at});
            check(engine.drain());
        }
        at = end + 1;
    }
    check(engine.drain(true));
    return 0;
}
