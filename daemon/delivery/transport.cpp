#include "daemon/delivery/transport.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

#include "daemon/print/console.h"
#include "exporters/kafka_writer.h"

namespace redshank {

namespace {

// How often answers of brokers are looked for while some are awaited.
constexpr audit::Duration kRecordsEvery = std::chrono::milliseconds{5};

HttpAnswer delivered() {
    return {.status = 200};
}

HttpAnswer failed() {
    return {.problem = "local"};
}

// A full pipe must not block the thread: polls first, and writes no more than a pipe takes at once.
HttpAnswer write_console(std::string_view text) {
    while (!text.empty()) {
        pollfd out{STDOUT_FILENO, POLLOUT, 0};
        if (::poll(&out, 1, 1000) != 1 || (out.revents & POLLOUT) == 0) return failed();
        const ssize_t wrote = ::write(STDOUT_FILENO, text.data(), std::min<size_t>(text.size(), PIPE_BUF));
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote < 0) return failed();
        text.remove_prefix(static_cast<size_t>(wrote));
    }
    return delivered();
}

// https://systemd.io/JOURNAL_NATIVE_PROTOCOL: FIELD=value, or for values with newlines FIELD, a little-endian
// length and the bytes.
HttpAnswer write_journal(const JournalEntry& entry) {
    std::string datagram;
    for (const auto& [field, value] : entry.fields) {
        datagram += field;
        if (value.find('\n') == std::string::npos) {
            datagram += '=' + value;
        } else {
            datagram += '\n';
            for (uint64_t size = value.size(), i = 0; i < 8; ++i, size >>= 8) {
                datagram += static_cast<char>(size & 0xff);
            }
            datagram += value;
        }
        datagram += '\n';
    }
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (entry.socket.size() >= sizeof address.sun_path) return failed();
    std::memcpy(address.sun_path, entry.socket.c_str(), entry.socket.size() + 1);
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return failed();
    const ssize_t sent = ::sendto(fd, datagram.data(), datagram.size(), MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&address), sizeof address);
    ::close(fd);
    return sent == static_cast<ssize_t>(datagram.size()) ? delivered() : failed();
}

class RealTransport final : public Transport {
  public:
    void send(uint64_t token, Message message, const HttpOptions& options) override {
        if (auto* request = std::get_if<HttpRequest>(&message)) {
            http_.send(token, std::move(*request), options);
        } else if (const auto* console = std::get_if<ConsoleText>(&message)) {
            local_.push_back({token, write_console(for_stdout(console->text(stdout_width())))});
        } else if (const auto* entry = std::get_if<JournalEntry>(&message)) {
            local_.push_back({token, write_journal(*entry)});
        } else if (const auto* record = std::get_if<KafkaRecord>(&message)) {
            record->writer->write(token, *record);
            if (std::find(writers_.begin(), writers_.end(), record->writer) == writers_.end())
                writers_.push_back(record->writer);
        }
    }

    std::vector<HttpSender::Answer> poll(audit::Duration wait) override {
        if (!local_.empty()) wait = {};
        if (!writers_.empty()) wait = std::min(wait, kRecordsEvery);
        std::vector<HttpSender::Answer> answers = http_.poll(wait);
        for (auto& answer : std::exchange(local_, {})) answers.push_back(std::move(answer));
        for (const auto& writer : writers_) {
            for (auto& answer : writer->take()) answers.push_back(std::move(answer));
        }
        std::erase_if(writers_, [](const auto& writer) { return writer->in_flight() == 0; });
        return answers;
    }

    void wake() override { http_.wake(); }

  private:
    HttpSender http_;
    std::vector<HttpSender::Answer> local_;
    std::vector<std::shared_ptr<RecordWriter>> writers_;  // those with records under way
};

}  // namespace

std::unique_ptr<Transport> make_transport() {
    return std::make_unique<RealTransport>();
}

}  // namespace redshank
