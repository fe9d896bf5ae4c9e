// What systemd is asked to keep, and to let go.
#include "daemon/sources/file_keeper.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "daemon/sources/file_identity.h"
#include "tests/support/notify_listener.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

class FileKeeperTest : public ::testing::Test {
  protected:
    UniqueFd open(const std::string& name) {
        return UniqueFd(::open(dir_.file(name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    }
    static uint64_t inode(const UniqueFd& file) { return facts_of(file.get())->inode; }
    // "keep" or "forget" and the inode in the name; "" when nothing was said.
    std::string told() {
        const std::string message = systemd_.take();
        if (message.empty()) return "";
        const bool is_kept = message.starts_with("FDSTORE=1\nFDPOLL=0\nFDNAME=log-");
        EXPECT_TRUE(is_kept || message.starts_with("FDSTOREREMOVE=1\nFDNAME=log-")) << message;
        EXPECT_EQ(message.find(':'), message.npos) << "names are parted by colons";
        EXPECT_EQ(bool(systemd_.attached), is_kept);
        const std::string number = message.substr(message.rfind('-') + 1);
        if (is_kept) {
            EXPECT_EQ(std::to_string(inode(systemd_.attached)), number);
        }
        return (is_kept ? "keep " : "forget ") + number;
    }
    // How many messages come until there is nothing more to say.
    size_t all_told(const std::vector<int>& fds) {
        for (size_t count = 0, before = SIZE_MAX;;) {
            keeper_.hold(fds);
            while (!told().empty()) ++count;
            if (count == before) return count;
            before = count;
        }
    }
    static std::string keep(const UniqueFd& file) { return "keep " + std::to_string(inode(file)); }
    static std::string forget(const UniqueFd& file) { return "forget " + std::to_string(inode(file)); }

    test::TempDir dir_;
    test::NotifyListener systemd_{dir_.file("notify")};
    FileKeeper keeper_{SdNotify(dir_.file("notify")), "/var/log/audit.log"};
};

TEST_F(FileKeeperTest, EachFileOnceAndNoneThatIsDone) {
    const UniqueFd a = open("a"), a_again = open("a"), b = open("b");
    keeper_.hold({a.get(), a_again.get()});
    EXPECT_EQ(told(), keep(a));
    EXPECT_EQ(told(), "");
    keeper_.hold({a_again.get(), b.get()});
    EXPECT_EQ(told(), keep(b));
    EXPECT_EQ(told(), "");
    keeper_.hold({b.get(), -1});
    EXPECT_EQ(told(), forget(a));
    EXPECT_EQ(told(), "");
    keeper_.hold({});
    EXPECT_EQ(told(), forget(b));
    EXPECT_EQ(told(), "");
}

TEST_F(FileKeeperTest, TheFirstOfManyOnly) {
    std::vector<UniqueFd> files;
    std::vector<int> fds;
    for (size_t i = 0; i <= FileKeeper::kMost; ++i) {
        files.push_back(open("many-" + std::to_string(i)));
        fds.push_back(files.back().get());
    }
    EXPECT_EQ(all_told(fds), FileKeeper::kMost);
    fds.erase(fds.begin());
    keeper_.hold(fds);
    EXPECT_EQ(told(), keep(files.back()));
    EXPECT_EQ(told(), forget(files.front()));
    EXPECT_EQ(told(), "");
    EXPECT_EQ(all_told({}), FileKeeper::kMost) << "more than systemd's queue takes at a time";
}

TEST_F(FileKeeperTest, LogsHaveNamesOfTheirOwn) {
    FileKeeper other(SdNotify(dir_.file("notify")), "/var/log/other.log");
    const UniqueFd a = open("a");
    keeper_.hold({a.get()});
    const std::string name = systemd_.take();
    other.hold({a.get()});
    EXPECT_NE(systemd_.take(), name);
}

}  // namespace
}  // namespace redshank
