// Proof that the reader of usual lines reads what the full one does: for its test and its fuzzer.
#pragma once

#include <random>
#include <string>
#include <string_view>

#include "audit/any_line.h"
#include "audit/usual_line.h"

namespace redshank::test {

// Every field of the event, in one text.
std::string facts(const audit::Event& event);

// Reads lines with both readers, one after the other, so that what the first one keeps from earlier lines is
// tried too.
class BothReaders {
  public:
    // Whether UsualLine accepted the line (without its white space at the end).
    bool read(std::string_view line);
    // Of the last line that was accepted: "" when both read the same, or what each of them read.
    const std::string& difference() const { return difference_; }
    const audit::Event& event() const { return usual_event_; }

  private:
    audit::UsualLine usual_;
    audit::AnyLine any_;
    audit::Event usual_event_, any_event_;
    std::string line_, difference_;
};

// Changes lines in ways that matter to readers: bytes, escapes, blanks, other orders of fields, fields twice
// or missing, long texts, bodies, ends that are missing or another line's.
class LineMutator {
  public:
    explicit LineMutator(uint64_t seed) : random_(seed) {}
    // One to three changes of `line`; pieces may come from `other`.
    std::string operator()(std::string_view line, std::string_view other);

  private:
    size_t below(size_t bound) { return bound == 0 ? 0 : random_() % bound; }
    size_t boundary(std::string_view text);
    std::string_view field(std::string_view text, size_t& at);
    void change(std::string& text, std::string_view other);
    void change_bytes(std::string& text);
    void change_fields(std::string& text, std::string_view other);

    std::mt19937_64 random_;
};

}  // namespace redshank::test
