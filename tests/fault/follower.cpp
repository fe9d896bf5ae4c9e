#include "tests/fault/follower.h"

#include <stdexcept>

namespace redshank::test {

Follower::Follower(FileSourceConfig config) : config_(std::move(config)) {
    config_.now = [this] { return now_; };
    die_after(0);
}

void Follower::drain() {
    for (int i = 0; step() == Source::Read::Lines; ++i) {
        if (i > 100000) throw std::runtime_error("the source never comes to rest");
    }
}

Source::Read Follower::step() {
    Batch batch;
    const Source::Read result = source_->read(batch);
    for (const Line& line : batch.lines) lines_.emplace_back(line.text);
    for (const SourceNotice& notice : batch.notices) {
        notices_.push_back(notice.kind + "/" + notice.what + (notice.over ? "-over" : ""));
        whole_.push_back(notice);
    }
    for (const SourceSkip& skip : batch.skips) skipped_[skip.reason] += skip.bytes;
    if (!batch.position.empty()) position_ = batch.position;
    return result;
}

void Follower::die_after(int uncommitted) {
    Batch batch;
    for (int i = 0; i < uncommitted && source_->read(batch) == Source::Read::Lines; ++i) {
    }
    source_.reset();
    source_ = make_file_source(config_);
    const std::string first = source_->start(position_);
    if (!first.empty()) position_ = first;
}

}  // namespace redshank::test
