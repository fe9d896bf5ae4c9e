// The limit to measure redshank against: simdjson alone takes 18 raw tokens of each event of a log and does
// nothing with them.
//
//     bare_reader LOG    prints events, bytes of the tokens, CPU seconds
#include <simdjson.h>
#include <sys/mman.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <memory>
#include <string_view>

namespace {

namespace ondemand = simdjson::ondemand;

struct Counts {
    uint64_t events = 0, token_bytes = 0;
};

// Calls back with the raw key and the value of each field.
void each_field(ondemand::object object, auto&& take) {
    for (ondemand::field field : object) {
        const ondemand::raw_json_string key = field.key();
        take(key, field.value());
    }
}

void take(ondemand::value value, Counts& counts) {
    counts.token_bytes += value.raw_json_token().size();
}

void read_part(std::string_view part, ondemand::value value, Counts& counts) {
    if (part == "user") {
        each_field(value.get_object(), [&](ondemand::raw_json_string key, ondemand::value inner) {
            if (key == "username") take(inner, counts);
        });
    } else if (part == "objectRef") {
        each_field(value.get_object(), [&](ondemand::raw_json_string key, ondemand::value inner) {
            if (key == "resource" || key == "namespace" || key == "name" || key == "apiGroup" ||
                key == "subresource")
                take(inner, counts);
        });
    } else if (part == "responseStatus") {
        each_field(value.get_object(), [&](ondemand::raw_json_string key, ondemand::value inner) {
            if (key == "code") take(inner, counts);
        });
    } else {  // annotations
        each_field(value.get_object(), [&](ondemand::raw_json_string key, ondemand::value inner) {
            if (key == "authorization.k8s.io/decision" || key == "authorization.k8s.io/reason")
                take(inner, counts);
        });
    }
}

void read_event(ondemand::document& document, Counts& counts) {
    each_field(document.get_object(), [&](ondemand::raw_json_string key, ondemand::value value) {
        for (const char* part : {"user", "objectRef", "responseStatus", "annotations"}) {
            if (key == part) return read_part(part, value, counts);
        }
        for (const char* name : {"auditID", "stage", "level", "requestURI", "verb", "userAgent", "sourceIPs",
                                 "requestReceivedTimestamp", "stageTimestamp"}) {
            if (key == name) return take(value, counts);
        }
    });
    ++counts.events;
}

// The log, in huge pages, as redshank's heap is: on some machines it is read four times as fast there.
struct Log {
    explicit Log(const char* path) : size(std::filesystem::file_size(path)) {
        constexpr size_t kHugePage = size_t{2} << 20;
        const size_t room = (size + simdjson::SIMDJSON_PADDING + kHugePage - 1) / kHugePage * kHugePage;
        text.reset(static_cast<char*>(std::aligned_alloc(kHugePage, room)));
        if (!text) throw std::bad_alloc();
        ::madvise(text.get(), room, MADV_HUGEPAGE);
        const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path, "rb"), std::fclose);
        if (!file || std::fread(text.get(), 1, size, file.get()) != size)
            throw std::runtime_error("cannot be read");
    }

    size_t size;
    std::unique_ptr<char, void (*)(void*)> text{nullptr, std::free};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fprintf(stderr, "usage: bare_reader LOG\n"), 2;
    try {
        const Log log(argv[1]);
        ondemand::parser parser;
        Counts counts;
        const std::clock_t began = std::clock();
        const char *at = log.text.get(), *const end = at + log.size;
        while (at < end) {
            const void* newline = std::memchr(at, '\n', static_cast<size_t>(end - at));
            const char* stop = newline == nullptr ? end : static_cast<const char*>(newline);
            const auto size = static_cast<size_t>(stop - at);
            if (size > 0) {
                const auto room = static_cast<size_t>(end - at) + simdjson::SIMDJSON_PADDING;
                ondemand::document document = parser.iterate(simdjson::padded_string_view(at, size, room));
                read_event(document, counts);
            }
            at = stop + 1;
        }
        const double seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
        std::printf("%llu %llu %.6f\n", static_cast<unsigned long long>(counts.events),
                    static_cast<unsigned long long>(counts.token_bytes), seconds);
    } catch (const std::exception& error) {
        return std::fprintf(stderr, "%s: %s\n", argv[1], error.what()), 1;
    }
    return 0;
}
