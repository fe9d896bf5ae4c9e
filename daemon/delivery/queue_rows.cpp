#include "daemon/delivery/queue_rows.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <map>
#include <utility>

#include "core/state/key.h"
#include "core/state/row.h"
#include "exporters/finding_text.h"

namespace redshank {

std::string queue_key(const std::string& receiver) {
    return receiver + kKeyMark;
}

std::string queue_key(const std::string& receiver, uint64_t sequence) {
    char digits[24];
    std::snprintf(digits, sizeof digits, "%016llu", static_cast<unsigned long long>(sequence));
    return queue_key(receiver) + digits;
}

std::string receiver_of(std::string_view key) {
    const size_t mark = key.rfind(kKeyMark);
    return std::string(key.substr(0, mark == key.npos ? 0 : mark));
}

uint64_t sequence_of(std::string_view key) {
    if (key.find(kKeyMark) == key.npos) return 0;
    const std::string_view digits = key.substr(key.rfind(kKeyMark) + 1);
    uint64_t sequence = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
    return sequence;
}

void load_queue(const StateReader& state, const std::function<void(std::string_view, QueuedAlert)>& take) {
    load_rows<QueuedAlert>(state, kQueueTable, "", [&](std::string_view key, QueuedAlert item) {
        item.sequence = sequence_of(key);
        if (item.sequence == 0) return false;
        take(key, std::move(item));
        return true;
    });
}

void load_dead(const StateReader& state, const std::function<void(std::string_view, DeadLetter)>& take) {
    load_rows<DeadLetter>(state, kDeadTable, "", take);
}

void ChangedRows::put(std::string_view table, const std::string& key, std::string value) {
    rows_[{std::string(table), key}].value = std::move(value);
}

void ChangedRows::put_new(std::string_view table, const std::string& key, std::string value) {
    rows_[{std::string(table), key}] = {.value = std::move(value), .is_new = true};
}

void ChangedRows::erase(std::string_view table, const std::string& key) {
    const auto at = rows_.try_emplace({std::string(table), key}).first;
    if (at->second.is_new) {
        rows_.erase(at);
    } else {
        at->second.value.reset();
    }
}

void ChangedRows::save(StateWriter& state) {
    for (const auto& [row, changed] : rows_) {
        if (changed.value) {
            state.put(row.first, row.second, *changed.value);
        } else {
            state.erase(row.first, row.second);
        }
    }
    rows_.clear();
}

Alert summary_of(const std::vector<QueuedAlert>& items, audit::Time now) {
    const auto worst = std::max_element(items.begin(), items.end(), [](const auto& a, const auto& b) {
        return a.alert.severity < b.alert.severity;
    });
    Alert out = worst->alert;
    out.status = out.finding.status = FindingStatus::Firing;
    out.findings = out.muted = 0;
    std::map<std::string, uint64_t> kinds, actors, objects;
    std::string ids;
    for (const QueuedAlert& item : items) {
        const Alert& alert = item.alert;
        ids += alert.notification;
        out.findings += alert.findings;
        out.muted += alert.muted;
        out.created = std::min(out.created, alert.created);
        kinds[alert.finding.kind] += alert.findings;
        actors[actor_name(alert.finding)] += alert.findings;
        objects[object_name(alert.finding)] += alert.findings;
    }
    out.id = finding_id({"summary", ids});
    out.notification = finding_id({"notification", out.id, audit::format_time(now)});
    const auto top = [](const std::map<std::string, uint64_t>& counts) {
        std::vector<Tally> list;
        for (const auto& [value, count] : counts) {
            if (!value.empty()) list.push_back({value, count});
        }
        std::stable_sort(list.begin(), list.end(),
                         [](const Tally& a, const Tally& b) { return a.count > b.count; });
        if (list.size() > 5) list.resize(5);
        return list;
    };
    out.kinds = top(kinds);
    out.actors = top(actors);
    out.objects = top(objects);
    return out;
}

}  // namespace redshank
