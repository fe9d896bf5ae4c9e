#include "daemon/sources/topic_stream.h"

#include "audit/event_parser.h"

namespace redshank {

namespace {

constexpr size_t kMostKept = size_t{1} << 20;  // of a buffer that is empty

// The first line of a text that holds one document a line; all of it when it is one document, however that
// is laid out.
std::string_view first_document(std::string_view text) {
    for (size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at + 1)) {
        const size_t last = text.find_last_not_of(" \r\n\t", at);
        const size_t next = text.find_first_not_of(" \r\n\t", at);
        if (last != text.npos && next != text.npos && text[last] == '}' && text[next] == '{')
            return text.substr(0, at);
    }
    return text;
}

}  // namespace

// What follows a line says whether its record ends with it (MergedSources).
void TopicStream::add(int64_t offset, std::string_view value) {
    if (bytes_ == 0) low_ = offset;
    while (!value.empty()) {
        const std::string_view line = first_document(value);
        value.remove_prefix(line.size());
        while (!value.empty() && value.front() != '{') value.remove_prefix(1);
        pieces_.push_back({next_.size(), line.size(), static_cast<uint64_t>(offset)});
        next_ += line;
        next_ += value.empty() ? '\n' : ' ';
        bytes_ += line.size();
    }
}

Source::Read TopicStream::read(Batch& batch) {
    batch.clear();
    if (pieces_.empty()) return Read::Idle;
    current_.clear();
    if (current_.capacity() > kMostKept) current_.shrink_to_fit();
    current_.swap(next_);
    current_.append(audit::kPadding, '\0');
    for (const Piece& piece : pieces_)
        batch.lines.push_back({std::string_view(current_).substr(piece.begin, piece.size), piece.offset});
    pieces_.clear();
    batch.file = file_;
    batch.cluster = cluster_;
    batch.can_be_cut = true;
    return Read::Lines;
}

size_t TopicStream::handed_on(const std::vector<Line>& lines) {
    size_t bytes = 0;
    for (const Line& line : lines) bytes += line.text.size();
    bytes_ -= bytes;
    low_ = static_cast<int64_t>(lines.back().offset) + 1;
    state_.has_moved = true;
    return bytes;
}

SourceStatus TopicStream::status() const {
    SourceStatus status;
    status.up = state_.is_reachable;
    status.lag_bytes = state_.is_at_end ? 0 : 1;
    return status;
}

}  // namespace redshank
