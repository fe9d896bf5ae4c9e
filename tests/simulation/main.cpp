// simulation [--seed N | --seeds A..B | --minutes M] [--steps N] [--verbose]
//   --seed N      one run, with what happened
//   --seeds A..B  these; ends at the first that fails
//   --minutes M   seeds from the clock on
//   --all         goes on after a seed that fails
//   --digests     says of each seed what happened, was told and is stored, as a number
//   --without W   something does not happen: hostile copytruncate retention removal moods clock kills
//                 log-errors write-errors read-errors power-cuts; may be given more than once
//   --verbose     what the daemon logs, too
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <ctime>
#include <set>
#include <string>

#include "tests/simulation/world.h"

namespace {

using redshank::sim::Result;
using redshank::sim::World;

struct Options {
    uint64_t first = 1, last = 10;
    unsigned steps = 150;
    std::set<std::string> without;
    std::time_t minutes = 0;
    bool says_digests = false, is_verbose = false, keeps_going = false;
};

Options parse(int count, char** words) {
    Options options;
    for (int i = 1; i < count; ++i) {
        const std::string word = words[i];
        const std::string value = i + 1 < count ? words[i + 1] : "";
        if (word == "--seed") options.first = options.last = std::stoull(value);
        if (word == "--seeds") {
            options.first = std::stoull(value);
            options.last = std::stoull(value.substr(value.find("..") + 2));
        }
        if (word == "--minutes") options.minutes = std::stol(value);
        if (word == "--steps") options.steps = static_cast<unsigned>(std::stoul(value));
        if (word == "--without") options.without.insert(value);
        options.says_digests |= word == "--digests";
        options.is_verbose |= word == "--verbose";
        options.keeps_going |= word == "--all";
    }
    if (options.minutes > 0) {
        options.first = static_cast<uint64_t>(std::time(nullptr)) * 1000;
        options.last = UINT64_MAX;
    }
    return options;
}

void add(Result& all, const Result& one) {
    all.lines += one.lines;
    all.kills += one.kills;
    all.power_cuts += one.power_cuts;
    all.failed_calls += one.failed_calls;
    all.failed_starts += one.failed_starts;
    all.messages += one.messages;
    all.criticals += one.criticals;
}

}  // namespace

int main(int count, char** words) {
    const Options options = parse(count, words);
    if (!options.is_verbose) {
        const int nothing = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
        ::dup2(nothing, STDERR_FILENO);
    }
    const std::time_t began = std::time(nullptr);
    Result all;
    uint64_t runs = 0, failed = 0;
    for (uint64_t seed = options.first; seed <= options.last; ++seed, ++runs) {
        if (options.minutes > 0 && std::time(nullptr) - began >= options.minutes * 60) break;
        const Result one = World(seed, options.without).run(options.steps);
        add(all, one);
        if (options.says_digests)
            std::printf("seed %llu: %016llx\n", static_cast<unsigned long long>(seed),
                        static_cast<unsigned long long>(one.digest));
        if (one.failure.empty()) continue;
        ++failed;
        const bool is_short = options.keeps_going;
        std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed),
                    is_short ? one.failure.substr(0, one.failure.find('\n')).c_str() : one.failure.c_str());
        if (!is_short) break;
    }
    const auto number = [](uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%llu seeds, %llu failed: %llu requests, %llu kills, %llu power cuts, %llu failed calls, %llu failed "
        "starts, %llu messages, %llu lone criticals\n",
        number(runs), number(failed), number(all.lines), number(all.kills), number(all.power_cuts),
        number(all.failed_calls), number(all.failed_starts), number(all.messages), number(all.criticals));
    return failed == 0 ? 0 : 1;
}
