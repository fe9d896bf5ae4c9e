// Reads an event from any JSON, whatever wrote it.
#pragma once

#include <memory>
#include <string_view>

#include "audit/event_parser.h"

namespace redshank::audit {

// Not thread-safe. Its buffers grow to the longest text seen.
class AnyLine {
  public:
    AnyLine();
    ~AnyLine();
    AnyLine(const AnyLine&) = delete;
    AnyLine& operator=(const AnyLine&) = delete;

    // As EventParser::parse; `event` is clear and `text` has no white space at its end.
    ParseError read(std::string_view text, Event& event);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace redshank::audit
