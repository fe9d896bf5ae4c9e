#include "daemon/questions/visibility.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/finding/sentence.h"
#include "core/finding/text.h"
#include "core/request/words.h"
#include "core/state/row.h"
#include "detectors/visibility/questions.h"

namespace redshank {

namespace {

using visibility::Lack;
using visibility::Row;

constexpr size_t kNamed = 3;  // of what is missing

std::string what_of(std::string_view kind) {
    for (const visibility::Question& question : visibility::questions()) {
        if (question.kind == kind) return std::string(question.what);
    }
    return std::string(kind);
}

std::string text_of(const std::string& cluster, const Row& row, const Lack& lack) {
    const std::string what = what_of(lack.kind), place = name_words(cluster);
    if (lack.state == "unknown") {
        return fmt::format(
            "{} came in {} since {} ({}): whether they are logged is not known. A list without them does not "
            "mean that there were none.",
            capital("no " + what), place, moment_words(lack.since),
            counted(row.seen.secret_reads.requests, "request"));
    }
    const std::string missing = lack.missing.empty() ? "" : ": " + list_words(lack.missing, kNamed);
    const std::string begin =
        lack.state == "blind" ? capital(what) + " are not logged" : "Not all is logged of " + what;
    const std::string line = visibility::line_words(row.policy, lack);
    return fmt::format(
        "{} in {} since {} ({}){}. That they are not listed does not mean that there were none.", begin,
        place, moment_words(lack.since), line.empty() ? "none has come" : line, missing);
}

// Whether an earlier caveat of the cluster says it all.
bool is_said(const std::vector<Caveat>& all, const std::string& cluster, const Lack& lack) {
    return std::any_of(all.begin(), all.end(), [&](const Caveat& one) {
        return one.cluster == cluster && one.lack.missing == lack.missing;
    });
}

// While nothing is known of reads, none is the only thing that can be said.
std::optional<Lack> lack_of(const Row& row, std::string_view kind) {
    if (const Lack* lack = row.lack_of(kind)) {
        if (lack->state == "late") return std::nullopt;
        return *lack;
    }
    const bool is_about_secrets = kind == "secret-read-unprotected";
    const visibility::Silence& silence = is_about_secrets ? row.seen.secret_reads : row.seen.reads;
    const bool asks_for_reads = is_about_secrets || kind == "unusual-access";
    if (!row.policy.empty() || !asks_for_reads || silence.last != audit::Time{}) return std::nullopt;
    return Lack{.kind = std::string(kind), .state = "unknown", .missing = {}, .since = row.seen.since};
}

}  // namespace

std::vector<Caveat> caveats(const StateReader& state, std::string_view cluster,
                            std::initializer_list<std::string_view> kinds) {
    std::vector<Caveat> out;
    load_rows<Row>(state, visibility::kTable, "", [&](std::string_view key, const Row& row) {
        if (!cluster.empty() && key != cluster) return;
        const std::string name(key);
        for (const std::string_view kind : kinds) {
            const auto lack = lack_of(row, kind);
            if (!lack || is_said(out, name, *lack)) continue;
            out.push_back({name, *lack, row.policy, text_of(name, row, *lack)});
        }
    });
    return out;
}

std::set<std::string> visible_clusters(const StateReader& state) {
    std::set<std::string> names;
    load_rows<Row>(state, visibility::kTable, "",
                   [&](std::string_view key, const Row&) { names.emplace(key); });
    return names;
}

boost::json::object json_of(const Caveat& caveat) {
    namespace json = boost::json;
    const Lack& lack = caveat.lack;
    return {{"cluster", caveat.cluster},
            {"kind", lack.kind},
            {"state", lack.state},
            {"missing", json::array(lack.missing.begin(), lack.missing.end())},
            {"since", audit::format_time(lack.since)},
            {"policy", caveat.policy},
            {"line", lack.line},
            {"text", caveat.text}};
}

}  // namespace redshank
