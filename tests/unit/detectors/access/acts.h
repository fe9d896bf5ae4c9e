// A cluster of people and programs with two weeks of habits, in which a test then acts.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "tests/unit/detectors/access/diary.h"

namespace redshank::test {

inline constexpr double kThen = 14 * 24, kSecond = 1.0 / 3600;
inline const std::string kRbac = "rbac.authorization.k8s.io";
inline const std::string kGrant =
    R"(RBAC: allowed by ClusterRoleBinding "ops" of ClusterRole "ops" to Group "ops")";

inline Deed create(const char* resource, const std::string& group, const char* ns, const char* name) {
    return {.verb = "create", .resource = resource, .group = group, .ns = ns, .name = name, .code = 201};
}

inline Deed of_secret(const char* verb, const char* ns, const char* name) {
    return {.verb = verb, .resource = "secrets", .ns = ns, .name = name};
}

inline Deed on_pod(const char* subresource, const char* ns) {
    Deed deed = create("pods", "", ns, "web-0");
    deed.subresource = subresource, deed.code = 101;
    return deed;
}

inline Deed removes(const char* resource, const char* group, const char* ns, const char* name) {
    return {.verb = "delete", .resource = resource, .group = group, .ns = ns, .name = name};
}

struct Cluster {
    // Everybody's days; what alice does besides; and what others do, each as itself.
    explicit Cluster(const std::optional<Deed>& also = {}, const std::vector<Deed>& others = {}) {
        const std::string web = account("shop", "web", "web-0"), sync = account("sync", "sync", "sync-0");
        for (double hour = 8; hour < kThen; hour += 5) {
            for (const char* name : {"alice", "bob", "carol"})
                diary.at(hour, {.user = person(name), .reason = kGrant});
            if (also) {
                Deed deed = *also;
                deed.user = person("alice"), deed.reason = kGrant;
                diary.at(hour, deed);
            }
            for (Deed deed : others) {
                deed.reason = kGrant;
                diary.at(hour, deed);
            }
            diary.at(hour, {.user = web, .reason = kGrant});
            for (const char* ns : {"red", "green", "blue", "brown"}) {
                diary.at(hour, {.user = sync,
                                .verb = "patch",
                                .resource = "deployments",
                                .group = "apps",
                                .ns = ns,
                                .name = "app",
                                .reason = kGrant});
            }
        }
    }
    // With a client that nobody had before.
    double act(std::vector<Deed> deeds, const std::string& user, const std::string& reason,
               double at = kThen) {
        for (Deed& deed : deeds) {
            if (deed.agent.starts_with("kubectl")) deed.agent = "installer/1.0";
        }
        return as_ever(deeds, user, reason, at);
    }
    // With the client of every day.
    double as_ever(std::vector<Deed> deeds, const std::string& user, const std::string& reason,
                   double at = kThen) {
        for (Deed& deed : deeds) {
            deed.user = user, deed.reason = reason;
            diary.at(at += kSecond, deed);
        }
        return at;
    }
    // The most severe finding about this user.
    Severity worst(const std::string& user) {
        Severity worst = Severity::Info;
        for (const Finding& finding : diary.told()) {
            if (finding.who().user == user) worst = std::max(worst, finding.severity);
        }
        return worst;
    }
    std::vector<Finding> pages() {
        std::vector<Finding> told = diary.told();
        std::erase_if(told, [](const Finding& finding) { return finding.severity < Severity::Medium; });
        return told;
    }
    Diary diary;
};

}  // namespace redshank::test
