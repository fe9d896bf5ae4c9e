#include "daemon/sources/generation.h"

#include <fcntl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace redshank {

namespace {

constexpr size_t kHead = FilePlace::kHead, kBefore = FilePlace::kBefore;
// The bytes that each read of a plain file reads again. Events of one account end alike and have equal
// lengths; so many bytes contain the times of the last event, which never recur.
constexpr size_t kAgain = 1024;

void keep_last(std::string& tail, std::string_view more, size_t size) {
    if (more.size() >= size) {
        tail.assign(more.substr(more.size() - size));
        return;
    }
    tail.append(more);
    if (tail.size() > size) tail.erase(0, tail.size() - size);
}

// The part of `bytes`, which follow the head so far, that belongs to it (see FilePlace::kHead).
void extend(std::string& head, std::string_view bytes) {
    const size_t first = std::min(bytes.size(), kHead - std::min(kHead, head.size()));
    head.append(bytes.substr(0, first));
    bytes.remove_prefix(first);
    if (bytes.empty() || head.find('\n') != head.npos) return;
    const size_t line = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    head.append(bytes.substr(
        0, std::min(line, FilePlace::kLongestHead - std::min<size_t>(FilePlace::kLongestHead, head.size()))));
}

bool is_whole(std::string_view head) {
    return head.size() >= FilePlace::kLongestHead || (head.size() >= kHead && head.find('\n') != head.npos);
}

// All of [offset, offset + size), less at the end of the file. nullopt: errno says why it cannot be read.
std::optional<std::string> read_at(int fd, uint64_t offset, size_t size) {
    std::string bytes(size, '\0');
    size_t done = 0;
    while (done < size) {
        const ptrdiff_t got =
            ::pread(fd, bytes.data() + done, size - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        done += static_cast<size_t>(got);
    }
    bytes.resize(done);
    return bytes;
}

// Where data begin at or after the offset; the offset itself if the file system has no holes, the size of the
// file if only a hole is left.
uint64_t next_data(int fd, uint64_t offset, uint64_t size) {
    const off_t at = ::lseek(fd, static_cast<off_t>(offset), SEEK_DATA);
    if (at >= 0) return static_cast<uint64_t>(at);
    return errno == ENXIO ? std::max(size, offset) : offset;
}

}  // namespace

std::unique_ptr<Generation> Generation::open(const std::string& path) {
    UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!fd) return nullptr;
    return of(path, std::move(fd));
}

std::unique_ptr<Generation> Generation::of(const std::string& path, UniqueFd fd) {
    const auto facts = facts_of(fd.get());
    if (!facts) return nullptr;
    if (!facts->is_regular) {
        errno = EISDIR;
        return nullptr;
    }
    const auto packing = packing_of(fd.get());
    if (!packing) return nullptr;
    std::unique_ptr<Generation> file(new Generation(path, std::move(fd), *packing, *facts));
    if (file->load_head()) return file;
    const int error = errno;
    file.reset();
    errno = error;
    return nullptr;
}

Generation::Generation(std::string path, UniqueFd fd, Packing packing, const FileFacts& facts)
    : path_(std::move(path)), fd_(std::move(fd)), packing_(packing), facts_(facts) {}

FileFacts Generation::facts() const {
    return facts_ = facts_of(fd_.get()).value_or(facts_);
}

bool Generation::fail(int error) {
    error_ = std::strerror(error);
    errno = error;
    return false;
}

bool Generation::load_head() {
    std::string head;
    uint64_t head_at = 0;
    if (!(is_packed() ? read_packed_head(head, head_at) : read_plain_head(head, head_at))) return false;
    head_ = std::move(head);
    print_.clear();
    id_.clear();
    head_at_ = head_at;
    return true;
}

bool Generation::read_packed_head(std::string& head, uint64_t& head_at) {
    is_interrupted_ = stream_ != nullptr;  // which reads on where this leaves the file
    ::lseek(fd_.get(), 0, SEEK_SET);
    const auto stream = open_stream(::dup(fd_.get()));
    std::string bytes(kHead, '\0');
    while (!is_whole(head)) {
        const ptrdiff_t got = stream->read(bytes.data(), bytes.size());
        if (got < 0 && stream->may_pass()) return fail(errno);
        if (got <= 0) break;
        std::string_view part(bytes.data(), static_cast<size_t>(got));
        const size_t nuls = head.empty() ? std::min(part.find_first_not_of('\0'), part.size()) : 0;
        head_at += nuls;
        extend(head, part.substr(nuls));
    }
    return true;
}

bool Generation::read_plain_head(std::string& head, uint64_t& head_at) {
    const uint64_t size = facts().size;
    for (head_at = next_data(fd_.get(), 0, size); head_at < size;) {
        const auto part = read_at(fd_.get(), head_at, size_t{64} << 10);
        if (!part) return fail(errno);
        const size_t nuls = std::min(part->find_first_not_of('\0'), part->size());
        head_at += nuls;
        if (nuls == part->size() && !part->empty()) continue;
        extend(head, std::string_view(*part).substr(nuls));
        while (!is_whole(head)) {
            const auto more = read_at(fd_.get(), head_at + head.size(), size_t{64} << 10);
            if (!more) return fail(errno);
            if (more->empty()) break;
            extend(head, *more);
        }
        break;
    }
    return true;
}

bool Generation::begins_like(const FilePlace& place) const {
    if (place.head_size == 0 || head_.size() < place.head_size) return false;
    const std::string_view head = std::string_view(head_).substr(0, place.head_size);
    // Without the end of its first line, an equal beginning proves nothing.
    const bool is_telling = head.find('\n') != head.npos;
    return fingerprint(head) == place.head && (is_telling || place.is_in(facts()));
}

bool Generation::is_generation_of(const FilePlace& place) const {
    return place.first.empty() ? begins_like(place) : generation_id(head_) == place.first;
}

Generation::Found Generation::resume(const FilePlace& place, LineSplitter& lines) {
    if (!load_head()) return Found::Hidden;
    const bool begins = place.offset == 0 ? place.is_in(facts()) : begins_like(place);
    if (place.offset == 0 || !begins) {
        rewind(lines);
        if (begins) place_.generation = place.generation;
        return begins ? Found::Yes : Found::No;
    }
    return go_to(place, lines);
}

Generation::Found Generation::go_to(const FilePlace& place, LineSplitter& lines) {
    std::string before;
    if (is_packed()) {
        restart_stream();
        if (!skip_packed(place.offset, before)) return Found::Hidden;
    } else {
        const uint64_t again = std::min<uint64_t>(place.offset, kAgain);
        auto bytes = read_at(fd_.get(), place.offset - again, again);
        if (!bytes) {
            fail(errno);
            return Found::Hidden;
        }
        before = tail_ = std::move(*bytes);
        if (before.size() < again) before.clear();
    }
    before.erase(0, before.size() - std::min<size_t>(before.size(), place.before_size));
    if (before.size() < place.before_size || fingerprint(before) != place.before) {
        rewind(lines);
        return Found::No;
    }
    lines.reset(place.offset);
    place_ = place;
    return Found::Yes;
}

void Generation::rewind(LineSplitter& lines) {
    lines.reset(0);
    tail_.clear();
    place_ = {};
    if (is_packed()) restart_stream();
}

void Generation::restart_stream() {
    is_interrupted_ = false;
    ::lseek(fd_.get(), 0, SEEK_SET);
    stream_ = open_stream(::dup(fd_.get()));
}

void Generation::resync(uint64_t offset, LineSplitter& lines) {
    offset = std::min(offset, facts().size);
    while (offset > 0) {
        const std::string bytes = read_at(fd_.get(), offset - 1, size_t{64} << 10).value_or("");
        const size_t newline = bytes.find('\n');
        if (newline != bytes.npos) offset += newline;
        if (newline != bytes.npos || bytes.size() <= 1) break;
        offset += bytes.size() - 1;
    }
    const uint64_t again = std::min<uint64_t>(offset, kAgain);
    tail_ = read_at(fd_.get(), offset - again, again).value_or("");
    lines.reset(offset);
    std::string before;
    keep_last(before, tail_, kBefore);
    place_ = {.offset = offset, .before_size = before.size(), .before = fingerprint(before)};
}

void Generation::go_to_end(LineSplitter& lines) {
    constexpr uint64_t kStep = uint64_t{64} << 10;
    uint64_t end = facts().size;
    while (end > 0) {
        const uint64_t from = end - std::min(end, kStep);
        const size_t newline = read_at(fd_.get(), from, end - from).value_or("").rfind('\n');
        end = from;
        if (newline == std::string::npos) continue;
        end += newline + 1;
        break;
    }
    resync(end, lines);
}

// Empties `before` when the file ends sooner. False: an error that may pass.
bool Generation::skip_packed(uint64_t offset, std::string& before) {
    std::string bytes(kReadSize, '\0');
    for (uint64_t at = 0; at < offset;) {
        const ptrdiff_t got = stream_->read(bytes.data(), std::min<uint64_t>(bytes.size(), offset - at));
        if (got <= 0) {
            before.clear();
            is_interrupted_ = got < 0 && stream_->may_pass();
            if (is_interrupted_) error_ = stream_->error();
            return !is_interrupted_;
        }
        at += static_cast<uint64_t>(got);
        keep_last(before, std::string_view(bytes.data(), static_cast<size_t>(got)), kBefore);
    }
    return true;
}

Generation::Progress Generation::read(LineSplitter& lines) {
    return is_packed() ? read_packed(lines) : read_plain(lines);
}

Generation::Progress Generation::read_packed(LineSplitter& lines) {
    if (is_interrupted_) {
        if (place_.offset == 0) {
            rewind(lines);
        } else if (const Found found = go_to(FilePlace(place_), lines); found != Found::Yes) {
            return found == Found::No ? Progress::Changed : Progress::Unreadable;
        }
    }
    char* const room = lines.room(kReadSize);
    const ptrdiff_t got = stream_->read(room, kReadSize);
    if (got < 0) {
        place(lines);
        error_ = stream_->error();
        is_interrupted_ = stream_->may_pass();
        return is_interrupted_ ? Progress::Unreadable : Progress::Damaged;
    }
    if (got == 0) return stream_->is_complete() ? Progress::End : Progress::Incomplete;
    extend_head(lines.end(), {room, static_cast<size_t>(got)});
    lines.add(static_cast<size_t>(got));
    return Progress::Data;
}

// The head consists of bytes that were read, not of later content.
void Generation::extend_head(uint64_t offset, std::string_view bytes) {
    if (offset == 0) {
        head_.clear();
        print_.clear();
        id_.clear();
        head_at_ = 0;
    }
    const uint64_t wanted = head_at_ + head_.size();
    if (is_whole(head_) || wanted < offset || wanted >= offset + bytes.size()) return;
    bytes.remove_prefix(wanted - offset);
    const size_t nuls = head_.empty() ? std::min(bytes.find_first_not_of('\0'), bytes.size()) : 0;
    head_at_ += nuls;
    extend(head_, bytes.substr(nuls));
}

Generation::Progress Generation::read_plain(LineSplitter& lines) {
    // One system call reads new bytes together with the bytes before them, so that no truncation can come
    // between.
    if (!tail_.empty() && tail_.back() == '\0') skip_hole(lines);
    char* const room = lines.room(kReadSize);
    std::array<char, kAgain> again;
    const std::array<iovec, 2> parts{iovec{again.data(), tail_.size()}, iovec{room, kReadSize}};
    const auto from = static_cast<off_t>(lines.end() - tail_.size());
    ptrdiff_t got;
    do got = ::preadv(fd_.get(), parts.data(), parts.size(), from);
    while (got < 0 && errno == EINTR);
    if (got < 0) {
        fail(errno);
        return Progress::Unreadable;
    }
    const auto size = static_cast<size_t>(got);
    if (size < tail_.size() || std::string_view(again.data(), tail_.size()) != tail_)
        return Progress::Changed;
    if (size == tail_.size()) return Progress::End;
    const std::string_view fresh(room, size - tail_.size());
    extend_head(lines.end(), fresh);
    lines.add(fresh.size());
    keep_last(tail_, fresh, kAgain);
    return Progress::Data;
}

// The bytes read end in NULs: the rest of the hole need not be read.
void Generation::skip_hole(LineSplitter& lines) {
    const uint64_t data = next_data(fd_.get(), lines.end(), facts().size);
    if (data <= lines.end()) return;
    const uint64_t nuls = data - lines.end();
    if (head_.empty()) head_at_ = data;  // otherwise the head is before the hole
    lines.add_nuls(nuls);
    keep_last(tail_, std::string(std::min<uint64_t>(nuls, kAgain), '\0'), kAgain);
}

FilePlace Generation::place(const LineSplitter& lines) {
    const uint64_t offset = lines.position();
    if (offset != place_.offset || place_.before_size == 0) {
        place_.offset = offset;
        place_.before_size = lines.before_position().size();
        place_.before = fingerprint(lines.before_position());
    }
    set_head(place_);
    place_.device = facts_.device;
    place_.inode = facts_.inode;
    place_.born = facts_.born;
    place_.mode = facts_.mode;
    place_.owner = facts_.owner;
    place_.group = facts_.group;
    return place_;
}

FilePlace Generation::place_after(const Line& line) const {
    FilePlace place = place_;
    place.offset = line.offset + line.text.size() + 1;
    std::string before;
    keep_last(before, line.text, kBefore - 1);
    before += '\n';
    place.before_size = before.size();
    place.before = fingerprint(before);
    set_head(place);
    return place;
}

// As much of the head as is before the place.
void Generation::set_head(FilePlace& place) const {
    place.head_size = std::min<uint64_t>(head_.size(), place.offset > head_at_ ? place.offset - head_at_ : 0);
    if (place.head_size != print_size_ || print_.empty()) {
        print_ = fingerprint(std::string_view(head_).substr(0, place.head_size));
        print_size_ = place.head_size;
    }
    place.head = print_;
    place.first = place.head_size == 0 ? "" : id();
}

const std::string& Generation::id() const {
    if (id_.empty()) id_ = generation_id(head_);
    return id_;
}

std::string Generation::head_mark() const {
    const bool is_known = head_.find('\n') != head_.npos;
    return !is_known ? std::string() : std::to_string(head_.size()) + ":" + fingerprint(head_);
}

bool Generation::has_head_mark(const std::string& mark) const {
    uint64_t size = 0;
    const size_t colon = mark.find(':');
    std::from_chars(mark.data(), mark.data() + mark.size(), size);
    return colon != mark.npos && size > 0 && head_.size() >= size &&
           mark.compare(colon + 1, mark.npos, fingerprint(std::string_view(head_).substr(0, size))) == 0;
}

uint64_t Generation::size_before_packing() const {
    const uint64_t size = facts().size;
    if (packing_ != Packing::Gzip || size < 4) return size;
    // The last four bytes of a gzip file: the size modulo 2^32.
    uint32_t whole = 0;
    const std::string trailer = read_at(fd_.get(), size - 4, 4).value_or("");
    if (trailer.size() == 4) std::memcpy(&whole, trailer.data(), 4);
    return whole;
}

}  // namespace redshank
