#include "rules/commands.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "audit/request_uri.h"

namespace redshank::rules {

namespace {

using Text = std::string_view;

std::vector<std::string> exec_words(const audit::Event& event) {
    const Text what = event.object.subresource;
    if (what != "exec" && what != "attach") return {};
    return audit::query_values(event.request_uri, "command");
}

std::string exec_line(const audit::Event& event) {
    std::string line;
    for (const std::string& word : exec_words(event)) {
        if (!line.empty()) line += ' ';
        line += word;
    }
    return line;
}

// Reads a number as C writes it: 10, 012, 0xa.
bool read_number(Text text, uint64_t& number) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
    }
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    return error == std::errc{} && end == text.data() + text.size() && !text.empty();
}

// Reads one to four numbers with dots between them; the last one fills the bits of the 32 that the others
// leave.
bool read_v4(Text text, in_addr& address) {
    uint64_t value = 0;
    for (unsigned part = 0; part < 4; ++part) {
        const size_t dot = text.find('.');
        uint64_t number = 0;
        if (!read_number(text.substr(0, dot), number)) return false;
        if (dot == text.npos) {
            if (number >> (32 - 8 * part) != 0) return false;
            address.s_addr = htonl(static_cast<uint32_t>(value << (32 - 8 * part) | number));
            return true;
        }
        if (number > 255) return false;
        value = value << 8 | number;
        text.remove_prefix(dot + 1);
    }
    return false;
}

void add_address(Context& context, int family, const void* address, Values& out) {
    char text[INET6_ADDRSTRLEN] = "";
    if (::inet_ntop(family, address, text, sizeof text) != nullptr)
        out.push_back(Value::of(context.keep(text)));
}

// Where the first word that names a program which connects ends, with its blank; npos without one.
size_t end_of_program(Text line) {
    static constexpr std::array<Text, 10> kPrograms{"curl ", "wget ",   "nc ",   "ncat ", "netcat ",
                                                    "ping ", "telnet ", "http ", "ssh ",  "socat "};
    size_t first = line.npos;
    for (const Text program : kPrograms) {
        for (size_t at = line.find(program); at != line.npos; at = line.find(program, at + 1)) {
            if (at > 0 && std::isalnum(static_cast<unsigned char>(line[at - 1])) != 0) continue;
            first = std::min(first, at + program.size());
            break;
        }
    }
    return first;
}

// Whether an address may follow `before`: the beginning of the line, a scheme, a user, a socket of bash, or
// the argument of a program that connects (`program`: end_of_program() of the line). Elsewhere a number is
// not taken for an address.
bool is_place_of_address(Text before, size_t program) {
    if (before.empty()) return true;
    for (const Text mark : {"//", "@", "[", "/tcp/", "/udp/"}) {
        if (before.ends_with(mark)) return true;
    }
    if (before.back() != ' ' && before.back() != '\'' && before.back() != '"') return false;
    return before.size() >= program;
}

// Reads a word of letters, digits, dots and colons that may be an address, with or without a port.
void read_address(Context& context, Text before, size_t program, Text word, Values& out) {
    if (word.size() > 64 || word.empty()) return;
    in6_addr v6{};
    if (std::count(word.begin(), word.end(), ':') > 1 &&
        ::inet_pton(AF_INET6, std::string(word).c_str(), &v6) == 1) {
        if (IN6_IS_ADDR_V4MAPPED(&v6)) {
            add_address(context, AF_INET, &v6.s6_addr[12], out);
        } else {
            add_address(context, AF_INET6, &v6, out);
        }
        return;
    }
    if (word.find_first_of(".:") == word.npos && !is_place_of_address(before, program)) return;
    in_addr v4{};
    if (read_v4(word.substr(0, word.find(':')), v4)) add_address(context, AF_INET, &v4, out);
}

// Appends the values at `keys` of the current item of the innermost scope to a line.
void add_words(Context& context, std::initializer_list<const char*> keys, std::string& line) {
    Path path;
    for (const char* key : keys) path.steps.push_back({.key = key});
    Values words;
    context.body_values(Body::Scope, path, words);
    for (const Value& word : words) {
        if (!line.empty()) line += ' ';
        line += word.text;
    }
}

}  // namespace

void exec_command(Context& context, const Path&, Values& out) {
    const std::string line = exec_line(context.event());
    if (!line.empty()) out.push_back(Value::of(context.keep(line)));
}

void exec_program(Context& context, const Path&, Values& out) {
    const auto words = exec_words(context.event());
    if (words.empty()) return;
    const Text program = words.front();
    const Text name = program.substr(program.rfind('/') + 1);
    if (!name.empty()) out.push_back(Value::of(context.keep(name)));
}

void exec_addresses(Context& context, const Path&, Values& out) {
    const std::string line = exec_line(context.event());
    const auto is_part = [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == ':';
    };
    const size_t program = end_of_program(line);
    for (auto at = line.begin(); at != line.end();) {
        const auto begin = std::find_if(at, line.end(), is_part);
        at = std::find_if_not(begin, line.end(), is_part);
        read_address(context, Text(line.begin(), begin), program, Text(begin, at), out);
    }
}

void command_lines(Context& context, const Path& path, Values& out) {
    if (!context.event().object.subresource.empty()) exec_command(context, path, out);
    const size_t containers = context.open_scope(Body::Containers, {});
    const auto add = [&](std::initializer_list<std::initializer_list<const char*>> lists) {
        std::string line;
        for (const auto& keys : lists) add_words(context, keys, line);
        if (!line.empty()) out.push_back(Value::of(context.keep(line)));
    };
    for (size_t i = 0; i < containers; ++i) {
        context.enter(i);
        add({{"command"}, {"args"}});
        for (const char* hook : {"postStart", "preStop"}) add({{"lifecycle", hook, "exec", "command"}});
        for (const char* probe : {"livenessProbe", "readinessProbe", "startupProbe"})
            add({{probe, "exec", "command"}});
    }
    context.leave();
}

}  // namespace redshank::rules
