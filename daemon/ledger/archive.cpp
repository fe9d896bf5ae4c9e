#include "daemon/ledger/archive.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "audit/salvage.h"
#include "core/state/row.h"
#include "daemon/sources/file_position.h"
#include "daemon/store/checked.h"

namespace redshank {

namespace {

constexpr audit::Time kNone{};

// The generations of a file source in which it may read on.
std::set<uint64_t> open_generations(const Store& store, const std::string& source) {
    std::set<uint64_t> open;
    const auto text = store.position(source);
    const auto position = text ? FilePosition::from_json(*text) : std::nullopt;
    if (!position) return open;
    if (position->at) open.insert(position->at->generation);
    if (position->suspended) open.insert(position->suspended->generation);
    for (const FilePlace& place : position->left) open.insert(place.generation);
    return open;
}

uint64_t likeness(const LedgerGeneration& generation, const GenerationCount& found) {
    uint64_t hours = 0;
    for (const auto& [hour, row] : found.hours()) {
        const auto counted = generation.hours.find(hour);
        if (counted == generation.hours.end() || row.first == kNone) continue;
        hours += row.first == counted->second.first || row.last == counted->second.last;
    }
    return hours;
}

}  // namespace

std::vector<LedgerGeneration> load_generations(const Store& store) {
    const CheckedState state = checked_state(store);
    std::vector<LedgerGeneration> all;
    load_rows<GenerationRow>(state, kLedgerGenerations, "", [&](std::string_view key, GenerationRow row) {
        all.push_back({.source = source_of(key), .row = std::move(row)});
    });
    std::sort(all.begin(), all.end(), [](const LedgerGeneration& a, const LedgerGeneration& b) {
        return std::tie(a.source, a.row.number) < std::tie(b.source, b.row.number);
    });
    std::set<uint64_t> open;
    for (size_t i = 0; i < all.size(); ++i) {
        LedgerGeneration& one = all[i];
        if (i == 0 || one.source != all[i - 1].source) open = open_generations(store, one.source);
        one.is_open = open.contains(one.row.number);
        load_hours(state, one.source, one.row.number, one.hours);
    }
    return all;
}

HourRow sum_of(const LedgerGeneration& generation) {
    HourRow sum;
    for (const auto& [hour, row] : generation.hours) {
        sum.lines += row.lines;
        sum.bytes += row.bytes;
        sum.events += row.events;
        for (const auto& [reason, lines] : row.skipped) sum.skipped[reason] += lines;
        if (row.first != kNone) sum.cover(row.first, row.last);
    }
    return sum;
}

std::string count_again(Generation& file, uint64_t line_limit, const CountedLine& take) {
    using Progress = Generation::Progress;
    LineSplitter splitter(line_limit == 0 ? kDefaultLineLimit : line_limit);
    file.rewind(splitter);
    audit::EventParser parser;
    audit::Event event;
    std::vector<Line> lines;
    const auto take_all = [&](bool is_torn) {
        for (const Line& line : lines) {
            std::optional<audit::Time> first;
            const audit::Salvage read =
                audit::read_line(parser, line.text, event, [&](const audit::Event& one, size_t) {
                    if (!first) first = one.stage_time;
                });
            take(line, yield_of(line, read, first.value_or(kNone)), is_torn);
        }
        lines.clear();
    };
    Progress progress;
    while ((progress = file.read(splitter)) == Progress::Data) {
        splitter.split(lines);
        take_all(false);
    }
    splitter.finish(lines);
    take_all(true);
    if (progress == Progress::End) return {};
    if (progress == Progress::Incomplete) return "its compressed data breaks off";
    return progress == Progress::Changed ? "it was changed while it was read" : file.error();
}

std::vector<size_t> generations_of(const Generation& file, const std::vector<LedgerGeneration>& all) {
    std::vector<size_t> found;
    for (size_t i = 0; i < all.size(); ++i) {
        if (all[i].row.head.empty() || !file.has_head_mark(all[i].row.head)) continue;
        std::erase_if(found, [&](size_t other) {  // was read anew
            return all[other].source == all[i].source && all[other].row.from == all[i].row.from;
        });
        found.push_back(i);
    }
    std::stable_sort(found.begin(), found.end(),
                     [&](size_t a, size_t b) { return all[a].row.from < all[b].row.from; });
    return found;
}

std::optional<size_t> generation_like(Generation& file, const std::vector<LedgerGeneration>& all,
                                      const LineHash& hash, const std::function<bool(size_t)>& may_be) {
    std::vector<size_t> candidates;
    const FileFacts facts = file.facts();
    for (size_t i = 0; i < all.size(); ++i) {
        const GenerationRow& row = all[i].row;
        if (row.number == 0 || !may_be(i)) continue;
        if (row.born != 0 && facts.born == row.born && facts.inode == row.inode && facts.device == row.device)
            return i;
        candidates.push_back(i);
    }
    if (candidates.empty()) return std::nullopt;
    GenerationCount found{GenerationRow{}};
    count_again(file, all[candidates.front()].row.line_limit,
                [&](const Line& line, const LineYield& yield, bool) { found.add(hash, line, yield); });
    const auto best = std::max_element(candidates.begin(), candidates.end(), [&](size_t a, size_t b) {
        return likeness(all[a], found) < likeness(all[b], found);
    });
    return likeness(all[*best], found) > 0 ? std::optional(*best) : std::nullopt;
}

}  // namespace redshank
