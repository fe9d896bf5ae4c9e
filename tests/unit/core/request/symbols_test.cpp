#include <gmock/gmock.h>

#include <filesystem>

#include "audit/event_parser.h"
#include "audit/normalise/source.h"
#include "core/finding/finding_json.h"
#include "core/request/request.h"
#include "tests/support/corpus.h"
#include "tests/support/events.h"

namespace redshank {
namespace {

struct Length {
    size_t length = 0;
    uint64_t symbol = 0;
};

TEST(SymbolTable, DerivesOnceWhatHasItsPlace) {
    SymbolTable<Length> table(16);
    int made = 0;
    const auto get = [&](std::string_view text) {
        return table.get(text, [&] {
            ++made;
            return Length{text.size()};
        });
    };
    EXPECT_EQ(get("alice").length, 5U);
    EXPECT_EQ(get("alice").length, 5U);
    EXPECT_EQ(made, 1);
    EXPECT_NE(get("alice").symbol, get("bob").symbol);
    EXPECT_EQ(get("").length, 0U);
    EXPECT_EQ(table.evictions(), 0U);
}

TEST(SymbolTable, IsBoundedAndAnswersTheSameWithAnySize) {
    for (const size_t most : {size_t{0}, size_t{1}, size_t{2}, size_t{16}, size_t{100}}) {
        SymbolTable<Length> table(most);
        std::map<uint64_t, std::string> seen;  // a symbol is one text's
        for (int round = 0; round < 2; ++round) {
            for (size_t i = 0; i < 1000; ++i) {
                const std::string text(i, 'x');
                const Length& found = table.get(text, [&] { return Length{text.size()}; });
                ASSERT_EQ(found.length, i) << most;
                ASSERT_TRUE(seen.emplace(found.symbol, text).second || seen[found.symbol] == text);
            }
            table.release();
        }
        EXPECT_GE(table.evictions(), 1000U) << most;
    }
}

TEST(SymbolTable, TextsThatDifferInOnePlaceOnlyDoNotShareASet) {
    SymbolTable<Length> table(1024);
    for (size_t i = 0; i < 512; ++i) {
        const std::string number = std::to_string(i);
        for (const std::string& text : {number + std::string(40, 'x'), std::string(40, 'x') + number})
            if (i < 256) table.get(text, [&] { return Length{text.size()}; });
    }
    EXPECT_LE(table.evictions(), 8U);
}

TEST(SymbolTable, TheOneNotAskedForLongestMakesRoom) {
    SymbolTable<Length> table(2);
    int made = 0;
    const auto get = [&](std::string_view text) {
        table.get(text, [&] {
            ++made;
            return Length{text.size()};
        });
    };
    for (const char* text : {"a", "bb", "a", "ccc", "a"}) get(text);
    EXPECT_EQ(made, 3) << "bb made room for ccc";
    get("bb");
    EXPECT_EQ(made, 4);
    EXPECT_EQ(table.evictions(), 2U);
}

TEST(SymbolTable, GrowsBeforeItForgets) {
    SymbolTable<RequestKind> table(size_t{16} << 10);
    std::vector<uint64_t> symbols;
    std::vector<SymbolTable<RequestKind>::Spot> spots;
    size_t lost = 0;
    for (int round = 0; round < 2; ++round) {
        for (size_t i = 0; i < 3000; ++i) {
            const auto& kind = table.get("text " + std::to_string(i), [] { return RequestKind(); });
            EXPECT_EQ(kind.place, i);
            if (round == 0) symbols.push_back(kind.symbol);
            EXPECT_EQ(kind.symbol, symbols[i]) << i;
            spots.push_back(table.last());
            ASSERT_NE(table.at(table.last()), nullptr);
            EXPECT_EQ(table.at(table.last())->symbol, symbols[i]);
        }
    }
    for (size_t i = 0; i < 6000; ++i) {
        const RequestKind* kind = table.at(spots[i]);
        if (kind == nullptr) {
            ++lost;
        } else {
            EXPECT_EQ(kind->symbol, symbols[i % 3000]);
        }
    }
    EXPECT_GT(lost, 2000U) << "where it was before the table grew";
    EXPECT_LE(lost, 3000U);
    EXPECT_EQ(table.evictions(), 0U);
}

// What is kept by place takes room for the places that were taken, not for all that a table may have.
TEST(SymbolTable, PlacesAreNumberedAsTheyAreTaken) {
    SymbolTable<RequestKind> table(1024);
    const auto place_of = [&](const std::string& text) {
        return table.get(text, [] { return RequestKind(); }).place;
    };
    for (size_t i = 0; i < 100; ++i) EXPECT_EQ(place_of("text " + std::to_string(i)), i);
    EXPECT_EQ(place_of("text 7"), 7U);
    EXPECT_EQ(place_of(std::string(10'000, 'x')), kNoPlace);
    EXPECT_EQ(place_of("one more"), 100U);
    SymbolTable<RequestKind> small(8);
    std::map<size_t, int> taken;
    for (int i = 0; i < 80; ++i) ++taken[small.get(std::to_string(i), [] { return RequestKind(); }).place];
    EXPECT_EQ(taken.size(), 8U) << "whoever makes room leaves his number";
    for (const auto& [place, times] : taken) EXPECT_TRUE(place < 8 && times == 10) << place;
}

TEST(SymbolTable, WhatLostItsPlaceIsGoodUntilReleased) {
    SymbolTable<Length> table(1);
    const auto get = [&](std::string_view text) -> const Length& {
        return table.get(text, [&] { return Length{text.size()}; });
    };
    const Length &first = get("a"), &second = get("bb"), &huge = get(std::string(10'000, 'x'));
    EXPECT_EQ(first.length, 1U);
    EXPECT_EQ(second.length, 2U);
    EXPECT_EQ(huge.length, 10'000U);
    EXPECT_EQ(table.evictions(), 2U) << "a text of 10,000 bytes gets no place";
    table.release();
    EXPECT_EQ(get("bb").length, 2U);
    EXPECT_EQ(table.evictions(), 2U);
}

TEST(Symbols, UsersThatDifferAnywhereAreTwo) {
    const char* users[] = {
        R"({"username":"a"})",
        R"({"username":"ab"})",
        R"({"username":"a","uid":"b"})",
        R"({"username":"a","groups":["b"]})",
        R"({"username":"a","groups":["b","c"]})",
        R"({"username":"a","groups":["bc"]})",
        R"({"username":"a","extra":{"b":["c"]}})",
        R"({"username":"a","extra":{"b":["c"],"d":[]}})",
        R"({"username":"a","extra":{"b":["c","d"]}})",
    };
    Symbols symbols;
    std::set<uint64_t> seen;
    for (const char* user : users) {
        const test::ParsedEvent event = test::EventSpec{.user = user}.parsed();
        EXPECT_TRUE(seen.insert(symbols.understand(*event).actor.symbol).second) << user;
    }
}

TEST(Symbols, ARequestSaysSenderRoleAgentAddressAndGrant) {
    test::EventSpec spec{.impersonated = R"({"username":"system:serviceaccount:ci:bot"})",
                         .source_ip = "::ffff:10.0.0.7",
                         .agent = "Helm/3.14"};
    spec.reason = R"(RBAC: allowed by RoleBinding "b/shop" of ClusterRole "edit" to User "alice")";
    const test::ParsedEvent event = spec.parsed();
    for (const size_t most : {size_t{1}, size_t{16}, Symbols::kMost}) {
        Symbols symbols(most);
        const Request request = symbols.understand(*event);
        EXPECT_EQ(request.actor.name, "alice");
        EXPECT_EQ(request.actor.peers, "group dev");
        EXPECT_EQ(request.effective.account, "bot");
        EXPECT_EQ(request.agent.name, "Helm");
        EXPECT_EQ(request.agent.product, "helm");
        EXPECT_EQ(request.peer.network, "10.0.0.*");
        EXPECT_EQ(request.reason.words, "RoleBinding shop/b → ClusterRole edit → User alice");
        EXPECT_EQ(request.verdict, RequestVerdict::Allowed);
    }
}

// The parser knows texts that it has met twice by a number, and so do the symbols.
TEST(Symbols, UnderstandsKnownTextsAsOthers) {
    std::vector<std::string> lines;
    for (const char* name : {"alice", "bob", "carol"}) {
        test::EventSpec spec{.user = std::string(R"({"username":")") + name + R"("})",
                             .source_ip = "10.0.7.1",
                             .agent = std::string(name) + "/1",
                             .reason = std::string(R"(RBAC: allowed by RoleBinding "b/n" of ClusterRole ")") +
                                       name + R"(" to User "u")"};
        if (lines.size() == 1) spec.impersonated = R"({"username":"dora"})";
        lines.push_back(spec.json() + std::string(audit::kPadding, ' '));
    }
    for (const size_t most : {size_t{1}, size_t{2}, Symbols::kMost}) {
        Symbols symbols(most);
        audit::EventParser parser;
        audit::Event event;
        size_t known = 0;
        for (int i = 0; i < 15; ++i) {
            const std::string& line = lines[static_cast<size_t>(i) % 3];
            const std::string_view text = std::string_view(line).substr(0, line.size() - audit::kPadding);
            ASSERT_EQ(parser.parse(text, event), audit::ParseError::None);
            known += event.sender_text != 0 && event.annotations_text != 0 ? 1 : 0;
            const Request request = symbols.understand(event);
            const std::string name(event.user.username);
            EXPECT_EQ(request.actor.name, name);
            EXPECT_EQ(request.effective.name, i % 3 == 1 ? "dora" : name);
            EXPECT_EQ(&request.actor == &request.effective, i % 3 != 1);
            EXPECT_EQ(request.agent.name, name);
            EXPECT_EQ(request.peer.network, "10.0.7.*");
            ASSERT_TRUE(request.grant());
            EXPECT_EQ(request.grant()->role_name, name);
        }
        EXPECT_EQ(known, 9U) << "from the third time on";
    }
}

TEST(Symbols, ASenderBehindAProxyIsNotTheTextThatIsKnown) {
    std::vector<audit::Network> proxies(1);
    ASSERT_TRUE(proxies.front().parse("10.1.0.0/16"));
    const std::string line = test::EventSpec{}.json();
    const size_t at = line.find(R"("10.0.0.7")");
    const std::string text = line.substr(0, at) + R"("192.0.2.9",)" + R"("10.1.0.1")" + line.substr(at + 10) +
                             std::string(audit::kPadding, ' ');
    Symbols symbols;
    audit::EventParser parser;
    audit::Event event;
    for (int i = 0; i < 4; ++i) {
        ASSERT_EQ(parser.parse(std::string_view(text).substr(0, text.size() - audit::kPadding), event),
                  audit::ParseError::None);
        EXPECT_EQ(symbols.understand(event).peer.network, "10.1.0.*");
        audit::leave_out_proxies(event, proxies);
        EXPECT_EQ(symbols.understand(event).peer.network, "192.0.2.*");
    }
}

std::vector<std::string> findings(const test::Log& log, size_t symbols) {
    std::vector<std::string> out;
    for (const Finding& finding : test::find_in(log, {}, symbols)) out.push_back(to_json(finding));
    return out;
}

void expect_same_with_any_size(const std::filesystem::path& file) {
    const test::Log log(file);
    const std::vector<std::string> expected = findings(log, Symbols::kMost);
    EXPECT_FALSE(expected.empty());
    for (const size_t size : {1, 16}) EXPECT_EQ(findings(log, size), expected) << file << " " << size;
}

TEST(Symbols, FindingsOfTheSampleDependOnNoTableSize) {
    expect_same_with_any_size(std::filesystem::path(REDSHANK_SOURCE_DIR) / "samples/audit.log");
}

TEST(Symbols, FindingsOfTheRecordingsDependOnNoTableSize) {
    NEEDS_SHARED("corpus/attacks-dev");
    for (const char* name :
         {"attacks-dev", "benign-allstages", "crd-failures", "secret-exposure-metadata", "fat-course"}) {
        const auto file = test::shared_dir() / "corpus" / name / "audit.log.zst";
        if (std::filesystem::exists(file)) expect_same_with_any_size(file);
    }
}

}  // namespace
}  // namespace redshank
