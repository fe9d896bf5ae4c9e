#include "core/incident/news.h"

#include <array>

#include "core/state/row.h"

namespace redshank {

std::span<const std::string_view> words_of(IncidentTurn) {
    static constexpr std::array<std::string_view, 5> kTurns{"grew", "opened", "escalated", "eased", "closed"};
    return kTurns;
}

std::string_view to_string(IncidentTurn turn) {
    return words_of(turn)[static_cast<size_t>(turn)];
}

std::string News::id() const {
    return finding ? finding->id : incident->id;
}

FindingStatus News::status() const {
    return finding ? finding->status : FindingStatus::Resolved;
}

Severity News::severity() const {
    return finding ? finding->severity : incident->severity;
}

uint64_t News::count() const {
    return finding ? finding->count : incident->findings.size();
}

std::string to_json(const News& news) {
    return write_row(news);
}

std::optional<News> news_from_json(std::string_view text) {
    auto news = read_row<News>(text);
    if (news && (news->finding || news->incident)) return news;
    auto finding = finding_from_json(text);
    if (!finding) return std::nullopt;
    return News{.finding = std::move(finding), .incident = {}, .turn = IncidentTurn::Grew};
}

}  // namespace redshank
