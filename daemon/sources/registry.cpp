// The list of all sources that a configuration can name.
#include "daemon/sources/registry.h"

#include <fmt/format.h>

#include <any>
#include <filesystem>

#include <utility>

#include "core/config/sense.h"
#include "daemon/http/endpoint.h"
#include "daemon/sources/backups.h"
#include "daemon/sources/file_identity.h"
#include "daemon/sources/file_source.h"
#include "daemon/sources/kafka_source.h"
#include "daemon/sources/policy_file.h"
#include "daemon/sources/webhook_source.h"

namespace redshank {

namespace {

struct Row {
    std::string_view type;
    void (*read)(ConfigTable&, SourceConfig&);
    std::unique_ptr<Source> (*make)(const SourceConfig&);
};

// A Config has read(ConfigTable&, Config&), make_source(const Config&, const SourceConfig&), kReads, the key
// that says what it reads, and reads(const Config&), which is equal for two sources that read the same.
template <class Config>
constexpr Row row(std::string_view type) {
    return {type,
            [](ConfigTable& table, SourceConfig& source) {
                Config own;
                read(table, own);
                source.key = Config::kReads;
                source.place = table.place(source.key);
                source.reads = reads(own);
                if constexpr (requires { own.name; }) source.name = own.name;
                source.own = std::move(own);
            },
            [](const SourceConfig& source) {
                return make_source(std::any_cast<const Config&>(source.own), source);
            }};
}

constexpr Row kRows[] = {
    row<FileSourceConfig>("file"),
    row<WebhookSourceConfig>("webhook"),
    row<KafkaSourceConfig>("kafka"),
};

// What keeps an API server from starting with it is a mistake of the configuration.
void read_policy(ConfigTable& table, SourceConfig& source) {
    std::string version;
    table.read("policy", source.policy_file);
    table.read("kubernetes", version);
    const auto kubernetes =
        version.empty() ? audit::policy::kNewestKubernetes : audit::policy::kubernetes_minor(version);
    if (!kubernetes) {
        return table.error("kubernetes",
                           fmt::format("must be a version from \"1.{}\" to \"1.{}\"",
                                       audit::policy::kOldestKubernetes, audit::policy::kNewestKubernetes));
    }
    if (source.policy_file.empty()) return;
    audit::policy::Loaded loaded = load_policy(source.policy_file, *kubernetes, &source.policy_id);
    for (const audit::policy::Problem& problem : loaded.problems) {
        if (problem.severity == audit::policy::Severity::Error)
            table.error("policy", message(source.policy_file, problem));
    }
    if (loaded.policy)
        source.policy = std::make_shared<const audit::policy::Policy>(*std::move(loaded.policy));
}

// What two sources of one type cannot have in common, though they do not read the same by name.
std::string why_not_both(const SourceConfig& other, const SourceConfig& source) {
    const auto *hook = std::any_cast<WebhookSourceConfig>(&source.own),
               *other_hook = std::any_cast<WebhookSourceConfig>(&other.own);
    if (hook && other_hook && hook->listen != other_hook->listen &&
        share_port(hook->listen, other_hook->listen))
        return fmt::format("the source at {} listens at {} already; give one of them another port",
                           other.place.to_string(), other_hook->listen);
    const auto *topics = std::any_cast<KafkaSourceConfig>(&source.own),
               *other_topics = std::any_cast<KafkaSourceConfig>(&other.own);
    if (topics && other_topics && !topics->state_topic.empty() && !other_topics->state_topic.empty())
        return fmt::format("the source at {} has a state_topic already, and there is one state; take one out",
                           other.place.to_string());
    const auto *file = std::any_cast<FileSourceConfig>(&source.own),
               *other_file = std::any_cast<FileSourceConfig>(&other.own);
    if (!file || !other_file || source.reads == other.reads) return {};
    const auto facts = facts_of(source.reads), other_facts = facts_of(other.reads);
    if (facts && other_facts && facts->is_regular && facts->same_file(*other_facts))
        return fmt::format(
            "is the file that the source at {} reads under another name (a hard link), and each of "
            "its events would count twice; take one of them out",
            other.place.to_string());
    const std::filesystem::path one = source.reads, two = other.reads;
    const bool are_beside = one.parent_path() == two.parent_path();
    if (are_beside && has_backup_name(one.filename().string(), two.filename().string()))
        return fmt::format(
            "is called as a rotated file of the log that the source at {} reads with those; take it out",
            other.place.to_string());
    if (are_beside && has_backup_name(two.filename().string(), one.filename().string()))
        return fmt::format(
            "the log that the source at {} reads is called as a rotated file of this one, which is "
            "read with those; take that source out",
            other.place.to_string());
    return {};
}

void read_source(ConfigTable& table, SourceConfig& source) {
    std::vector<std::string_view> words;
    std::vector<ConfigTable::Type> types;
    for (const Row& row : kRows) {
        words.push_back(row.type);
        types.push_back({row.type, [&source, &row](ConfigTable& own) {
                             SourceConfig read = source;  // of other types too, to know their keys
                             row.read(own, read);
                             if (row.type == source.type) source = std::move(read);
                         }});
    }
    table.read("type", source.type, words);
    read_name(table, "cluster", source.cluster);
    source.has_cluster = !source.cluster.empty();
    read_policy(table, source);
    table.read_mebibytes("line_limit_mb", source.line_limit, 1, 4096);
    table.read_as(source.type, types);
}

}  // namespace

void read_sources(ConfigTable& root, std::vector<SourceConfig>& sources) {
    root.tables("source", [&](ConfigTable& table) {
        SourceConfig source;
        read_source(table, source);
        for (const SourceConfig& other : sources) {
            if (!source.name.empty() && other.name == source.name)
                table.error("name", "another source is called so; names must differ");
            if (other.type != source.type) continue;
            if (const std::string why = why_not_both(other, source); !why.empty())
                table.error(source.key, why);
            if (source.reads.empty() || other.reads != source.reads) continue;
            table.error(source.key, fmt::format("{} is read by the source at {} already, and each of its "
                                                "events would count twice; take one of them out",
                                                source.reads, other.place.to_string()));
        }
        sources.push_back(std::move(source));
    });
}

std::vector<std::unique_ptr<Source>> make_sources(const std::vector<SourceConfig>& configs,
                                                  const std::string& file) {
    if (configs.empty()) {
        throw ConfigError(file +
                          ":1:1: no source is configured; add a [[source]] with the path of the audit log");
    }
    std::vector<std::unique_ptr<Source>> sources;
    for (const SourceConfig& config : configs) {
        for (const Row& row : kRows) {
            if (config.type == row.type) sources.push_back(row.make(config));
        }
        if (config.has_cluster && !sources.empty()) sources.back()->be_of_one_cluster();
    }
    return sources;
}

}  // namespace redshank
