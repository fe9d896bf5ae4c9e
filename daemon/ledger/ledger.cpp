#include "daemon/ledger/ledger.h"

#include <algorithm>
#include <utility>

#include "core/state/row.h"

namespace redshank {

namespace {

struct KeyRow {
    uint64_t line = 0, chain = 0;

    template <class V>
    void describe(V& v) {
        v.must("line", line);
        v.must("chain", chain);
    }
};

struct ForgottenRow {
    uint64_t rows = 0;

    template <class V>
    void describe(V& v) {
        v.must("rows", rows);
    }
};

}  // namespace

std::optional<LedgerKey> ledger_key(const StateReader& state) {
    KeyRow row;
    load_row(state, kLedgerKey, "", row);
    if (row.line == 0 || row.chain == 0) return std::nullopt;
    return LedgerKey{row.line, row.chain};
}

void Ledger::load(const StateReader& state) {
    state_ = &state;
    const auto key = ledger_key(state);
    is_key_saved_ = key.has_value();
    key_ = key ? *key : random_key();
    hash_.emplace(key_);
    load_rows<ForgottenRow>(state, kLedgerForgotten, "", [&](std::string_view source, ForgottenRow row) {
        sources_[std::string(source)].forgotten = row.rows;
    });
    state.reads(kLedgerHours, &columns_of<HourRow>);
    state.scan(kLedgerHours, "", [&](std::string_view text, std::string_view) {
        const auto row = parse_hour_key(text);
        if (!row) return state.unusable(kLedgerHours, text);
        OfSource& own = sources_[row->source];
        own.row_count += own.rows[row->number].insert(row->hour).second;
    });
}

std::unique_ptr<GenerationCount> Ledger::read(const std::string& source, uint64_t number) const {
    GenerationRow row;
    load_row(*state_, kLedgerGenerations, generation_key(source, number), row);
    std::map<LedgerHour, HourRow> hours;
    load_hours(*state_, source, number, hours);
    row.number = number;
    return std::make_unique<GenerationCount>(std::move(row), std::move(hours));
}

GenerationCount& Ledger::of(const std::string& source, const Batch& batch) {
    OfSource& own = sources_[source];
    const GenerationMark& mark = batch.generation;
    Active& active = own.active[mark.number];
    if (!active.count) active.count = read(source, mark.number);
    active.touched = ++touches_;
    active.is_changed = true;
    GenerationRow& row = active.count->row();
    row.file = batch.file;
    row.head = mark.head;
    row.device = mark.device;
    row.inode = mark.inode;
    row.born = mark.born;
    row.line_limit = mark.line_limit;
    return *active.count;
}

void Ledger::save(StateWriter& state) {
    if (!std::exchange(is_key_saved_, true))
        state.put(kLedgerKey, "", write_row(KeyRow{key_.line, key_.chain}));
    for (auto& [source, own] : sources_) save(state, source, own);
}

void Ledger::save(StateWriter& state, const std::string& source, OfSource& own) {
    for (auto& [number, active] : own.active) {
        if (!std::exchange(active.is_changed, false)) continue;
        for (const LedgerHour hour : active.count->take_changed()) {
            own.row_count += own.rows[number].insert(hour).second;
            state.put(kLedgerHours, hour_key(source, number, hour),
                      write_row(active.count->hours().at(hour)));
        }
        state.put(kLedgerGenerations, generation_key(source, number), write_row(active.count->row()));
    }
    const uint64_t before = own.forgotten;
    while (own.row_count > most_rows_) forget_oldest(state, source, own);
    if (own.forgotten != before) state.put(kLedgerForgotten, source, write_row(ForgottenRow{own.forgotten}));
    while (own.active.size() > kInMemory) {
        own.active.erase(std::min_element(
            own.active.begin(), own.active.end(),
            [](const auto& a, const auto& b) { return a.second.touched < b.second.touched; }));
    }
}

// The oldest hour of the oldest generation, and the generation itself once it has no row.
void Ledger::forget_oldest(StateWriter& state, const std::string& source, OfSource& own) {
    const auto oldest = own.rows.begin();
    const auto [number, hour] = std::pair(oldest->first, *oldest->second.begin());
    state.erase(kLedgerHours, hour_key(source, number, hour));
    oldest->second.erase(hour);
    --own.row_count;
    ++own.forgotten;
    if (oldest->second.empty()) {
        state.erase(kLedgerGenerations, generation_key(source, number));
        own.rows.erase(oldest);
        own.active.erase(number);
        return;
    }
    Active& active = own.active[number];
    if (!active.count) active.count = read(source, number);
    active.count->forget_before(hour + 1);
    state.put(kLedgerGenerations, generation_key(source, number), write_row(active.count->row()));
}

}  // namespace redshank
