#pragma once

#include <openssl/crypto.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include "core/sha256.h"
#include "daemon/http/web_access.h"

namespace redshank {

// Checks passwords on a thread of its own, one at a time: bcrypt is slow on purpose, and the pages go on
// meanwhile. What a user last gave rightly is known at once from then on; a wrong password and an unknown
// user take as long as ever. All calls on the thread of `answers`.
class PasswordChecks {
  public:
    // At most `most` wait.
    PasswordChecks(boost::asio::io_context& answers, size_t most);
    ~PasswordChecks();  // waits for the one that is under way
    PasswordChecks(const PasswordChecks&) = delete;
    PasswordChecks& operator=(const PasswordChecks&) = delete;

    bool remembers(const WebAccess& access, const std::string& user, const std::string& password) const;
    // Calls done(whether it is the user's password) unless `asker` is gone before. False: too many wait.
    bool check(const std::shared_ptr<const WebAccess>& access, std::string user, std::string password,
               std::weak_ptr<void> asker, std::function<void(bool)> done);

  private:
    struct Question;
    Sha256 mark_of(const std::string& hash, const std::string& password) const;

    boost::asio::io_context& answers_;
    const size_t most_;
    size_t waiting_ = 0;
    std::string secret_;                              // so that no mark can be told from a password
    std::unordered_map<std::string, Sha256> marks_;   // by user; of the users of the file
    std::optional<boost::asio::thread_pool> thread_;  // from the first check
};

}  // namespace redshank
