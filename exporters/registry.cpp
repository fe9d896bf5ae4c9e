// The list of all receivers.
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "core/finding/text.h"
#include "exporters/alert_sink.h"

namespace redshank {

namespace {

struct Maker {
    const char* type;
    std::vector<NamedSink> (*make)(const ReceiverConfig&);
};

constexpr Maker kMakers[] = {
    {"stdout", make_stdout_sink},       {"webhook", make_webhook_sink},           {"slack", make_slack_sink},
    {"pagerduty", make_pagerduty_sink}, {"alertmanager", make_alertmanager_sink}, {"teams", make_teams_sink},
    {"journald", make_journald_sink},
};

[[noreturn]] void refuse(const ReceiverConfig& config, const std::string& what) {
    throw ReceiverError("receiver \"" + config.name + "\": " + what);
}

}  // namespace

const std::vector<std::string>& receiver_types() {
    static const std::vector<std::string> types = [] {
        std::vector<std::string> out;
        for (const Maker& maker : kMakers) out.emplace_back(maker.type);
        return out;
    }();
    return types;
}

std::vector<NamedSink> make_sinks(const ReceiverConfig& config) {
    for (const Maker& maker : kMakers) {
        if (config.type != maker.type) continue;
        check_connection(config);
        return maker.make(config);
    }
    std::string known;
    for (const std::string& type : receiver_types()) known += (known.empty() ? "" : ", ") + type;
    refuse(config, "unknown type \"" + config.type + "\" (known: " + known + ")");
}

std::string read_secret(const ReceiverConfig& config, const std::string& key, const std::string& file) {
    if (file.empty()) refuse(config, "needs " + key);
    std::string path = file;
    const char* credentials = std::getenv("CREDENTIALS_DIRECTORY");
    if (path[0] != '/' && credentials) path = std::string(credentials) + "/" + path;
    std::ifstream in(path, std::ios::binary);
    if (!in) refuse(config, key + " " + path + ": cannot read: " + std::strerror(errno));
    std::string text(std::istreambuf_iterator<char>(in), {});
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back();
    if (text.empty()) refuse(config, key + " " + path + ": is empty");
    for (const char c : text) {
        if (static_cast<unsigned char>(c) < 0x20) refuse(config, key + " " + path + ": must hold one line");
    }
    return text;
}

std::string receiver_url(const ReceiverConfig& config) {
    if (config.url.empty() && config.url_file.empty()) refuse(config, "needs url_file or url");
    if (!config.url.empty() && !config.url_file.empty()) refuse(config, "has url_file and url: give one");
    const std::string url =
        config.url.empty() ? read_secret(config, "url_file", config.url_file) : config.url;
    if (!url.starts_with("https://") && !url.starts_with("http://")) {
        refuse(config, "the URL must begin with https:// or http://");
    }
    return url;
}

}  // namespace redshank
