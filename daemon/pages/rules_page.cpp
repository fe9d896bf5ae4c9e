// What is looked for, and what the audit policy lets be seen of it.
#include <fmt/format.h>

#include <array>

#include "daemon/pages/layout.h"
#include "daemon/pages/site.h"
#include "daemon/print/rule_columns.h"
#include "daemon/questions/visibility.h"
#include "detectors/by_rule/config.h"
#include "detectors/coverage/coverage.h"
#include "detectors/engine.h"
#include "detectors/visibility/config.h"

namespace redshank {

namespace {

constexpr size_t kRulesShown = 100, kUnitsShown = 200;

Html rule_cell(const std::string& header, const rules::RulePtr& row, const std::string& text) {
    if (header == "SEVERITY") return badge(row->severity);
    return Html() << text;
}

const std::vector<rules::RulePtr>& rules_in(const DetectorConfig& detectors) {
    static const std::vector<rules::RulePtr> kNone;
    const auto& loaded = detectors.of<by_rule::Config>().loaded;
    return loaded ? loaded->rules() : kNone;
}

Html state_badge(coverage::State state) {
    switch (state) {
        case coverage::State::Fed:
            return Html("<span class=\"badge well\"><span aria-hidden=\"true\">✓</span> fed</span>");
        case coverage::State::Late:
            return Html("<span class=\"badge low\"><span aria-hidden=\"true\">…</span> late</span>");
        case coverage::State::Partly:
            return Html("<span class=\"badge medium\"><span aria-hidden=\"true\">◆</span> partly</span>");
        case coverage::State::Blind:
            break;
    }
    return Html("<span class=\"badge critical\"><span aria-hidden=\"true\">✗</span> blind</span>");
}

Html coverage_table(const std::vector<coverage::Unit>& units) {
    HtmlTable table({"State", "Unit", "Name", "Line", "Why"});
    std::array<size_t, 4> rules{};
    size_t shown = 0;
    for (const coverage::Unit& unit : units) {
        if (unit.unit == "rule") ++rules[static_cast<size_t>(unit.state)];
        const bool is_quiet_rule = unit.unit == "rule" && unit.state == coverage::State::Fed;
        if (is_quiet_rule || ++shown > kUnitsShown) continue;
        table.row({state_badge(unit.state), Html() << unit.unit, Html() << unit.name,
                   unit.line == 0 ? Html() : Html() << unit.line, Html() << unit.why});
    }
    return Html() << "<p>Rules: " << rules[0] << " fed, " << rules[1] << " late, " << rules[2] << " partly, "
                  << rules[3] << " blind.</p>" << table.done();
}

}  // namespace

Page rules_page(const PageAsked& asked) {
    const std::vector<rules::RulePtr>& all = rules_in(asked.detectors);
    const size_t from = asked.number("from");
    Html body(
        "<h1>Rules</h1><p>Beside the detectors of Secrets, access and custom resources. One rule in words: ");
    body << command("redshank rules explain ID") << "</p>";
    if (all.empty()) {
        body << "<p class=\"nothing\">No rule is loaded.</p>";
    } else {
        body << table_of(rule_columns(), all, from, kRulesShown, rule_cell);
    }
    body << pager(Url("/rules"), from, kRulesShown, all.size());
    return {"Rules", std::move(body)};
}

Page policy_page(const PageAsked& asked) {
    const auto& policies = asked.detectors.of<visibility::Config>().policies;
    Html body(
        "<h1>Policy</h1><p>What the audit policy lets redshank see, and the line of it that decides.</p>");
    const AllPartitions state = detectors_state(asked.store.state());
    const std::vector<Caveat> unseen =
        caveats(state, "", {"secret-read-unprotected", "secret-exposed", "unusual-access", "crd-failing"});
    if (!unseen.empty()) {
        body << "<section><h2>Not shown by the log</h2><ul>";
        for (const Caveat& caveat : unseen) body << "<li>" << caveat.text << "</li>";
        body << "</ul></section>";
    }
    for (const auto& [cluster, known] : policies) {
        body << "<section><h2>" << std::string_view(cluster) << "</h2><p>" << std::string_view(known.file)
             << "</p>"
             << coverage_table(coverage::cover(*known.policy, rules_in(asked.detectors),
                                               coverage::enabled(asked.detectors)))
             << "</section>";
    }
    if (policies.empty())
        body << "<p class=\"nothing\">No source names its policy, so what the log lacks is learnt from what "
                "comes. Say "
             << command("policy = \"/etc/kubernetes/audit-policy.yaml\"") << " at the source, or ask "
             << command("redshank policy coverage FILE") << "</p>";
    return {"Policy", std::move(body)};
}

}  // namespace redshank
