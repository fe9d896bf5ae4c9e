#include "audit/long_line.h"

#include <array>
#include <utility>

namespace redshank::audit {

namespace {

constexpr std::string_view kEvent = R"({"kind":"Event")";

constexpr bool is_body(std::string_view field) {
    return field.starts_with(R"("requestObject")") || field.starts_with(R"("responseObject")");
}

// Bytes that mean something outside of strings.
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

// Up to the quote that ends the string.
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
    if (byte == ':' && depth_ == 1 && is_body(std::string_view(kept_).substr(field_))) {
        dropping_ = true;
        kept_.resize(field_);
    }
}

// A field that does not fit goes whole.
void LongLine::keep(std::string_view bytes) {
    if (dropping_) return;
    if (kept_.size() + bytes.size() < kKeeps) {
        kept_ += bytes;
    } else {
        dropping_ = true;
        kept_.resize(field_);
    }
}

void LongLine::end_field() {
    if (!std::exchange(dropping_, false) && kept_.size() > field_) kept_ += ',';
    field_ = kept_.size();
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
