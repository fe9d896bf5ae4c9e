#include "daemon/questions/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>
#include <set>
#include <stdexcept>
#include <utility>

#include "daemon/ledger/archive.h"
#include "daemon/ledger/check.h"
#include "daemon/ledger/ledger.h"
#include "daemon/sources/file_source.h"
#include "daemon/sources/log_files.h"
#include "daemon/store/checked.h"

namespace redshank {

namespace {

using Result = VerifiedRow::Result;

std::string lines_text(uint64_t lines) {
    return lines == 1 ? "1 line" : fmt::format("{} lines", lines);
}

std::string place_text(const HourDifference& one) {
    if (one.line == 0) return "nothing of this hour is there";
    std::string text = fmt::format("from line {} of the file on (byte {})", one.line, one.byte);
    if (one.until_line > one.line)
        text = fmt::format("from a line between {} (byte {}) and {} on", one.line, one.byte, one.until_line);
    return text;
}

std::string text_of(const HourDifference& one) {
    switch (one.what) {
        case HourDifference::What::Missing:
            return fmt::format("{} missing: {}", lines_text(one.lines), place_text(one));
        case HourDifference::What::More:
            return fmt::format("{} more than were counted, {}", lines_text(one.lines), place_text(one));
        case HourDifference::What::Changed:
            break;
    }
    return fmt::format("changed after it was read, {}", place_text(one));
}

Result result_of(HourDifference::What what) {
    switch (what) {
        case HourDifference::What::Missing:
            return Result::Missing;
        case HourDifference::What::More:
            return Result::More;
        case HourDifference::What::Changed:
            break;
    }
    return Result::Changed;
}

class Verification {
  public:
    explicit Verification(const Store& store) : all_(load_generations(store)) {
        const CheckedState state = checked_state(store);
        const auto key = ledger_key(state);
        if (!key || all_.empty()) {
            throw std::runtime_error(
                "the state has counted nothing: redshank counts with ledger_hours above 0, from the first "
                "line "
                "that it reads");
        }
        hash_.emplace(*key);
    }

    // The files of one log, oldest first. `source`: whose generations they may be; "" for any.
    void look_at(std::vector<LogFile> files, const std::string& source, bool must_be_known) {
        std::vector<std::pair<std::unique_ptr<Generation>, std::vector<size_t>>> found;
        for (LogFile& file : files) {
            std::string reason;
            open_log(file, reason);  // finds its name if it was compressed meanwhile
            auto generation = Generation::open(file.path);
            if (!generation) {
                unreadable(file.path, std::strerror(errno));
                continue;
            }
            std::vector<size_t> known = generations_of(*generation, all_);
            std::erase_if(known, [&](size_t one) { return !is_of(one, source); });
            for (const size_t one : known) found_.insert(one);
            found.emplace_back(std::move(generation), std::move(known));
        }
        for (auto& [file, known] : found) {
            if (known.empty()) {
                const auto like = generation_like(*file, all_, *hash_, [&](size_t one) {
                    return is_of(one, source) && !found_.contains(one);
                });
                if (like) known.push_back(*like);
            }
            for (const size_t one : known) found_.insert(one);
            known.empty() ? unknown(file->path(), must_be_known) : check(*file, known);
        }
    }

    // Generations of the source whose files were not among those looked at.
    void look_for_gone(const std::string& source) {
        bool is_older_there = false;
        for (size_t i = 0; i < all_.size(); ++i) {
            if (all_[i].source != source || all_[i].hours.empty()) continue;
            const bool is_there = found_.contains(i) || is_read_anew(i);
            is_older_there |= is_there;
            if (is_there || all_[i].row.number == 0 || !(is_older_there || all_[i].is_open)) continue;
            add(i, all_[i].row.file, Result::Gone,
                is_older_there ? "the file is gone, and older ones of its log are there"
                               : "the file that was read last is gone");
        }
    }

    void add_without_files() {
        for (size_t i = 0; i < all_.size(); ++i) {
            if (all_[i].row.number != 0) continue;
            add(i, all_[i].row.file, Result::Counted, "counted; there is no file to read again");
        }
    }

    void unreadable(const std::string& file, const std::string& reason) {
        verified_.is_all_read = false;
        verified_.rows.push_back(
            {.result = Result::Unreadable, .file = file, .text = "cannot be read: " + reason});
    }

    Verified take() { return std::move(verified_); }

  private:
    bool is_of(size_t one, const std::string& source) const {
        return source.empty() || all_[one].source == source;
    }

    // A later generation holds the same bytes from the same place on.
    bool is_read_anew(size_t one) const {
        return std::any_of(found_.begin(), found_.end(), [&](size_t other) {
            const LedgerGeneration &a = all_[one], &b = all_[other];
            return a.source == b.source && a.row.head == b.row.head && a.row.from == b.row.from;
        });
    }

    void unknown(const std::string& file, bool must_be_known) {
        verified_.differs |= must_be_known;
        verified_.rows.push_back({.result = Result::Unknown,
                                  .file = file,
                                  .text = "nothing of it was counted: redshank did not read it"});
    }

    VerifiedRow& add(size_t one, const std::string& file, Result result, std::string text) {
        verified_.differs |= result != Result::Proved && result != Result::Counted;
        const LedgerGeneration& own = all_[one];
        return verified_.rows.emplace_back(VerifiedRow{.result = result,
                                                       .file = file,
                                                       .source = own.source,
                                                       .generation = own.row.number,
                                                       .hour = {},
                                                       .counted = sum_of(own),
                                                       .hours = own.hours.size(),
                                                       .line = {},
                                                       .byte = {},
                                                       .text = std::move(text)});
    }

    // `known` is in the order of where the generations begin: each ends where the next begins.
    void check(Generation& file, const std::vector<size_t>& known) {
        std::vector<std::unique_ptr<GenerationCheck>> checks;
        std::vector<uint64_t> ends;
        for (size_t i = 0; i < known.size(); ++i) {
            const LedgerGeneration& one = all_[known[i]];
            checks.push_back(std::make_unique<GenerationCheck>(one.row, one.hours, one.is_open));
            const auto next = std::find_if(known.begin(), known.end(), [&](size_t other) {
                return all_[other].source == one.source && all_[other].row.from > one.row.from;
            });
            ends.push_back(next == known.end() ? UINT64_MAX : all_[*next].row.from);
        }
        const std::string problem = count_again(file, all_[known.front()].row.line_limit,
                                                [&](const Line& line, const LineYield& yield, bool is_torn) {
                                                    for (size_t i = 0; i < checks.size(); ++i) {
                                                        if (line.offset < ends[i])
                                                            checks[i]->add(*hash_, line, yield, is_torn);
                                                    }
                                                });
        for (size_t i = 0; i < known.size(); ++i) tell(known[i], file.path(), *checks[i], problem);
    }

    void tell(size_t one, const std::string& file, const GenerationCheck& check, const std::string& problem) {
        const std::vector<HourDifference> differences = check.differences();
        const std::string behind = problem.empty() ? "" : "; the file cannot be read to its end: " + problem;
        if (differences.empty()) {
            const uint64_t uncounted = check.uncounted();
            add(one, file, Result::Proved,
                "proved" + (uncounted > 0 ? ", " + lines_text(uncounted) + " not counted yet" : "") + behind);
        }
        for (const HourDifference& difference : differences) {
            VerifiedRow& row = add(one, file, result_of(difference.what), text_of(difference) + behind);
            const auto counted = all_[one].hours.find(difference.hour);
            row.hour = difference.hour;
            row.hours = 1;
            row.counted = counted == all_[one].hours.end() ? HourRow{} : counted->second;
            if (difference.line == 0) continue;
            row.line = difference.line;
            row.byte = difference.byte;
        }
    }

    const std::vector<LedgerGeneration> all_;
    std::optional<LineHash> hash_;
    std::set<size_t> found_;  // generations whose files were looked at
    Verified verified_;
};

}  // namespace

std::string_view to_string(Result result) {
    constexpr std::string_view kWords[] = {"proved", "changed", "missing",    "more",
                                           "gone",   "unknown", "unreadable", "counted"};
    return kWords[static_cast<size_t>(result)];
}

Verified verify_sources(const Store& store, const std::vector<SourceConfig>& sources) {
    Verification verification(store);  // what was counted is read before the logs: they only grow
    for (const SourceConfig& source : sources) {
        const auto* own = std::any_cast<FileSourceConfig>(&source.own);
        if (own == nullptr) continue;
        const std::string name = "file:" + own->path;
        std::string problem;
        verification.look_at(files_of_log(own->path, problem, own->folders()), name, false);
        if (!problem.empty()) verification.unreadable(own->path, problem);
        verification.look_for_gone(name);
    }
    verification.add_without_files();
    return verification.take();
}

Verified verify_files(const Store& store, const std::vector<std::string>& files) {
    Verification verification(store);
    std::vector<LogFile> all;
    for (const std::string& file : files) all.push_back({.path = file});
    verification.look_at(std::move(all), "", true);
    return verification.take();
}

}  // namespace redshank
