#include "audit/long_line.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace redshank::audit {

namespace {

constexpr std::string_view kEvent = R"({"kind":"Event")";

constexpr bool is_body(std::string_view field) {
    return field.starts_with(R"("requestObject")") || field.starts_with(R"("responseObject")");
}

// Bytes that have a meaning outside of strings.
constexpr auto kStructural = [] {
    std::array<bool, 256> all{};
    for (const unsigned char byte : {'"', '{', '}', '[', ']', ',', ':'}) all[byte] = true;
    return all;
}();

}  // namespace

void LongLine::add(std::string_view bytes) {
    size_ += bytes.size();
    remember(bytes);
    for (size_t at = 0; at < bytes.size() && state_ != State::Broken;) {
        if (in_string_) {
            inside_string(bytes, at);
        } else if (state_ == State::Inside && !kStructural[static_cast<unsigned char>(bytes[at])]) {
            const size_t from = at;
            while (at < bytes.size() && !kStructural[static_cast<unsigned char>(bytes[at])]) ++at;
            keep(bytes.substr(from, at - from));
        } else {
            outside(bytes[at++]);
        }
    }
}

// Reads up to the quote that ends the string.
void LongLine::inside_string(std::string_view bytes, size_t& at) {
    const size_t from = at;
    while (at < bytes.size() && in_string_) {
        if (!std::exchange(escaped_, false)) {
            escaped_ = bytes[at] == '\\';
            in_string_ = bytes[at] != '"';
        }
        ++at;
    }
    keep(bytes.substr(from, at - from));
}

void LongLine::outside(char byte) {
    if (state_ != State::Inside) {
        if (byte == ' ' || byte == '\t' || byte == '\r') return;
        state_ = state_ == State::Before && byte == '{' ? State::Inside : State::Broken;
        depth_ = 1;
        return;
    }
    if (depth_ == 1 && (byte == ',' || byte == '}')) {
        end_field();
        if (byte == '}') state_ = State::Behind;
        return;
    }
    keep({&byte, 1});
    if (byte == '"') in_string_ = true;
    if (byte == '{' || byte == '[') ++depth_;
    if (byte == '}' || byte == ']') --depth_;
    if (byte == ':' && depth_ == 1 && is_body(std::string_view(kept_).substr(field_))) drop_field();
}

// The result does not depend on how the line is split into pieces.
void LongLine::keep(std::string_view bytes) {
    while (!dropping_ && !bytes.empty()) {
        const size_t fits = std::min(bytes.size(), kKeeps - kept_.size());
        kept_ += bytes.substr(0, fits);
        bytes.remove_prefix(fits);
        if (!bytes.empty()) drop_longest();
    }
}

// The field that is being read counts with the bytes that it has so far.
void LongLine::drop_longest() {
    const auto longest = std::max_element(sizes_.begin(), sizes_.end());
    if (longest == sizes_.end() || *longest <= kept_.size() - field_) {
        drop_field();
        return;
    }
    kept_.erase(std::accumulate(sizes_.begin(), longest, size_t{1}), *longest);
    field_ -= *longest;
    sizes_.erase(longest);
}

void LongLine::drop_field() {
    dropping_ = true;
    kept_.resize(field_);
}

void LongLine::end_field() {
    if (kept_.size() > field_) keep(",");
    if (sizes_.size() == kFields) drop_field();
    if (kept_.size() > field_) sizes_.push_back(kept_.size() - field_);
    field_ = kept_.size();
    dropping_ = false;
}

void LongLine::remember(std::string_view bytes) {
    if (bytes.size() > kKeeps) bytes.remove_prefix(bytes.size() - kKeeps);
    last_ += bytes;
    if (last_.size() > 2 * kKeeps) last_.erase(0, last_.size() - kKeeps);
}

LongLine::Result LongLine::finish() {
    Result result;
    if (state_ == State::Behind) {
        result.gives = Gives::Event;
        result.text = std::move(kept_);
        if (result.text.size() > 1) result.text.pop_back();
        result.text += '}';
    } else if (const size_t at = last_.find(kEvent); at != last_.npos) {
        result.gives = Gives::Rest;
        result.text = last_.substr(at);
        result.offset = size_ - result.text.size();
    }
    *this = LongLine();
    return result;
}

}  // namespace redshank::audit
