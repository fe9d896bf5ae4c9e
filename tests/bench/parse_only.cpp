// What the parser of events alone can do with a log, to set beside bare_reader.
//
//     parse_only LOG    prints events, lines without one, CPU seconds
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "audit/event_parser.h"

int main(int argc, char** argv) {
    using namespace redshank::audit;
    if (argc != 2) return std::fprintf(stderr, "usage: parse_only LOG\n"), 2;
    std::ifstream in(argv[1], std::ios::binary);
    if (!in) return std::fprintf(stderr, "%s: cannot be read\n", argv[1]), 1;
    std::ostringstream read;
    read << in.rdbuf();
    std::string text = std::move(read).str();
    const size_t size = text.size();
    const std::string_view all = std::string_view(text.append(kPadding, '\0')).substr(0, size);
    EventParser parser;
    Event event;
    unsigned long long events = 0, others = 0;
    const std::clock_t began = std::clock();
    for (size_t at = 0; at < all.size();) {
        const size_t end = std::min(all.find('\n', at), all.size());
        ++(parser.parse(all.substr(at, end - at), event) == ParseError::None ? events : others);
        at = end + 1;
    }
    std::printf("%llu %llu %.6f\n", events, others,
                static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC);
    return 0;
}
