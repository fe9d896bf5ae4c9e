#include "daemon/store/pending.h"

#include <algorithm>

#include "core/finding/finding_json.h"

namespace redshank {

FindingRow row_of(const Finding& finding) {
    return {.id = finding.id,
            .time = audit::format_time(finding.time),
            .detector = finding.detector,
            .kind = finding.kind,
            .json = to_json(finding),
            .severity = to_string(finding.severity),
            .status = to_string(finding.status),
            .count = finding.count};
}

OutboxRow row_of(const News& news) {
    return {.id = news.id(),
            .json = to_json(news),
            .severity = to_string(news.severity()),
            .status = to_string(news.status()),
            .count = news.count()};
}

void Pending::put(std::string_view table, std::string_view key, std::optional<std::string> value) {
    auto rows = state_.find(table);
    if (rows == state_.end()) rows = state_.emplace(std::string(table), Rows{}).first;
    auto row = rows->second.find(key);
    if (row == rows->second.end()) {
        row = rows->second.emplace(std::string(key), "").first;
    } else if (!row->second) {
        --erased_;
    }
    row->second = std::move(value);
    if (!row->second) ++erased_;
}

template <class Row>
void Pending::drop_oldest_half(std::vector<Row>& rows) {
    const size_t half = rows.size() / 2;
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(half));
    dropped_ += half;
}

void Pending::set_position(std::string_view source, std::string_view position) {
    positions_.insert_or_assign(std::string(source), std::string(position));
}

void Pending::upsert_finding(const Finding& finding) {
    const auto [at, is_new] = finding_at_.try_emplace(finding.id, findings_.size());
    if (!is_new) {
        findings_[at->second] = row_of(finding);
        return;
    }
    findings_.push_back(row_of(finding));
    if (findings_.size() <= cap_) return;
    drop_oldest_half(findings_);
    finding_at_.clear();
    for (size_t i = 0; i < findings_.size(); ++i) finding_at_.emplace(findings_[i].id, i);
}

void Pending::enqueue(const News& news) {
    outbox_.push_back(row_of(news));
    if (outbox_.size() > cap_) drop_oldest_half(outbox_);
}

void Pending::remove_from_outbox(int64_t up_to_sequence) {
    removed_up_to_ = std::max(removed_up_to_, up_to_sequence);
}

void Pending::forget_erased(const std::function<bool(std::string_view, std::string_view)>& is_stored) {
    if (erased_ < forget_at_) return;
    for (auto& [table, rows] : state_) {
        erased_ -= std::erase_if(
            rows, [&, &name = table](const auto& row) { return !row.second && !is_stored(name, row.first); });
    }
    forget_at_ = std::max(kForgetAt, 2 * erased_);
}

bool Pending::empty() const {
    return state_.empty() && positions_.empty() && findings_.empty() && outbox_.empty() &&
           removed_up_to_ == 0;
}

void Pending::clear() {
    state_.clear();
    erased_ = 0;
    forget_at_ = kForgetAt;
    positions_.clear();
    findings_.clear();
    finding_at_.clear();
    outbox_.clear();
    removed_up_to_ = 0;
}

}  // namespace redshank
