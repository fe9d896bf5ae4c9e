// Reads events as the API server writes them, nearly all of a log, with 2,200 instructions each; reading them
// as any JSON takes 13,800.
#pragma once

#include <array>
#include <string_view>

#include "audit/event.h"
#include "audit/known_texts.h"

namespace redshank::audit {

// Go writes the fields of a struct in their order, without blanks. This reader knows the order of
// audit.k8s.io/v1 (apis/audit/v1/types.go) and expects it: each byte of the line is compared with what must
// stand there, or belongs to a text of printable ASCII, or to a body (see body.h). What it accepts, AnyLine
// reads in the same way, field by field: tests/unit/audit/usual_line_test.cpp and
// tests/fuzz/fuzz_usual_line.cpp compare both. Not thread-safe.
class UsualLine {
  public:
    // Fills `event`, which is clear, from `line`, which has kPadding readable bytes after it and no white
    // space at its end. False for a line that is not as usual, whether it is an event or not: then `event` is
    // filled in part.
    bool read(std::string_view line, Event& event);

  private:
    friend class UsualReader;

    // Who sent it: what stands from `user` to `userAgent`. In a day of 30,553 events these texts have 64
    // different values, and the annotations hardly more; together they are more than half of the bytes.
    struct Sender {
        User user, impersonated;
        bool is_impersonated = false;
        Items<std::string_view> source_ips;
        std::string_view user_agent;
    };
    struct Annotations {
        Items<KeyValue> all;
        std::string_view decision, reason;
        Arena unescaped;  // values that have escapes
    };
    KnownTexts<Sender> senders_;
    KnownTexts<Annotations> annotations_;

    // Neighbouring events come from the same second, so that all but the fraction of a time is mostly known:
    // 20 instead of 160 instructions.
    struct Second {
        std::array<char, 20> text{};  // 2026-11-23T09:28:46.
        Time start{};
    };
    Second received_, stage_;
};

}  // namespace redshank::audit
