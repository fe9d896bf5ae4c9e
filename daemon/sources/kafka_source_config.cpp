#include <fmt/format.h>
#include <fmt/ranges.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>
#include <exception>
#include <set>

#include "core/config/sense.h"
#include "core/config/table.h"
#include "daemon/sources/kafka_source.h"
#include "daemon/sources/registry.h"

namespace redshank {

namespace {

constexpr std::string_view kHeader = "header:";
constexpr std::string_view kHostName = "@hostname";

bool is_topic_pattern(std::string name) {
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c == '*' || c == '?'; }, '_');
    return is_topic(name);
}

void read_cluster_from(ConfigTable& table, KafkaSourceConfig& config) {
    using From = KafkaSourceConfig::ClusterFrom;
    std::string from = "key";
    table.read("cluster_from", from);
    if (from == "key") {
        config.cluster_from = From::Key;
    } else if (from == "topic") {
        config.cluster_from = From::Topic;
    } else if (from == "envelope") {
        config.cluster_from = From::Envelope;
    } else if (from.starts_with(kHeader) && from.size() > kHeader.size()) {
        config.cluster_from = From::Header;
        config.header = from.substr(kHeader.size());
    } else {
        table.error("cluster_from", R"(must be "key", "header:NAME", "topic" or "envelope")");
    }
    if (!table.has("cluster")) return;
    if (table.has("cluster_from"))
        table.error("cluster_from", "and cluster exclude each other: a source with cluster has no other");
    config.cluster_from = From::Fixed;
}

// Those who read shares: this worker, or those for whom it stands in, are among them.
void read_members(ConfigTable& table, KafkaSourceConfig& config) {
    table.read("members", config.members);
    if (config.members.empty()) return;
    const std::set<std::string> all(config.members.begin(), config.members.end());
    if (all.size() < config.members.size()) table.error("members", "names a member twice");
    for (const std::string& member : all) {
        if (!is_topic(member)) table.error("members", "'" + member + "' is no name of a member");
    }
    if (table.has("member_timeout"))
        table.error("members", "and member_timeout exclude each other: nobody else gets a member's share");
    std::vector<std::string> own = config.stands_in_for;
    if (own.empty()) own.push_back(config.member);
    for (const std::string& member : own) {
        if (!all.contains(member))
            table.error("members", member.empty() ? "needs member: which of them this worker is"
                                                  : "must name '" + member + "', too");
    }
}

void read_member(ConfigTable& table, KafkaSourceConfig& config) {
    table.read("member", config.member);
    if (config.member == kHostName) {
        std::array<char, HOST_NAME_MAX + 1> name{};
        ::gethostname(name.data(), name.size() - 1);
        config.member = name.data();
    }
    if (table.has("member") && !is_topic(config.member))
        table.error("member", R"(must be a name of letters, digits, . _ and -, or "@hostname")");
    table.read("state_topic", config.state_topic);
    if (table.has("state_topic") && !is_topic(config.state_topic))
        table.error("state_topic", "must be the name of a topic: up to 249 letters, digits, and . _ -");
    table.read("stands_in_for", config.stands_in_for);
    const bool is_spare = !config.stands_in_for.empty();
    for (const std::string& member : config.stands_in_for) {
        if (!is_topic(member)) table.error("stands_in_for", "'" + member + "' is no name of a member");
    }
    if (is_spare && table.has("member"))
        table.error("stands_in_for",
                    "and member exclude each other: a spare worker has the name of whom it stands in for");
    if (is_spare && !table.has("state_topic"))
        table.error("stands_in_for", "needs state_topic, where the others' states are");
    if (table.has("state_topic") && !table.has("member") && !is_spare)
        table.error("state_topic", "needs member: the name under which the state is found again");
    read_members(table, config);
    audit::Duration timeout = config.member_timeout;
    table.read("member_timeout", timeout, std::chrono::seconds{6}, std::chrono::minutes{30});
    config.member_timeout = std::chrono::duration_cast<std::chrono::seconds>(timeout);
    if (table.has("member_timeout") && !table.has("member") && !is_spare)
        table.error("member_timeout", "needs member: a worker without a name is missed after 6 s");
}

}  // namespace

KafkaSubscription KafkaSourceConfig::subscription() const {
    KafkaSubscription all{.group = group, .topics = topics, .header = header, .queue_limit = queue_limit / 2};
    if (member.empty()) return all;
    all.member = member;
    all.member_timeout = member_timeout;
    all.share = share_of(member, members);
    return all;
}

void read(ConfigTable& table, KafkaSourceConfig& config) {
    using Start = KafkaSourceConfig::Start;
    table.read("name", config.name);
    read_connection(table, config.connection);
    table.read("topics", config.topics);
    if (config.topics.empty()) table.error("topics", R"(is needed: names or patterns, e.g. ["audit-*"])");
    for (const std::string& topic : config.topics) {
        if (!is_topic_pattern(topic))
            table.error("topics", fmt::format("'{}' is no name of a topic (letters, digits, . _ - and the "
                                              "wildcards * and ?)",
                                              topic));
    }
    table.read("group", config.group);
    if (config.group.empty()) table.error("group", "must not be empty: members of a group share the topics");
    read_member(table, config);
    read_cluster_from(table, config);
    table.read("clusters", config.clusters);
    table.read("max_clusters", config.most_clusters, 1, 100'000);
    table.read_choice("start", config.start,
                      {{"checkpoint", Start::Group}, {"beginning", Start::Beginning}, {"end", Start::End}});
    table.read_mebibytes("queue_limit_mb", config.queue_limit, 2, 65'536);
    audit::Duration stall_after = config.stall_after;
    read_or_off(table, "stall_after", stall_after, std::chrono::seconds{1}, kLongestSilence);
    config.stall_after = std::chrono::duration_cast<std::chrono::seconds>(stall_after);
    table.refuse("line_limit_mb", "bounds the lines of a log; brokers bound records (message.max.bytes)");
    if (!has_kafka()) table.error("type", kNoKafka);
}

std::string reads(const KafkaSourceConfig& config) {
    return fmt::format("{} of {}", fmt::join(config.topics, ", "),
                       fmt::join(config.connection.brokers, ", "));
}

std::unique_ptr<Source> make_source(const KafkaSourceConfig& own, const SourceConfig& shared) {
    KafkaSourceConfig config = own;
    config.cluster = shared.cluster;
    try {
        return make_kafka_source(std::move(config), [](const KafkaSourceConfig& from) {
            return make_kafka_client(from.connection, from.subscription());
        });
    } catch (const std::exception& error) {
        throw ConfigError(
            fmt::format("{}: source {}: {}", shared.place.to_string(), own.label(), error.what()));
    }
}

}  // namespace redshank
