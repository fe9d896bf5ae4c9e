#include "tests/eval/life_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <set>

#include "audit/normalise/stem.h"
#include "detectors/access/config.h"
#include "detectors/by_rule/config.h"
#include "detectors/crd/config.h"
#include "detectors/engine.h"
#include "detectors/secrets/config.h"
#include "tests/eval/life.h"

namespace redshank::eval {

namespace {

// The results of one scorer on the second half of one life.
struct Score {
    double found = 0, attacks = 0, benign = 0, alerts_on_attacks = 0, days = 0;
    std::vector<double> delays;  // hours

    void add(const Score& other) {
        found += other.found, attacks += other.attacks, benign += other.benign;
        alerts_on_attacks += other.alerts_on_attacks, days += other.days;
        delays.insert(delays.end(), other.delays.begin(), other.delays.end());
    }
    double benign_a_day() const { return days == 0 ? 0 : benign / days; }
};

double days_between(audit::Time a, audit::Time b) {
    return std::chrono::duration<double, std::ratio<86400>>(b - a).count();
}

// An alert with the requests that caused it.
struct Alert {
    audit::Time time{};
    std::vector<size_t> requests;
};

Score judge(const Life& life, const std::vector<Alert>& alerts) {
    Score score{.attacks = static_cast<double>(life.attacks.size()),
                .days = days_between(life.split, life.end)};
    std::map<int, audit::Time> first;
    for (const Alert& alert : alerts) {
        if (alert.time < life.split) continue;
        bool on_attack = false;
        for (const size_t at : alert.requests) {
            const Request& request = life.requests[at];
            if (request.attack < 0) continue;
            on_attack = true;
            auto& time = first.try_emplace(request.attack, request.time).first->second;
            time = std::min(time, request.time);
        }
        (on_attack ? score.alerts_on_attacks : score.benign) += 1;
    }
    score.found = static_cast<double>(first.size());
    for (const auto& [attack, time] : first) {
        score.delays.push_back(days_between(life.attacks[static_cast<size_t>(attack)].start, time) * 24);
    }
    return score;
}

void fill(const Request& request, const std::string& id, audit::Event& event) {
    event.clear();
    event.level = audit::Level::Metadata;
    event.stage = audit::Stage::ResponseComplete;
    event.audit_id = id;
    event.request_uri = "/api";
    event.verb = request.verb;
    event.user.username = request.user;
    event.user.uid = request.uid;
    for (const std::string& group : request.groups) event.user.groups.push_back(group);
    if (!request.jti.empty())
        event.user.extra.push_back({"authentication.kubernetes.io/credential-id", {request.jti}});
    if (!request.pod.empty())
        event.user.extra.push_back({"authentication.kubernetes.io/pod-name", {request.pod}});
    event.source_ips.push_back(request.ip);
    event.user_agent = request.agent;
    event.object.present = true;
    event.object.resource = request.resource;
    event.object.subresource = request.subresource;
    event.object.api_group = request.group;
    event.object.namespace_ = request.ns;
    event.object.name = request.name;
    event.response.present = true;
    event.response.code = request.code;
    event.decision = request.code == 403 ? "forbid" : "allow";
    event.received = event.stage_time = request.time;
}

Score run_detector(const Life& life, double budget, bool verbose) {
    DetectorConfig config;
    config.of<secrets::Config>().enabled = config.of<crd::Config>().enabled = false;
    config.of<by_rule::Config>().sources.packs.clear();
    config.keep_all_evidence = true;
    config.of<access::Config>().budget_per_day = budget;
    Engine engine(config);
    std::map<std::string, Finding> findings;
    const auto take = [&](std::vector<Finding> told) {
        for (Finding& finding : told) findings[finding.id] = std::move(finding);
    };
    audit::Event event;
    for (size_t i = 0; i < life.requests.size(); ++i) {
        const std::string id = std::to_string(i);
        fill(life.requests[i], id, event);
        engine.observe(event, {.cluster = "life", .source = "life", .offset = i});
        take(engine.drain());
    }
    take(engine.drain(true));
    std::vector<Alert> alerts;
    for (const auto& [id, finding] : findings) {
        if (finding.severity < Severity::Medium) continue;
        Alert alert{.time = finding.first_seen, .requests = {}};
        bool harmless = true;
        for (const Evidence& one : finding.evidence) {
            alert.requests.push_back(one.offset);
            harmless = harmless && life.requests[one.offset].attack < 0;
        }
        if (verbose && harmless)
            std::printf("    harmless %s | %s\n", finding.kind.c_str(),
                        finding.summary.substr(0, 250).c_str());
        alerts.push_back(std::move(alert));
    }
    if (verbose) {
        std::set<int> found;
        for (const Alert& alert : alerts) {
            for (const size_t at : alert.requests) found.insert(life.requests[at].attack);
        }
        for (size_t i = 0; i < life.attacks.size(); ++i) {
            if (!found.contains(static_cast<int>(i)))
                std::printf("    missed %s\n", life.attacks[i].kind.c_str());
        }
    }
    return judge(life, alerts);
}

// The baselines' own short list of sensitive resources.
bool is_sensitive(const Request& r) {
    static const std::set<std::string> kAlways{"secrets", "certificatesigningrequests",
                                               "mutatingwebhookconfigurations",
                                               "validatingwebhookconfigurations"};
    static const std::set<std::string> kWrites{
        "roles",       "rolebindings", "clusterroles", "clusterrolebindings", "pods",
        "deployments", "daemonsets",   "cronjobs",     "serviceaccounts",     "configmaps"};
    const bool write = r.verb != "get" && r.verb != "list" && r.verb != "watch";
    if (r.subresource == "exec" || r.subresource == "portforward" || r.subresource == "proxy" ||
        r.subresource == "token")
        return true;
    if (r.resource == "events") return r.verb == "delete";
    return kAlways.contains(r.resource) || (write && kWrites.contains(r.resource));
}

enum class Baseline { NewTerms, NewTermsNamespace, Gate, Rarity };

// Alerts once for each actor and day, at most `cap` a day. Scorers without a score take the first ones;
// rarity requires a score that the budget still allows.
Score run_baseline(const Life& life, Baseline kind, double cap) {
    std::set<std::string> seen;
    std::map<std::string, double> counts;
    double total = 0;
    std::vector<double> past;  // rarity scores, one for each day and actor
    std::map<std::pair<long, std::string>, Alert> alerts;
    std::map<long, double> spent;
    for (size_t i = 0; i < life.requests.size(); ++i) {
        const Request& r = life.requests[i];
        const std::string what = r.verb + " " + r.group + "/" + r.resource + "/" + r.subresource;
        const std::string user = audit::user_stem(r.user);
        bool alert = false;
        if (kind == Baseline::Rarity) {
            const std::string key = user + what + audit::namespace_stem(r.ns);
            const double surprise = std::log2((total + 1) / (counts[key] + 0.5));
            ++counts[key], ++total;
            const double per_day =
                static_cast<double>(past.end() - std::lower_bound(past.begin(), past.end(), surprise)) /
                std::max(1.0, days_between(life.begin, r.time));
            alert = per_day < cap;
            past.insert(std::upper_bound(past.begin(), past.end(), surprise), surprise);
        } else {
            if (kind == Baseline::Gate && !is_sensitive(r)) continue;
            std::string key = user + '|' + what;
            if (kind != Baseline::NewTerms)
                key += '|' + (kind == Baseline::Gate ? audit::namespace_stem(r.ns) : r.ns);
            alert = seen.insert(key).second;
        }
        if (!alert || r.time < life.split) continue;
        const long day = static_cast<long>(days_between(life.begin, r.time));
        const auto at = alerts.find({day, user});
        if (at != alerts.end()) {
            at->second.requests.push_back(i);
        } else if (spent[day] + 1 <= cap) {
            ++spent[day];
            alerts[{day, user}] = {.time = r.time, .requests = {i}};
        }
    }
    std::vector<Alert> list;
    for (auto& [key, alert] : alerts) list.push_back(std::move(alert));
    return judge(life, list);
}

void print_row(const char* name, const std::string& rule, Score score) {
    std::sort(score.delays.begin(), score.delays.end());
    const double alerts = score.alerts_on_attacks + score.benign;
    std::printf("| %s | %s | %.0f of %.0f (%.2f) | %.2f | %.2f | %.1f h |\n", name, rule.c_str(), score.found,
                score.attacks, score.found / score.attacks, score.benign_a_day(),
                alerts == 0 ? 0 : score.alerts_on_attacks / alerts,
                score.delays.empty() ? 0 : score.delays[score.delays.size() / 2]);
}

}  // namespace

void print_lives(unsigned seeds, bool verbose) {
    std::vector<Life> lives;
    size_t requests = 0;
    for (unsigned seed = 1; seed <= seeds; ++seed) {
        lives.push_back(make_life(seed));
        requests += lives.back().requests.size();
    }
    std::printf(
        "Invented lives: %u seeds, 28 days each, %zu requests; attacks in the last 14 days, counted there "
        "only\n\n"
        "| scorer | alerts | attacks found | benign alerts a day | precision | median delay "
        "|\n|---|---|---|---|---|---|\n",
        seeds, requests);
    double volume = 0;
    for (const double budget : {1.0, 3.0, 5.0}) {
        Score sum;
        for (const Life& life : lives) sum.add(run_detector(life, budget, verbose && budget == 3));
        print_row("**unusual_access**", "budget " + std::to_string(static_cast<int>(budget)) + " a day", sum);
        if (budget == 3) volume = (sum.benign + sum.alerts_on_attacks) / sum.days;
    }
    const std::pair<Baseline, const char*> baselines[] = {
        {Baseline::NewTerms, "new terms (user, verb, resource)"},
        {Baseline::NewTermsNamespace, "new terms (… and namespace)"},
        {Baseline::Gate, "sensitive gate alone"},
        {Baseline::Rarity, "global rarity"},
    };
    for (const auto& [kind, name] : baselines) {
        Score all, equal;
        // Equal volume: the largest daily cap with no more alerts than ours at budget 3, rounded up.
        double cap = std::ceil(volume);
        for (const Life& life : lives) {
            if (kind != Baseline::Rarity) all.add(run_baseline(life, kind, 1e9));
            equal.add(run_baseline(life, kind, cap));
        }
        if (kind != Baseline::Rarity) print_row(name, "all", all);
        char rule[64];
        std::snprintf(rule, sizeof rule, "at most %.0f a day (ours at 3: %.1f)", cap, volume);
        print_row(name, rule, equal);
    }
}

}  // namespace redshank::eval
