#include "daemon/http/password_checks.h"

#include <openssl/rand.h>

#include <boost/asio/post.hpp>
#include <stdexcept>
#include <utility>

#include "daemon/http/password.h"

namespace redshank {

namespace asio = boost::asio;

struct PasswordChecks::Question {
    std::shared_ptr<const WebAccess> access;
    std::string user, hash, password;
    std::weak_ptr<void> asker;
    std::function<void(bool)> done;
};

PasswordChecks::PasswordChecks(asio::io_context& answers, size_t most) : answers_(answers), most_(most) {
    secret_.resize(32);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), static_cast<int>(secret_.size())) != 1)
        throw std::runtime_error("there are no random numbers");
}

PasswordChecks::~PasswordChecks() {
    if (!thread_) return;
    thread_->stop();
    thread_->join();
}

// The hash stands for the user too, and for the file as it is.
Sha256 PasswordChecks::mark_of(const std::string& hash, const std::string& password) const {
    return sha256(secret_ + hash + password);
}

bool PasswordChecks::remembers(const WebAccess& access, const std::string& user,
                               const std::string& password) const {
    const Sha256 shown = mark_of(access.hash_of(user), password);
    const auto known = marks_.find(user);
    return known != marks_.end() && access.knows(user) &&
           CRYPTO_memcmp(known->second.data(), shown.data(), shown.size()) == 0;
}

bool PasswordChecks::check(const std::shared_ptr<const WebAccess>& access, std::string user,
                           std::string password, std::weak_ptr<void> asker, std::function<void(bool)> done) {
    if (waiting_ >= most_) return false;
    ++waiting_;
    if (!thread_) thread_.emplace(1);
    auto question = std::make_shared<Question>(
        Question{access, std::move(user), {}, std::move(password), std::move(asker), std::move(done)});
    question->hash = access->hash_of(question->user);
    asio::post(*thread_, [this, question] {
        const bool is_right = !question->asker.expired() && is_password(question->hash, question->password) &&
                              question->access->knows(question->user);
        asio::post(answers_, [this, question, is_right] {
            --waiting_;
            if (is_right) {
                std::erase_if(marks_, [&](const auto& mark) { return !question->access->knows(mark.first); });
                marks_[question->user] = mark_of(question->hash, question->password);
            }
            if (!question->asker.expired()) question->done(is_right);
        });
    });
    return true;
}

}  // namespace redshank
