// Hostile names through every command that lists something: a terminal must get them escaped, a program that
// reads JSON must get them unchanged.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <sstream>

#include "audit/utf8.h"
#include "core/state/row.h"
#include "daemon/alerts/silence.h"
#include "daemon/delivery/queue_rows.h"
#include "daemon/print/width.h"
#include "detectors/access/digest.h"
#include "detectors/access/last_access.h"
#include "detectors/access/suppression.h"
#include "detectors/crd/resource.h"
#include "tests/support/command_test.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

// Clears a screen (ESC, C1), reverses the direction of text, hides characters, and ends the line.
const std::string kName = "m\x1b[2J\u009b31m\u202exe\u2066\u200b\x7f\u2028\U000e0041\nz";

bool is_safe(char32_t c) {
    return c >= 0x20 && !(c >= 0x7f && c < 0xa0) && !(c >= 0x200b && c <= 0x200f) &&
           !(c >= 0x2028 && c <= 0x202e) && !(c >= 0x2060 && c <= 0x206f) && c < 0xe0000;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

struct Listing {
    void (*add)(CLI::App&, Chosen&);
    std::vector<std::string> arguments;
    size_t rows;
    bool has_state = true, has_table = true;
};

class HostileNames : public test::CommandTest {
  protected:
    HostileNames() {
        Finding finding{.id = "f_1", .time = time_, .detector = "rule", .kind = kName};
        finding.summary = finding.cluster = kName;
        store_->begin();
        store_->upsert_finding(finding);
        store_->commit();

        Silence silence{.id = "s_1", .starts = time_, .ends = far_, .author = kName};
        silence.comment = kName;
        silence.matchers = {parse_matcher("actor=" + kName)};
        access::SaidNormal said{.id = "n_1", .author = kName, .comment = kName};
        said.what = {.actor = kName, .behaviour = kName, .namespace_ = kName, .expires = far_};
        crd::Resource resource{
            .key = {kName, kName, kName}, .origin = crd::Origin::CrdEvent, .last_seen = time_};
        Alert alert = alert_of(finding, time_);
        const access::AccessRow access{
            .first = 1, .last_success = 2, .source = kName, .agent = kName, .verb = kName, .object = kName};
        const access::WatchingRow watching{.since = 1, .last = 2};
        write_state({
            {"secret_exposure.windows",
             {{kName + "\x1f"
                       "1",
               text({{"number", 1},
                     {"target", kName},
                     {"through", kName},
                     {"basis", "objects"},
                     {"severity", "high"},
                     {"subjects", json::array{kName}},
                     {"opened", "2026-01-05T10:00:00.000000Z"}})}}},
            {"secret_exposure.reads",
             {{kName + "\x1f"
                       "1",
               text({{"secret", kName},
                     {"user", kName},
                     {"impersonated", kName},
                     {"grant", kName},
                     {"verdict", kName},
                     {"source_ip", kName},
                     {"verbs", json::array{kName}},
                     {"count", 1},
                     {"first", "2026-01-05T10:00:00.000000Z"},
                     {"last", "2026-01-05T10:00:00.000000Z"}})}}},
            {std::string(access::kLastAccess),
             {{kName + "\x1f" + kName + "\x1f" + kName, write_row(access)}}},
            {std::string(access::kWatching), {{kName, write_row(watching)}}},
            {std::string(access::kDigest),
             {{"2026",
               text({{"micros", 1767607200000000}, {"user", kName}, {"what", kName}, {"because", kName}})}}},
            {std::string(crd::kResourceTable), {{resource.key.text(), write_row(resource)}}},
            {std::string(kSilenceTable), {{"s_1", write_row(silence)}}},
            {std::string(access::kSuppressions), {{"n_1", write_row(said)}}},
            {std::string(kQueueTable), {{queue_key(kName, 1), write_row(QueuedAlert{.alert = alert})}}},
            {std::string(kDeadTable), {{queue_key(kName, 2), write_row(DeadLetter{time_, kName, alert})}}},
        });
        write_log();
        const std::string toml = R"("m\u001b[2J\u009b31m\u202exe\u2066\u200b\u007f\u2028\U000e0041\nz")";
        test::write_file(rules_, "[[rule]]\nid = \"r-1\"\ntitle = " + toml +
                                     "\nseverity = \"low\"\ndescription = " + toml +
                                     "\nsummary = \"x\"\ncondition = 'verb == \"get\"'\n");
    }

    // A failing request on a resource whose group makes it custom.
    void write_log() {
        test::EventSpec spec{.verb = "get", .uri = "/apis/e.com/v1/namespaces/n/ws/w"};
        spec.object = text({{"resource", "ws"},
                            {"apiGroup", "e.com"},
                            {"apiVersion", "v1"},
                            {"namespace", kName},
                            {"name", kName},
                            {"subresource", kName}});
        spec.status = R"({"metadata":{},"code":500,"message":)" + quoted() + "}";
        test::write_file(log_, spec.json() + "\n");
    }

    static std::string text(const json::object& row) { return json::serialize(row); }
    static std::string quoted() { return json::serialize(json::value(kName)); }

    std::vector<Listing> listings() const {
        return {{add_findings, {"findings"}, 1},
                {add_secrets, {"secrets"}, 2},
                {add_last_access, {"last-access"}, 2},
                {add_crds, {"crds"}, 1},
                {add_crds, {"crds", "--requests", log_, "--config", config_}, 1},
                {add_digest, {"digest"}, 1},
                {add_silence, {"silence", "list"}, 1},
                {add_suppress, {"suppress", "list"}, 1},
                {add_outbox, {"outbox"}, 2},
                {add_rules, {"rules", "list", rules_}, 1, false},
                {add_rules, {"rules", "explain", "r-1", rules_}, 1, false, false}};
    }

    test::CommandRun run(const Listing& listing, const std::string& format) {
        std::vector<std::string> arguments = listing.arguments;
        arguments.insert(arguments.end(), {"--format", format});
        return listing.has_state ? run_command(listing.add, arguments) : run_plain(listing.add, arguments);
    }

    const audit::Time time_ = *audit::parse_time("2026-01-05T10:00:00Z");
    const audit::Time far_ = *audit::parse_time("2100-01-01T00:00:00Z");
    const std::string log_ = folder_.file("audit.log"), rules_ = folder_.file("r.toml"),
                      config_ = folder_.file("c.toml");
};

TEST_F(HostileNames, ReachNoTerminalRaw) {
    test::write_file(config_, "[detectors.crd_health]\nresources = [\"ws.e.com\"]\n");
    for (const size_t width : {40, 100, 1000}) {
        width_ = width;
        for (const Listing& listing : listings()) {
            const test::CommandRun done = run(listing, "text");
            const std::string where = listing.arguments[0] + " at " + std::to_string(width);
            EXPECT_EQ(done.status, kDone) << where;
            if (width == 1000) {
                EXPECT_THAT(done.out, HasSubstr("m\\u001b[2J\\u009b31m\\u202exe\\u2066\\u200b\\u007f"))
                    << where;
            }
            for (const std::string& line : lines_of(done.out)) {
                if (listing.has_table) {
                    EXPECT_LE(display_width(line), width) << where;
                }
                for (size_t at = 0; at < line.size();)
                    EXPECT_TRUE(is_safe(audit::next_code_point(line, at))) << where << ": " << line;
            }
        }
    }
}

TEST_F(HostileNames, AreEscapesOfJsonThatMeanThem) {
    test::write_file(config_, "[detectors.crd_health]\nresources = [\"ws.e.com\"]\n");
    for (const Listing& listing : listings()) {
        const test::CommandRun done = run(listing, "json");
        const std::vector<std::string> lines = lines_of(done.out);
        EXPECT_EQ(lines.size(), listing.rows) << listing.arguments[0] << done.err;
        for (const std::string& line : lines) {
            for (size_t at = 0; at < line.size();)
                EXPECT_TRUE(is_safe(audit::next_code_point(line, at))) << line;
            EXPECT_THAT(line, HasSubstr("\\u202exe\\u2066"));
            EXPECT_THAT(json::serialize(json::parse(line)), HasSubstr("\u202exe\u2066")) << line;
        }
    }
}

}  // namespace
}  // namespace redshank
