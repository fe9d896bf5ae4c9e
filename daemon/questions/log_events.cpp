#include "daemon/questions/log_events.h"
#include "core/log.h"

#include <fmt/format.h>

#include <cstdio>

#include "audit/salvage.h"
#include "daemon/commands/options.h"
#include "daemon/sources/replay_source.h"

namespace redshank {

uint64_t each_event(const std::vector<std::string>& files, const std::string& cluster,
                    const std::function<void(const LogEvent&)>& handle) {
    const auto source = make_replay_source(files, cluster);
    source->start(std::nullopt);
    audit::EventParser parser;
    audit::Event event;
    uint64_t passed_over = 0;
    for (Batch batch; source->read(batch) != Source::Read::Ended;) {
        for (const Line& line : batch.lines) {
            const auto tell = [&](const audit::Event&, size_t) {
                event.is_shortened |= line.part == Line::Part::WithoutBodies;
                handle({event, line, batch.file});
            };
            if (audit::read_line(parser, line.text, event, tell).skipped > 0) ++passed_over;
        }
    }
    const std::string problem = source->status().problem;
    if (!problem.empty()) log_warning("{}", problem);
    return passed_over;
}

}  // namespace redshank
