#include "detectors/crd/caller.h"

#include <algorithm>

namespace redshank::crd {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

}  // namespace

bool Caller::had_verb(std::string_view verb) const {
    for (std::string_view rest = ok_verbs; !rest.empty();) {
        const size_t end = std::min(rest.find(','), rest.size() - 1);
        if (rest.substr(0, end) == verb) return true;
        rest.remove_prefix(end + 1);
    }
    return false;
}

void Caller::note_verb(std::string_view verb) {
    constexpr size_t kLongest = 100;
    if (had_verb(verb) || ok_verbs.size() + verb.size() > kLongest) return;
    ok_verbs += verb;
    ok_verbs += ',';
}

void Caller::saw(const Observation& observation, audit::Time visible_since) {
    // Fades to a half in about 700 requests, so that one long outage is not normal for ever.
    constexpr double kFade = 0.999;
    const audit::Time now = observation.now;
    if (requests == 0) {
        first_seen = now;
    } else {
        const audit::Duration faded{static_cast<int64_t>(kFade * static_cast<double>(longest_gap.count()))};
        longest_gap = std::max(faded, now - std::max(last_seen, visible_since));
    }
    ++requests;
    last_seen = now;
    last_request = bounded_evidence(observation);
}

void Caller::watch_ended(const audit::Event& event) {
    watched += std::max(event.stage_time - event.received, audit::Duration{});
    open_watches = std::max<int64_t>(open_watches - 1, 0);
}

std::string_view Caller::account_namespace() const {
    const auto account = service_account(user);
    return account ? account->namespace_ : std::string_view{};
}

bool Caller::is_keeper() const {
    const audit::Duration known = last_seen - first_seen;
    if (requests < 20 || known < std::max<audit::Duration>(hours{2}, 4 * patience())) return false;
    // Others come with their jobs and go again.
    const bool watches_always = watched >= known * 8 / 10;
    const bool comes_always = known >= hours{24} && requests >= 100 && longest_gap <= hours{1};
    if (!watches_always && !comes_always) return false;
    // Controllers of the control plane watch everything, and do so from wherever its leader is.
    const auto account = service_account(user);
    return account && !is_builtin_controller(*account);
}

audit::Duration Caller::patience() const {
    // Clients renew a watch every five to ten minutes; without their own timeout, the server ends it within
    // an hour.
    const audit::Duration least = open_watches > 0 ? audit::Duration{hours{2}} : minutes{15};
    return std::max(least, 3 * longest_gap);
}

}  // namespace redshank::crd
