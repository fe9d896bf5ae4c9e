#include "tests/eval/recordings.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <map>
#include <numeric>
#include <set>

#include "audit/event_parser.h"
#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"
#include "detectors/secrets/config.h"
#include "tests/support/corpus.h"

namespace redshank::eval {

namespace json = boost::json;
namespace fs = std::filesystem;

namespace {

json::value read_json(const fs::path& file) {
    std::ifstream in(file);
    return json::parse(std::string{std::istreambuf_iterator<char>(in), {}});
}

struct Label {
    std::string label, episode, role;
};

std::multimap<std::string, Label> read_labels(const fs::path& file) {
    std::multimap<std::string, Label> labels;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const json::object row = json::parse(line).as_object();
        const auto text = [&](const char* key) {
            const auto* value = row.if_contains(key);
            return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string{};
        };
        labels.emplace(text("auditID"), Label{text("label"), text("episode"), text("role")});
    }
    return labels;
}

struct Mark {
    audit::Time setup{}, rare{}, attack{}, end{}, benign{};
    double run_seconds = 0, days = 0;
};

Mark read_marks(const fs::path& file) {
    Mark mark;
    if (!fs::exists(file)) return mark;
    const json::object row = read_json(file).as_object();
    const auto time = [&](const char* key) {
        const auto* value = row.if_contains(key);
        return value == nullptr
                   ? audit::Time{}
                   : audit::parse_time(std::string_view(value->as_string())).value_or(audit::Time{});
    };
    const auto number = [&](const char* key) {
        const auto* value = row.if_contains(key);
        return value == nullptr ? 0.0 : value->to_number<double>();
    };
    return {time("t_setup"),  time("t_rare"),        time("t_attack"),   time("t_end"),
            time("t_benign"), number("run_seconds"), number("warp_days")};
}

// The same transformation as the corpus' warp.py.
struct Warp {
    audit::Time origin{};
    double factor = 1;

    audit::Time operator()(audit::Time time) const {
        const auto distance = static_cast<double>((time - origin).count());
        return origin + audit::Duration{std::llround(distance * factor)};
    }
    audit::Time stage(audit::Time received, audit::Time stage) const {
        return stage - received < std::chrono::seconds{60} ? (*this)(received) + (stage - received)
                                                           : (*this)(stage);
    }
};

struct Found {
    std::map<std::string, Finding> findings;  // in their last form, by id
    uint64_t events = 0;
};

Found run(const test::Log& log, const Warp& warp, const DetectorConfig& config) {
    std::vector<std::pair<std::string_view, uint64_t>> lines;
    std::vector<audit::Time> keys;
    audit::EventParser parser;
    audit::Event event;
    log.each_line([&](std::string_view line, uint64_t offset) {
        if (parser.parse(line, event) != audit::ParseError::None) return;
        lines.emplace_back(line, offset);
        keys.push_back(warp.stage(event.received, event.stage_time));
    });
    std::vector<size_t> order(lines.size());
    std::iota(order.begin(), order.end(), 0);
    if (warp.factor != 1)
        std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return keys[a] < keys[b]; });

    Found found{.findings = {}, .events = lines.size()};
    Engine engine(config);
    const auto take = [&](std::vector<Finding> told) {
        for (Finding& finding : told) found.findings[finding.id] = std::move(finding);
    };
    for (const size_t at : order) {
        parser.parse(lines[at].first, event);
        event.stage_time = warp.stage(event.received, event.stage_time);
        event.received = warp(event.received);
        engine.observe(event, {.cluster = "eval", .source = "audit.log", .offset = lines[at].second});
        take(engine.drain());
    }
    take(engine.drain(true));
    return found;
}

DetectorConfig only_access() {
    DetectorConfig config;
    config.of<secrets::Config>().enabled = false;
    config.of<crd::Config>().enabled = false;
    config.of<by_rule::Config>().sources.packs.clear();
    config.keep_all_evidence = true;
    return config;
}

double days(audit::Duration duration) {
    return std::chrono::duration<double, std::ratio<86400>>(duration).count();
}

void print_long(const fs::path& folder, double budget, bool verbose) {
    const Mark mark = read_marks(folder / "marks.json");
    const Warp warp{mark.setup, mark.days * 86400 / mark.run_seconds};
    const test::Log log(folder / "audit.log.zst");
    const auto labels = read_labels(folder / "labels.jsonl");
    DetectorConfig config = only_access();
    config.of<access::Config>().budget_per_day = budget;
    const Found found = run(log, warp, config);

    std::map<std::string, std::string> episodes;  // name → kinds of its steps
    std::map<std::string, audit::Time> begins;
    const json::value episode_list = read_json(folder / "episodes.json");
    for (const json::value& value : episode_list.as_array()) {
        const json::object& row = value.as_object();
        if (row.at("kind").as_string() != "attack") continue;
        std::string& steps = episodes[std::string(row.at("episode").as_string())];
        for (const auto& [label, count] : row.at("labels").as_object())
            steps.append(steps.empty() ? "" : " ").append(label);
        const double first = row.at("first").to_number<double>();
        begins[std::string(row.at("episode").as_string())] =
            warp(audit::Time{audit::Duration{static_cast<int64_t>(first * 1e6)}});
    }

    std::map<std::string, audit::Time> hits;
    std::map<std::string, int> by_kind;
    int harmless_before = 0, harmless_after = 0, harmful = 0;
    for (const auto& [id, finding] : found.findings) {
        if (finding.severity < Severity::Medium) continue;
        bool attack = false;
        std::set<std::string> rare;
        for (const Evidence& event : finding.evidence) {
            const auto range = labels.equal_range(event.audit_id);
            for (auto at = range.first; at != range.second; ++at) {
                if (!at->second.label.starts_with("benign-rare")) {
                    attack = true;
                    if (at->second.role != "core") continue;
                    auto& when = hits.try_emplace(at->second.episode, event.time).first->second;
                    when = std::min(when, event.time);
                } else {
                    rare.insert(at->second.label);
                }
            }
        }
        if (attack) {
            ++harmful;
            continue;
        }
        ++by_kind[finding.kind];
        ++(finding.first_seen < warp(mark.rare) ? harmless_before : harmless_after);
        if (verbose) {
            std::printf("    harmless %s %s %s | %s\n", audit::format_time(finding.first_seen).c_str(),
                        finding.kind.c_str(), rare.empty() ? "" : rare.begin()->c_str(),
                        finding.summary.c_str());
        }
    }
    std::vector<double> delays;
    for (const auto& [episode, when] : hits) delays.push_back(days(when - begins[episode]) * 24);
    std::sort(delays.begin(), delays.end());
    std::printf("| long, 28 days | %.0f | %zu of %zu | %d | %.2f | %.2f | %.1f h |\n", budget, hits.size(),
                episodes.size(), harmful, harmless_before / days(warp(mark.rare) - warp(mark.benign)),
                harmless_after / days(warp(mark.end) - warp(mark.rare)),
                delays.empty() ? 0 : delays[delays.size() / 2]);
    if (!verbose) return;
    for (const auto& [kind, count] : by_kind) std::printf("    harmless %s: %d\n", kind.c_str(), count);
    for (const auto& [episode, steps] : episodes) {
        if (!hits.contains(episode)) std::printf("    not found: %s (%s)\n", episode.c_str(), steps.c_str());
    }
}

void print_attacks(const fs::path& folder, bool verbose) {
    const Mark mark = read_marks(folder / "marks.json");
    const test::Log log(folder / "audit.log.zst");
    DetectorConfig config = only_access();
    config.of<access::Config>().learning = mark.attack - mark.setup;
    config.of<access::Config>().learning_candidates = 0;
    config.of<access::Config>().young = std::chrono::seconds{20};
    config.of<access::Config>().budget_per_day = 1000;
    const Found found = run(log, {}, config);
    const auto labels = read_labels(folder / "labels.jsonl");
    std::map<std::string, std::pair<int, int>> kinds;  // label → number of core events found, and of all
    std::set<std::string> evidence;
    int harmless = 0;
    for (const auto& [id, finding] : found.findings) {
        bool attack = false;
        for (const Evidence& event : finding.evidence) {
            evidence.insert(event.audit_id);
            attack = attack || labels.contains(event.audit_id);
        }
        harmless += attack ? 0 : 1;
        if (verbose && !attack)
            std::printf("    harmless %s | %s\n", finding.kind.c_str(), finding.summary.c_str());
    }
    for (const auto& [id, label] : labels) {
        if (label.role != "core") continue;
        auto& [hit, all] = kinds[label.label];
        ++all;
        hit += evidence.contains(id) ? 1 : 0;
    }
    const auto found_kinds =
        std::count_if(kinds.begin(), kinds.end(), [](const auto& kind) { return kind.second.first > 0; });
    std::printf("%s: %td of %zu kinds have evidence in %zu findings, %d of them on harmless events\n",
                folder.filename().c_str(), found_kinds, kinds.size(), found.findings.size(), harmless);
    std::string missed;
    for (const auto& [kind, counts] : kinds) {
        if (counts.first == 0) missed += " " + kind;
    }
    std::printf("    not by this detector:%s\n", missed.c_str());
}

void print_benign(const fs::path& folder, bool verbose) {
    const test::Log log(folder / "audit.log.zst");
    audit::Time first{}, last{};
    log.each_event([&](const audit::Event& event, uint64_t) {
        if (first == audit::Time{}) first = event.stage_time;
        last = std::max(last, event.stage_time);
    });
    DetectorConfig config = only_access();
    config.of<access::Config>().learning = (last - first) / 2;
    config.of<access::Config>().learning_candidates = 0;
    config.of<access::Config>().young = config.of<access::Config>().learning / 2;
    const Found found = run(log, {}, config);
    std::printf("%s: %zu findings in the second half (learning in the first), of %llu events\n",
                folder.filename().c_str(), found.findings.size(),
                static_cast<unsigned long long>(found.events));
    for (const auto& [id, finding] : found.findings) {
        if (verbose) std::printf("    %s | %s\n", finding.kind.c_str(), finding.summary.c_str());
    }
}

}  // namespace

void print_recordings(bool verbose) {
    const fs::path corpus = test::shared_dir() / "corpus";
    if (!fs::exists(corpus)) {
        std::printf("\nno recordings at %s\n", corpus.c_str());
        return;
    }
    std::printf(
        "\nRecordings, this detector alone\n\n| recording | budget a day | episodes found | findings on "
        "attacks | harmless a day "
        "before rare ones | and after | median delay |\n|---|---|---|---|---|---|---|\n");
    if (fs::exists(corpus / "long")) {
        for (const double budget : {1.0, 3.0, 5.0})
            print_long(corpus / "long", budget, verbose && budget == 3);
    }
    std::printf("\n");
    for (const char* name : {"attacks-dev", "attacks-dev-b"}) {
        if (fs::exists(corpus / name)) print_attacks(corpus / name, verbose);
    }
    if (fs::exists(corpus / "benign-day")) print_benign(corpus / "benign-day", verbose);
}

}  // namespace redshank::eval
