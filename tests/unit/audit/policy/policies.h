// Policies and requests for tests, written in one line.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <sstream>
#include <string>

#include "audit/policy/load.h"
#include "audit/policy/request.h"

namespace redshank::audit::policy::test {

inline std::string policy_text(const std::string& rules, const std::string& head = "") {
    return "apiVersion: audit.k8s.io/v1\nkind: Policy\n" + head + "rules:\n" + rules;
}

// Each rule is written in YAML's flow style: {level: Metadata, verbs: [get]}.
inline Policy policy_of(const std::vector<std::string>& rules, const std::string& head = "",
                        int kubernetes = kNewestKubernetes) {
    std::string text;
    for (const std::string& rule : rules) text += "- " + rule + "\n";
    Loaded loaded = load(policy_text(text, head), kubernetes);
    if (!loaded.policy) throw std::runtime_error(server_line(loaded, text));
    return std::move(*loaded.policy);
}

// A request written as "alice[dev,system:authenticated] get /api/v1/pods"; "-" stands for no user. Owns the
// text that its views refer to.
class TestRequest {
  public:
    explicit TestRequest(const std::string& line) : line_(std::make_unique<std::string>(line)) {
        const std::string_view text = *line_;
        const size_t space = text.find(' '), slash = text.find(' ', space + 1);
        std::string_view who = text.substr(0, space);
        request.verb = text.substr(space + 1, slash - space - 1);
        if (request.verb == "\"\"") request.verb = {};
        read_path(std::string(text.substr(slash + 1)), request);
        if (who == "-") return;
        request.has_user = true;
        const size_t bracket = who.find('[');
        request.user = who.substr(0, bracket);
        if (bracket == who.npos) return;
        who = who.substr(bracket + 1, who.size() - bracket - 2);
        while (!who.empty()) {
            const std::string_view group = who.substr(0, who.find(','));
            request.groups.push_back(group);
            who.remove_prefix(std::min(who.size(), group.size() + 1));
        }
    }

    Request request;

  private:
    std::unique_ptr<std::string> line_;
};

}  // namespace redshank::audit::policy::test
