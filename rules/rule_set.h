// All loaded rules, indexed by what events must contain.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rules/rule.h"
#include "rules/signs.h"

namespace redshank::rules {

// Each rule is indexed by the rarest of the texts that it requires (a name, a user, a resource with a verb,
// …). An event looks up its own texts only, so that a thousand rules cost little more than ten. Immutable.
class RuleSet {
  public:
    RuleSet() = default;
    explicit RuleSet(std::vector<RulePtr> rules, std::vector<std::string> warnings = {});

    const std::vector<RulePtr>& rules() const { return rules_; }
    // Rules and keys that were skipped, each as "file:line:column: what".
    const std::vector<std::string>& warnings() const { return warnings_; }
    // Null when no rule has this id.
    const Rule* find(std::string_view id) const;

    // Appends the indexes of the rules that may match requests with this deed (RequestKind), by their signs
    // as well, and require neither a name nor a user, a namespace or an agent.
    void of_deed(const Request& request, std::vector<uint32_t>& out) const;
    // Of those that require a user, a namespace or an agent, and no name, for requests of this kind.
    void of_sender(const Request& request, std::vector<uint32_t>& out) const;
    // Those that require this name; null when there are none.
    const std::vector<uint32_t>* of_name(std::string_view name) const;
    bool has_signs(uint32_t rule, Signs signs) const { return (demands_[rule] & ~signs) == 0; }
    bool sees_every_stage(uint32_t rule) const { return every_stage_[rule]; }
    bool has_every_stage() const { return any_every_stage_; }  // a rule that sees every stage

  private:
    static constexpr size_t kKeys = 7;
    struct Hash {
        using is_transparent = void;
        size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Shelf = std::unordered_map<std::string, std::vector<uint32_t>, Hash, std::equal_to<>>;

    void place(uint32_t rule);
    // Appends those that have the signs.
    void add(const std::vector<uint32_t>& rules, Signs signs, std::vector<uint32_t>& out) const;
    // Appends what the shelves hold for the request.
    void look_up(std::span<const size_t> shelves, const Request& request, std::vector<uint32_t>& out) const;

    // A bit for each length of a name that a rule requires, the last for all longer ones.
    static uint64_t length_bit(std::string_view name) {
        return uint64_t{1} << std::min<size_t>(name.size(), 63);
    }

    std::vector<RulePtr> rules_;
    std::vector<std::string> warnings_;
    std::vector<Shelf> shelves_ = std::vector<Shelf>(kKeys);
    uint64_t name_lengths_ = 0;
    std::vector<uint32_t> anywhere_;
    std::vector<bool> every_stage_;
    std::vector<Signs> demands_;  // by rule
    bool any_every_stage_ = false;
};

}  // namespace redshank::rules
