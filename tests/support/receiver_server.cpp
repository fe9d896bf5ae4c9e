#include "tests/support/receiver_server.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

extern char** environ;

namespace redshank::test {

ReceiverServer::ReceiverServer(const std::string& kind) {
    std::array<int, 2> to{}, from{};
    if (::pipe2(to.data(), O_CLOEXEC) != 0 || ::pipe2(from.data(), O_CLOEXEC) != 0) {
        throw std::runtime_error("no pipe");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
    std::string program = "python3", no_cache = "-B";
    std::string script = std::string(REDSHANK_SOURCE_DIR) + "/tests/support/receivers/serve.py", name = kind;
    std::array<char*, 5> arguments{program.data(), no_cache.data(), script.data(), name.data(), nullptr};
    const int error = ::posix_spawnp(&pid_, program.c_str(), &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(to[0]);
    ::close(from[1]);
    in_ = to[1];
    out_ = from[0];
    if (error != 0) throw std::runtime_error("cannot start python3");
    url_ = read_to('\n');
    if (url_.empty()) throw std::runtime_error("the receiver " + kind + " did not start");
}

ReceiverServer::~ReceiverServer() {
    violations();
}

std::string ReceiverServer::read_to(char end) {
    std::string out;
    for (char c = 0; ::read(out_, &c, 1) == 1 && c != end;) out += c;
    return out;
}

std::string ReceiverServer::violations() {
    if (pid_ <= 0) return {};
    ::close(in_);
    std::string out = read_to('\0');
    ::close(out_);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
    while (out.ends_with('\n')) out.pop_back();
    return out;
}

}  // namespace redshank::test
