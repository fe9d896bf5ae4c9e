#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/request/observation.h"
#include "core/state/state.h"
#include "detectors/secrets/access.h"

namespace redshank::secrets {

// Who asked for the content of which Secrets, by which grant, how often: the table behind `redshank secrets`.
// One cluster's. Pipeline thread only.
class Reads {
  public:
    static constexpr size_t kMax = 20'000;  // rows; beyond, the tenth that is oldest goes, and is counted

    struct Row {
        std::string secret, user, impersonated, grant;
        uint64_t window = 0;  // number of the exposure window; 0: none
        std::string verdict;  // exposed | in-order | refused
        std::set<std::string> verbs;
        uint64_t count = 0;
        audit::Time first{}, last{};
        std::string source_ip;  // of the last one
    };

    explicit Reads(std::string cluster) : cluster_(std::move(cluster)) {}

    void add(const audit::Event& event, const SecretScope& scope, const std::string& grant, uint64_t window,
             std::string_view verdict);

    // Whether the user has read just this in order, through another grant than this one.
    bool has_own_right(const audit::Event& event, const SecretScope& scope, const std::string& grant) const;

    // Whether the caller has got just this before, by any grant; anything at all; whether anybody has by this
    // grant.
    bool has_read(const audit::Event& event, const SecretScope& scope) const;
    bool knows_caller(const audit::Event& event) const;
    bool knows_grant(const std::string& grant) const { return uses_.contains(grant); }

    // What was got since then through the binding ("RoleBinding shop/tmp") by callers who had not got the
    // same through another grant before. Without what is told as exposed.
    std::vector<Row> only_through(const std::string& binding, audit::Time since) const;

    size_t size() const { return rows_.size(); }
    uint64_t evictions() const { return evictions_; }

    void load(const StateReader& state, const std::string& prefix);
    void save(StateWriter& state, const std::string& prefix);

    // Of a row of the state.
    static Row read_row(std::string_view json);

  private:
    void evict_oldest();
    // Adds to, or takes from, uses_.
    void count_use(const Row& row, bool add);

    const std::string cluster_;
    std::map<std::string, Row> rows_;
    std::map<std::string, size_t> uses_;  // rows that are no refusals, by grant and by caller
    std::set<std::string> changed_;
    uint64_t evictions_ = 0;
};

}  // namespace redshank::secrets
