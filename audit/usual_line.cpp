#include "audit/usual_line.h"

#include <chrono>
#include <cstring>
#include <functional>
#include <optional>
#include <utility>

#include "audit/body.h"
#include "audit/cursor.h"
#include "audit/cut.h"

namespace redshank::audit {

// Each function reads the part that it is called after, if the part may be missing also nothing.
class UsualReader {
  public:
    UsualReader(UsualLine& known, std::string_view line, Event& event)
        : known_(known), line_(line), event_(event) {}

    bool read() {
        return line_.take(R"({"kind":"Event","apiVersion":"audit.k8s.io/v1","level":")") && level() &&
               line_.take(R"(,"auditID":")") && text(event_.audit_id) &&  //
               line_.take(R"(,"stage":")") && stage() &&                  //
               line_.take(R"(,"requestURI":")") && text(event_.request_uri) && line_.take(R"(,"verb":")") &&
               text(event_.verb) &&  //
               line_.take(R"(,"user":{)") && sender() && object_ref() && response() &&
               body(R"(,"requestObject":)", event_.request_object) &&
               body(R"(,"responseObject":)", event_.response_object) && times() && annotations() &&
               line_.take("}") && line_.at_end();
    }

    bool has_long_text() const { return line_.longest() > kLongestName; }

    // Of a line that was read: what may come again. Texts that are cut, and senders with escapes, are rare.
    void note() {
        if (has_long_text()) return;
        const bool has_agent = !event_.user_agent.empty();  // without one, the next line may go on with it
        if (event_.sender_text == 0 && has_agent && sender_.find('\\') == sender_.npos) {
            known_.senders_.note(sender_mark_, sender_, [&](auto& known) {
                const Moved moved{sender_, known.text};
                copy(event_.user, known.read.user, moved);
                copy(event_.impersonated_user, known.read.impersonated, moved);
                known.read.is_impersonated = event_.is_impersonated;
                moved.append(event_.source_ips, known.read.source_ips.own());
                known.read.user_agent = moved(event_.user_agent);
            });
        }
        if (event_.annotations_text == 0 && !annotations_.empty()) {
            known_.annotations_.note(annotations_mark_, annotations_, [&](auto& known) {
                const Moved moved{annotations_, known.text};
                UsualLine::Annotations& read = known.read;
                const auto kept = [&](std::string_view text) {
                    return moved.is_of_text(text) ? moved(text) : read.unescaped.copy(text);
                };
                for (const KeyValue& one : event_.annotations)
                    read.all.push_back({moved(one.key), kept(one.value)});
                read.decision = kept(event_.decision);
                read.reason = kept(event_.reason);
            });
        }
    }

  private:
    // Views of a text, as views of another with the same bytes.
    struct Moved {
        std::string_view from, to;

        bool is_of_text(std::string_view view) const {
            const std::less_equal<const char*> before;
            return before(from.data(), view.data()) && before(view.data(), from.data() + from.size());
        }
        std::string_view operator()(std::string_view view) const {
            if (view.data() == nullptr) return view;
            return {to.data() + (view.data() - from.data()), view.size()};
        }
        void append(const Items<std::string_view>& views, std::vector<std::string_view>& out) const {
            for (const std::string_view view : views) out.push_back((*this)(view));
        }
    };

    static void copy(const User& user, User& out, const Moved& moved) {
        out.username = moved(user.username);
        out.uid = moved(user.uid);
        out.raw = moved(user.raw);
        moved.append(user.groups, out.groups.own());
        for (const ExtraEntry& entry : user.extra) {
            ExtraEntry& added = out.extra.own().emplace_back();
            added.key = moved(entry.key);
            for (const std::string_view value : entry.values) added.values.push_back(moved(value));
        }
    }

    static void show(const User& user, User& out) {
        out.username = user.username;
        out.uid = user.uid;
        out.raw = user.raw;
        out.groups.show(user.groups);
        out.extra.show(user.extra);
    }

    // Behind the brace: all from the user, with the brace, to the agent.
    bool sender() {
        const std::string_view rest(line_.rest().data() - 1, line_.rest().size() + 1);
        // The brace mostly ends user.extra; names of users differ in the first bytes.
        sender_mark_ = mark_of(rest.substr(0, rest.find('}')), 40);
        if (auto known = known_.senders_.find(sender_mark_, rest)) {
            const UsualLine::Sender& read = known->read;
            show(read.user, event_.user);
            event_.is_impersonated = read.is_impersonated;
            if (read.is_impersonated) show(read.impersonated, event_.impersonated_user);
            event_.source_ips.show(read.source_ips);
            event_.user_agent = read.user_agent;
            event_.sender_text = known->number;
            line_.skip(known->text.size() - 1);
            event_.sender_kept = std::move(known);
            return true;
        }
        const bool is_read = user(event_.user) && impersonated_user() && source_ips() && user_agent();
        sender_ = rest.substr(0, rest.size() - line_.rest().size());
        return is_read;
    }

    bool text(std::string_view& out) { return line_.text(out, event_.unescaped); }

    template <size_t N>
    bool field(const char (&key)[N], std::string_view& out) {
        return !line_.take(key) || (text(out) && line_.next());
    }

    template <size_t N>
    bool number(const char (&key)[N], int& out) {
        return !line_.take(key) || (line_.number(out) && line_.next());
    }

    bool level() {
        const auto is = [&](Level level) {
            event_.level = level;
            return true;
        };
        if (line_.take(R"(Metadata")")) return is(Level::Metadata);
        if (line_.take(R"(RequestResponse")")) return is(Level::RequestResponse);
        return line_.take(R"(Request")") && is(Level::Request);
    }

    bool stage() {
        const auto is = [&](Stage stage) {
            event_.stage = stage;
            return true;
        };
        if (line_.take(R"(ResponseComplete")")) return is(Stage::ResponseComplete);
        if (line_.take(R"(ResponseStarted")")) return is(Stage::ResponseStarted);
        if (line_.take(R"(RequestReceived")")) return is(Stage::RequestReceived);
        return line_.take(R"(Panic")") && is(Stage::Panic);
    }

    // Behind the bracket.
    bool texts(std::vector<std::string_view>& out) {
        do {
            if (!line_.take("\"") || !text(out.emplace_back())) return false;
        } while (line_.take(","));
        return line_.take("]");
    }

    // Behind the brace.
    bool user(User& out) {
        const char* begin = line_.rest().data() - 1;
        const bool is_read = field(R"("username":")", out.username) && field(R"("uid":")", out.uid) &&
                             (!line_.take(R"("groups":[)") || (texts(out.groups.own()) && line_.next())) &&
                             (!line_.take(R"("extra":{)") || (extra(out.extra.own()) && line_.next())) &&
                             line_.take("}");
        out.raw = {begin, static_cast<size_t>(line_.rest().data() - begin)};
        return is_read;
    }

    bool extra(std::vector<ExtraEntry>& out) {
        do {
            ExtraEntry& entry = out.emplace_back();
            if (!line_.take("\"") || !line_.plain(entry.key) || !line_.take(":[") || !texts(entry.values))
                return false;
        } while (line_.take(","));
        return line_.take("}");
    }

    bool impersonated_user() {
        if (!line_.take(R"(,"impersonatedUser":{)")) return true;
        event_.is_impersonated = true;
        return user(event_.impersonated_user);
    }

    bool source_ips() { return !line_.take(R"(,"sourceIPs":[)") || texts(event_.source_ips.own()); }

    bool user_agent() { return !line_.take(R"(,"userAgent":")") || text(event_.user_agent); }

    bool object_ref() {
        if (!line_.take(R"(,"objectRef":{)")) return true;
        ObjectRef& object = event_.object;
        object.present = true;
        return field(R"("resource":")", object.resource) && field(R"("namespace":")", object.namespace_) &&
               field(R"("name":")", object.name) && field(R"("uid":")", object.uid) &&
               field(R"("apiGroup":")", object.api_group) && field(R"("apiVersion":")", object.api_version) &&
               field(R"("resourceVersion":")", object.resource_version) &&
               field(R"("subresource":")", object.subresource) && line_.take("}") &&
               object.api_version.find('/') == std::string_view::npos;  // old servers: AnyLine takes it apart
    }

    bool response() {
        if (!line_.take(R"(,"responseStatus":{)")) return true;
        ResponseStatus& response = event_.response;
        response.present = true;
        return (!line_.take(R"("metadata":{})") || line_.next()) && field(R"("status":")", response.status) &&
               field(R"("message":")", response.message) && field(R"("reason":")", response.reason) &&
               details() && number(R"("code":)", response.code) && line_.take("}");
    }

    bool details() {
        if (!line_.take(R"("details":{)")) return true;
        ResponseStatus& response = event_.response;
        return field(R"("name":")", response.details_name) && field(R"("group":")", response.details_group) &&
               field(R"("kind":")", response.details_kind) && field(R"("uid":")", response.details_uid) &&
               causes() && number(R"("retryAfterSeconds":)", response.retry_after_seconds) &&
               line_.take("}") && line_.next();
    }

    bool causes() {
        if (!line_.take(R"("causes":[)")) return true;
        do {
            StatusCause& cause = event_.response.causes.emplace_back();
            if (!line_.take("{") || !field(R"("reason":")", cause.reason) ||
                !field(R"("message":")", cause.message) || !field(R"("field":")", cause.field) ||
                !line_.take("}"))
                return false;
        } while (line_.take(","));
        return line_.take("]") && line_.next();
    }

    template <size_t N>
    bool body(const char (&key)[N], std::string_view& out) {
        if (!line_.take(key)) return true;
        out = line_.rest().substr(0, body_size(line_.rest()));
        line_.skip(out.size());
        return !out.empty();
    }

    bool times() {
        return line_.take(R"(,"requestReceivedTimestamp":")") && time(known_.received_, event_.received) &&
               line_.take(R"(,"stageTimestamp":")") && time(known_.stage_, event_.stage_time);
    }

    // Six digits of a second, as metav1.MicroTime always has, and Z.
    bool time(UsualLine::Second& second, Time& out) {
        const std::string_view written = line_.rest().substr(0, 28);
        if (written.size() < 28 || written[26] != 'Z' || written[27] != '"') return false;
        if (std::memcmp(written.data(), second.text.data(), second.text.size()) == 0) {
            int fraction = 0;
            for (const char digit : written.substr(20, 6)) {
                if (digit < '0' || digit > '9') return false;
                fraction = fraction * 10 + (digit - '0');
            }
            out = second.start + Duration{fraction};
        } else {
            const std::optional<Time> parsed = parse_time(written.substr(0, 27));
            if (!parsed) return false;
            out = *parsed;
            std::memcpy(second.text.data(), written.data(), second.text.size());
            second.start = std::chrono::floor<std::chrono::seconds>(out);
        }
        line_.skip(28);
        return out > Time{};  // a clock that was not set: AnyLine knows what to do
    }

    bool annotations() {
        if (!line_.take(R"(,"annotations":{)")) return true;
        const std::string_view rest = line_.rest();
        annotations_mark_ = mark_of(rest, 0);
        if (auto known = known_.annotations_.find(annotations_mark_, rest)) {
            event_.annotations.show(known->read.all);
            event_.decision = known->read.decision;
            event_.reason = known->read.reason;
            event_.annotations_text = known->number;
            line_.skip(known->text.size());
            event_.annotations_kept = std::move(known);
            return true;
        }
        do {
            KeyValue annotation;
            if (!line_.take("\"") || !line_.plain(annotation.key) || !line_.take(":\"") ||
                !text(annotation.value))
                return false;
            annotate(annotation.key, annotation.value);
        } while (line_.take(","));
        const bool is_read = line_.take("}");
        annotations_ = rest.substr(0, rest.size() - line_.rest().size());
        return is_read;
    }

    void annotate(std::string_view key, std::string_view value) {
        event_.annotations.push_back({key, value});
        if (key == "authorization.k8s.io/decision") event_.decision = value;
        if (key == "authorization.k8s.io/reason") event_.reason = value;
    }

    UsualLine& known_;
    Cursor line_;
    Event& event_;
    std::string_view sender_, annotations_;  // as they stand in the line, when they were read
    uint64_t sender_mark_ = 0, annotations_mark_ = 0;
};

bool UsualLine::read(std::string_view line, Event& event) {
    UsualReader reader(*this, line, event);
    if (!reader.read()) return false;
    reader.note();
    if (reader.has_long_text()) cut_long_texts(event);
    return true;
}

}  // namespace redshank::audit
