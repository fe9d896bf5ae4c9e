// Evaluates the whole shipped pack on one request.
#pragma once

#include <gtest/gtest.h>

#include <set>

#include "rules/candidates.h"
#include "rules/loader.h"
#include "tests/unit/rules/rule_cases.h"

namespace redshank::test {

inline const rules::RuleSet& pack() {
    static const auto rules = rules::load_rules({.packs = {"kubernetes"}, .files = {}, .disable = {}});
    return *rules;
}

// The rules of kind Match that match the request.
inline std::set<std::string> found(const Request& request) {
    const test::ParsedEvent event = request.spec().parsed();
    const test::Understood understood(*event);
    rules::Context context;
    context.reset(understood, true);
    rules::Candidates candidates(pack());
    std::set<std::string> out;
    for (const rules::Candidate& candidate : candidates.of(understood, true)) {
        const rules::Rule& rule = *pack().rules()[candidate.rule];
        if (rule.kind == rules::RuleKind::Match && rule.condition->test(context)) out.insert(rule.id);
    }
    return out;
}

struct PackCase {
    const char* what;
    Request request;
    std::vector<std::string> yes, no = {};
};

inline void check(const std::vector<PackCase>& cases) {
    for (const PackCase& one : cases) {
        const auto ids = found(one.request);
        for (const std::string& id : one.yes) EXPECT_TRUE(ids.contains(id)) << one.what << ": " << id;
        for (const std::string& id : one.no) {
            EXPECT_NE(pack().find(id), nullptr) << id;
            EXPECT_FALSE(ids.contains(id)) << one.what << ": not " << id;
        }
    }
}

}  // namespace redshank::test
