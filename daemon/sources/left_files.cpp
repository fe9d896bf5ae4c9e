#include "daemon/sources/left_files.h"

#include <algorithm>
#include <cerrno>

#include "daemon/sources/backups.h"

namespace redshank {

namespace {

constexpr size_t kMost = 4;
constexpr std::chrono::seconds kFor{60};

}  // namespace

void LeftFiles::add(std::unique_ptr<Generation> file, const FilePlace& place, Time now) {
    if (file->is_packed()) return;
    left_.push_back({std::move(file), place, place.offset, now + kFor});
    if (left_.size() > kMost) left_.pop_front();
}

void LeftFiles::load(std::vector<FilePlace> places, std::string log, std::vector<std::string> folders,
                     Time now) {
    sought_ = std::move(places);
    log_ = std::move(log);
    folders_ = std::move(folders);
    sought_until_ = now + kFor;
    seek();
}

void LeftFiles::seek() {
    std::error_code error;
    bool is_whole = true;
    for (const Backup& backup : list_backups(log_, error, folders_)) {
        auto file = Generation::open(backup.path);
        is_whole &= file || errno == ENOENT;
        if (!file) continue;
        const FileFacts facts = file->facts();
        const auto place = std::find_if(sought_.begin(), sought_.end(),
                                        [&](const FilePlace& one) { return one.is_in(facts); });
        if (place == sought_.end()) continue;
        if (place->offset == 0 || file->begins_like(*place))
            add(std::move(file), *place, sought_until_ - kFor);
        sought_.erase(place);
    }
    if (is_whole && !error) sought_.clear();  // they are gone
}

std::vector<FilePlace> LeftFiles::places() const {
    std::vector<FilePlace> places = sought_;
    for (const Left& left : left_) places.push_back(left.place);
    return places;
}

Generation* LeftFiles::read(std::vector<Line>& lines, std::vector<SourceSkip>& skips, Time now) {
    std::erase_if(left_, [&](const Left& left) { return now >= left.until; });
    if (now >= sought_until_) sought_.clear();
    if (!sought_.empty()) seek();
    for (Left& left : left_) {
        const uint64_t size = left.file->facts().size;
        if (size <= left.size || left.file->resume(left.place, lines_) != Generation::Found::Yes) continue;
        while (lines.empty() && left.file->read(lines_) == Generation::Progress::Data) {
            lines_.split(lines);
            lines_.take_skips(skips);
        }
        left.size = lines_.end();
        if (lines_.position() == left.place.offset) continue;
        left.place = left.file->place(lines_);
        return left.file.get();
    }
    return nullptr;
}

}  // namespace redshank
