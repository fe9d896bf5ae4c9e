#include "detectors/claimed_source.h"

#include <algorithm>
#include <utility>

#include "core/finding/sentence.h"
#include "core/request/words.h"

namespace redshank {

namespace {

constexpr std::string_view kName = "claimed-source";
constexpr size_t kMost = 3;

}  // namespace

void note_claimed_source(Finding& finding, const audit::Event& event) {
    std::vector<std::string> claimed;
    for (const std::string_view address : event.source_ips) {
        // Most claim nothing: words for each address took 1,300 instructions an event of a day.
        if (address == event.peer_ip()) continue;
        std::string words = name_words(address);
        if (std::find(claimed.begin(), claimed.end(), words) == claimed.end())
            claimed.push_back(std::move(words));
    }
    if (claimed.empty()) return;
    const bool is_said = std::any_of(finding.reasons.begin(), finding.reasons.end(),
                                     [](const Reason& one) { return one.name == kName; });
    if (is_said) return;
    finding.reasons.push_back({std::string(kName),
                               "the client at " + name_words(event.peer_ip()) + " claims to come from " +
                                   list_words(claimed, kMost) + ", which nothing proves",
                               claimed.front()});
}

void give_reasons(Finding& finding, std::vector<Reason> reasons) {
    for (Reason& one : finding.reasons) {
        if (one.name == kName) reasons.push_back(std::move(one));
    }
    finding.reasons = std::move(reasons);
}

}  // namespace redshank
