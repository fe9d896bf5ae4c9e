// A group of brokers in memory, and members of one consumer group, for tests of sources that read topics.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "daemon/sources/topic_client.h"

namespace redshank::test {

class FakeTopics {
  public:
    struct Record {
        int64_t offset;
        std::string key, value, header;
    };
    struct Partition {
        std::deque<Record> records;
        int64_t first = 0, end = 0;  // of the offsets that can be read
    };

    explicit FakeTopics(unsigned seed = 1) : random(seed) {}

    void add(const std::string& topic, int32_t partitions) {
        for (int32_t i = 0; i < partitions; ++i) all[{topic, i}];
    }
    void put(const TopicPartition& at, std::string value, std::string key = "prod") {
        Partition& partition = all[at];
        partition.records.push_back({partition.end++, std::move(key), std::move(value), {}});
    }
    // As the retention of the topic does.
    void forget_before(const TopicPartition& at, int64_t offset) {
        Partition& partition = all[at];
        while (!partition.records.empty() && partition.records.front().offset < offset)
            partition.records.pop_front();
        partition.first = offset;
    }

    class Member;
    // `place` 0: a member as any other. From 1 on: the member of this place, as brokers know one by its
    // group.instance.id; with `places` of them it has partition `place` - 1 and each `places`-th after it,
    // which wait for it while it is away.
    std::unique_ptr<TopicClient> join(size_t place = 0);

    // Gives the partitions to the members in turn, and takes away what others are to have.
    void rebalance();
    bool is_everything_read(const std::vector<TopicPlace>& places) const;

    std::map<TopicPartition, Partition> all;
    std::map<TopicPartition, int64_t> noted;  // with the group
    std::vector<Member*> members;
    std::mt19937 random;
    size_t most_records = 50;  // of a poll
    size_t places = 0;         // 0: members have none

  private:
    Member* next_owner(size_t partition) const;
};

class FakeTopics::Member final : public TopicClient {
  public:
    explicit Member(FakeTopics& topics, size_t at_place = 0) : place(at_place), topics_(topics) {
        topics_.members.push_back(this);
        topics_.rebalance();
    }
    ~Member() override {
        std::erase(topics_.members, this);
        owned.clear();
        topics_.rebalance();
    }

    bool poll(TopicReader& reader) override {
        if (!problem.empty()) {
            reader.problem(problem);
            return false;
        }
        reader.problem("");
        if (!to_take.empty()) {
            for (const TopicPartition& id : to_take) places.erase(id);
            reader.taken({to_take.begin(), to_take.end()}, loses);
            to_take.clear();
        }
        if (!to_give.empty()) {
            owned.insert(to_give.begin(), to_give.end());
            reader.given({to_give.begin(), to_give.end()});
            to_give.clear();
        }
        bool has_more = false;
        for (auto& [id, offset] : places) {
            if (!paused.contains(id)) has_more |= read(id, offset, reader);
        }
        return has_more;
    }

    void begin(const std::vector<TopicPlace>& all) override {
        for (const TopicPlace& wanted : all) {
            const Partition& partition = topics_.all.at(wanted.partition);
            begun.push_back(wanted);
            int64_t at = wanted.offset;
            const auto known = topics_.noted.find(wanted.partition);
            if (at == kFromGroup) at = known != topics_.noted.end() ? known->second : kFromBeginning;
            if (at == kFromEnd) at = partition.end;
            if (at < partition.first || at > partition.end) at = partition.first;
            places[wanted.partition] = at;
        }
    }
    void release(const std::vector<TopicPartition>& all) override {
        for (const TopicPartition& id : all) {
            owned.erase(id);
            places.erase(id);
        }
        topics_.rebalance();
    }
    void note(const std::vector<TopicPlace>& all) override {
        if (is_dead) return;
        for (const TopicPlace& at : all) topics_.noted[at.partition] = at.offset;
    }
    void pause(const TopicPartition& id, bool is_paused) override {
        is_paused ? void(paused.insert(id)) : void(paused.erase(id));
    }
    Range range(const TopicPartition& id) const override {
        const Partition& partition = topics_.all.at(id);
        return {.first = partition.first, .end = partition.end};
    }
    int wake_fd() const override { return -1; }

    const size_t place;
    std::set<TopicPartition> owned, to_take, to_give, paused;
    std::map<TopicPartition, int64_t> places;
    std::vector<TopicPlace> begun;  // as the source has asked for
    std::string problem;
    bool loses = false;    // what is taken is lost
    bool is_dead = false;  // its process was killed: it can tell the group nothing

  private:
    // At random some of the records, once in a while again some that were read before.
    bool read(const TopicPartition& id, int64_t& offset, TopicReader& reader) {
        const Partition& partition = topics_.all.at(id);
        if (offset < partition.first || offset > partition.end) offset = partition.first;
        size_t count = topics_.random() % (topics_.most_records + 1);
        int64_t at = offset;
        if (topics_.random() % 10 == 0 && at > partition.first + 3) at -= 3;
        for (const Record& record : partition.records) {
            if (record.offset < at || (record.offset >= offset && count == 0)) continue;
            if (record.offset >= offset) --count;
            offset = std::max(offset, record.offset + 1);
            reader.record({.partition = id,
                           .offset = record.offset,
                           .value = record.value,
                           .key = record.key,
                           .header = record.header});
        }
        if (offset == partition.end) reader.reached_end(id, offset);
        return offset < partition.end;
    }

    FakeTopics& topics_;
};

inline std::unique_ptr<TopicClient> FakeTopics::join(size_t place) {
    return std::make_unique<Member>(*this, place);
}

// Null: nobody is to have it now.
inline FakeTopics::Member* FakeTopics::next_owner(size_t partition) const {
    if (places == 0) return members[partition % members.size()];
    const auto at = std::find_if(members.begin(), members.end(), [&](const Member* member) {
        return member->place == partition % places + 1;
    });
    return at == members.end() ? nullptr : *at;
}

inline void FakeTopics::rebalance() {
    if (members.empty()) return;
    size_t next = 0;
    for (const auto& [id, partition] : all) {
        Member* wanted = next_owner(next++);
        if (wanted == nullptr) continue;
        const auto owner = std::find_if(members.begin(), members.end(), [&, at = id](const Member* member) {
            return member->owned.contains(at);
        });
        for (Member* member : members) {
            if (member != wanted) member->to_give.erase(id);
        }
        if (owner == members.end()) {
            wanted->to_give.insert(id);
        } else if (*owner != wanted) {
            (*owner)->to_take.insert(id);
        }
    }
}

}  // namespace redshank::test
