#include "daemon/alerts/silence.h"

#include <re2/re2.h>

#include <algorithm>
#include <boost/json.hpp>
#include <stdexcept>

#include "core/finding/fields.h"

namespace redshank {

namespace json = boost::json;

bool Matcher::matches(const Finding& finding) const {
    const std::string text = alert_field(finding, field).value_or("");
    const bool same = regex ? regex(text) : text == value;
    return op[0] == '!' ? !same : same;
}

Matcher parse_matcher(std::string_view text) {
    const size_t at = text.find_first_of("=!");
    if (at == std::string_view::npos || at == 0) {
        throw std::runtime_error("\"" + std::string(text) +
                                 "\": a matcher is FIELD=VALUE, or with !=, =~ or !~");
    }
    Matcher out{.field = std::string(text.substr(0, at)), .op = {}, .value = {}, .regex = {}};
    for (const std::string_view op : {"=~", "!~", "!=", "="}) {
        if (!text.substr(at).starts_with(op)) continue;
        out.op = op;
        out.value = text.substr(at + op.size());
        break;
    }
    if (out.op.empty()) {
        throw std::runtime_error("\"" + std::string(text) + "\": the operator must be =, !=, =~ or !~");
    }
    const auto& fields = alert_fields();
    if (std::find(fields.begin(), fields.end(), out.field) == fields.end()) {
        std::string known;
        for (const std::string_view field : fields) known += (known.empty() ? "" : ", ") + std::string(field);
        throw std::runtime_error("\"" + out.field + "\" is no field (known: " + known + ")");
    }
    if (out.op.back() == '~') {
        RE2::Options options;
        options.set_log_errors(false);
        auto compiled = std::make_shared<RE2>(out.value, options);
        if (!compiled->ok()) throw std::runtime_error("\"" + out.value + "\": " + compiled->error());
        out.regex = [compiled](std::string_view subject) {
            return RE2::FullMatch(re2::StringPiece(subject.data(), subject.size()), *compiled);
        };
    }
    return out;
}

bool Silence::matches(const Finding& finding) const {
    return !matchers.empty() && std::all_of(matchers.begin(), matchers.end(),
                                            [&](const Matcher& matcher) { return matcher.matches(finding); });
}

std::string to_json(const Silence& silence) {
    json::array matchers;
    for (const Matcher& matcher : silence.matchers) {
        matchers.emplace_back(matcher.field + matcher.op + matcher.value);
    }
    return json::serialize(json::object{{"id", silence.id},
                                        {"matchers", std::move(matchers)},
                                        {"starts", audit::format_time(silence.starts)},
                                        {"ends", audit::format_time(silence.ends)},
                                        {"author", silence.author},
                                        {"comment", silence.comment}});
}

std::optional<Silence> silence_from_json(std::string_view text) {
    try {
        const json::value from = json::parse(text);
        const auto string = [&](std::string_view key) { return std::string(from.at(key).as_string()); };
        Silence out{.id = string("id"), .author = string("author"), .comment = string("comment")};
        for (const json::value& matcher : from.at("matchers").as_array()) {
            out.matchers.push_back(parse_matcher(std::string(matcher.as_string())));
        }
        out.starts = audit::parse_time(string("starts")).value();
        out.ends = audit::parse_time(string("ends")).value();
        return out;
    } catch (const std::exception&) {
        return std::nullopt;
    }
}

std::vector<Silence> read_silences(const StateReader& state) {
    std::vector<Silence> out;
    state.scan(kSilenceTable, "", [&](std::string_view, std::string_view text) {
        if (out.size() >= kMaxSilences) return;
        if (auto silence = silence_from_json(text)) out.push_back(std::move(*silence));
    });
    return out;
}

}  // namespace redshank
