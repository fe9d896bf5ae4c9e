// Runs all detectors over any bytes as a short log: findings must be JSON that reads back unchanged, and a
// restart in the middle must not change them.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "audit/event_parser.h"
#include "audit/salvage.h"
#include "core/finding/finding_json.h"
#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/engine.h"
#include "tests/support/memory_state.h"

using namespace redshank;

namespace {

// The packs are read once: they take some ninety times longer than a short log.
const DetectorConfig& config() {
    static const DetectorConfig made = [] {
        DetectorConfig out;
        out.of<access::Config>().learning = audit::Duration::zero();
        auto& rules = out.of<by_rule::Config>();
        rules.loaded = rules::load_rules(rules.sources);
        return out;
    }();
    return made;
}

void check(const std::vector<Finding>& findings) {
    for (const Finding& finding : findings) {
        const std::string json = to_json(finding);
        const auto back = finding_from_json(json);
        if (!back || to_json(*back) != json || json.find('\n') != std::string::npos) abort();
    }
}

// Feeds the engine the lines of the log that begin in [from, to).
void observe(Engine& engine, std::string_view log, size_t from, size_t to) {
    static audit::EventParser parser;
    static audit::Event event;
    while (from < to) {
        const size_t end = std::min(log.find('\n', from), log.size());
        audit::read_line(
            parser, log.substr(from, end - from), event, [&](const audit::Event& found, size_t at) {
                engine.observe(found, {.cluster = "fuzz", .source = "audit.log", .offset = from + at});
                check(engine.drain());
            });
        from = end + 1;
    }
}

test::MemoryState::Table findings_of(Engine& engine, test::MemoryState& state) {
    check(engine.drain(true));
    engine.save(state);
    return state.tables["findings.open"];
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    std::string text(reinterpret_cast<const char*>(data), size);
    text.append(audit::kPadding, '\0');
    const std::string_view log = std::string_view(text).substr(0, size);
    const size_t middle = std::min(log.find('\n', size / 2), size);

    test::MemoryState whole, halves;
    Engine through(config());
    observe(through, log, 0, size);

    constexpr size_t kFewSymbols = 16;  // no finding depends on them
    Engine first(config(), kFewSymbols);
    observe(first, log, 0, std::min(middle + 1, size));
    first.save(halves);
    Engine second(config(), kFewSymbols);
    second.load(halves);
    observe(second, log, middle + 1, size);

    if (findings_of(through, whole) != findings_of(second, halves)) abort();
    return 0;
}
