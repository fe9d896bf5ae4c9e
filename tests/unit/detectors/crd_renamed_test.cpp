// Variants of the recorded failures of custom resources: other names, another order of clients, a log that
// begins later, other audit levels. The class of each request must stay the same.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <random>
#include <set>

#include "core/request/request_tracker.h"
#include "detectors/crd/detector.h"
#include "detectors/crd/report.h"
#include "detectors/crd/request_list.h"
#include "tests/support/corpus.h"
#include "tests/support/memory_state.h"

namespace redshank {
namespace {

namespace json = boost::json;
using Lines = std::vector<std::string>;
using Classes = std::map<std::string, std::string>;  // audit ID → class, for failing requests
using Counts = std::map<std::string, std::pair<uint64_t, uint64_t>>;  // "group/resource verb" → all, failed

Lines lines_of(const char* corpus) {
    Lines lines;
    test::Log(test::shared_dir() / "corpus" / corpus / "audit.log.zst")
        .each_line([&](std::string_view line, uint64_t) { lines.emplace_back(line); });
    return lines;
}

test::Log log_of(const Lines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + '\n';
    return test::Log::of_text(std::move(text));
}

// Reads the log twice, as `redshank crds --requests` does with a file; or once, as it does with standard
// input.
Classes classes_of(const Lines& lines, bool twice = true) {
    const test::Log log = log_of(lines);
    crd::RequestList list({});
    RequestTracker tracker;
    if (twice) {
        log.each_event([&](const audit::Event& event, uint64_t) {
            if (tracker.answers(event)) list.learn("test", event);
        });
    }
    Classes found;
    tracker = {};
    log.each_event([&](const audit::Event& event, uint64_t) {
        if (!tracker.answers(event)) return;
        if (const auto request = list.classify("test", event))
            found[request->audit_id] = to_string(request->outcome);
    });
    return found;
}

Counts totals_of(const Lines& lines) {
    Engine engine(DetectorConfig{});
    log_of(lines).each_event([&](const audit::Event& event, uint64_t offset) {
        engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
    });
    test::MemoryState state;
    engine.save(state);
    Counts counts;
    for (const crd::Report& report : crd::read_reports(state, crd::Config{})) {
        for (const auto& [row, classes] : report.tally.rows()) {
            auto& [all, failed] =
                counts[report.key.group + "/" + report.key.resource + "/" + row.first + " " + row.second];
            for (const auto& [outcome, n] : classes) {
                all += n;
                if (outcome != crd::OutcomeClass::Ok) failed += n;
            }
        }
    }
    return counts;
}

// Counts requests by stage, code and object only.
Counts plain_totals(const Lines& lines, const std::set<std::string>& groups) {
    Counts counts;
    log_of(lines).each_event([&](const audit::Event& event, uint64_t) {
        if (!groups.contains(std::string(event.object.api_group))) return;
        if (event.stage != audit::Stage::ResponseComplete && event.stage != audit::Stage::Panic) return;
        auto& [all, failed] =
            counts[std::string(event.object.api_group) + "/" + std::string(event.object.resource) + "/" +
                   std::string(event.object.subresource) + " " + std::string(event.verb)];
        ++all;
        if (event.response.code >= 400) ++failed;
    });
    return counts;
}

std::set<std::string> custom_groups(const Lines& lines) {
    std::set<std::string> groups;
    for (const auto& [key, counts] : totals_of(lines)) groups.insert(key.substr(0, key.find('/')));
    return groups;
}

// ---- Other names

using Names = std::map<std::string, std::string, std::greater<>>;  // old → new

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

std::string renamed(const std::string& line, const Names& names) {
    std::string out;
    for (size_t at = 0; at < line.size();) {
        const bool begins = at == 0 || !is_word(line[at - 1]);
        const auto name =
            begins ? std::find_if(names.begin(), names.end(),
                                  [&](const auto& entry) {
                                      const size_t end = at + entry.first.size();
                                      return line.compare(at, entry.first.size(), entry.first) == 0 &&
                                             (end >= line.size() || !is_word(line[end]));
                                  })
                   : names.end();
        if (name == names.end()) {
            out += line[at++];
        } else {
            out += name->second;
            at += name->first.size();
        }
    }
    return out;
}

// Invents a new name for each group, plural, kind, namespace, webhook and service account.
Names new_names(const Lines& lines, const std::set<std::string>& groups) {
    std::set<std::string> plurals, kinds, namespaces, accounts, hooks;
    Names names;
    const auto between = [](std::string_view text, std::string_view before, std::string_view after) {
        const size_t begin = text.find(before);
        if (begin == std::string_view::npos) return std::string{};
        const std::string_view rest = text.substr(begin + before.size());
        return std::string(rest.substr(0, rest.find(after)));
    };
    log_of(lines).each_event([&](const audit::Event& event, uint64_t) {
        const std::string space(event.object.namespace_);
        if (!space.empty() && !space.starts_with("kube-") && space != "default") namespaces.insert(space);
        const std::string_view user = event.user.username;
        if (user.starts_with("system:serviceaccount:") && user.find("kube-") == std::string_view::npos)
            accounts.insert(std::string(user.substr(user.rfind(':') + 1)));
        hooks.insert(between(event.response.message, "webhook \"", "\""));
        const std::string group(event.object.api_group);
        if (!groups.contains(group)) {
            // "certificates" may be the plural of a custom resource, but "certificates.k8s.io" must stay.
            if (group.find('.') != std::string::npos) names[group] = group;
            return;
        }
        plurals.emplace(event.object.resource);
        kinds.insert(between(event.response.message, "Kind=", " "));
        if (event.response.reason == "Invalid") kinds.emplace(event.response.details_kind);
    });
    int n = 0;
    const auto invent = [&](const std::set<std::string>& all, const std::string& before,
                            const std::string& after) {
        for (const std::string& name : all) {
            if (!name.empty() && name != "default") names[name] = before + std::to_string(++n) + after;
        }
    };
    invent(groups, "g", ".quay.example");
    invent(plurals, "brackets", "s");
    invent(kinds, "Bracket", "");
    invent(namespaces, "space", "");
    invent(accounts, "robot", "");
    invent(hooks, "hook", ".quay.example");
    // The kind of a list is renamed with its kind.
    for (const std::string& kind : kinds) {
        if (!kind.empty() && !kind.ends_with("List")) names[kind + "List"] = names[kind] + "List";
    }
    return names;
}

TEST(CrdRenamed, OtherNamesChangeNothing) {
    NEEDS_SHARED("corpus/crd-failures");
    const Lines lines = lines_of("crd-failures");
    const std::set<std::string> groups = custom_groups(lines);
    const Names names = new_names(lines, groups);
    ASSERT_GT(names.size(), 20U);
    Lines others;
    std::set<std::string> other_groups;
    for (const std::string& line : lines) others.push_back(renamed(line, names));
    for (const std::string& group : groups) other_groups.insert(names.at(group));
    ASSERT_NE(others, lines);
    for (const std::string& group : groups) {
        // The old group may occur only as a part of other names.
        EXPECT_EQ(custom_groups(others).count(group), 0U);
    }
    EXPECT_EQ(classes_of(others), classes_of(lines));
    EXPECT_EQ(totals_of(others), plain_totals(others, other_groups));
    EXPECT_EQ(totals_of(others).size(), totals_of(lines).size());
}

// ---- Another order

// Shuffles requests within a few seconds. The requests of each client, and those of the control plane, keep
// their own order.
Lines shuffled(const Lines& lines, uint32_t seed) {
    std::mt19937 random(seed);
    std::map<std::string, std::vector<std::string>> by_user;
    Lines out;
    audit::Time begin{};
    const auto flush = [&] {
        while (!by_user.empty()) {
            auto user = by_user.begin();
            std::advance(user, random() % by_user.size());
            out.push_back(std::move(user->second.front()));
            user->second.erase(user->second.begin());
            if (user->second.empty()) by_user.erase(user);
        }
    };
    size_t at = 0;
    log_of(lines).each_event([&](const audit::Event& event, uint64_t) {
        if (event.stage_time - begin > std::chrono::seconds{2}) {
            flush();
            begin = event.stage_time;
        }
        by_user[std::string(event.user.username)].push_back(lines[at++]);
    });
    flush();
    return out;
}

TEST(CrdRenamed, OrderOfClientsChangesNothing) {
    NEEDS_SHARED("corpus/crd-failures");
    const Lines lines = lines_of("crd-failures");
    const Classes classes = classes_of(lines);
    const Counts totals = plain_totals(lines, custom_groups(lines));
    for (const uint32_t seed : {1U, 2U, 3U}) {
        const Lines others = shuffled(lines, seed);
        ASSERT_EQ(others.size(), lines.size());
        EXPECT_EQ(classes_of(others), classes);
        EXPECT_EQ(totals_of(others), totals);
    }
}

// ---- A log that begins later

TEST(CrdRenamed, ALogThatBeginsLaterSaysTheSame) {
    NEEDS_SHARED("corpus/crd-failures");
    const Lines all = lines_of("crd-failures");
    const Classes whole = classes_of(all);
    const std::set<std::string> groups = custom_groups(all);
    for (const double part : {0.1, 0.25, 0.5}) {
        const Lines lines(all.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(all.size())),
                          all.end());
        size_t same = 0, different = 0;
        const Classes later = classes_of(lines);
        for (const auto& [audit_id, outcome] : later) {
            const auto before = whole.find(audit_id);
            (before != whole.end() && before->second == outcome ? same : different) += 1;
        }
        EXPECT_GT(same, 50U);
        EXPECT_LE(different * 100, same) << "after " << part;
        const Counts totals = totals_of(lines);
        std::set<std::string> seen;
        for (const auto& [key, counts] : totals) seen.insert(key.substr(0, key.find('/')));
        EXPECT_EQ(totals, plain_totals(lines, groups)) << "after " << part;
        EXPECT_EQ(seen, groups) << "after " << part;
    }
}

TEST(CrdRenamed, ReadOnceItSaysNearlyTheSame) {
    NEEDS_SHARED("corpus/crd-failures");
    const Lines lines = lines_of("crd-failures");
    const Classes twice = classes_of(lines), once = classes_of(lines, false);
    size_t same = 0;
    for (const auto& [audit_id, outcome] : twice) {
        const auto at = once.find(audit_id);
        if (at != once.end() && at->second == outcome) ++same;
    }
    EXPECT_GE(same * 100, twice.size() * 99);
}

// ---- Other levels and stages

TEST(CrdRenamed, BodiesAndTheStageBeforeTheAnswerChangeNothing) {
    NEEDS_SHARED("corpus/crd-failures");
    const Lines lines = lines_of("crd-failures");
    Lines others;
    for (const std::string& line : lines) {
        json::object event = json::parse(line).as_object();
        const json::value* object = event.if_contains("objectRef");
        if (event.at("stage") != "ResponseComplete" || !object) {
            others.push_back(line);
            continue;
        }
        json::object received = event;
        received["stage"] = "RequestReceived";
        received.erase("responseStatus");
        received.erase("annotations");
        received["stageTimestamp"] = event.at("requestReceivedTimestamp");
        others.push_back(json::serialize(received));
        event["level"] = "RequestResponse";
        event["requestObject"] = {{"kind", "Status"}, {"code", 500}, {"message", "failed calling webhook"}};
        event["responseObject"] = {{"kind", "Status"}, {"status", "Failure"}, {"code", 404}};
        others.push_back(json::serialize(event));
    }
    ASSERT_GT(others.size(), lines.size() * 3 / 2);
    EXPECT_EQ(classes_of(others), classes_of(lines));
    EXPECT_EQ(totals_of(others), totals_of(lines));
}

}  // namespace
}  // namespace redshank
