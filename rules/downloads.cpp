#include "rules/downloads.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/one_of.h"
#include "rules/commands.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

Text base_of(Text path) {
    return path.substr(path.rfind('/') + 1);
}

// What a shell runs as one command: its words without their quotes.
struct Part {
    std::vector<Text> words;
    bool is_piped = false;  // into the next
};

std::vector<Part> parts_of(Text line) {
    constexpr Text kEnd = ";&|\n(){}`";
    std::vector<Part> parts(1);
    size_t start = line.npos;
    const auto end_word = [&](size_t at) {
        if (start == line.npos) return;
        Text word = line.substr(start, at - start);
        while (!word.empty() && (word.front() == '"' || word.front() == '\'')) word.remove_prefix(1);
        while (!word.empty() && (word.back() == '"' || word.back() == '\'')) word.remove_suffix(1);
        if (!word.empty()) parts.back().words.push_back(word);
        start = line.npos;
    };
    for (size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == ' ' || c == '\t') {
            end_word(i);
        } else if (c == '>') {
            end_word(i);
            parts.back().words.push_back(line.substr(i, 1));
        } else if (kEnd.find(c) != kEnd.npos) {
            end_word(i);
            if (parts.back().words.empty()) continue;
            parts.back().is_piped = c == '|' && (i + 1 == line.size() || line[i + 1] != '|');
            parts.emplace_back();
        } else if (start == line.npos) {
            start = i;
        }
    }
    end_word(line.size());
    return parts;
}

constexpr std::array<Text, 7> kShells{"sh", "bash", "ash", "dash", "zsh", "ksh", "busybox"};
constexpr std::array<Text, 9> kBefore{"sudo", "nohup", "setsid", "exec", "command",
                                      "env",  "then",  "do",     "time"};

bool is_interpreter(Text program) {
    return is_one_of(program, kShells) || program == "." || program == "source" || program == "node" ||
           program == "perl" || program == "ruby" || program == "php" || program.starts_with("python");
}

// The first word that is run: behind `sudo`, `A=b`, `sh -c`.
size_t program_at(const std::vector<Text>& words) {
    size_t at = 0;
    while (at < words.size()) {
        const Text word = words[at];
        const bool is_shell = is_one_of(base_of(word), kShells);
        if (is_shell && at + 1 < words.size() && words[at + 1].starts_with('-') &&
            words[at + 1].ends_with('c')) {
            at += 2;
        } else if (is_one_of(word, kBefore) ||
                   (word.find('=') != word.npos && word.find('/') > word.find('='))) {
            ++at;
        } else {
            break;
        }
    }
    return at;
}

bool is_temporary(Text path) {
    return path.starts_with("/tmp/") || path.starts_with("/var/tmp/") || path.starts_with("/dev/shm/");
}

// What one command line loads, and what of it runs.
class Story {
  public:
    // "", "archive" or "file".
    Text told() const { return told_; }

    void see(const Part& part, const Part* next) {
        const size_t at = program_at(part.words);
        if (at >= part.words.size()) return;
        const std::vector<Text> rest(part.words.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                     part.words.end());
        const Text program = base_of(part.words[at]);
        if (program == "curl" || program == "wget") {
            load(program, rest, part.is_piped ? next : nullptr);
        } else if (!is_loaded_) {
            return;
        } else if (is_one_of(program, kUnpackers)) {
            is_unpacked_ = true;
        } else if ((program == "mv" || program == "cp" || program == "install") && names_one(rest)) {
            names_.push_back(base_of(rest.back()));
        } else {
            run(part.words[at], rest);
        }
    }

  private:
    static constexpr std::array<Text, 7> kUnpackers{"tar", "bsdtar", "unzip", "gunzip", "unxz", "7z", "cpio"};
    // Options of curl and of wget whose value may follow in the same word.
    static constexpr Text kCurlValues = "AbCcdDeEFHKmPQrTtUuwXxyYz", kWgetValues = "aABDeiIlopPQRtTUwX";

    bool names_one(const std::vector<Text>& words) const {
        return std::any_of(words.begin(), words.end(), [&](Text word) { return is_name(base_of(word)); });
    }
    bool is_name(Text name) const {
        return !name.empty() && std::find(names_.begin(), names_.end(), name) != names_.end();
    }
    void add(Text file) {
        if (file.empty() || file == "-" || file.starts_with("/dev/")) return;
        is_loaded_ = true;
        names_.push_back(base_of(file));
    }

    void load(Text program, const std::vector<Text>& words, const Part* next) {
        const bool is_curl = program == "curl";
        bool is_kept = !is_curl, has_name = false;
        for (size_t i = 0; i < words.size(); ++i) {
            const Text word = words[i], after = i + 1 < words.size() ? words[i + 1] : Text{};
            if (word == ">") {
                add(after), has_name = true;
            } else if (word.starts_with("--output")) {
                const size_t equals = word.find('=');
                if (!word.starts_with("--output-d") || !is_curl)
                    add(equals == word.npos ? after : word.substr(equals + 1)), has_name = true;
            } else if (word == "--remote-name") {
                is_kept = true;
            } else if (word == "--spider") {
                return;
            } else if (word.size() > 1 && word[0] == '-' && word[1] != '-') {
                const size_t end =
                    std::min(word.find_first_of(is_curl ? kCurlValues : kWgetValues, 1), word.size());
                const size_t o = word.substr(0, end).find(is_curl ? 'o' : 'O');
                if (is_curl && word.substr(0, end).find('O') != word.npos) is_kept = true;
                if (o == word.npos) continue;
                add(o + 1 < word.size() ? word.substr(o + 1) : after), has_name = true;
            }
        }
        if (is_kept && !has_name) {
            is_loaded_ = true;
            for (const Text word : words) {
                if (word.starts_with('-') || word.find_first_of("/.") == word.npos) continue;
                add(word.substr(0, word.find_first_of("?#")));
            }
        }
        if (next == nullptr) return;
        const size_t at = program_at(next->words);
        if (at >= next->words.size()) return;
        const Text into = base_of(next->words[at]);
        is_loaded_ = is_loaded_ || is_one_of(into, kUnpackers);
        if (into == "tee") add(next->words.back());
        for (size_t i = at; i + 1 < next->words.size(); ++i) {
            if (next->words[i] == ">") add(next->words[i + 1]);
        }
    }

    void run(Text program, const std::vector<Text>& words) {
        const Text name = base_of(program);
        const bool is_here = program.starts_with("./");
        if (is_interpreter(name)) {
            const auto script =
                std::find_if(words.begin(), words.end(), [](Text word) { return !word.starts_with('-'); });
            if (script != words.end() && (is_name(base_of(*script)) || is_temporary(*script))) told_ = "file";
        } else if ((program.find('/') != program.npos && is_name(name)) || is_temporary(program)) {
            told_ = "file";
        } else if (is_here && told_.empty()) {
            told_ = is_unpacked_ ? "archive" : "file";
        }
    }

    std::vector<Text> names_;  // of files that were loaded
    bool is_loaded_ = false, is_unpacked_ = false;
    Text told_;
};

}  // namespace

void runs_download(Context& context, const Path& path, Values& out) {
    Values lines;
    command_lines(context, path, lines);
    for (const Value& line : lines) {
        if (line.text.find("curl") == line.text.npos && line.text.find("wget") == line.text.npos) continue;
        const std::vector<Part> parts = parts_of(line.text);
        Story story;
        for (size_t i = 0; i < parts.size(); ++i)
            story.see(parts[i], i + 1 < parts.size() ? &parts[i + 1] : nullptr);
        if (!story.told().empty()) out.push_back(Value::of(story.told()));
    }
}

}  // namespace redshank::rules
