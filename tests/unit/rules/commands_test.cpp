#include <gtest/gtest.h>

#include "rules/commands.h"
#include "tests/unit/rules/rule_cases.h"

namespace redshank::rules {
namespace {

using Texts = std::vector<std::string>;

Texts read(const test::Request& request, void (*field)(Context&, const Path&, Values&)) {
    const test::ParsedEvent event = request.spec().parsed();
    const test::Understood understood(*event);
    Context context;
    context.reset(understood, true);
    Values values;
    field(context, {}, values);
    Texts out;
    for (const Value& value : values) out.emplace_back(value.text);
    return out;
}

test::Request exec(const std::string& command, const char* subresource = "exec") {
    return {.subresource = subresource,
            .code = 101,
            .uri = "/api/v1/namespaces/shop/pods/web/exec?command=" + command};
}

TEST(ExecCommand, WordsAndProgram) {
    EXPECT_EQ(read(exec("/bin/sh&command=-c&command=a%20b"), exec_command), Texts{"/bin/sh -c a b"});
    EXPECT_EQ(read(exec("/bin/sh&command=-c"), exec_program), Texts{"sh"});
    EXPECT_EQ(read(exec("ls", "attach"), exec_command), Texts{"ls"});
    EXPECT_EQ(read(exec("ls", "portforward"), exec_command), Texts{});
    EXPECT_EQ(read(exec("ls", "portforward"), exec_program), Texts{});
    EXPECT_EQ(read(exec(""), exec_command), Texts{});
    EXPECT_EQ(read(exec("/bin/"), exec_program), Texts{});
}

TEST(ExecAddresses, InEverySpelling) {
    const std::string metadata = "169.254.169.254";
    for (const char* spelt :
         {"169.254.169.254", "2852039166", "0xa9fea9fe", "0XA9FEA9FE", "025177524776", "0xa9.0xfe.0xa9.0xfe",
          "0251.0376.0251.0376", "169.254.43518", "169.16689662", "0251.254.0xa9fe", "169.254.169.254:80",
          "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "0:0:0:0:0:ffff:a9fe:a9fe"}) {
        EXPECT_EQ(read(exec(std::string("curl&command=http://[") + spelt + "]/x"), exec_addresses),
                  Texts{metadata})
            << spelt;
    }
    EXPECT_EQ(read(exec("curl&command=http://u:p%40169.254.169.254/x"), exec_addresses), Texts{metadata});
    EXPECT_EQ(read(exec("x&command=fd00:EC2:0::254&command=1.2.3.4"), exec_addresses),
              (Texts{"fd00:ec2::254", "1.2.3.4"}));
}

TEST(ExecAddresses, NumbersThatAreNone) {
    for (const char* word :
         {"4294967296", "169.254.169.256", "256.1.1.1", "169.254.65536", "1.2.3.4.5", "169.254.169.08", "0xg",
          "0x", "1..2", ".1", "1.", "v1.2.3", "a9fea9fe", "::1::2", "-"}) {
        EXPECT_EQ(read(exec(word), exec_addresses), Texts{}) << word;
    }
    // The largest address of each form.
    EXPECT_EQ(read(exec("4294967295"), exec_addresses), Texts{"255.255.255.255"});
    EXPECT_EQ(read(exec("255.16777215"), exec_addresses), Texts{"255.255.255.255"});
    EXPECT_EQ(read(exec("1.2.65535"), exec_addresses), Texts{"1.2.255.255"});
    EXPECT_EQ(read(exec(std::string(65, '1')), exec_addresses), Texts{});
}

TEST(ExecAddresses, ANumberAloneIsOneAsTheArgumentOfAProgramThatConnects) {
    const Texts loopback{"127.0.0.1"};
    for (const char* program :
         {"curl", "wget", "nc", "ncat", "netcat", "ping", "telnet", "http", "ssh", "socat"})
        EXPECT_EQ(read(exec(std::string(program) + "&command=2130706433"), exec_addresses), loopback)
            << program;
    for (const char* before : {"/usr/bin/curl", "sh&command=-c&command=curl", "curl&command=-s&command=xcurl",
                               "xcurl&command=a&command=curl", "sh&command=-c&command=%22curl"})
        EXPECT_EQ(read(exec(std::string(before) + "&command=2130706433"), exec_addresses), loopback)
            << before;
    for (const char* before : {"xcurl", "curl2", "sleep", "dd&command=bs=", "sh&command=-c&command=curling"})
        EXPECT_EQ(read(exec(std::string(before) + "&command=2130706433"), exec_addresses), Texts{}) << before;
    EXPECT_EQ(read(exec("sleep&command=2130706433&command=curl"), exec_addresses), Texts{});
}

// A line of a megabyte would take hours if each word were looked for in all that precedes it.
TEST(ExecAddresses, OfALineOfManyWords) {
    std::string words = "sh";
    for (int i = 0; i < 100'000; ++i) words += "&command=7";
    EXPECT_EQ(read(exec(words), exec_addresses), Texts{});
    std::string text = "sh&command=-c&command=xcurl";
    for (int i = 0; i < 100'000; ++i) text += "+xcurl+7";
    EXPECT_EQ(read(exec(text), exec_addresses), Texts{});
}

TEST(CommandLines, OfContainersHooksAndProbes) {
    test::Request request{
        .verb = "create",
        .body =
            R"({"spec":{"containers":[{"command":["nc"],"args":["a","-e"],"lifecycle":{"postStart":{"exec":{"command":["p","q"]}},)"
            R"("preStop":{"exec":{"command":["stop"]}}},"livenessProbe":{"exec":{"command":["live"]}},)"
            R"("readinessProbe":{"exec":{"command":["ready"]}},"startupProbe":{"exec":{"command":["begin"]}}},{"name":"none"}],)"
            R"("initContainers":[{"args":["only","args"]}],"ephemeralContainers":[{"command":["debug"]}]}})",
        .code = 201};
    EXPECT_EQ(read(request, command_lines),
              (Texts{"nc a -e", "p q", "stop", "live", "ready", "begin", "only args", "debug"}));
    EXPECT_EQ(read(exec("ls&command=-l"), command_lines), Texts{"ls -l"});
    request.resource = "configmaps";
    EXPECT_EQ(read(request, command_lines), Texts{});
}

}  // namespace
}  // namespace redshank::rules
