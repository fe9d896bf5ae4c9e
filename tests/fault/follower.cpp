#include "tests/fault/follower.h"

#include <fmt/format.h>

#include <stdexcept>

namespace redshank::test {

Follower::Follower(FileSourceConfig config, std::string database)
    : config_(std::move(config)), database_(std::move(database)) {
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
    keep(batch);
    return result;
}

void Follower::keep(const Batch& batch) {
    if (store_) store_->begin();
    for (const Line& line : batch.lines) append(lines_, "lines", std::string(line.text));
    for (const SourceNotice& notice : batch.notices) {
        append(notices_, "notices", notice.kind + "/" + notice.what + (notice.over ? "-over" : ""));
        whole_.push_back(notice);
    }
    for (const SourceSkip& skip : batch.skips) skipped_[skip.reason] += skip.bytes;
    if (!batch.position.empty()) position_ = batch.position;
    if (store_ && !batch.position.empty()) store_->set_position(source_->name(), batch.position);
    if (store_) store_->commit();
}

void Follower::append(std::vector<std::string>& to, const char* table, const std::string& text) {
    if (store_) {
        store_->writer().put(table, fmt::format("{:08}", to.size()), text);
        Finding finding{.id = finding_id({table, text}), .detector = table};
        finding.count = 1;
        store_->enqueue(News{.finding = finding});
    }
    to.push_back(text);
}

bool Follower::commit() {
    if (!store_) return true;
    store_->begin();
    return store_->commit();
}

void Follower::die_after(int uncommitted) {
    Batch batch;
    for (int i = 0; i < uncommitted && source_->read(batch) == Source::Read::Lines; ++i) {
    }
    source_.reset();
    if (!database_.empty()) load();
    source_ = make_file_source(config_);
    const std::string first = source_->start(position_);
    if (first.empty()) return;
    batch.clear();
    batch.position = first;
    keep(batch);
}

// Loads everything from the database.
void Follower::load() {
    store_.reset();
    store_ = Store::open(database_, Store::Mode::ReadWrite);
    if (!store_->damage().empty()) throw std::runtime_error(store_->damage());
    lines_.clear();
    notices_.clear();
    store_->state().scan("lines", "",
                         [&](std::string_view, std::string_view line) { lines_.emplace_back(line); });
    store_->state().scan("notices", "",
                         [&](std::string_view, std::string_view word) { notices_.emplace_back(word); });
    position_ = store_->position("file:" + config_.path);
}

}  // namespace redshank::test
