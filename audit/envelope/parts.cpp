#include "audit/envelope/parts.h"

#include <algorithm>

namespace redshank::audit {

namespace {

constexpr size_t kDockerPart = 16'384;  // bytes of a text at which Docker cuts; escapes make it longer
constexpr size_t kMostStreams = 4;

std::string_view word(std::string_view& rest) {
    const size_t end = rest.find(' ');
    if (end == rest.npos) return {};
    const std::string_view out = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return out;
}

std::string_view line_of(std::string_view& rest) {
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// The texts of streams, whose lines come between one another's.
class Joiner {
  public:
    struct Frame {
        std::string_view before, behind;  // of a whole text
    };
    void add(std::string_view stream, std::string_view text, Time time, bool goes_on, const Frame& frame) {
        auto own =
            std::find_if(open_.begin(), open_.end(), [&](const auto& one) { return one.stream == stream; });
        if (own == open_.end()) {
            if (open_.size() == kMostStreams) end(open_.begin());
            open_.push_back({std::string(stream), frame.behind, {std::string(frame.before), time}});
            own = open_.end() - 1;
        }
        own->line.text += text;
        if (!goes_on) end(own);
    }
    std::vector<Joined> finish() {
        while (!open_.empty()) end(open_.begin());
        return std::move(whole_);
    }

  private:
    struct Open {
        std::string stream;
        std::string_view behind;
        Joined line;
    };
    void end(std::vector<Open>::iterator own) {
        own->line.text += own->behind;
        whole_.push_back(std::move(own->line));
        open_.erase(own);
    }

    std::vector<Open> open_;
    std::vector<Joined> whole_;
};

}  // namespace

std::optional<CriLine> cri_line(std::string_view line) {
    if (line.empty() || line.front() < '0' || line.front() > '9') return std::nullopt;
    CriLine out;
    const auto time = parse_time(word(line));
    out.stream = word(line);
    const std::string_view tags = word(line);
    const std::string_view tag = tags.substr(0, tags.find(':'));
    if (!time || (out.stream != "stdout" && out.stream != "stderr") || (tag != "P" && tag != "F"))
        return std::nullopt;
    out.time = *time;
    out.goes_on = tag == "P";
    out.text = line;
    return out;
}

std::optional<DockerPart> docker_part(std::string_view line) {
    constexpr std::string_view kBegin = R"({"log":")", kBehind = R"(","stream":")";
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with(kBegin) || !line.ends_with('}')) return std::nullopt;
    const size_t end = line.rfind(kBehind);
    if (end == line.npos || end < kBegin.size()) return std::nullopt;
    DockerPart out;
    out.log = line.substr(kBegin.size(), end - kBegin.size());
    const std::string_view behind = line.substr(end + kBehind.size());
    out.stream = behind.substr(0, behind.find('"'));
    const bool is_exact =
        behind.substr(std::min(out.stream.size(), behind.size())).starts_with(R"(","time":")");
    if (!is_exact) return std::nullopt;
    out.goes_on = out.log.size() >= kDockerPart && !out.log.ends_with(R"(\n)");
    return out;
}

std::vector<Joined> join_parts(std::string_view lines) {
    Joiner joiner;
    while (!lines.empty()) {
        const std::string_view line = line_of(lines);
        if (const auto cri = cri_line(line)) {
            joiner.add(cri->stream, cri->text, cri->time, cri->goes_on, {});
        } else if (const auto docker = docker_part(line)) {
            joiner.add(docker->stream, docker->log, {}, docker->goes_on, {R"({"log":")", "\"}"});
        } else {
            return {};
        }
    }
    return joiner.finish();
}

}  // namespace redshank::audit
