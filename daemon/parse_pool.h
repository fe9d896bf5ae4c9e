#pragma once

#include <memory>
#include <span>
#include <vector>

#include "audit/event_parser.h"
#include "daemon/sources/source.h"

namespace redshank {

struct ParsedLine {
    audit::ParseError error = audit::ParseError::None;
    audit::Event event;  // good without an error
};

// Parses lines, on several threads if requested. Results are in the order of the lines, so they do not depend
// on the number of threads.
class ParsePool {
  public:
    explicit ParsePool(unsigned jobs);
    ~ParsePool();

    // How many lines one parse() takes at most.
    size_t chunk() const { return parsed_.size(); }
    // The results live until the next call, the events also need the lines' bytes.
    std::span<ParsedLine> parse(std::span<const Line> lines);

  private:
    struct Workers;
    std::vector<ParsedLine> parsed_;    // reused: an event keeps its buffers
    audit::EventParser parser_;         // of the calling thread
    std::unique_ptr<Workers> workers_;  // null with one job
};

}  // namespace redshank
