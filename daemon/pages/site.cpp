#include "daemon/pages/site.h"

#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <stdexcept>

#include "core/log.h"
#include "core/sha256.h"
#include "daemon/pages/answers.h"
#include "daemon/pages/assets.h"
#include "daemon/pages/incident_list.h"
#include "daemon/pages/layout.h"
#include "daemon/pages/writes.h"

namespace redshank {

namespace {

// No script but ours, no style but ours, nothing from elsewhere; no text becomes markup in the browser
// either.
constexpr const char* kPolicy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'; "
    "trusted-types 'none'";

struct SiteView {
    std::string_view path;
    bool has_rest;  // "/incidents/ID"
    Page (*make)(const PageAsked&);
    bool reads_incidents = false;  // PageAsked::incidents
};

constexpr std::array kSiteViews{
    SiteView{"/", false, now_page, true},         SiteView{"/incidents", false, incidents_page, true},
    SiteView{"/incidents/", true, incident_page}, SiteView{"/findings/", true, finding_page},
    SiteView{"/events", false, events_page},      SiteView{"/events/", true, event_page},
    SiteView{"/who", false, who_page, true},      SiteView{"/secrets", false, secrets_page},
    SiteView{"/crds", false, crds_page},          SiteView{"/rules", false, rules_page},
    SiteView{"/policy", false, policy_page},      SiteView{"/search", false, search_page, true}};

const SiteView* view_of(std::string_view path) {
    for (const SiteView& view : kSiteViews) {
        if (view.has_rest ? path.starts_with(view.path) && path.size() > view.path.size() : path == view.path)
            return &view;
    }
    return nullptr;
}

HttpReply with_headers(HttpReply reply) {
    const std::initializer_list<std::pair<std::string, std::string>> always{
        {"Content-Security-Policy", kPolicy},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"}};
    reply.headers.insert(reply.headers.end(), always);
    return reply;
}

int hex(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string now_seconds(audit::Time now) {
    return std::to_string(now.time_since_epoch() / std::chrono::seconds{1});
}

Page failed_page() {
    Html body(
        "<h1>This page cannot be made</h1><p>The state cannot be read. The journal of redshank says "
        "why.</p>");
    return {"Not now", std::move(body), 503};
}

}  // namespace

std::string url_decoded(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        const bool is_code =
            text[i] == '%' && i + 2 < text.size() && hex(text[i + 1]) >= 0 && hex(text[i + 2]) >= 0;
        if (is_code) {
            out += static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2]));
            i += 2;
        } else {
            out += text[i] == '+' ? ' ' : text[i];
        }
    }
    return out;
}

std::map<std::string, std::string> parse_query(std::string_view query) {
    std::map<std::string, std::string> out;
    while (!query.empty()) {
        const std::string_view one = query.substr(0, query.find('&'));
        query.remove_prefix(std::min(one.size() + 1, query.size()));
        const size_t equals = one.find('=');
        if (equals == one.npos || equals == 0) continue;
        out[url_decoded(one.substr(0, equals))] = url_decoded(one.substr(equals + 1));
    }
    return out;
}

const std::string& PageAsked::arg(const std::string& name) const {
    static const std::string kNone;
    const auto found = args.find(name);
    return found == args.end() ? kNone : found->second;
}

size_t PageAsked::number(const std::string& name) const {
    const std::string& text = arg(name);
    uint32_t out = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size() ? out : 0;
}

Page nothing_there(std::string_view what) {
    Html body("<h1>Nothing there</h1><p>There is no ");
    body << what << ".</p>";
    return {"Nothing there", std::move(body), 404};
}

PageSite::PageSite(PagesConfig config, Daemon daemon)
    : config_(std::move(config)), daemon_(std::move(daemon)) {
    secret_.resize(32);
    if (RAND_bytes(reinterpret_cast<unsigned char*>(secret_.data()), static_cast<int>(secret_.size())) != 1)
        throw std::runtime_error("there are no random numbers");
}

bool PageSite::has(const std::string& path) {
    return view_of(path) || is_answer(path) || path == "/pages.css" || path == "/pages.js";
}

HttpReply PageSite::answer(const HttpQuery& query) const {
    // Somebody else's page may have a name that leads here, and would read all of this through a browser.
    if (!query.has_own_host) {
        return with_headers({.status = 403, .body = "the pages want an address or localhost as Host\n"});
    }
    if (query.is_post) return with_headers(write(query));
    if (query.path == "/pages.css")
        return with_headers({.content_type = "text/css; charset=utf-8", .body = std::string(kPagesStyle)});
    if (query.path == "/pages.js")
        return with_headers(
            {.content_type = "text/javascript; charset=utf-8", .body = std::string(kPagesScript)});
    return with_headers(is_answer(query.path) ? answer_for_program(query) : page(query));
}

HttpReply PageSite::answer_for_program(const HttpQuery& query) const {
    try {
        const auto store = Store::open(daemon_.state_file, Store::Mode::ReadOnly);
        if (reads_incidents(query.path)) refresh_incidents(store->state());
        return answer_of(query.path, parse_query(query.query), store->state(), incidents_);
    } catch (const std::exception& error) {
        log_warning("what {} asks for cannot be read: {}", query.path, error.what());
        return {.status = 503, .body = "the state cannot be read; the journal says why\n"};
    }
}

HttpReply PageSite::page(const HttpQuery& query) const {
    Page page;
    try {
        const auto store = Store::open(daemon_.state_file, Store::Mode::ReadOnly);
        const SiteView& view = *view_of(query.path);
        if (view.reads_incidents) refresh_incidents(store->state());
        const DaemonStatus status = daemon_.status();
        const auto detectors = daemon_.detectors();
        page = view.make({.path = url_decoded(std::string_view(query.path).substr(view.path.size())),
                          .args = parse_query(query.query),
                          .now = daemon_.now(),
                          .user = query.user,
                          .may_write = config_.is_operator(query.user),
                          .token = token_of(query.user),
                          .store = *store,
                          .status = status,
                          .incidents = incidents_,
                          .detectors = *detectors,
                          .sources = daemon_.sources});
    } catch (const std::exception& error) {
        log_warning("the page {} cannot be made: {}", query.path, error.what());
        page = failed_page();
    }
    return {.status = page.status,
            .content_type = "text/html; charset=utf-8",
            .body = document(page, query.path)};
}

// At most once a second, so that whoever asks again and again costs little.
void PageSite::refresh_incidents(const StateReader& state) const {
    const auto now = std::chrono::steady_clock::now();
    if (refreshed_ && now - *refreshed_ < std::chrono::seconds{1}) return;
    incidents_.refresh(state);
    refreshed_ = now;
}

std::string PageSite::token_of(const std::string& user) const {
    std::string out;
    for (const uint8_t byte : sha256(secret_ + user)) {
        out += "0123456789abcdef"[byte >> 4];
        out += "0123456789abcdef"[byte & 15];
    }
    return out;
}

// Only incidents are written about. What is done is seen on the incident's page, where the browser is sent.
HttpReply PageSite::write(const HttpQuery& query) const {
    constexpr std::string_view kIncidents = "/incidents/";
    if (!query.path.starts_with(kIncidents) || query.path.size() == kIncidents.size())
        return {.status = 405, .body = "GET and HEAD only\n"};
    const auto form = parse_query(query.body);
    if (const std::string why = why_not_ours(query, form, token_of(query.user)); !why.empty())
        return {.status = 403, .body = why + "\n"};
    if (!config_.is_operator(query.user))
        return {.status = 403, .body = "only operators may: [pages] operators\n"};
    const std::string id = url_decoded(std::string_view(query.path).substr(kIncidents.size()));
    try {
        const auto store = Store::open(daemon_.state_file, Store::Mode::Attached);
        const std::string problem = carry_out(*store, id, form, query.user, daemon_.now());
        if (!problem.empty()) return {.status = 409, .body = problem + "\n"};
    } catch (const std::exception& error) {
        log_warning("what a page asked for cannot be written: {}", error.what());
        return {.status = 503, .body = "the state cannot be written; the journal says why\n"};
    }
    return {.status = 303,
            .headers = {{"Location", incident_url(id).arg("done", now_seconds(daemon_.now())).str()}}};
}

}  // namespace redshank
