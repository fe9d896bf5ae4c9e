#include "tests/support/corpus.h"

#include <zlib.h>
#include <zstd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "audit/salvage.h"

namespace redshank::test {

namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string unzstd(const std::string& packed) {
    std::string out;
    ZSTD_DStream* stream = ZSTD_createDStream();
    std::string chunk(ZSTD_DStreamOutSize(), '\0');
    ZSTD_inBuffer input{packed.data(), packed.size(), 0};
    while (input.pos < input.size) {
        ZSTD_outBuffer output{chunk.data(), chunk.size(), 0};
        if (ZSTD_isError(ZSTD_decompressStream(stream, &output, &input)))
            throw std::runtime_error("bad zstd");
        out.append(chunk.data(), output.pos);
    }
    ZSTD_freeDStream(stream);
    return out;
}

std::string gunzip(const fs::path& file) {
    std::string out, chunk(1 << 16, '\0');
    gzFile in = gzopen(file.c_str(), "rb");
    for (int got; (got = gzread(in, chunk.data(), static_cast<unsigned>(chunk.size()))) > 0;) {
        out.append(chunk.data(), static_cast<size_t>(got));
    }
    gzclose(in);
    return out;
}

}  // namespace

fs::path shared_dir() {
    if (const char* given = std::getenv("REDSHANK_SHARED")) return given;
    return fs::path(REDSHANK_SOURCE_DIR).parent_path() / "shared";
}

size_t Log::audit_padding() {
    return audit::kPadding;
}

Log::Log(const fs::path& file) {
    padded_ = read_file(file);
    if (padded_.starts_with("\x28\xb5\x2f\xfd")) padded_ = unzstd(padded_);
    if (padded_.starts_with("\x1f\x8b")) padded_ = gunzip(file);
    padded_.append(audit::kPadding, '\0');
}

Log Log::of_text(std::string text) {
    Log log;
    log.padded_ = std::move(text);
    log.padded_.append(audit::kPadding, '\0');
    return log;
}

void Log::each_line(const std::function<void(std::string_view, uint64_t)>& handle) const {
    const std::string_view all = text();
    for (size_t at = 0; at < all.size();) {
        const size_t end = std::min(all.find('\n', at), all.size());
        handle(all.substr(at, end - at), at);
        at = end + 1;
    }
}

size_t Log::each_event(const std::function<void(const audit::Event&, uint64_t)>& handle) const {
    audit::EventParser parser;
    audit::Event event;
    size_t bad = 0;
    each_line([&](std::string_view line, uint64_t offset) {
        const auto tell = [&](const audit::Event& found, size_t at) { handle(found, offset + at); };
        if (audit::read_line(parser, line, event, tell).skipped > 0) ++bad;
    });
    return bad;
}

std::vector<Finding> find_in(const Log& log, const DetectorConfig& config, size_t symbols) {
    Engine engine(config, symbols);
    std::vector<Finding> found;
    std::map<std::string, size_t> by_id;
    const auto take = [&](std::vector<Finding> told) {
        for (Finding& finding : told) {
            const auto [at, is_new] = by_id.try_emplace(finding.id, found.size());
            if (is_new) {
                found.push_back(std::move(finding));
            } else {
                found[at->second] = std::move(finding);
            }
        }
    };
    log.each_event([&](const audit::Event& event, uint64_t offset) {
        engine.observe(event, {.cluster = "test", .source = "audit.log", .offset = offset});
        take(engine.drain());
    });
    take(engine.drain(true));
    return found;
}

std::multimap<std::string, Label> read_labels(const fs::path& file) {
    std::multimap<std::string, Label> labels;
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        const boost::json::object row = boost::json::parse(line).as_object();
        const auto text = [&](const char* key) {
            const auto* value = row.if_contains(key);
            return value && value->is_string() ? std::string(value->as_string()) : std::string{};
        };
        Label label{text("label"), text("role"), text("user"), 0};
        if (const auto* code = row.if_contains("code"); code && code->is_int64()) {
            label.code = static_cast<int>(code->as_int64());
        }
        labels.emplace(text("auditID"), std::move(label));
    }
    return labels;
}

}  // namespace redshank::test
