#include "daemon/parse_pool.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <latch>

namespace redshank {

namespace {

constexpr size_t kLinesAlone = 16;       // few, so that the events stay in the cache
constexpr size_t kLinesPerWorker = 128;  // enough to pay for waking a thread

void parse_all(audit::EventParser& parser, std::span<const Line> lines, std::span<ParsedLine> out) {
    for (size_t i = 0; i < lines.size(); ++i) {
        out[i].error = parser.parse(lines[i].text, out[i].event);
        out[i].event.is_shortened = lines[i].part == Line::Part::WithoutBodies;
    }
}

}  // namespace

struct ParsePool::Workers {
    explicit Workers(unsigned count) : threads(count), parsers(count) {}
    boost::asio::thread_pool threads;
    std::vector<audit::EventParser> parsers;
};

ParsePool::ParsePool(unsigned jobs) : parsed_(jobs <= 1 ? kLinesAlone : jobs * kLinesPerWorker) {
    if (jobs > 1) workers_ = std::make_unique<Workers>(jobs - 1);  // the caller is the last one
}

ParsePool::~ParsePool() = default;

std::span<ParsedLine> ParsePool::parse(std::span<const Line> lines) {
    const std::span<ParsedLine> out = std::span(parsed_).first(lines.size());
    if (!workers_) {
        parse_all(parser_, lines, out);
        return out;
    }
    const size_t parts = workers_->parsers.size() + 1;
    const size_t share = (lines.size() + parts - 1) / parts;
    const auto part = [&](size_t i) {
        const size_t from = std::min(i * share, lines.size());
        return std::pair{from, std::min(share, lines.size() - from)};
    };
    std::latch done(static_cast<std::ptrdiff_t>(parts - 1));
    for (size_t i = 1; i < parts; ++i) {
        boost::asio::post(workers_->threads, [&, i] {
            const auto [from, count] = part(i);
            parse_all(workers_->parsers[i - 1], lines.subspan(from, count), out.subspan(from, count));
            done.count_down();
        });
    }
    const auto [from, count] = part(0);
    parse_all(parser_, lines.subspan(from, count), out.subspan(from, count));
    done.wait();
    return out;
}

}  // namespace redshank
