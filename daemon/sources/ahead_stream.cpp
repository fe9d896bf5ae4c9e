#include "daemon/sources/ahead_stream.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace redshank {

namespace {

constexpr size_t kPiece = size_t{1} << 20;

class AheadStream : public ByteStream {
  public:
    explicit AheadStream(std::unique_ptr<ByteStream> stream)
        : stream_(std::move(stream)), thread_([this] { run(); }) {}
    ~AheadStream() override {
        {
            const std::lock_guard lock(mutex_);
            is_over_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }

    ptrdiff_t read(char* to, size_t size) override {
        if (at_ == piece_.size() && !take()) {
            if (result_ == 0) return 0;
            error_ = stream_->error();
            may_pass_ = stream_->may_pass();
            return -1;
        }
        const size_t got = std::min(size, piece_.size() - at_);
        std::memcpy(to, piece_.data() + at_, got);
        at_ += got;
        return static_cast<ptrdiff_t>(got);
    }
    // Known at the end.
    bool is_complete() const override { return has_ended_ && stream_->is_complete(); }

  private:
    // Takes the next piece from the other thread. False: there is none, and that thread is done.
    bool take() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return is_full_ || is_over_; });
        has_ended_ = !is_full_;
        if (has_ended_) return false;
        piece_.swap(next_);
        at_ = 0;
        is_full_ = false;
        lock.unlock();
        changed_.notify_all();
        return true;
    }

    void run() {
        std::vector<char> piece;
        ptrdiff_t got = 1;
        while (got > 0) {
            piece.resize(kPiece);
            size_t size = 0;
            while (size < kPiece && (got = stream_->read(piece.data() + size, kPiece - size)) > 0)
                size += static_cast<size_t>(got);
            piece.resize(size);
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [this] { return !is_full_ || is_over_; });
            if (is_over_) return;
            if (size > 0) {
                next_.swap(piece);
                is_full_ = true;
            }
            if (got <= 0) {
                result_ = got;
                // What was read before the end is taken first.
                changed_.notify_all();
                changed_.wait(lock, [this] { return !is_full_ || is_over_; });
                is_over_ = true;
            }
            lock.unlock();
            changed_.notify_all();
        }
    }

    const std::unique_ptr<ByteStream> stream_;  // the other thread's, until has_ended_
    std::vector<char> piece_;                   // the reader's
    size_t at_ = 0;
    bool has_ended_ = false;

    std::mutex mutex_;  // of what follows
    std::condition_variable changed_;
    std::vector<char> next_;
    bool is_full_ = false, is_over_ = false;
    ptrdiff_t result_ = 0;

    std::thread thread_;  // the last member, so that it begins last
};

}  // namespace

std::unique_ptr<ByteStream> read_ahead(std::unique_ptr<ByteStream> stream) {
    return std::make_unique<AheadStream>(std::move(stream));
}

}  // namespace redshank
