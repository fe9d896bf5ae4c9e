#include "audit/salvage.h"

#include <gmock/gmock.h>

#include "audit/likeness.h"
#include "tests/support/events.h"

namespace redshank::audit {
namespace {

using test::EventSpec;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string event(const std::string& id) {
    return EventSpec{.audit_id = id}.json();
}

// `text` as a JSON string.
std::string as_json(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return out + '"';
}

struct Found {
    Salvage result;
    std::vector<std::string> ids;
    std::vector<size_t> places;
    std::vector<std::string> clusters;
    std::vector<bool> are_shortened;
};

Found read(std::string line) {
    const size_t size = line.size();
    line.append(kPadding, '\0');
    EventParser parser;
    Event event;
    Found found;
    found.result = read_line(parser, std::string_view(line).substr(0, size), event,
                             [&](const Event& one, const EventPlace& place) {
                                 found.ids.emplace_back(one.audit_id);
                                 found.places.push_back(place.at);
                                 found.clusters.emplace_back(place.cluster);
                                 found.are_shortened.push_back(one.is_shortened);
                             });
    EXPECT_EQ(found.result.events, found.ids.size());
    return found;
}

TEST(Salvage, AWholeLineIsOneEvent) {
    const Found found = read(event("one"));
    EXPECT_THAT(found.ids, ElementsAre("one"));
    EXPECT_EQ(found.result.error, ParseError::None);
    EXPECT_EQ(found.result.skipped, 0u);
}

TEST(Salvage, ReadsAllEventsThatAreGluedTogether) {
    const std::string a = event("a"), b = event("b"), c = event("c");
    const Found found = read(a + b + c + "\r");
    EXPECT_THAT(found.ids, ElementsAre("a", "b", "c"));
    EXPECT_THAT(found.places, ElementsAre(0, a.size(), a.size() + b.size()));
    EXPECT_EQ(found.result.skipped, 0u);
}

TEST(Salvage, BlanksMayStandBetweenEvents) {
    const std::string a = event("a"), b = event("b"), torn = event("torn").substr(0, 200);
    const Found found = read(a + "  " + b + "\t" + event("c") + " ");
    EXPECT_THAT(found.ids, ElementsAre("a", "b", "c"));
    EXPECT_THAT(found.places, ElementsAre(0, a.size() + 2, a.size() + b.size() + 3));
    EXPECT_EQ(found.result.skipped, 0u);
    const Found behind = read(torn + a + " " + b);
    EXPECT_THAT(behind.ids, ElementsAre("a", "b"));
    EXPECT_EQ(behind.result.skipped, torn.size());
    EXPECT_THAT(read(a + "x" + b).ids, ElementsAre("a", "b"));
    EXPECT_EQ(read(a + "x" + b).result.skipped, 1u);
}

TEST(Salvage, ReadsTheEventsBehindATornOne) {
    const Found found = read(event("torn").substr(0, 303) + event("a") + event("b"));
    EXPECT_THAT(found.ids, ElementsAre("a", "b"));
    EXPECT_EQ(found.places.front(), 303u);
    EXPECT_EQ(found.result.skipped, 303u);
    EXPECT_EQ(found.result.error, ParseError::BadJson);
}

TEST(Salvage, ReadsTheEventsBeforeATornOne) {
    const Found found = read(event("a") + event("torn").substr(0, 200));
    EXPECT_THAT(found.ids, ElementsAre("a"));
    EXPECT_EQ(found.result.skipped, 200u);
}

TEST(Salvage, ReadsBothSidesOfATornOne) {
    const Found found = read(event("a") + event("torn").substr(0, 200) + event("b"));
    EXPECT_THAT(found.ids, ElementsAre("a", "b"));
    EXPECT_EQ(found.result.skipped, 200u);
}

// A mark before a line is nothing lost; the rest of a torn event is.
TEST(Salvage, AMarkBeforeALineIsNothingLost) {
    const struct {
        const char* before;
        bool is_mark;
    } kCases[] = {
        {"2026-01-05T10:00:00.123456789Z stdout F ", true},
        {"<134>1 2026-01-05T10:00:00Z cp-1 audit - - - ", true},
        {"Jan  5 10:00:00 cp-1 kube-apiserver[123]: ", true},
        {"\xef\xbb\xbf", true},
        {R"(or.example/x":"1"}})", false},
        {R"("reason":"x)", false},
    };
    for (const auto& one : kCases) {
        SCOPED_TRACE(one.before);
        const Found found = read(one.before + event("a") + event("b"));
        EXPECT_THAT(found.ids, ElementsAre("a", "b"));
        EXPECT_EQ(found.result.skipped, one.is_mark ? 0U : std::string(one.before).size());
    }
    EXPECT_EQ(read(std::string(300, '-') + event("a")).result.skipped, 300U);
    EXPECT_EQ(read(event("a") + " x " + event("b")).result.skipped, 2U);
}

TEST(Salvage, ALineThatIsBrokenOffGivesNothing) {
    const Found found = read(event("a").substr(0, 250));
    EXPECT_THAT(found.ids, IsEmpty());
    EXPECT_EQ(found.result.skipped, 250u);
}

// A client wrote the text inside of the body. Since the body is torn, that text does not reach the end of the
// line.
TEST(Salvage, TakesNoEventOutOfATornBody) {
    const std::string torn =
        R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","auditID":"torn","requestObject":)";
    EXPECT_THAT(read(torn + R"({"kind":"Event","apiVersion":"v1","auditID":"a","stage":"b"})").ids,
                IsEmpty());
    EXPECT_THAT(read(torn + R"({"inside":)" + event("invented") + "},").ids, IsEmpty());
}

TEST(Salvage, TriesABoundedNumberOfPlaces) {
    std::string line;
    for (int i = 0; i < 200; ++i) line += R"({"kind":"Event",)";
    EXPECT_THAT(read(line + event("behind-too-many")).ids, IsEmpty());
    const std::string first = event("first");
    const Found found = read(first + line + event("behind-too-many"));
    EXPECT_THAT(found.ids, ElementsAre("first"));
    EXPECT_EQ(found.result.skipped, line.size() + event("behind-too-many").size());
}

TEST(Envelope, IsOpened) {
    const std::string a = event("a"), b = event("b");
    const std::vector<std::pair<std::string, std::string>> lines{
        {"Docker", R"({"log":)" + as_json(a + "\n") + R"(,"stream":"stdout","time":"2026-01-05T10:00:00Z"})"},
        {"Fluent Bit", R"({"date":1772438400.0,"log":)" + as_json(a) + "}"},
        {"journald", R"({"__REALTIME_TIMESTAMP":"1","MESSAGE":)" + as_json(a) + "}"},
        {"CloudWatch", R"({"timestamp":1772438400000,"message":)" + as_json(a) + "}"},
        {"CloudWatch Insights", R"({"@timestamp":"2026-01-05 10:00:00.000","@message":)" + as_json(a) + "}"},
        {"CloudWatch, pretty-printed", "            \"message\": " + as_json(a) + ","},
        {"Azure", R"({"category":"kube-audit","properties":{"log":)" + as_json(a) + R"(,"pod":"p"}})"},
        {"Azure, properties as text", R"({"properties":)" + as_json(R"({"log":)" + as_json(a) + "}") + "}"},
        {"a shipper of a shipper", R"({"message":)" + as_json(R"({"log":)" + as_json(a) + "}") + "}"},
        {"Splunk HEC", R"({"time":1772438400.1,"host":"cp1","event":)" + a + "}"},
        {"Splunk HEC, as text", R"({"sourcetype":"kube:apiserver:audit","event":)" + as_json(a) + "}"},
        {"Splunk, exported", R"({"preview":false,"result":{"_raw":)" + as_json(a) + "}}"},
        {"Elasticsearch", R"({"_index":"audit","_source":)" + a + "}"},
        {"Elasticsearch, as text", R"({"_index":"audit","_source":{"message":)" + as_json(a) + "}}"},
        {"Google Cloud Logging", R"({"logName":"projects/p/logs/kube-audit","jsonPayload":)" + a + "}"},
        {"Loki's logcli", R"({"labels":{},"line":)" + as_json(a) + R"(,"timestamp":"2026-01-05T10:00:00Z"})"},
        {"Fluent Bit, merged", R"({"stream":"stdout","log_processed":)" + a + "}"},
        {"Google Cloud Logging, as text", R"({"textPayload":)" + as_json(a) + "}"},
        {"Filebeat", R"({"@timestamp":"2026-01-05T10:00:00.1Z","json":)" + a + "}"},
        {"Elastic, twice", R"({"message":)" + as_json(a) + R"(,"event":{"original":)" + as_json(a) + "}}"},
        {"Elastic Agent", R"({"kubernetes":{"audit":)" + a + "}}"},
        {"GELF", R"({"version":"1.1","short_message":)" + as_json(a) + "}"},
        {"OTLP", R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":)" + as_json(a) +
                     "}}]}]}]}"},
        {"Azure Monitor, exported", R"({"Category":"kube-audit","log_s":)" + as_json(a) + "}"},
        {"Elasticsearch, a search", R"({"hits":{"total":1,"hits":[{"_source":)" + a + "}]}}"},
        {"CloudWatch Insights", R"({"results":[[{"field":"@message","value":)" + as_json(a) + "}]]}"},
        {"pretty-printed", "{\n  \"log\": " + as_json(a) + "\n},"},
        {"an item with its comma", a + ","},
        {"CRI in Fluent Bit", R"({"log":)" + as_json("2026-01-05T10:00:00Z stdout F " + a) + "}"},
    };
    for (const auto& [name, line] : lines) {
        SCOPED_TRACE(name);
        const Found found = read(line);
        EXPECT_THAT(found.ids, ElementsAre("a"));
        EXPECT_THAT(found.places, ElementsAre(0));
        EXPECT_EQ(found.result.skipped, 0u);
    }
    EXPECT_THAT(read("[" + a + ",").ids, ElementsAre("a"));
    EXPECT_EQ(read("[" + a + ",").result.skipped, 0u);
    const std::vector<std::string> lists{
        R"({"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[)" + a + "," + b + "]}",
        R"({"messageType":"DATA_MESSAGE","logEvents":[{"message":)" + as_json(a) + R"(},{"message":)" +
            as_json(b) + "}]}",
        R"({"events":[{"message":)" + as_json(a) + R"(},{"message":)" + as_json(b) + "}]}",
        R"({"records":[{"properties":{"log":)" + as_json(a) + R"(}},{"properties":{"log":)" + as_json(b) +
            "}}]}",
        R"({"log":)" + as_json(a + b) + "}",
        "[" + a + "," + b + "]",
        R"({"streams":[{"stream":{},"values":[["1772438400000000000",)" + as_json(a) +
            R"(]]},{"values":[["2",)" + as_json(b) + "]]}]}",
        R"([{"records":[{"properties":{"log":)" + as_json(a) + R"(}}]},{"message":)" + as_json(b) + "}]",
    };
    for (const std::string& line : lists) EXPECT_THAT(read(line).ids, ElementsAre("a", "b")) << line;
}

// The API server's own log messages quote texts that clients sent; none of them may become an event.
TEST(Envelope, AClientCannotInventAnEvent) {
    const std::string a = as_json(event("invented"));
    const std::vector<std::string> lines{
        R"({"ts":1.0,"caller":"httplog.go:132","msg":"HTTP","userAgent":)" + a + "}",
        R"({"ts":1.0,"msg":"HTTP","message":)" + a + "}",
        R"({"log":)" + as_json(R"({"ts":1.0,"msg":"x","log":)" + a + "}") + "}",
        R"({"userAgent":)" + a + "}",
        R"([{"userAgent":)" + a + "}]",
        R"({"kind":"Pod","metadata":{"annotations":{"log":)" + a + "}}}",
        R"({"stack":{"message":)" + a + "}}",
        R"({"ts":1.0,"msg":"x","event":)" + a + "}",
        R"({"streams":[{"stream":{"line":)" + a + R"(},"values":[["1"]]}]})",
        R"({"kind":"EventList","apiVersion":"audit.k8s.io/v1","message":)" + a + R"(,"items":[]})",
        "\"userAgent\": " + a + ",",
    };
    for (const std::string& line : lines) {
        const Found found = read(line);
        EXPECT_THAT(found.ids, IsEmpty()) << line;
        EXPECT_EQ(found.result.skipped, line.size());
    }
}

TEST(Envelope, OfNothingHoldsNothing) {
    for (const char* line : {",", " , ", "\t\r", "\"", "\"log\"", "\"log\":", "{}", "[]", "[[]]",
                             R"({"log":"{"})", R"({"log":{}})"})
        EXPECT_THAT(read(line).ids, IsEmpty()) << line;
}

TEST(Envelope, NamesItsCluster) {
    const std::string a = as_json(event("a"));
    const std::vector<std::pair<std::string, std::string>> lines{
        {R"({"logGroup":"/aws/eks/One/cluster","logEvents":[{"message":)" + a + "}]}", "One"},
        {R"({"records":[{"resourceId":"/X/MANAGEDCLUSTERS/TWO","properties":{"log":)" + a + "}}]}", "two"},
        {R"({"resource":{"labels":{"cluster_name":"three"}},"textPayload":)" + a + "}", "three"},
        {R"({"message":)" +
             as_json(R"({"logGroup":"/aws/eks/four/cluster","logEvents":[{"message":)" + a + "}]}") + "}",
         "four"},
        {R"({"log":)" + a + "}", ""},
    };
    for (const auto& [line, cluster] : lines) EXPECT_THAT(read(line).clusters, ElementsAre(cluster)) << line;
}

TEST(Envelope, SeveralFollowOneAnother) {
    const auto one = [](const std::string& id) { return R"({"log":)" + as_json(event(id)) + "}"; };
    const Found found = read(one("a") + one("b") + " " + one("c"));
    EXPECT_THAT(found.ids, ElementsAre("a", "b", "c"));
    EXPECT_EQ(found.result.skipped, 0u);
    EXPECT_THAT(read(one("a") + one("torn").substr(0, 90)).ids, ElementsAre("a"));
}

TEST(Envelope, OfAListThatIsCutOffTheWholeItemsAreRead) {
    const std::string list =
        R"({"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[)" + event("a") + "," + event("b");
    EXPECT_THAT(read(list.substr(0, list.size() - 20)).ids, ElementsAre("a"));
}

// Another category of Azure's log quotes what clients send.
TEST(Envelope, OtherCategoriesOfAzureAreNotOpened) {
    const std::string a = as_json(event("invented"));
    EXPECT_THAT(read(R"({"category":"guard","properties":{"log":)" + a + "}}").ids, IsEmpty());
    EXPECT_THAT(read(R"({"category":"kube-audit-admin","properties":{"log":)" + a + "}}").ids,
                ElementsAre("invented"));
}

TEST(Envelope, BracketsOfAnExportAreNothingLost) {
    for (const char* line :
         {"[", "  ]", "}", "],", "  \"nextToken\": \"x\"", "{\n  \"kind\": \"EventList\",\n  \"items\": ["}) {
        const Found found = read(line);
        EXPECT_TRUE(found.result.is_frame) << line;
        EXPECT_EQ(found.result.skipped, 0u) << line;
    }
    EXPECT_FALSE(read("text").result.is_frame);
    EXPECT_FALSE(read(R"("reason":"x)").result.is_frame);
    EXPECT_FALSE(read(R"({"a":1})").result.is_frame);
}

// Docker cuts after 16 KiB.
TEST(Salvage, DockersPartsOfALineAreOneEvent) {
    const std::string text =
        test::EventSpec{.audit_id = "a", .request_object = R"({"x":")" + std::string(17'000, 'x') + R"("})"}
            .json();
    const auto docker = [](const std::string& part) {
        return R"({"log":)" + as_json(part) + R"(,"stream":"stdout","time":"2026-01-05T10:00:00.1Z"})";
    };
    const Found found = read(docker(text.substr(0, 16'384)) + "\n" + docker(text.substr(16'384) + "\n"));
    EXPECT_THAT(found.ids, ElementsAre("a"));
    EXPECT_EQ(found.result.skipped, 0u);
}

// The whole members before the cut are the API server's words; the time is the envelope's.
TEST(CutOff, GivesWhatStandsBeforeTheCut) {
    std::string text = test::EventSpec{.audit_id = "a", .request_object = R"({"data":"xxxxxxxx"})"}.json();
    text.resize(text.find("xxxx") + 2);
    const std::string t = "2026-01-05T10:00:00.1Z";
    const std::vector<std::pair<std::string, std::string>> lines{
        {"CRI", t + " stdout P " + text},
        {"CloudWatch export", t + " " + text + "[Truncated...]"},
        {"CloudWatch", R"({"timestamp":1767607200100,"message":)" + as_json(text + "[Truncated...]") + "}"},
        {"Docker", R"({"log":)" + as_json(text) + R"(,"stream":"stdout","time":")" + t + "\"}"},
        {"Azure", R"({"records":[{"category":"kube-audit","time":")" + t + R"(","properties":{"log":)" +
                      as_json(text) + "}}]}"},
    };
    for (const auto& [name, line] : lines) {
        SCOPED_TRACE(name);
        const Found found = read(line);
        EXPECT_THAT(found.ids, ElementsAre("a"));
        EXPECT_THAT(found.are_shortened, ElementsAre(true));
        EXPECT_GT(found.result.skipped, 0u);
    }
    EXPECT_THAT(read(text).ids, IsEmpty());                               // nobody says when
    EXPECT_THAT(read(t + " stdout P " + text.substr(9)).ids, IsEmpty());  // not the server's beginning
    const Found whole = read(event("a") + "[Truncated...]");
    EXPECT_THAT(whole.ids, ElementsAre("a"));
    EXPECT_EQ(whole.result.skipped, 0u);
}

TEST(Envelope, IsOpenedToABoundedDepth) {
    std::string line = event("deep");
    for (int i = 0; i < 3; ++i) line = R"({"log":)" + as_json(line) + "}";
    EXPECT_THAT(read(line).ids, ElementsAre("deep"));
    EXPECT_THAT(read(R"({"log":)" + as_json(line) + "}").ids, IsEmpty());
}

TEST(Likeness, SaysWhatALineIsAndWhatToDo) {
    const std::vector<std::pair<std::string, std::string>> table{
        {R"({"logName":"projects/p/logs/cloudaudit.googleapis.com%2Factivity"})", "Google Cloud"},
        {R"(2026-01-05T10:00:00Z AUDIT: id="x" stage="RequestReceived")", "--audit-log-format=json"},
        {R"({"kind":"Event","apiVersion":"v1","involvedObject":{}})", "kubectl get events"},
        {"kind: Policy", "redshank policy check"},
        {R"({"auditID":"a","stage":"Panic"})", "not all of auditID, stage, requestURI and a time"},
        {R"(  "auditID": "a",)", "jq -c"},
        {"{", "jq -c"},
        {R"({"kind":"Pod"})", "another kind of Kubernetes object"},
        {R"({"hello":1})", "no envelope that redshank knows"},
        {"I0105 10:00:00.1 server.go:1] started", "is no JSON"},
        {R"(2026-01-05T10:00:00.1Z stdout P {"kind":"Event","auditID":"a")", "join the parts"},
        {R"(2026-01-05T10:00:00.1Z stderr F I0105 started)", "container's log"},
        {R"({"protoPayload":{"serviceName":"compute.googleapis.com"}})", "another service of Google Cloud"},
        {R"({"logGroup":"/aws/eks/c/cluster","logEvents":[]})", "kube-apiserver-audit"},
        {R"({"category":"guard","properties":{"log":"x"}})", "another log of Azure"},
        {std::string("{\0\"\0", 4), "UTF-16"},
    };
    for (const auto& [line, says] : table) EXPECT_THAT(std::string(likeness(line)), HasSubstr(says)) << line;
}

}  // namespace
}  // namespace redshank::audit
