// The list of all detectors.
#include "detectors/registry.h"

#include "detectors/access/detector.h"
#include "detectors/by_rule/detector.h"
#include "detectors/crd/detector.h"
#include "detectors/secrets/detector.h"
#include "detectors/source/detector.h"
#include "detectors/visibility/detector.h"

namespace redshank {

namespace {

struct Row {
    std::string_view table;  // [detectors.NAME]; "" when it is read elsewhere, or there is nothing to say
    void (*read)(ConfigTable&, DetectorConfig&);
    std::unique_ptr<Detector> (*make)(const DetectorConfig&);  // null when it is not enabled
};

// The room of Config has read(ConfigTable&, Config&), make_detector(const Config&), and `enabled`.
template <class Config>
constexpr Row row(std::string_view table) {
    return {table, [](ConfigTable& in, DetectorConfig& all) { read(in, all.of<Config>()); },
            [](const DetectorConfig& all) -> std::unique_ptr<Detector> {
                const Config& config = all.of<Config>();
                return config.enabled ? make_detector(config) : nullptr;
            }};
}

// Detectors see each event in this order.
constexpr Row kRows[] = {
    row<secrets::Config>("secret_exposure"),
    row<access::Config>("unusual_access"),
    row<crd::Config>("crd_health"),
    {"", nullptr, [](const DetectorConfig&) { return make_source_truncated(); }},
    {"", nullptr,
     [](const DetectorConfig& all) { return by_rule::make_detector(all.of<by_rule::Config>()); }},
    {"", nullptr, [](const DetectorConfig& all) { return visibility::make_detector(all); }},
};

}  // namespace

void read_detectors(ConfigTable& root, DetectorConfig& config) {
    root.table("detectors", [&](ConfigTable& detectors) {
        for (const Row& row : kRows) {
            if (row.table.empty()) continue;
            detectors.table(row.table, [&](ConfigTable& table) { row.read(table, config); });
        }
    });
    root.table("rules", [&](ConfigTable& table) { read(table, config.of<by_rule::Config>()); });
}

std::vector<std::unique_ptr<Detector>> make_detectors(const DetectorConfig& config) {
    std::vector<std::unique_ptr<Detector>> detectors;
    for (const Row& row : kRows) {
        if (auto detector = row.make(config)) detectors.push_back(std::move(detector));
    }
    return detectors;
}

}  // namespace redshank
