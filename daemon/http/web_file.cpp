#include "daemon/http/web_file.h"

#include <sys/stat.h>

#include <optional>
#include <stdexcept>
#include <tuple>

#include "core/config/credential.h"
#include "core/config/error.h"
#include "core/config/file_text.h"
#include "core/log.h"

namespace redshank {

bool WebFile::Stamp::operator==(const Stamp& other) const {
    return std::tie(device, inode, size, changed) ==
           std::tie(other.device, other.inode, other.size, other.changed);
}

WebFile::WebFile(const std::string& path) : path_(path.empty() ? path : credential_path(path)) {
    if (path_.empty()) {
        content_.access = std::make_shared<WebAccess>();
    } else {
        content_ = read();
    }
}

// What changes while it is read has another stamp then, and is read again.
WebFile::Content WebFile::read() const {
    Content out{.files = {path_}};
    out.stamps = stamps_of(out.files);
    const std::optional<std::string> text = file_text(path_);
    if (!text) throw ConfigError(path_ + ":1:1: cannot be read; [http] web_config_file names it");
    WebConfig config = parse_web_config(*text, path_);
    if (config.tls) {
        for (const std::string& file :
             {config.tls->cert_file, config.tls->key_file, config.tls->client_ca_file}) {
            if (file.empty()) continue;
            out.files.push_back(file);
            out.stamps.push_back(stamp_of(file));
        }
    }
    out.access = std::make_shared<const WebAccess>(std::move(config));
    return out;
}

WebFile::Stamp WebFile::stamp_of(const std::string& file) {
    struct stat facts {};
    if (::stat(file.c_str(), &facts) != 0) return {};
    return {.device = facts.st_dev,
            .inode = facts.st_ino,
            .size = static_cast<uint64_t>(facts.st_size),
            .changed = facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec};
}

std::vector<WebFile::Stamp> WebFile::stamps_of(const std::vector<std::string>& files) {
    std::vector<Stamp> out;
    for (const std::string& file : files) out.push_back(stamp_of(file));
    return out;
}

std::shared_ptr<const WebAccess> WebFile::current() {
    std::vector<Stamp> now = stamps_of(content_.files);
    if (now != content_.stamps) {
        content_.stamps = std::move(now);
        read_again();
    }
    return content_.access;
}

void WebFile::read_again() {
    try {
        Content fresh = read();
        const WebAccess& old = *content_.access;
        if ((old.tls() && !fresh.access->tls()) ||
            (old.wants_password() && !fresh.access->wants_password())) {
            log_error("{}: TLS or the users are gone; they stay in force until redshank is restarted", path_);
            return;
        }
        content_ = std::move(fresh);
        log_notice("{}: read again", path_);
    } catch (const std::exception& error) {
        log_error("{}; not taken, what was in force stays", error.what());
    }
}

}  // namespace redshank
