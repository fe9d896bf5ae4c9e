// The files of a connection are tried before anything begins.
#include "exporters/receiver_files.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "exporters/registry.h"
#include "exporters/stdout.h"
#include "tests/support/temp_dir.h"

namespace redshank {
namespace {

using ::testing::HasSubstr;

class ReceiverFiles : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        folder_ = new test::TempDir;
        for (const std::string name : {"one", "other"}) {
            const std::string command =
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=" +
                name + " -keyout " + folder_->file(name + ".key") + " -out " + folder_->file(name + ".crt") +
                " 2>/dev/null";
            ASSERT_EQ(std::system(command.c_str()), 0);
        }
        const std::string both = "cat " + folder_->file("one.crt") + " " + folder_->file("one.key") + " >" +
                                 folder_->file("both.pem");
        ASSERT_EQ(std::system(both.c_str()), 0);
        const std::string locked = "openssl ec -aes128 -passout pass:word -in " + folder_->file("one.key") +
                                   " -out " + folder_->file("locked.key") + " 2>/dev/null";
        ASSERT_EQ(std::system(locked.c_str()), 0);
        test::write_file(folder_->file("text"), "hello\n");
    }
    static void TearDownTestSuite() { delete folder_; }

    static std::string problem(const std::string& ca, const std::string& certificate,
                               const std::string& key) {
        const auto path = [](const std::string& name) { return name.empty() ? "" : folder_->file(name); };
        ReceiverConfig config{.name = "r", .type = "stdout"};
        config.http.ca_file = path(ca);
        config.http.client_cert_file = path(certificate);
        config.http.client_key_file = path(key);
        try {
            make_sinks(config);
        } catch (const ReceiverError& error) {
            return error.what();
        }
        return "";
    }

    static test::TempDir* folder_;
};

test::TempDir* ReceiverFiles::folder_ = nullptr;

TEST_F(ReceiverFiles, FitEachOther) {
    const struct {
        const char *ca, *certificate, *key, *said;
    } kCases[] = {
        {"", "", "", ""},
        {"one.crt", "", "", ""},
        {"", "one.crt", "one.key", ""},
        {"other.crt", "one.crt", "one.key", ""},
        {"", "both.pem", "", ""},
        {"text", "", "", "text: holds no certificate in PEM"},
        {"one.key", "", "", "one.key: holds no certificate in PEM"},
        {"none", "", "", "none: cannot read: No such file or directory"},
        {"", "", "one.key", "client_key_file needs client_cert_file"},
        {"", "one.crt", "", "client_cert_file"},  // the key is not in it
        {"", "text", "one.key", "text: holds no certificate in PEM"},
        {"", "one.crt", "text", "text: holds no private key in PEM without a passphrase"},
        {"", "one.crt", "locked.key", "locked.key: holds no private key in PEM without a passphrase"},
        {"", "one.crt", "none", "none: cannot read"},
        {"", "one.crt", "other.key", "client_key_file is not the key of client_cert_file"},
        {"", "other.crt", "one.key", "client_key_file is not the key of client_cert_file"},
        {"text", "one.crt", "one.key", "ca_file"},
    };
    for (const auto& [ca, certificate, key, said] : kCases) {
        const std::string text = problem(ca, certificate, key);
        EXPECT_EQ(text.empty(), *said == '\0') << ca << certificate << key << ": " << text;
        EXPECT_THAT(text, HasSubstr(said));
    }
}

TEST_F(ReceiverFiles, AUrlIsGivenOnce) {
    const ReceiverConfig receiver{.name = "r"};
    test::write_file(folder_->file("url"), "https://h/x \r\n\n");
    EXPECT_EQ(url_of(receiver, {.url = "http://h"}), "http://h");
    EXPECT_EQ(url_of(receiver, {.url_file = folder_->file("url")}), "https://h/x");
    EXPECT_THROW(url_of(receiver, {}), ReceiverError);
    EXPECT_THROW(url_of(receiver, {.url = "http://h", .url_file = folder_->file("url")}), ReceiverError);
    EXPECT_THROW(url_of(receiver, {.url = "h"}), ReceiverError);
    EXPECT_THROW(read_secret(receiver, "key", ""), ReceiverError);
    EXPECT_EQ(read_authorization(receiver, ""), "");
    EXPECT_EQ(read_authorization(receiver, folder_->file("text")), "hello");
    EXPECT_THROW(read_authorization(receiver, folder_->file("none")), ReceiverError);
}

}  // namespace
}  // namespace redshank
