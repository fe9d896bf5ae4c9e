#include "tests/simulation/server.h"

#include <fmt/format.h>
#include <re2/re2.h>
#include <sys/stat.h>

#include "daemon/clock.h"
#include "tests/simulation/system.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"

namespace redshank::sim {

namespace fs = std::filesystem;

namespace {

uint64_t inode_of(const fs::path& file) {
    struct stat info {};
    return ::stat(file.c_str(), &info) == 0 ? info.st_ino : 0;
}

}  // namespace

std::string Server::name_of(uint64_t number) {
    return fmt::format("sim-{}-end", number);
}

// `kind` is "critical" or "medium".
std::string Server::line(uint64_t number, const std::string& kind) {
    const std::string name = kind + "-" + name_of(number);
    const std::string time = audit::format_time(wall_clock());
    return test::EventSpec{
               .audit_id = fmt::format("a-{}", number),
               .verb = "create",
               .uri = "/api/v1/namespaces/shop/configmaps",
               .user = fmt::format(R"({{"username":"user-{}","groups":["system:authenticated"]}})", number),
               .object = fmt::format(
                   R"({{"resource":"configmaps","namespace":"shop","name":"{}","apiVersion":"v1"}})", name),
               .status = R"({"metadata":{},"code":201})",
               .received = time,
               .time = time}
               .json() +
           "\n";
}

void Server::put(const std::string& text) {
    if (!writer_.is_open()) {
        writer_.open();
        inode_ = inode_of(log_);
    }
    writer_.write(text);
}

void Server::end_half() {
    if (!half_.empty()) put(std::exchange(half_, ""));
}

bool Server::is_at_its_name() const {
    return writer_.is_open() && fs::exists(log_) && inode_of(log_) == inode_;
}

std::string Server::write(uint64_t count) {
    end_half();
    std::string text;
    const uint64_t first = last_ + 1;
    for (uint64_t i = 0; i < count; ++i) text += line(++last_, any(8) == 0 ? "critical" : "medium");
    put(text);
    return fmt::format("write {} to {}", first, last_);
}

std::string Server::write_half() {
    end_half();
    const std::string whole = line(++last_, "medium");
    const size_t cut = 1 + any(whole.size() - 1);
    put(whole.substr(0, cut));
    half_ = whole.substr(cut);
    return fmt::format("write {} bytes of {}", cut, last_);
}

uint64_t Server::write_critical() {
    end_half();
    put(line(++last_, "critical"));
    return last_;
}

std::string Server::write_noise(uint64_t count) {
    end_half();
    std::string text;
    for (uint64_t i = 0; i < count; ++i) {
        std::string one = line(++last_, "critical");
        RE2::Replace(&one, R"(user-\d+)", "noise");
        text += one;
    }
    put(text);
    return fmt::format("noise to {}", last_);
}

// What a client or a broken disk can put into a log. Where there is a request in it, it must be found.
std::string Server::write_hostile() {
    end_half();
    const uint64_t kind = any(8);
    std::string text;
    const auto event = [&] { return line(++last_, "medium"); };
    if (kind == 0) text = "not json at all\n" + event();
    if (kind == 1) text = std::string(any(5000), '\0') + "\n" + event();
    if (kind == 2) text = "{\"kind\":\"Event\",\"auditID\":\"\xff\xfe\"}\n" + event();
    if (kind == 3) {  // a time of 2038
        text = event();
        RE2::GlobalReplace(&text, R"(Timestamp":"\d{4})", "Timestamp\":\"2038");
    }
    if (kind == 4) {  // a time of 1970
        text = event();
        RE2::GlobalReplace(&text, R"(Timestamp":"\d{4})", "Timestamp\":\"1970");
    }
    if (kind == 5) {  // a text of 200 kB, which becomes no key and no row
        text = event();
        RE2::Replace(&text, "user-", "user-" + std::string(200'000, 'u'));
    }
    if (kind == 6) text = "\n\n\r\n{}\n[]\nnull\n" + event();
    if (kind == 7) {  // names that look like the end of a line
        text = event();
        RE2::Replace(&text, R"("shop")", R"("shop\\n\\u0000\\u202e")");
    }
    put(text);
    return fmt::format("hostile of kind {}, {}", kind, last_);
}

std::string Server::rotate() {
    end_half();
    if (!writer_.is_open()) put(line(++last_, "medium"));
    if (!is_at_its_name()) return "no rotation";
    const std::string to = writer_.rotate().filename();
    inode_ = inode_of(log_);
    return "rotate to " + to;
}

std::string Server::rotate_alike() {
    const std::string what = rotate();
    for (uint64_t i = 0; i < 2 + any(2); ++i) {
        std::string one = line(++last_, "medium");
        RE2::Replace(&one, R"("a-\d+")", "\"" + std::string(1500, 'a') + "\"");
        put(one);
        put(line(++last_, "medium"));
        rotate();
    }
    const bool are_packed = any(2) == 0;  // their inodes tell nobody which they were
    for (const fs::path& backup : writer_.backups()) {
        if (are_packed && may_compress(backup)) test::LogWriter::compress(backup);
    }
    return what +
           (are_packed ? ", and more that begin alike, packed, to " : ", and more that begin alike, to ") +
           std::to_string(last_);
}

bool Server::may_compress(const fs::path& backup) const {
    return backup.extension() != ".gz" && inode_of(backup) != inode_ && !fs::exists(backup.string() + ".gz");
}

std::string Server::compress() {
    for (const fs::path& backup : writer_.backups()) {
        if (!may_compress(backup) || any(2) == 0) continue;
        test::LogWriter::compress(backup);
        return "compress " + backup.filename().string();
    }
    return "nothing to compress";
}

std::string Server::copytruncate() {
    end_half();
    if (!is_at_its_name()) return "no copytruncate";
    writer_.copytruncate();
    return "copytruncate";
}

std::string Server::remove_oldest() {
    const auto backups = writer_.backups();
    if (backups.size() < 4 || inode_of(backups.front()) == inode_) return "nothing to remove";
    fs::remove(backups.front());
    return "remove " + backups.front().filename().string();
}

std::string Server::remove_unread() {
    std::string what = write(1 + any(3));
    what += ", " + rotate();
    for (const fs::path& backup : writer_.backups()) {
        if (inode_of(backup) != inode_) fs::remove(backup);
    }
    return what + ", remove all backups";
}

std::string Server::remove_log() {
    end_half();
    if (!is_at_its_name()) return "no log to remove";
    writer_.remove();
    return "remove the log; " + restart();
}

std::string Server::restart() {
    end_half();
    writer_.close();
    return "server restarts";
}

std::set<uint64_t> Server::readable() const {
    static const RE2 name(R"(-sim-(\d+)-end)");
    std::set<uint64_t> out;
    const auto collect = [&](const fs::path& file) {
        if (!fs::exists(file)) return;
        const test::Log log(file);
        re2::StringPiece text(log.text().data(), log.text().rfind('\n') + 1);
        uint64_t number = 0;
        while (RE2::FindAndConsume(&text, name, &number)) out.insert(number);
    };
    collect(log_);
    for (const fs::path& backup : writer_.backups()) collect(backup);
    return out;
}

}  // namespace redshank::sim
