#include "daemon/sources/line_splitter.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "audit/event_parser.h"

namespace redshank {

namespace {

constexpr size_t kMarker = 64;
// A buffer that a long line made large is let go when so many pieces in a row need less than a fourth of it:
// a log of long lists does not get one anew for each of them.
constexpr size_t kSlack = 4, kPatience = 64;

}  // namespace

void LineSplitter::reset(uint64_t offset) {
    line_ = scanned_ = end_ = text_end_ = piece_ = 0;
    is_piece_cut_ = false;
    continuation_.reset();
    line_offset_ = end_offset_ = position_ = offset;
    dropped_ = nul_run_ = leading_nuls_ = 0;
    in_nuls_ = may_hold_nul_ = false;
    before_.clear();
    long_ = audit::LongLine();
}

char* LineSplitter::room(size_t size) {
    // Only the line being collected is kept, and moved to the front. A run of NULs after it is kept as a
    // count.
    const size_t held = (in_nuls_ ? text_end_ : end_) - line_;
    const size_t needed = held + size + audit::kPadding;
    shortened_.clear();
    skips_.clear();
    ample_ = capacity_ / kSlack > needed ? ample_ + 1 : 0;
    if (capacity_ < needed || ample_ >= kPatience) {
        ample_ = 0;
        capacity_ = needed + needed / 2;
        std::unique_ptr<char[]> fresh = std::make_unique_for_overwrite<char[]>(capacity_);
        std::copy_n(buffer_.get() + line_, held, fresh.get());
        buffer_.swap(fresh);
    } else if (line_ != 0 && held != 0) {
        std::memmove(buffer_.get(), buffer_.get() + line_, held);
    }
    scanned_ = in_nuls_ ? held : scanned_ - line_;
    piece_ -= line_;
    line_ = 0;
    end_ = text_end_ = held;
    return buffer_.get() + end_;
}

void LineSplitter::add(size_t size) {
    if (size > 0 && std::memchr(buffer_.get() + end_, '\0', size)) may_hold_nul_ = true;
    end_ += size;
    end_offset_ += size;
}

void LineSplitter::add_nuls(uint64_t size) {
    if (size == 0) return;
    if (!in_nuls_) {
        in_nuls_ = true;
        nul_run_ = 0;
        text_end_ = end_;
    }
    nul_run_ += size;
    end_offset_ += size;
}

void LineSplitter::split(std::vector<Line>& lines) {
    const char* const base = buffer_.get();
    const auto find = [&](char byte, size_t from, size_t to) -> size_t {
        const void* at = from < to ? std::memchr(base + from, byte, to - from) : nullptr;
        return at ? static_cast<size_t>(static_cast<const char*>(at) - base) : to;
    };
    while (scanned_ < end_) {
        if (in_nuls_) {
            const auto first = std::find_if(base + scanned_, base + end_, [](char c) { return c != '\0'; });
            const auto index = static_cast<size_t>(first - base);
            nul_run_ += index - scanned_;
            scanned_ = index;
            if (index < end_) end_of_nuls(lines);
            continue;
        }
        const size_t newline = find('\n', scanned_, end_);
        const size_t nul = may_hold_nul_ ? find('\0', scanned_, newline) : newline;
        if (nul < newline) {
            in_nuls_ = true;
            nul_run_ = 0;
            text_end_ = scanned_ = nul;
        } else if (newline < end_) {
            scanned_ = end_line(newline, lines) ? newline + 1 : newline;
        } else {
            scanned_ = end_;
        }
    }
    may_hold_nul_ = false;
    if (!in_nuls_ && end_ - line_ > limit_) {
        const size_t kept = end_ - kMarker;
        long_.add({base + line_, kept - line_});
        dropped_ += kept - line_;
        line_ = kept;
        is_piece_cut_ |= piece_ < kept;
        piece_ = std::max(piece_, kept);
    }
}

// The file's line that began at piece_ ends here. False: what was held before it is handed out, and this one
// is to be looked at again.
bool LineSplitter::end_line(size_t newline, std::vector<Line>& lines) {
    using Says = audit::Continuation::Says;
    const Says says = continuation_.add({buffer_.get() + piece_, newline - piece_}, is_piece_cut_);
    if (says == Says::EndsBefore) {
        emit(piece_ - 1, lines);
        go_on_behind(piece_);
        return false;
    }
    is_piece_cut_ = false;
    if (says == Says::GoesOn) {
        piece_ = newline + 1;
    } else {
        emit(newline, lines);
        go_on_behind(newline + 1);
    }
    return true;
}

// A line was handed out that a newline before `end` ends.
void LineSplitter::go_on_behind(size_t end) {
    const size_t from = std::max(line_, end - std::min(end, kMarker));
    before_.assign(buffer_.get() + from, end - from);
    line_ = piece_ = end;
    line_offset_ = position_ = offset_at(line_);
}

void LineSplitter::finish(std::vector<Line>& lines) {
    const size_t end = in_nuls_ ? text_end_ : end_;
    if (continuation_.is_inside() && piece_ < end) end_line(end, lines);
    if (end > line_ || dropped_ > 0) emit(end, lines);
    if (in_nuls_) pass_over_nuls(end_offset_, nul_run_);
    in_nuls_ = false;
    line_ = scanned_ = piece_ = end_;
    is_piece_cut_ = false;
    continuation_.reset();
    position_ = line_offset_ = end_offset_;
}

// scanned_ is at the first byte after a run of NULs. The text before the run will never be completed.
void LineSplitter::end_of_nuls(std::vector<Line>& lines) {
    const bool is_torn = text_end_ > line_ || dropped_ > 0;
    if (is_torn) emit(text_end_, lines);
    leading_nuls_ += nul_run_;
    line_ = piece_ = scanned_;
    is_piece_cut_ = false;
    continuation_.reset();
    line_offset_ = offset_at(line_);
    in_nuls_ = false;
    if (is_torn) {
        pass_over_nuls(line_offset_, std::exchange(leading_nuls_, 0));
        position_ = line_offset_;
        before_.assign(std::min<uint64_t>(nul_run_, kMarker), '\0');
    }
}

void LineSplitter::emit(size_t end, std::vector<Line>& lines) {
    const uint64_t size = dropped_ + (end - line_);
    dropped_ = 0;
    pass_over_nuls(line_offset_, std::exchange(leading_nuls_, 0));
    const std::string_view text(buffer_.get() + line_, end - line_);
    if (size <= limit_) {
        lines.push_back({.text = text, .offset = line_offset_});
    } else {
        const uint64_t lost = size - emit_shortened(text, lines);
        ++counters_.oversize_lines;
        counters_.oversize_bytes += lost;
        skips_.push_back({.reason = "oversize", .offset = line_offset_, .bytes = lost, .lines = 1});
    }
}

// Returns how many bytes of the line are handed out.
uint64_t LineSplitter::emit_shortened(std::string_view rest, std::vector<Line>& lines) {
    using Gives = audit::LongLine::Gives;
    long_.add(rest);
    audit::LongLine::Result result = long_.finish();
    if (result.gives == Gives::Nothing) return 0;
    const size_t size = result.text.size();
    result.text.append(audit::kPadding, '\0');
    shortened_.push_back(std::move(result.text));
    lines.push_back({.text = std::string_view(shortened_.back()).substr(0, size),
                     .offset = line_offset_ + result.offset,
                     .part = result.gives == Gives::Event ? Line::Part::WithoutBodies : Line::Part::Rest});
    return size;
}

void LineSplitter::pass_over_nuls(uint64_t end, uint64_t size) {
    if (size == 0) return;
    counters_.nul_bytes += size;
    skips_.push_back({.reason = "nul", .offset = end - size, .bytes = size});
}

void LineSplitter::take_skips(std::vector<SourceSkip>& skips) {
    std::move(skips_.begin(), skips_.end(), std::back_inserter(skips));
    skips_.clear();
}

}  // namespace redshank
