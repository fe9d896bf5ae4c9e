#include "detectors/by_rule/examples.h"

#include "audit/event_parser.h"
#include "detectors/by_rule/detector.h"
#include "detectors/great_roles.h"

namespace redshank::by_rule {

std::vector<ExampleResult> run_examples(const rules::RulePtr& rule,
                                        const std::function<bool(audit::Event&)>& seen) {
    std::vector<ExampleResult> results;
    for (const rules::RuleExample& example : rule->examples.get()) {
        ExampleResult& result = results.emplace_back();
        result.example = &example;
        RuleDetector detector(std::make_shared<const rules::RuleSet>(std::vector<rules::RulePtr>{rule}));
        FindingBook book;
        audit::EventParser parser;
        audit::Event event;
        Symbols symbols;
        GreatRoles great_roles;
        audit::Time now{};
        bool readable = true;
        for (size_t i = 0; i < example.events.size(); ++i) {
            std::string text = example.events[i];
            const size_t size = text.size();
            text.append(audit::kPadding, '\0');
            const audit::ParseError error = parser.parse(std::string_view(text).substr(0, size), event);
            if (error != audit::ParseError::None) {
                result.problem = "event " + std::to_string(i + 1) +
                                 " is no audit event: " + std::string(audit::to_string(error));
                readable = false;
                break;
            }
            if (seen && !seen(event)) continue;
            now = std::max(now, event.stage_time);
            detector.advance(now, book);
            const Origin origin{.cluster = "example", .source = "example", .offset = i};
            const bool answers = event.stage != audit::Stage::RequestReceived;
            Request request = symbols.understand(event);
            request.is_by_great_role = great_roles.see(request, answers, now);
            request.gives_great_role = great_roles.is_given();
            detector.observe(
                {.event = event, .request = request, .origin = origin, .answers = answers, .now = now}, book);
        }
        if (!readable) continue;
        const std::vector<Finding> found = book.drain(true);
        result.passed = found.empty() != example.matches;
        if (!found.empty()) result.summary = found.front().summary;
        if (!result.passed)
            result.problem = example.matches ? "does not match, but should" : "matches, but should not";
    }
    return results;
}

}  // namespace redshank::by_rule
