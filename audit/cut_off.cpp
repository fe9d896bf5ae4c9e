#include "audit/cut_off.h"

#include "audit/envelope/items.h"

namespace redshank::audit {

std::string event_before_cut(std::string_view text, Time time) {
    constexpr std::string_view kBegin = R"({"kind":"Event","apiVersion":"audit.k8s.io/)";
    if (!text.starts_with(kBegin) || time == Time{} || json_end(text) != text.npos) return {};
    size_t end = 0;
    bool has_time = false, has_annotations = false;
    each_whole_member(text, [&](std::string_view key, size_t, size_t to) {
        has_time |= key == R"("stageTimestamp")";
        has_annotations |= key == R"("annotations")";
        end = to;
        return true;
    });
    if (end == 0) return {};
    std::string event(text.substr(0, end));
    if (!has_time) event += R"(,"stageTimestamp":")" + format_time(time) + '"';
    if (!has_annotations) event += R"(,"annotations":{")" + std::string(kCutOff) + R"(":"true"})";
    return event + '}';
}

}  // namespace redshank::audit
