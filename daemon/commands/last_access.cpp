// When was the last time that user X did access cluster Y? Reads the tables that unusual_access keeps
// (detectors/access/last_access.h), by prefix wherever the question allows it.
#include <boost/json.hpp>
#include <cstdio>
#include <vector>

#include "daemon/commands/commands.h"
#include "daemon/commands/options.h"
#include "daemon/store/store.h"
#include "detectors/access/last_access.h"

namespace redshank {

namespace json = boost::json;

namespace {

struct Question {
    std::string user, cluster, ns, state = kServiceState;
    OutputFormat format = OutputFormat::Text;
    bool by_resource = false;
};

// "" for never.
std::string time_text(int64_t micros) {
    return micros == 0 ? std::string{} : audit::format_time(audit::Time{audit::Duration{micros}});
}

std::vector<std::string> parts_of(std::string_view key) {
    std::vector<std::string> parts;
    for (size_t at = 0; at < key.size();) {
        const size_t end = std::min(key.find('\x1f', at), key.size());
        parts.emplace_back(key.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

// One answer: who, where, and what is known.
struct Answer {
    std::string user, uid, cluster, via, ns, resource;
    access::AccessRow row;
};

// Clients choose agents and names: no control character of theirs reaches a terminal.
std::string printable(std::string text) {
    for (char& c : text) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
    }
    return text;
}

void print_json(const Answer& answer) {
    const auto time = [](int64_t micros) {
        return micros == 0 ? json::value(nullptr) : json::value(time_text(micros));
    };
    json::object out{{"user", answer.user}};
    if (!answer.uid.empty()) out["uid"] = answer.uid;
    out["cluster"] = answer.cluster;
    if (!answer.via.empty()) out["impersonated_by"] = answer.via;
    if (!answer.ns.empty()) out["namespace"] = answer.ns;
    if (!answer.resource.empty()) out["resource"] = answer.resource;
    out["first_seen"] = time(answer.row.first);
    out["last_success"] = time(answer.row.last_success);
    out["last_denied"] = time(answer.row.last_denied);
    out["successes"] = answer.row.successes;
    out["denials"] = answer.row.denials;
    out["last"] = json::object{{"time", time_text(answer.row.last)},
                               {"source_ip", answer.row.source},
                               {"user_agent", answer.row.agent},
                               {"verb", answer.row.verb},
                               {"object", answer.row.object}};
    std::printf("%s\n", json::serialize(out).c_str());
}

void print_text(const Answer& answer) {
    std::string head = printable(answer.user);
    if (!answer.via.empty()) head += ", played by " + printable(answer.via);
    if (!answer.uid.empty()) head += " (uid " + printable(answer.uid) + ")";
    head += " in " + printable(answer.cluster);
    if (!answer.ns.empty()) head += ", namespace " + printable(answer.ns);
    if (!answer.resource.empty()) head += ", " + printable(answer.resource);
    const access::AccessRow& row = answer.row;
    const auto time = [](int64_t micros) { return micros == 0 ? std::string("never") : time_text(micros); };
    std::printf(
        "%s\n  last success %s, last denied %s\n  first seen %s; %lld requests allowed, %lld denied\n  last: "
        "%s %s "
        "from %s with %s\n",
        head.c_str(), time(row.last_success).c_str(), time(row.last_denied).c_str(), time(row.first).c_str(),
        static_cast<long long>(row.successes), static_cast<long long>(row.denials),
        printable(row.verb).c_str(), printable(row.object).c_str(), printable(row.source).c_str(),
        printable(row.agent).c_str());
}

void print_watching(const StateReader& state, const Question& question) {
    state.scan(access::kWatching, "", [&](std::string_view cluster, std::string_view value) {
        if (!question.cluster.empty() && cluster != question.cluster) return;
        const auto row = read_row<access::WatchingRow>(value).value_or(access::WatchingRow{});
        if (question.format == OutputFormat::Json) {
            json::array gaps;
            for (const auto& gap : row.gaps)
                gaps.push_back(json::array{time_text(gap.from), time_text(gap.to)});
            const json::object out{{"watching", std::string(cluster)},
                                   {"since", time_text(row.since)},
                                   {"until", time_text(row.last)},
                                   {"gap_count", row.gap_count},
                                   {"gaps", std::move(gaps)}};
            std::printf("%s\n", json::serialize(out).c_str());
            return;
        }
        std::printf("watching %s since %s, until %s; %lld gaps\n", printable(std::string(cluster)).c_str(),
                    time_text(row.since).c_str(), time_text(row.last).c_str(),
                    static_cast<long long>(row.gap_count));
        for (const auto& gap : row.gaps) {
            std::printf("  saw nothing from %s to %s\n", time_text(gap.from).c_str(),
                        time_text(gap.to).c_str());
        }
    });
}

int answer(const Question& question) {
    const auto store = Store::open(question.state, Store::Mode::ReadOnly);
    const StateReader& state = store->state();
    size_t found = 0;
    const auto show = [&](Answer answer, std::string_view value) {
        if (!question.user.empty() && answer.user != question.user) return;
        if (!question.cluster.empty() && answer.cluster != question.cluster) return;
        answer.row = read_row<access::AccessRow>(value).value_or(access::AccessRow{});
        ++found;
        question.format == OutputFormat::Json ? print_json(answer) : print_text(answer);
    };
    const std::string user_prefix = question.user.empty() ? "" : question.user + '\x1f';
    if (!question.ns.empty()) {
        state.scan(access::kLastAccessByNamespace, question.ns + '\x1f' + user_prefix,
                   [&](std::string_view key, std::string_view value) {
                       const auto p = parts_of(key);
                       if (p.size() >= 4)
                           show({p[1], p[2], p[3], p.size() > 4 ? p[4] : "", p[0], "", {}}, value);
                   });
    } else {
        state.scan(access::kLastAccess, user_prefix, [&](std::string_view key, std::string_view value) {
            const auto p = parts_of(key);
            if (p.size() >= 3) show({p[0], p[1], p[2], p.size() > 3 ? p[3] : "", "", "", {}}, value);
        });
        if (question.by_resource) {
            state.scan(access::kLastAccessByResource, user_prefix,
                       [&](std::string_view key, std::string_view value) {
                           const auto p = parts_of(key);
                           if (p.size() >= 5) show({p[0], p[1], p[2], p[3], "", p[4], {}}, value);
                       });
        }
    }
    print_watching(state, question);
    if (found == 0) std::fprintf(stderr, "nobody of that kind was seen\n");
    return kDone;
}

}  // namespace

void add_last_access(CLI::App& app, Chosen& chosen) {
    auto* command =
        app.add_subcommand("last-access", "When somebody last accessed a cluster, and since when we watch");
    command->footer("Example: redshank last-access --user alice --cluster prod-eu");
    auto question = std::make_shared<Question>();
    command->add_option("--user", question->user, "only this user");
    command->add_option("--cluster", question->cluster, "only this cluster");
    command->add_option("--namespace", question->ns, "accesses to this namespace");
    command->add_flag("--by-resource", question->by_resource, "a row for each resource too");
    add_state_option(*command, question->state);
    add_format_option(*command, question->format);
    command->callback([&chosen, question] { chosen = [question] { return answer(*question); }; });
}

}  // namespace redshank
