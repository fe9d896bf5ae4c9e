#include "daemon/sources/topic_clusters.h"

#include <fmt/format.h>

#include <algorithm>

#include "audit/time.h"
#include "core/finding/text.h"
#include "core/state/row.h"
#include "daemon/sources/line_time.h"

namespace redshank {

namespace {

constexpr auto kLookForSilenceEvery = std::chrono::seconds{1};
constexpr size_t kNameShown = 64;  // bytes of a name in a message

}  // namespace

TopicClusters::TopicClusters(std::string source, std::chrono::seconds stall_after,
                             std::function<Clock::time_point()> now)
    : source_(std::move(source)), stall_after_(stall_after), now_(std::move(now)) {}

void TopicClusters::load(const StateReader& state, TopicIntake& intake) {
    load_rows<TopicClusterRow>(state, kTopicClusters, source_ + kKeyMark,
                               [&](std::string_view key, const TopicClusterRow& row) {
                                   heard_.emplace(key, Heard{now_(), row.last_event, false, {}});
                                   for (const std::string& partition : row.partitions)
                                       intake.expect(partition, std::string(key));
                                   return true;
                               });
}

void TopicClusters::save(StateWriter& state, const TopicIntake& intake) {
    for (auto& [cluster, own] : heard_) {
        if (!std::exchange(own.has_changed, false)) continue;
        state.put(kTopicClusters, topic_cluster_key(source_, cluster),
                  write_row(TopicClusterRow{own.last_event, intake.partitions_of(cluster)}));
    }
}

void TopicClusters::meet(const std::string& cluster) {
    heard_.try_emplace(cluster, Heard{now_(), {}, false, {}});
}

void TopicClusters::heard(const Batch& batch) {
    Heard& own = heard_[batch.cluster];
    own.heard = now_();
    own.last_event = std::max(own.last_event, time_of_line(batch.lines.back().text));
    own.has_changed = true;
    last_event_ = std::max(last_event_, own.last_event);
    if (std::exchange(own.is_silent, false) == false) return;
    notices_.push_back({batch.cluster,
                        {.kind = "audit-log-stalled",
                         .what = "silent",
                         .text = "",
                         .file = source_,
                         .from = own.last_event,
                         .over = true}});
}

void TopicClusters::look_for_silence(const TopicIntake& intake) {
    const auto now = now_();
    if (stall_after_.count() == 0 || now - looked_ < kLookForSilenceEvery) return;
    looked_ = now;
    for (auto& [cluster, own] : heard_) {
        const auto silence = std::chrono::duration_cast<std::chrono::seconds>(now - own.heard);
        if (own.is_silent == true || silence < stall_after_ || !intake.reads(cluster)) continue;
        own.is_silent = true;
        notices_.push_back({cluster,
                            {.kind = "audit-log-stalled",
                             .what = "silent",
                             .text = fmt::format(
                                 "Nothing of cluster {} has come through {} for {}; an API server that works "
                                 "has something to say every few seconds.",
                                 fit(cluster, kNameShown), source_, audit::format_duration(silence)),
                             .file = source_,
                             .from = own.last_event}});
    }
}

audit::Time TopicClusters::last_event_of(const std::string& cluster) const {
    const auto own = heard_.find(cluster);
    return own == heard_.end() || own->second.last_event == audit::Time{} ? last_event_
                                                                          : own->second.last_event;
}

void TopicClusters::lost(const TopicIntake::Partition& partition, int64_t from, int64_t to,
                         const std::string& cluster) {
    notices_.push_back({cluster,
                        {.kind = "audit-gap",
                         .what = "retention",
                         .text = fmt::format(
                             "Part of the audit log was never read: {} records of {}, offsets {} to {}. The "
                             "brokers had deleted them before redshank came to them; give the topic a longer "
                             "retention.ms or retention.bytes, or redshank more workers.",
                             to - from, partition.id.text(), from, to - 1),
                         .file = partition.file,
                         .offset = static_cast<uint64_t>(from),
                         .from = last_event_of(cluster)}});
}

void TopicClusters::anew(const TopicIntake::Partition& partition, int64_t offset,
                         const std::string& cluster) {
    notices_.push_back(
        {cluster,
         {.kind = "audit-log-tampered",
          .what = "begun-anew",
          .text =
              fmt::format("{} ends before what was read of it: the topic was deleted and made again, or its "
                          "brokers have lost records. It is read from offset {} on, where {} was due.",
                          partition.id.text(), offset, partition.expected),
          .file = partition.file,
          .offset = static_cast<uint64_t>(offset),
          .from = last_event_of(cluster)}});
}

void TopicClusters::tell(Batch& batch) {
    if (notices_.empty()) return;
    batch.cluster = notices_.front().first;
    while (!notices_.empty() && notices_.front().first == batch.cluster) {
        batch.notices.push_back(std::move(notices_.front().second));
        notices_.erase(notices_.begin());
    }
}

}  // namespace redshank
